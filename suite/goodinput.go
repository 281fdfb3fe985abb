package suite

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/result"
	"conformance/internal/session"
)

// A refusal of good input breaks the contract as well.

var validField = check.Check{
	ID: "ACCEPT-001", Level: result.Must, Situation: contract.InvalidField, Source: check.Part("request bodies"),
	Writes: true,
	Title:  "a body with boundary values is accepted",
	Clause: "The smallest and largest number, the shortest and longest text, every value of an enum, null where it is " +
		"allowed. Many fields are tried at once; if that is refused, each on its own.",
	Over: check.Operations((*contract.Operation).HasBody), Lanes: 1,
	Variants: func(_ *contract.Contract, s check.Subject) []check.Variant {
		var out []check.Variant
		for _, round := range rounds(s.Operation.Body) {
			out = append(out, check.Variant{Name: round.name, Run: func(t *check.T) { accepts(t, round) }})
		}
		return out
	},
}

var requiredFieldsOnly = check.Check{
	ID: "ACCEPT-002", Level: result.Must, Situation: contract.MissingField, Source: check.Part("request bodies"),
	Writes: true,
	Title:  "a body with only the required fields is accepted",
	Clause: "What is not marked required may be left out.",
	Over:   check.Operations(func(o *contract.Operation) bool { return o.HasBody() && len(o.Body.Optional()) > 0 }),
	Variants: func(_ *contract.Contract, s check.Subject) []check.Variant {
		b := s.Operation.Body
		if generate.Accepts(b.Schema, minimalBody(b)) {
			return []check.Variant{{Run: func(t *check.T) { acceptsOnly(t, func(*contract.Field) bool { return false }) }}}
		}
		var out []check.Variant // something must be sent: each field in turn
		for _, name := range b.Optional() {
			out = append(out, check.Variant{Name: name + " only", Run: func(t *check.T) {
				acceptsOnly(t, func(f *contract.Field) bool { return f.Name == name })
			}})
		}
		return out
	},
}

// acceptsOnly sends what is required and those of the optional fields that kept names. A create keeps its unique value,
// by which the run's records are distinguished.
func acceptsOnly(t *check.T, kept func(*contract.Field) bool) {
	o, r := t.Operation(), acceptable(t)
	for _, name := range o.Body.Optional() {
		f := o.Body.Field(name)
		if !kept(f) && (f != o.UniqueField() || o.HasID()) {
			r = r.WithoutField(name, "")
		}
	}
	t.Expect(t.Send(r.Described("with as few fields as possible"))).To(check.BeAccepted())
}

var extraField = check.Check{
	ID: "ACCEPT-003", Level: result.Must, Situation: contract.InvalidField, Source: check.Ours,
	Convention: "extra-members",
	Writes:     true,
	Title:      "an unknown extra field is ignored",
	Clause:     "Clients of a newer version send fields that an older server does not know: it must not refuse them.",
	Over: check.Operations(func(o *contract.Operation) bool {
		return o.HasBody() && generate.Accepts(o.Body.Schema, extended(o.Body.Example))
	}),
	Run: func(t *check.T) {
		t.Expect(t.Send(acceptable(t).WithField("conformance_extra", "ignored",
			"with an unknown field"))).To(check.BeAccepted())
	},
}

var validParameter = check.Check{
	ID: "ACCEPT-004", Level: result.Must, Situation: contract.InvalidParameter, Source: check.Part("parameters"),
	Title:  "a query parameter with a boundary value is accepted",
	Clause: "The bounds themselves, every value of an enum, a valid example of each format.",
	Over:   check.Operations(func(o *contract.Operation) bool { return o.Reads() && len(o.Inputs()) > 0 }),
	Variants: func(_ *contract.Contract, s check.Subject) []check.Variant {
		var out []check.Variant
		for _, p := range s.Operation.Inputs() {
			for _, text := range validTexts(p) {
				out = append(out, check.Variant{Name: p.Name + "=" + text, Key: p.Name, Run: func(t *check.T) {
					t.Expect(t.Send(t.Valid().WithParameter(p, text, p.Name+"="+text))).To(check.BeAccepted())
				}})
			}
		}
		return out
	},
}

