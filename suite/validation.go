package suite

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/judge"
	"conformance/internal/result"
	"conformance/internal/session"
)

// 400: the input is wrong.

var missingField = check.Check{
	ID: "VALID-001", Level: result.Must, Situation: contract.MissingField,
	Title:    "a body without a required field is refused",
	Clause:   "Each required field is left out once; all others are valid.",
	Over:     check.Operations((*contract.Operation).HasBody),
	Variants: mutations(generate.Missing, nil),
}

var invalidField = check.Check{
	ID: "VALID-002", Level: result.Must, Situation: contract.InvalidField,
	Title: "a body field that breaks one of its constraints is refused",
	Clause: "Once per constraint, every field gets a value that breaks only that one: type, enum, bounds, length, " +
		"pattern, format.",
	Over: check.Operations((*contract.Operation).HasBody),
	Variants: mutations(generate.InvalidFields, func(m generate.Mutation) bool {
		return m.Constraint != generate.Null && !unknownStatusText(m)
	}),
}

var nullField = check.Check{
	ID: "VALID-003", Level: result.Must, Situation: contract.InvalidField, Convention: "null",
	Title:    "null is refused where it is not allowed",
	Clause:   "null is a wrong type unless the schema says nullable.",
	Over:     check.Operations((*contract.Operation).HasBody),
	Variants: mutations(generate.InvalidFields, func(m generate.Mutation) bool { return m.Constraint == generate.Null }),
}

// mutations makes a variant of each body that gen yields and keep wants.
func mutations(
	gen func(*contract.Body) []generate.Mutation,
	keep func(generate.Mutation) bool,
) func(*contract.Contract, check.Subject) []check.Variant {
	return func(_ *contract.Contract, s check.Subject) []check.Variant {
		var out []check.Variant
		for _, m := range gen(s.Operation.Body) {
			if leavesNothing(s.Operation.Body, m) {
				continue
			}
			if keep == nil || keep(m) {
				out = append(out, check.Variant{Name: m.Name, Key: m.Key(), Assumed: m.Field.Assumed, Run: func(t *check.T) {
					t.Expect(t.Send(t.Valid().Mutated(m))).To(check.BeRefusedAs(situationsOf(t, m)...))
				}})
			}
		}
		return out
	}
}

// leavesNothing says that the only member of a form is taken out that need not be there at all.
func leavesNothing(b *contract.Body, m generate.Mutation) bool {
	return m.Remove && b.Form != nil && !b.Required && len(m.Apply(b.Example)) == 0
}

// situationsOf are the situations that a mutation may be answered by: a value can fall under two rows of the contract's
// table.
func situationsOf(t *check.T, m generate.Mutation) []contract.SituationID {
	ids := []contract.SituationID{t.Check.Situation}
	if m.Remove {
		return ids
	}
	if m.Value == "" || m.Field.Required && m.Value == nil {
		ids = append(ids, contract.MissingField)
	}
	if r := m.Field.Reference; r != nil && r.Unknown != "" {
		ids = append(ids, r.Unknown)
	}
	if m.Field.Transitions != nil {
		ids = append(ids, contract.UnknownStatus)
	}
	return ids
}

// unknownStatusText says that the mutation is a status outside the enum, which is a situation of its own.
func unknownStatusText(m generate.Mutation) bool {
	return m.Field.Transitions != nil && m.Constraint == generate.Enum
}

var emptyObject = check.Check{
	ID: "VALID-005", Level: result.Must, Situation: contract.MissingField,
	Title:  "an empty object is refused where something is required",
	Clause: "The body is {}, or [{}] where the contract wants a list.",
	Over: check.Operations(func(o *contract.Operation) bool {
		return contract.TakesJSON(o) && !generate.Accepts(o.Body.Schema, map[string]any{})
	}),
	Run: func(t *check.T) {
		body := map[bool]string{false: "{}", true: "[{}]"}[t.Operation().Body.List]
		t.Expect(t.Send(t.Valid().WithRaw([]byte(body), "body: "+body))).To(check.BeRefusedAs(contract.MissingField,
			contract.InvalidField, contract.MalformedBody))
	},
}

var invalidParameter = check.Check{
	ID: "VALID-006", Level: result.Must, Situation: contract.InvalidParameter,
	Title: "a query parameter that breaks one of its constraints is refused",
	Clause: "Every parameter that is neither selector nor identifier, once per constraint. A server that ignores an " +
		"invalid filter answers another question.",
	Over: check.Operations((*contract.Operation).Any),
	Variants: func(_ *contract.Contract, s check.Subject) []check.Variant {
		var out []check.Variant
		for _, p := range s.Operation.Inputs() {
			for _, text := range generate.InvalidTexts(p) {
				out = append(out, check.Variant{Name: text.Name, Key: p.Name + " " +
					string(text.Constraint), Assumed: p.Assumed, Run: func(t *check.T) {
					t.Expect(t.Send(t.Valid().WithParameter(p, text.Text, p.Name+"="+text.Text))).To(check.BeRefused())
				}})
			}
		}
		return out
	},
}

