package suite

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/result"
)

// A refusal of good input breaks the contract as well.

var goodField = Check{
	ID: "ACCEPT-001", Level: result.Must, Situation: contract.InvalidField, Source: "Bodies, their constraints",
	Writes: true,
	Title:  "a body at the inner edge of its constraints is accepted",
	Clause: "The smallest and largest number, the shortest and longest text, every value of an enum, null where it is allowed. Many fields at once; where that is refused, one by one.",
	Over:   over(hasBody), Lanes: 1,
	Variants: func(_ *contract.Contract, s Subject) []Variant {
		var out []Variant
		for _, round := range rounds(s.Operation.Body) {
			out = append(out, Variant{Name: round.name, Run: func(t *T) { t.accepts(round) }})
		}
		return out
	},
}

var leftOut = Check{
	ID: "ACCEPT-002", Level: result.Must, Situation: contract.MissingField, Source: "Bodies, required fields",
	Writes: true,
	Title:  "a body of the required fields alone is accepted",
	Clause: "What is not marked required may be left out.",
	Over:   over(func(o *contract.Operation) bool { return hasBody(o) && len(optional(o.Body)) > 0 }),
	Variants: func(_ *contract.Contract, s Subject) []Variant {
		b := s.Operation.Body
		if generate.Accepts(b.Schema, leastBody(b)) {
			return []Variant{{Run: func(t *T) { t.acceptsOnly(func(*contract.Field) bool { return false }) }}}
		}
		var out []Variant // something must be sent: each field in turn
		for _, name := range optional(b) {
			out = append(out, Variant{Name: name + " alone", Run: func(t *T) {
				t.acceptsOnly(func(f *contract.Field) bool { return f.Name == name })
			}})
		}
		return out
	},
}

// acceptsOnly sends what is required and those of the optional fields that kept names. A create keeps its unique value, by which the
// run's records are told apart.
func (t *T) acceptsOnly(kept func(*contract.Field) bool) {
	o, r := t.Operation(), t.target()
	for _, name := range optional(o.Body) {
		f := o.Body.Field(name)
		if !kept(f) && (f != uniqueField(o) || hasID(o)) {
			r = r.WithoutField(name, "")
		}
	}
	t.Expect(t.Send(r.named("with as few fields as can be"))).To(BeAccepted())
}

var extraField = Check{
	ID: "ACCEPT-003", Level: result.Must, Situation: contract.InvalidField, Source: "Bodies, unknown fields", Convention: "extra-members",
	Writes: true,
	Title:  "an unknown extra field is ignored",
	Clause: "Clients of a newer version send fields that an older server does not know.",
	Over: over(func(o *contract.Operation) bool {
		return hasBody(o) && generate.Accepts(o.Body.Schema, extended(o.Body.Example))
	}),
	Run: func(t *T) {
		t.Expect(t.Send(t.target().WithField("conformance_extra", "ignored", "with an unknown field"))).To(BeAccepted())
	},
}

var goodParameter = Check{
	ID: "ACCEPT-004", Level: result.Must, Situation: contract.InvalidParameter, Source: "Filters and paging",
	Title:  "a query parameter at the inner edge of its constraints is accepted",
	Clause: "The bounds themselves, every value of an enum, a good example of each format.",
	Over:   over(func(o *contract.Operation) bool { return o.Reads() && len(o.Inputs()) > 0 }),
	Variants: func(_ *contract.Contract, s Subject) []Variant {
		var out []Variant
		for _, p := range s.Operation.Inputs() {
			for _, text := range goodTexts(p) {
				out = append(out, Variant{Name: p.Name + "=" + text, Key: p.Name, Run: func(t *T) {
					t.Expect(t.Send(t.Valid().WithParameter(p, text, p.Name+"="+text))).To(BeAccepted())
				}})
			}
		}
		return out
	},
}

var otherSpelling = Check{
	ID: "ACCEPT-006", Level: result.Should, Situation: contract.InvalidField, Source: "Bodies, their constraints",
	Writes: true,
	Title:  "legal values that clients seldom send are accepted",
	Clause: "A time in another time zone or with a fraction of a second (RFC 3339), an empty text where no least length is given, the longest text in characters beyond the first 65,536 (a length counts characters: JSON Schema, 6.3).",
	Over:   over(everything),
	Variants: func(_ *contract.Contract, s Subject) []Variant {
		var out []Variant
		if s.Operation.Body != nil {
			for _, f := range s.Operation.Body.Fields {
				for _, v := range spellings(f.Schema, s.Operation.Body.Example[f.Name]) {
					out = append(out, Variant{Name: f.Name + ": " + v.name, Run: func(t *T) {
						t.Expect(t.Send(t.withEdge(t.target(), f.Name, generate.Value{JSON: v.text}, f.Name+": "+v.name))).To(BeAccepted())
					}})
				}
			}
		}
		for _, p := range s.Operation.Inputs() {
			for _, v := range spellings(p.Schema, nil) {
				out = append(out, Variant{Name: p.Name + ": " + v.name, Run: func(t *T) {
					t.Expect(t.Send(t.Valid().WithParameter(p, v.text, p.Name+"="+v.text))).To(BeAccepted())
				}})
			}
		}
		return out
	},
}

