package sandbox

import (
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
)

// parameterFaults: a query parameter is not checked.

// input is a query parameter of an operation.
type input struct {
	op *operation
	*openapi3.Parameter
}

func (in input) String() string { return in.op.ID + "." + in.Name }

func (m *model) inputsWith(test func(*openapi3.Schema) bool) []input {
	var found []input
	for _, op := range m.operations {
		for _, p := range op.inputs {
			if p.In == openapi3.ParameterInQuery && p.Schema != nil && test(p.Schema.Value) {
				found = append(found, input{op, p})
			}
		}
	}
	return found
}

func parameterFaults(m *model) []Fault {
	outside := func(v violation) bool { return v.In != "body" }
	faults := []Fault{must("ignores-parameters", "", contract.InvalidParameter, "Query parameters are not validated.",
		ignoreViolations(anywhere, outside))}
	for _, op := range sampleEvenly(m.operationsWith(constrained), 4) {
		faults = append(faults,
			must("ignores-parameters", op.ID, contract.InvalidParameter, "The operation does not validate query parameters.",
				ignoreViolations(at(op), outside)))
	}
	for _, one := range constraints {
		if one.keyword == "nullable" || one.keyword == "not" {
			continue
		}
		present := one.present
		if one.keyword == "type" {
			present = func(s *openapi3.Schema) bool { return !s.Type.Is(openapi3.TypeString) && len(s.Enum) == 0 }
		}
		found := m.inputsWith(present)
		if len(found) == 0 {
			continue
		}
		family := fmt.Sprintf("ignores-%s-parameter", one.name)
		faults = append(faults,
			must(family, "", contract.InvalidParameter, fmt.Sprintf("The %s of query parameters is not checked.", one.keyword),
				ignoreViolations(anywhere, func(v violation) bool {
					return outside(v) && v.Keyword == one.keyword
				})))
		for _, in := range sampleEvenly(found, 2) {
			faults = append(faults,
				must(family, in.String(), contract.InvalidParameter, fmt.Sprintf("The parameter's %s is not checked.", one.keyword),
					ignoreViolations(at(in.op), func(v violation) bool {
						return outside(v) && v.Keyword == one.keyword && v.Path[0] == in.Name
					})))
		}
	}
	return faults
}