var namesField = check.Check{
	ID: "VALID-010", Level: result.Should, Situation: contract.InvalidField, Source: check.Ours,
	Title: "the message of a 400 names the offending field",
	Clause: "People correct a request by its message. The check passes if the message names the wrong field or " +
		"parameter in more than half of the cases.",
	Over: check.Operations((*contract.Operation).Any),
	Variants: func(_ *contract.Contract, s check.Subject) []check.Variant {
		wrong := map[string]func(*session.Request) *session.Request{}
		missing, parameters := maps.Clone(wrong), maps.Clone(wrong)
		if s.Operation.Body != nil {
			for _, m := range generate.InvalidFields(s.Operation.Body) {
				if m.Constraint != generate.Null && wrong[m.Field.Name] == nil {
					wrong[m.Field.Name] = func(r *session.Request) *session.Request { return r.Mutated(m) }
				}
			}
			for _, m := range generate.Missing(s.Operation.Body) {
				missing[m.Field.Name] = func(r *session.Request) *session.Request { return r.Mutated(m) }
			}
		}
		for _, p := range s.Operation.Inputs() {
			for _, text := range generate.InvalidTexts(p) {
				parameters[p.Name] = func(r *session.Request) *session.Request {
					return r.WithParameter(p, text.Text, p.Name+"="+text.Text)
				}
			}
		}
		var out []check.Variant
		for _, v := range []struct {
			situation contract.SituationID
			faults    map[string]func(*session.Request) *session.Request
		}{{contract.InvalidField, wrong}, {contract.MissingField, missing}, {contract.InvalidParameter, parameters}} {
			if len(v.faults) > 0 {
				out = append(out, check.Variant{
					Name: string(v.situation), Situation: v.situation, Run: func(t *check.T) { countNaming(t, v.faults) },
				})
			}
		}
		return out
	},
}

// countNaming sends each faulty request and counts the refusals that name what is wrong.
func countNaming(t *check.T, faults map[string]func(*session.Request) *session.Request) {
	naming, all := 0, 0
	var unnamed []string
	for _, name := range sorted(faults) {
		a := t.Send(faults[name](t.Valid()))
		if a.Status/100 != 4 {
			continue // judged elsewhere
		}
		all++
		if mentions(judge.Text(a.Body), name) {
			naming++
		} else {
			unnamed = append(unnamed, name)
		}
	}
	if all > 0 {
		t.Looked()
	}
	if all > 0 && 2*naming <= all {
		t.Report(result.Difference{
			Kind: result.KindEnvelope, Rule: result.MessageNames, At: string(t.Session.Contract.Envelope.Message),
			Got: fmt.Sprintf("%d of %d", naming, all), Detail: strings.Join(unnamed, ", "),
		})
	}
}

var lenientValues = check.Check{
	ID: "VALID-011", Level: result.Should, Situation: contract.InvalidField,
	Title: "input that only a lenient parser accepts is refused",
	Clause: "A date instead of a date with time, a trailing newline, an email with two @, or text after the JSON " +
		"document. Some libraries accept them silently, others refuse them. By the specification they are wrong.",
	Over: check.Operations(contract.TakesJSON), Writes: true,
	Variants: func(_ *contract.Contract, s check.Subject) []check.Variant {
		out := []check.Variant{
			{Name: "text after the JSON document", Situation: contract.MalformedBody, Run: func(t *check.T) {
				valid := t.Valid()
				good, _ := json.Marshal(valid.Body) // JSON values always marshal
				t.Expect(t.Send(valid.WithRaw(append(good, " more"...), "body: text behind the object"))).To(check.BeRefused())
			}},
		}
		for _, f := range s.Operation.Body.Fields {
			good, _ := s.Operation.Body.Example[f.Name].(string)
			for _, loose := range looseTexts(f.Schema, good) {
				if !f.Schema.ReadOnly && !generate.Accepts(f.Schema, loose.text) {
					out = append(out, check.Variant{Name: f.Name + ": " + loose.name, Run: func(t *check.T) {
						t.Expect(t.Send(t.Valid().WithField(f.Name, loose.text,
							f.Name+": "+loose.name))).To(check.BeRefusedAs(situationsOf(t, generate.Mutation{
							Field: f, Value: "",
						})...))
					}})
				}
			}
		}
		return out
	},
}

// spelling is a way to write a value.
type spelling struct{ name, text string }

// looseTexts are no values of the schema, but some parsers take them for one. The good value guides them.
func looseTexts(schema *openapi3.Schema, good string) []spelling {
	switch {
	case len(schema.Enum) > 0 && schema.Type.Is("string"):
		return []spelling{{"surrounding spaces", fmt.Sprintf(" %v ", schema.Enum[0])}}
	case schema.Pattern != "":
		return []spelling{{"trailing newline", good + "\n"}}
	}
	return map[string][]spelling{
		"date": {
			{"the 30th of February", "2026-02-30"}, {"date with time", "2026-03-02T10:00:00Z"},
			{"without leading zeros", "2026-3-2"}, {"empty", ""},
		},
		"date-time": {
			{"the 30th of February", "2026-02-30T10:00:00Z"}, {"date without time", "2026-01-02"},
			{"no time zone", "2026-03-02T10:00:00"}, {"empty", ""},
		},
		"email": {
			{"nothing before the @", "@conformance.example"}, {"two @", "a@b@conformance.example"},
			{"space inside", "a b@conformance.example"},
			{"text around it", "to a@conformance.example only"}, {"empty", ""},
		},
	}[schema.Format]
}