// spellings are legal values of a schema that are easily refused by mistake. Times are the moment of the example.
func spellings(s *openapi3.Schema, example any) []spelling {
	text, _ := example.(string)
	switch {
	case s.ReadOnly || len(s.Enum) > 0 || s.Pattern != "":
		return nil
	case s.Format == "date-time":
		moment, err := time.Parse(time.RFC3339, text)
		if err != nil {
			moment = time.Date(2026, 1, 2, 10, 0, 0, 0, time.UTC)
		}
		return []spelling{
			{"another time zone", moment.In(time.FixedZone("", 2*60*60)).Format(time.RFC3339)},
			{"milliseconds", moment.UTC().Format("2006-01-02T15:04:05.000Z07:00")},
		}
	case s.Format == "" && s.MaxLength != nil && *s.MaxLength <= 10_000:
		out := []spelling{{"the longest text, in emoji", strings.Repeat("😀", int(*s.MaxLength))}}
		if *s.MaxLength >= 1000 {
			out = append(out, spelling{"two lines", "The first line.\nThe second line."})
		}
		if s.MinLength == 0 {
			out = append(out, spelling{"an empty text", ""})
		}
		return out
	}
	return nil
}

func goodTexts(p *contract.Parameter) []string {
	var out []string
	for _, v := range generate.Edges(p.Schema) {
		if v.JSON != nil {
			out = append(out, generate.Text(v.JSON))
		}
	}
	if p.Schema.Example != nil {
		out = append(out, generate.Text(p.Schema.Example))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func extended(example map[string]any) map[string]any {
	body := generate.Copy(example).(map[string]any)
	body["conformance_extra"] = "ignored"
	return body
}

// optional are the fields of the example that need not be sent.
func optional(b *contract.Body) []string {
	var out []string
	for _, f := range b.Fields {
		if _, shown := b.Example[f.Name]; shown && !f.Required {
			out = append(out, f.Name)
		}
	}
	return out
}

func leastBody(b *contract.Body) map[string]any {
	body := generate.Copy(b.Example).(map[string]any)
	for _, name := range optional(b) {
		delete(body, name)
	}
	return body
}

// round is one body with an edge value in every field that has one left.
type round struct {
	name   string
	values map[string]generate.Value
}

// rounds deal the edge values of all fields out: the first of each in one body, the second in another, and so on.
func rounds(b *contract.Body) []round {
	var out []round
	for n := 0; ; n++ {
		r := round{name: fmt.Sprint("edges ", n+1), values: map[string]generate.Value{}}
		for _, f := range b.Fields {
			if values := edges(f); n < len(values) {
				r.values[f.Name] = values[n]
			}
		}
		if len(r.values) == 0 {
			return out
		}
		out = append(out, r)
	}
}

// edges are the edge values of a field that stand for themselves: references, statuses and unique values have rules of their own.
func edges(f *contract.Field) []generate.Value {
	if f.Reference != nil || f.Transitions != nil || f.Unique != nil || f.Schema.ReadOnly {
		return nil
	}
	return generate.Edges(f.Schema)
}

// target is a valid request to write to without harm: to a record that is kept for good input, or a create.
func (t *T) target() *Request {
	if hasID(t.Operation()) && moves(t.Operation()) {
		return t.Own()
	}
	fields, err := t.session.apart(t.ctx, t.Operation(), "good input")
	t.must(err)
	return t.With(t.Operation(), fields)
}

// accepts sends a round in one body. Where it is refused, each value is sent alone, to name those that are.
func (t *T) accepts(r round) {
	names := sorted(r.values)
	body := t.target()
	for _, name := range names {
		body = t.withEdge(body, name, r.values[name], "")
	}
	if a := t.Send(body.named(r.name)); a.Status/100 == 2 {
		return
	}
	alone := 0
	for _, name := range names {
		request := t.target()
		v := r.values[name]
		a := t.Send(t.withEdge(request, name, v, name+": "+v.Name))
		if a.Status/100 != 2 {
			alone++
			t.Expect(a).To(BeAccepted())
		}
	}
	if alone == 0 {
		t.Expect(t.Send(body)).To(BeAccepted())
	}
}

// withEdge puts an edge value into a field. Where that takes the place of the run's mark, the mark moves: into what is left of a long
// text, else into another field, so that the record stays recognisable.
func (t *T) withEdge(r *Request, name string, v generate.Value, fault string) *Request {
	body := t.Operation().Body
	f := label(body)
	text, ok := v.JSON.(string)
	if f == nil || f.Name != name || !ok {
		return r.WithField(name, v.JSON, fault)
	}
	m, runes := mark(r, f), []rune(text)
	if len(runes) > len(m)+1 {
		return r.WithField(name, string(runes[:len(runes)-len(m)-1])+" "+m, fault)
	}
	for _, other := range body.Fields {
		if other.Name != name && plainText(other) && room(other) >= 50 {
			return r.WithField(other.Name, m, "").WithField(name, v.JSON, fault)
		}
	}
	if hasID(t.Operation()) {
		return r.WithField(name, v.JSON, fault) // the next request marks the record again
	}
	return r
}

func sorted[V any](m map[string]V) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// named says what a request is, in place of the changes it was made of.
func (r *Request) named(fault string) *Request {
	c := r.with("", "", func(*Request) {})
	c.sent.Fault = strings.TrimSpace(fault)
	return c
}