var otherSpelling = check.Check{
	ID: "ACCEPT-006", Level: result.Should, Situation: contract.InvalidField, Source: check.Part("request bodies"),
	Writes: true,
	Title:  "legal values that clients seldom send are accepted",
	Clause: "A time in another time zone or with a fraction of a second (RFC 3339), an empty text where no minimum " +
		"length is given, the longest text in characters beyond the first 65,536 (a length counts characters: JSON Schema, " +
		"6.3).",
	Over: check.Operations((*contract.Operation).Any),
	Variants: func(_ *contract.Contract, s check.Subject) []check.Variant {
		var out []check.Variant
		if s.Operation.Body != nil {
			for _, f := range s.Operation.Body.Fields {
				for _, v := range spellings(f.Schema, s.Operation.Body.Example[f.Name]) {
					out = append(out, check.Variant{Name: f.Name + ": " + v.name, Run: func(t *check.T) {
						value := generate.Value{JSON: unlike(t, f, v.text)}
						r := withEdge(t, acceptable(t), f.Name, value, f.Name+": "+v.name)
						t.Expect(t.Send(r)).To(check.BeAccepted())
					}})
				}
			}
		}
		for _, p := range s.Operation.Inputs() {
			for _, v := range spellings(p.Schema, nil) {
				out = append(out, check.Variant{Name: p.Name + ": " + v.name, Run: func(t *check.T) {
					t.Expect(t.Send(t.Valid().WithParameter(p, v.text, p.Name+"="+v.text))).To(check.BeAccepted())
				}})
			}
		}
		return out
	},
}

// unlike ends the text of a unique field as no other text of the run ends.
func unlike(t *check.T, f *contract.Field, text string) string {
	if f.Unique == nil || text == "" {
		return text
	}
	runes, mark := []rune(text), []rune(t.Session.NextMark())
	n := min(len(runes), len(mark))
	return string(runes[:len(runes)-n]) + string(mark[len(mark)-n:])
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

func validTexts(p *contract.Parameter) []string {
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

func minimalBody(b *contract.Body) map[string]any {
	body := generate.Copy(b.Example).(map[string]any)
	for _, name := range b.Optional() {
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
		r := round{name: fmt.Sprint("boundary values ", n+1), values: map[string]generate.Value{}}
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

// edges are the edge values of a field that stand for themselves: references, statuses and unique values have rules of
// their own.
func edges(f *contract.Field) []generate.Value {
	if f.Reference != nil || f.Transitions != nil || f.Unique != nil || f.Schema.ReadOnly {
		return nil
	}
	return generate.Edges(f.Schema)
}

// acceptable is a valid request to write to without harm: to a record that is kept for good input, or a create. Where
// the plain one is refused, what a refusal of good input is about is unknown.
func acceptable(t *check.T) *session.Request {
	_, err := t.Session.Control(t.Ctx, t.Operation())
	t.Must(err)
	if t.Operation().HasID() && contract.Moves(t.Operation()) {
		return t.Fresh()
	}
	fields, err := t.Session.Isolated(t.Ctx, t.Operation(), t.Instance("good input"))
	t.Must(err)
	return t.RequestTo(t.Operation(), fields)
}

// accepts sends a round in one body. Where it is refused, each value is sent alone, to name those that are.
func accepts(t *check.T, r round) {
	names := sorted(r.values)
	body := acceptable(t)
	for _, name := range names {
		body = withEdge(t, body, name, r.values[name], "")
	}
	if a := t.Send(body.Described(r.name)); a.Accepted() {
		t.Looked()
		return
	}
	alone := 0
	for _, name := range names {
		request := acceptable(t)
		v := r.values[name]
		a := t.Send(withEdge(t, request, name, v, name+": "+v.Name))
		if !a.Accepted() {
			alone++
			t.Expect(a).To(check.BeAccepted())
		}
	}
	if alone == 0 {
		t.Expect(t.Send(body)).To(check.BeAccepted())
	}
}

// withEdge puts an edge value into a field. Where that takes the place of the run's mark, the mark moves: into what is
// left of a long text, else into another field, so that the record stays recognisable.
func withEdge(t *check.T, r *session.Request, name string, v generate.Value, fault string) *session.Request {
	body := t.Operation().Body
	f := body.Label()
	text, ok := v.JSON.(string)
	if f == nil || f.Name != name || !ok {
		return r.WithField(name, v.JSON, fault)
	}
	m, runes := session.Mark(r, f), []rune(text)
	if len(runes) > len(m)+1 {
		return r.WithField(name, string(runes[:len(runes)-len(m)-1])+" "+m, fault)
	}
	for _, other := range body.Fields {
		if other.Name != name && other.PlainText() && other.SpareLength() >= 50 {
			return r.WithField(other.Name, m, "").WithField(name, v.JSON, fault)
		}
	}
	if t.Operation().HasID() {
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
