package sandbox

import (
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
)

// inputs: a query parameter is not judged.

// input is a query parameter of an operation.
type input struct {
	op *operation
	*openapi3.Parameter
}

func (in input) String() string { return in.op.ID + "." + in.Name }

func (k *catalogue) inputsWith(test func(*openapi3.Schema) bool) []input {
	var found []input
	for _, op := range k.operations {
		for _, p := range op.inputs {
			if p.In == openapi3.ParameterInQuery && p.Schema != nil && test(p.Schema.Value) {
				found = append(found, input{op, p})
			}
		}
	}
	return found
}

func (k *catalogue) inputs() {
	outside := func(v violation) bool { return v.In != "body" }
	k.must("ignores-parameters", "", contract.InvalidParameter, "No query parameter is judged.", overlooking(anywhere, outside))
	for _, op := range spread(k.operationsWith(constrained), 4) {
		k.must("ignores-parameters", op.ID, contract.InvalidParameter, "The operation judges no query parameter.", overlooking(at(op), outside))
	}
	for _, one := range constraints {
		if one.keyword == "nullable" || one.keyword == "not" {
			continue
		}
		present := one.present
		if one.keyword == "type" {
			present = func(s *openapi3.Schema) bool { return !s.Type.Is(openapi3.TypeString) && len(s.Enum) == 0 }
		}
		found := k.inputsWith(present)
		if len(found) == 0 {
			continue
		}
		family := fmt.Sprintf("ignores-%s-parameter", one.name)
		k.must(family, "", contract.InvalidParameter, fmt.Sprintf("No query parameter is judged by %s.", one.keyword), overlooking(anywhere, func(v violation) bool {
			return outside(v) && v.Keyword == one.keyword
		}))
		for _, in := range spread(found, 2) {
			k.must(family, in.String(), contract.InvalidParameter, fmt.Sprintf("The parameter is not judged by %s.", one.keyword), overlooking(at(in.op), func(v violation) bool {
				return outside(v) && v.Keyword == one.keyword && v.Path[0] == in.Name
			}))
		}
	}
}
