package sandbox

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
)

// edgeValue is a valid value at the limit of a constraint.
type edgeValue struct {
	name, description string
	present           func(*openapi3.Schema) bool
	test              func(violation) bool
}

var edgeValues = []edgeValue{
	{"refuses-longest", "The longest text that is allowed is refused.",
		func(s *openapi3.Schema) bool { return s.MaxLength != nil },
		func(v violation) bool { return length(v.Value) == int(*v.Schema.MaxLength) }},
	{"refuses-shortest", "The shortest text that is allowed is refused.",
		func(s *openapi3.Schema) bool { return s.MinLength > 0 },
		func(v violation) bool { return length(v.Value) == int(v.Schema.MinLength) }},
	{"refuses-minimum", "The smallest number that is allowed is refused.",
		func(s *openapi3.Schema) bool { return s.Min != nil },
		func(v violation) bool { return amount(v.Value) == *v.Schema.Min }},
	{"refuses-maximum", "The largest number that is allowed is refused.",
		func(s *openapi3.Schema) bool { return s.Max != nil },
		func(v violation) bool { return amount(v.Value) == *v.Schema.Max }},
	{"refuses-last-of-enum", "The last value of an enum is refused.",
		func(s *openapi3.Schema) bool { return len(s.Enum) > 1 },
		func(v violation) bool { return fmt.Sprint(v.Value) == fmt.Sprint(v.Schema.Enum[len(v.Schema.Enum)-1]) }},
	{"refuses-null", "Null is refused where it is allowed.", func(s *openapi3.Schema) bool { return s.Nullable },
		func(v violation) bool { return v.Value == nil }},
	{"refuses-short-form", "A text that leaves out an optional part of its pattern is refused.",
		func(s *openapi3.Schema) bool { return strings.Contains(s.Pattern, ")?") },
		func(v violation) bool {
			text, ok := v.Value.(string)
			whole, err := regexp.Compile(strings.ReplaceAll(v.Schema.Pattern, ")?", ")"))
			return ok && err == nil && !whole.MatchString(text)
		}},
	{"counts-bytes", "A text is measured in bytes.", func(s *openapi3.Schema) bool { return s.MaxLength != nil },
		func(v violation) bool {
			text, ok := v.Value.(string)
			return ok && len(text) > int(*v.Schema.MaxLength)
		}},
}

// strictnessFaults: a valid request is refused.
func strictnessFaults(m *model) []Fault {
	var faults []Fault
	for _, one := range edgeValues {
		var found []part
		known := map[string]bool{}
		for _, p := range m.parts(func(f *field) bool {
			return one.present(f.Schema) && f.Transitions == nil && f.Reference == nil
		}) {
			// Where the example itself is at the limit, the server would refuse every request.
			if !one.test(violation{Value: p.op.Body.Example[p.Name], Schema: p.Schema}) || one.name == "refuses-null" {
				found = append(found, p)
				known[p.String()] = true
			}
		}
		if len(found) == 0 {
			continue
		}
		meant := func(v violation) bool {
			return v.In == "body" && v.Keyword == "strict" && v.Schema != nil && one.present(v.Schema) && one.test(v)
		}
		faults = append(faults, must(one.name, "", contract.InvalidField, one.description, func(b *rules) {
			b.strict = func(c *call, v violation) bool { return known[c.operation.ID+"."+v.Path[0]] && meant(v) }
		}))
		for _, p := range sampleEvenly(found, 2) {
			faults = append(faults,
				must(one.name, p.String(), contract.InvalidField, one.description, refuseValid(at(p.op), func(v violation) bool {
					return meant(v) && slices.Equal(v.Path, []string{p.Name})
				})))
		}
	}
	return slices.Concat(faults, requiredFaults(m), strictFormFaults(m), strictParameterFaults(m))
}

// requiredFaults: an optional field is required.
func requiredFaults(m *model) []Fault {
	// Only a field of the example may be required: else the server would refuse every request.
	var optional []part
	shown := map[string]bool{}
	for _, p := range m.parts(func(f *field) bool { return !f.Required && !f.Schema.ReadOnly }) {
		if _, ok := p.op.Body.Example[p.Name]; ok {
			optional = append(optional, p)
			shown[p.String()] = true
		}
	}
	faults := []Fault{
		must("requires-optional", "", contract.MissingField, "Fields that are optional are required.", func(b *rules) {
			b.strict = func(c *call, v violation) bool { return v.Keyword == "required" && shown[c.operation.ID+"."+v.Path[0]] }
		}),
	}
	for _, p := range sampleEvenly(optional, 3) {
		faults = append(faults,
			must("requires-optional", p.String(), contract.MissingField, "The field is required though optional.",
				refuseValid(at(p.op), func(v violation) bool {
					return v.Keyword == "required" && slices.Equal(v.Path, []string{p.Name})
				})))
	}
	for _, op := range m.operationsWith(hasBody) {
		if op.Body.Schema.MinProps > 0 {
			faults = append(faults,
				must("requires-all", op.ID, contract.MissingField, "Every field is required, although any one of them suffices.",
					refuseValid(at(op), func(v violation) bool {
						return v.Keyword == "required" && shown[op.ID+"."+v.Path[0]]
					})))
		}
	}
	return faults
}

// strictFormFaults: a valid time, or a field that may be added, is refused.
func strictFormFaults(m *model) []Fault {
	var faults []Fault
	for _, one := range []struct {
		name, description string
		test              func(text string) bool
	}{
		{"refuses-time-zone", "Of times only those in UTC are accepted.",
			func(text string) bool { return !strings.HasSuffix(text, "Z") }},
		{"refuses-milliseconds", "Of times only those in whole seconds are accepted.",
			func(text string) bool { return strings.Contains(text, ".") }},
	} {
		faults = append(faults,
			should(one.name, "", contract.InvalidField, one.description, refuseValid(anywhere, func(v violation) bool {
				text, ok := v.Value.(string)
				return ok && v.Schema != nil && v.Schema.Format == "date-time" && one.test(text)
			})))
	}
	faults = append(faults,
		must("refuses-extra", "", contract.InvalidField, "A field that the contract does not name is refused.",
			refuseValid(anywhere, func(v violation) bool {
				return v.In == "body" && v.Schema == nil
			})))
	for _, op := range sampleEvenly(m.operationsWith(hasBody), 3) {
		faults = append(faults,
			must("refuses-extra", op.ID, contract.InvalidField, "A field that the contract does not name is refused.",
				refuseValid(at(op), func(v violation) bool {
					return v.In == "body" && v.Schema == nil
				})))
	}
	return faults
}

// strictParameterFaults: a good query parameter is refused.
func strictParameterFaults(m *model) []Fault {
	var faults []Fault
	for _, one := range edgeValues {
		if one.name == "refuses-null" || one.name == "counts-bytes" {
			continue
		}
		family := one.name + "-parameter"
		for _, in := range sampleEvenly(m.inputsWith(one.present), 2) {
			faults = append(faults, must(family, in.String(), contract.InvalidParameter, one.description,
				refuseValid(at(in.op), func(v violation) bool {
					if v.In == "body" || v.Path[0] != in.Name {
						return false
					}
					if numeric(v.Schema) {
						v.Value = json.Number(fmt.Sprint(v.Value))
					}
					return one.test(v)
				})))
		}
	}
	return faults
}
