package sandbox

import (
	"fmt"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
)

// valueFaults: a constraint of a body field is not checked.

// constraint is a keyword of the schema as it is called in the names of faults.
type constraint struct {
	keyword, name string
	present       func(*openapi3.Schema) bool
}

var constraints = []constraint{
	{"type", "type", func(s *openapi3.Schema) bool { return s.Type != nil && len(s.Enum) == 0 }},
	{"nullable", "null", func(s *openapi3.Schema) bool { return !s.Nullable }},
	{"enum", "enum", func(s *openapi3.Schema) bool { return len(s.Enum) > 0 }},
	{"minimum", "minimum", func(s *openapi3.Schema) bool { return s.Min != nil }},
	{"maximum", "maximum", func(s *openapi3.Schema) bool { return s.Max != nil }},
	{"minLength", "min-length", func(s *openapi3.Schema) bool { return s.MinLength > 0 }},
	{"maxLength", "max-length", func(s *openapi3.Schema) bool { return s.MaxLength != nil }},
	{"pattern", "pattern", func(s *openapi3.Schema) bool { return s.Pattern != "" }},
	{"format", "format", func(s *openapi3.Schema) bool { return s.Format != "" && s.Type.Is(openapi3.TypeString) }},
	{"multipleOf", "multiple-of", func(s *openapi3.Schema) bool { return s.MultipleOf != nil }},
	{"not", "not", func(s *openapi3.Schema) bool { return s.Not != nil }},
}

// part is a field of an operation's body.
type part struct {
	op *operation
	*field
}

func (p part) String() string { return p.op.ID + "." + p.Name }

// parts are the body fields for which the test holds.
func (m *model) parts(test func(*field) bool) []part {
	var found []part
	for _, op := range m.operationsWith(hasBody) {
		for _, f := range op.fields {
			if test(f) {
				found = append(found, part{op, f})
			}
		}
	}
	return found
}

// breaks is the predicate of the violations of one keyword by a field of that name; no name: by any.
func breaks(keyword, name string) func(violation) bool {
	return func(v violation) bool {
		return v.In == "body" && v.Keyword == keyword && (name == "" || slices.Equal(v.Path, []string{name}))
	}
}

func valueFaults(m *model) []Fault {
	var faults []Fault
	for _, one := range constraints {
		found := m.parts(func(f *field) bool { return one.present(f.Schema) && f.Transitions == nil })
		if len(found) == 0 {
			continue
		}
		family := "ignores-" + one.name
		faults = append(faults, must(family, "", contract.InvalidField,
			fmt.Sprintf("The %s of body fields is not checked.", one.keyword),
			ignoreViolations(anywhere, func(v violation) bool {
				// A status outside its enum is a situation of its own.
				return breaks(one.keyword, "")(v) && (v.Schema == nil || v.Schema.Extensions["x-transitions"] == nil)
			})))
		for _, p := range sampleEvenly(found, 3) {
			faults = append(faults,
				must(family, p.String(), contract.InvalidField, fmt.Sprintf("The field's %s is not checked.", one.keyword),
					ignoreViolations(at(p.op), breaks(one.keyword, p.Name))))
		}
	}
	for _, op := range sampleEvenly(m.operationsWith(hasBody), 4) {
		faults = append(faults,
			must("skips-validation", op.ID, contract.InvalidField, "The operation does not validate the values in its body.",
				ignoreViolations(at(op), func(v violation) bool {
					return v.Keyword != "required" && v.Keyword != "minProperties"
				})))
	}
	for _, p := range m.parts(func(f *field) bool { return f.Transitions != nil }) {
		faults = append(faults,
			must("unknown-status-accepted", p.String(), contract.UnknownStatus, "A status that does not exist is accepted.",
				ignoreViolations(at(p.op), breaks("enum", p.Name))),
			must("unknown-status-crashes", p.String(), contract.UnknownStatus,
				"A status that does not exist makes the server fail.",
				replaceRefusal(func(c *call, r *refusal) bool {
					return r.situation == contract.UnknownStatus && c.at(p.op.ID)
				}, crash)),
		)
	}
	message := m.contract.Envelope.Message
	faults = append(faults,
		should("message-without-field", "", contract.InvalidField, "The message of a bad request does not say what is wrong.",
			changeRefusal(of(
				contract.InvalidField, contract.MissingField, contract.InvalidParameter, contract.UnknownStatus,
				contract.UnknownReference, contract.IllegalTransition,
			), func(_ *call, _ *refusal, a *answer) { put(a.envelope(), message, "Some of the data is not valid.") })))
	for _, id := range []contract.SituationID{contract.MissingField, contract.InvalidField, contract.InvalidParameter} {
		faults = append(faults, should("message-without-field", string(id), id, "The message does not say what is wrong.",
			changeRefusal(of(id), func(_ *call, _ *refusal, a *answer) {
				put(a.envelope(), message, "Some of the data is not valid.")
			})))
	}
	return faults
}
