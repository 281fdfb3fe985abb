package suite

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/result"
)

// 400: the input is wrong.

var missingField = Check{
	ID: "VALID-001", Level: result.Must, Situation: contract.MissingField, Source: errorCodes + "400",
	Title:    "a body without a required field is refused",
	Clause:   "Each required field is left out once, all others being good.",
	Over:     over(hasBody),
	Variants: mutations(generate.Missing, nil),
}

var invalidField = Check{
	ID: "VALID-002", Level: result.Must, Situation: contract.InvalidField, Source: errorCodes + "400",
	Title:    "a body field that breaks one of its constraints is refused",
	Clause:   "Every field is given, once per constraint, a value that breaks just that one: type, enum, bounds, length, pattern, format.",
	Over:     over(hasBody),
	Variants: mutations(generate.InvalidFields, func(m generate.Mutation) bool { return m.Constraint != generate.Null && !unknownStatusText(m) }),
}

var nullField = Check{
	ID: "VALID-003", Level: result.Must, Situation: contract.InvalidField, Source: errorCodes + "400", Convention: "null",
	Title:    "null is refused where it is not allowed",
	Clause:   "null is a wrong type unless the schema says nullable.",
	Over:     over(hasBody),
	Variants: mutations(generate.InvalidFields, func(m generate.Mutation) bool { return m.Constraint == generate.Null }),
}

// mutations makes a variant of each body that gen yields and keep wants.
func mutations(gen func(*contract.Body) []generate.Mutation, keep func(generate.Mutation) bool) func(*contract.Contract, Subject) []Variant {
	return func(_ *contract.Contract, s Subject) []Variant {
		var out []Variant
		for _, m := range gen(s.Operation.Body) {
			if keep == nil || keep(m) {
				out = append(out, Variant{Name: m.Name, Assumed: m.Field.Assumed, Run: func(t *T) {
					t.Expect(t.Send(t.Valid().Mutated(m))).To(BeRefusedAs(t.rows(m)...))
				}})
			}
		}
		return out
	}
}

// rows are the situations that a mutation may be answered by: a value can fall under two rows of the contract's table.
func (t *T) rows(m generate.Mutation) []contract.SituationID {
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

var malformedBody = Check{
	ID: "VALID-004", Level: result.Must, Situation: contract.MalformedBody, Source: errorCodes + "400",
	Title:  "a body that is no JSON object is refused",
	Clause: "Empty, not JSON, cut off, or JSON of another type than object.",
	Over:   over(hasBody),
	Variants: raws(
		raw{"empty", func([]byte) []byte { return []byte{} }},
		raw{"not JSON", func([]byte) []byte { return []byte("this is not JSON") }},
		raw{"cut", func(good []byte) []byte { return good[:len(good)/2] }},
		raw{"array", func(good []byte) []byte { return append(append([]byte("["), good...), ']') }},
		raw{"string", func([]byte) []byte { return []byte(`"text"`) }},
		raw{"number", func([]byte) []byte { return []byte("42") }},
		raw{"boolean", func([]byte) []byte { return []byte("true") }},
		raw{"null", func([]byte) []byte { return []byte("null") }},
		raw{"form", func([]byte) []byte { return []byte("a=1&b=2") }},
	),
}

type raw struct {
	name string
	of   func(good []byte) []byte
}

func raws(all ...raw) func(*contract.Contract, Subject) []Variant {
	var out []Variant
	for _, r := range all {
		out = append(out, Variant{Name: r.name, Run: func(t *T) {
			valid := t.Valid()
			good, _ := json.Marshal(valid.Body) // JSON values always marshal
			t.Expect(t.Send(valid.WithRaw(r.of(good), "body: "+r.name))).To(BeRefused())
		}})
	}
	return variants(out...)
}

var emptyObject = Check{
	ID: "VALID-005", Level: result.Must, Situation: contract.MissingField, Source: errorCodes + "400",
	Title:  "an empty object is refused where something is required",
	Clause: "A body of {} asks for nothing.",
	Over: over(func(o *contract.Operation) bool {
		return hasBody(o) && !generate.Accepts(o.Body.Schema, map[string]any{})
	}),
	Run: func(t *T) {
		t.Expect(t.Send(t.Valid().WithRaw([]byte("{}"), "body: {}"))).To(BeRefusedAs(contract.MissingField, contract.InvalidField, contract.MalformedBody))
	},
}

var invalidParameter = Check{
	ID: "VALID-006", Level: result.Must, Situation: contract.InvalidParameter, Source: errorCodes + "400",
	Title:  "a query parameter that breaks one of its constraints is refused",
	Clause: "Every parameter that is neither selector nor identifier, once per constraint. Ignoring a bad filter answers another question than was asked.",
	Over:   over(everything),
	Variants: func(_ *contract.Contract, s Subject) []Variant {
		var out []Variant
		for _, p := range s.Operation.Inputs() {
			for _, text := range generate.InvalidTexts(p) {
				out = append(out, Variant{Name: text.Name, Assumed: p.Assumed, Run: func(t *T) {
					t.Expect(t.Send(t.Valid().WithParameter(p, text.Text, p.Name+"="+text.Text))).To(BeRefused())
				}})
			}
		}
		return out
	},
}

var unknownReference = Check{
	ID: "VALID-007", Level: result.Must, Situation: contract.UnknownReference, Source: errorCodes + "400 and 404",
	Title:    "a body field that refers to a record which does not exist is refused",
	Clause:   "Each reference in turn names an id that no record has.",
	Over:     over(hasBody),
	Variants: references("", func(t *T, f *contract.Field) any { return t.unknownValue(f) }),
}

var foreignReference = Check{
	ID: "VALID-008", Level: result.Must, Situation: contract.UnknownReference, Source: errorCodes + "404",
	Title:  "a body field that refers to another company's record is refused",
	Clause: "A foreign record is as good as none: writing its id must neither work nor tell that it exists.",
	Over:   over(hasBody),
	Variants: references("foreign", func(t *T, f *contract.Field) any {
		fields, err := t.session.fill(t.ctx, foreign, t.Operation(), binding{})
		t.must(err)
		v, ok := fields[f.Name]
		if !ok {
			t.Skip(result.NotVerifiable, "the other company has no record that %s could refer to", f.Name)
		}
		if mine := t.Valid().Body[f.Name]; fmt.Sprint(mine) == fmt.Sprint(v) {
			t.Skip(result.NotVerifiable, "both companies have a record with the id %v", v)
		}
		return v
	}),
}

// references makes a variant of each reference of the body, in the situation that the reference names.
func references(kind string, value func(*T, *contract.Field) any) func(*contract.Contract, Subject) []Variant {
	return func(_ *contract.Contract, s Subject) []Variant {
		var out []Variant
		for _, f := range s.Operation.Body.Fields {
			r := f.Reference
			if r == nil || r.Unknown == "" || kind == "foreign" && nestedSource(s.Operation, r) {
				continue
			}
			out = append(out, Variant{Name: f.Name, Situation: r.Unknown, Assumed: f.Assumed, Run: func(t *T) {
				v := value(t, f)
				t.Expect(t.Send(t.Valid().WithField(f.Name, v, fmt.Sprintf("%s of %s record: %v", f.Name, cmpKind(kind), v)))).To(BeRefused())
			}})
		}
		return out
	}
}

func cmpKind(kind string) string {
	if kind == "" {
		return "no"
	}
	return "a " + kind
}

// nestedSource says that the reference points into the very record that the request addresses, as a meter of an asset.
func nestedSource(o *contract.Operation, r *contract.Reference) bool {
	return r.Source.Reads() && len(r.Source.Identifiers()) > 0 && len(o.Identifiers()) > 0
}

var strangersPart = Check{
	ID: "VALID-009", Level: result.Must, Situation: contract.UnknownReference, Source: errorCodes + "400",
	Title:  "a body field that refers to a part of another record is refused",
	Clause: "A part (a meter) that exists, but on another record than the one addressed, is unknown here.",
	Over:   over(hasBody),
	Variants: func(_ *contract.Contract, s Subject) []Variant {
		var out []Variant
		for _, f := range s.Operation.Body.Fields {
			if r := f.Reference; r != nil && r.Unknown != "" && nestedSource(s.Operation, r) {
				for _, other := range []struct {
					name string
					part func(*T, *contract.Field) any
				}{{"of another record", (*T).partOfAnother}, {"of another company's record", (*T).partOfForeign}} {
					out = append(out, Variant{Name: f.Name + " " + other.name, Situation: r.Unknown, Run: func(t *T) {
						v := other.part(t, f)
						t.Expect(t.Send(t.Valid().WithField(f.Name, v, fmt.Sprintf("%s %s: %v", f.Name, other.name, v)))).To(BeRefused())
					}})
				}
			}
		}
		return out
	},
}

// partOfAnother reads the value from the second configured record.
func (t *T) partOfAnother(f *contract.Field) any {
	o := t.Operation()
	ids := o.Identifiers()
	last := ids[len(ids)-1]
	others := t.session.Config.Fixtures[o.ID+"."+last.Name]
	if len(others) < 2 {
		t.Skip(result.NotVerifiable, "fixtures.%s.%s lists one record; a second one shows whether parts of others are refused", o.ID, last.Name)
	}
	mine := t.Valid().Body[f.Name]
	b := binding{place{last.Reference.From, last.Reference.At}: others[1]}
	m, err := t.session.ensure(t.ctx, own, f.Reference.Source, b, "")
	t.must(err)
	v, ok := f.Reference.At.Get(m.answer)
	if !ok || fmt.Sprint(v) == fmt.Sprint(mine) {
		t.Skip(result.NotVerifiable, "the second record of fixtures.%s.%s has no part of its own", o.ID, last.Name)
	}
	return v
}

// partOfForeign finds a record of the other company that has such a part, on the first page of its list.
func (t *T) partOfForeign(f *contract.Field) any {
	key := t.Need(t.Credentials().OtherTenant, "credentials.other_tenant")
	source := lastID(f.Reference.Source).Reference.Source
	list := listOf(t.session.Contract, source)
	if list == nil {
		t.Skip(result.NotVerifiable, "no list shows which records of the other company have a %s", f.Name)
	}
	a := t.Send(t.With(list, nil).As(key, ""))
	body, _ := decode(a.Body)
	record, part, _ := strings.Cut(strings.TrimPrefix(string(f.Reference.At), "/"), "/")
	for i := range 100 {
		if v, ok := contract.Pointer(fmt.Sprintf("/%s/%d/%s", record, i, part)).Get(body); ok {
			return v
		}
	}
	t.Skip(result.NotVerifiable, "the first page of the other company's %s has no record with a %s", list.ID, f.Name)
	return nil
}

var namesField = Check{
	ID: "VALID-010", Level: result.Should, Situation: contract.InvalidField, Source: errorCodes + "FAQ, more details about a 400",
	Title:  "the message of a 400 names the offending field",
	Clause: "In most cases the message tells which field or parameter is wrong: the check passes if it does so for more than half of them.",
	Over:   over(everything),
	Variants: func(_ *contract.Contract, s Subject) []Variant {
		wrong := map[string]func(*Request) *Request{}
		missing, parameters := maps.Clone(wrong), maps.Clone(wrong)
		if s.Operation.Body != nil {
			for _, m := range generate.InvalidFields(s.Operation.Body) {
				if m.Constraint != generate.Null && wrong[m.Field.Name] == nil {
					wrong[m.Field.Name] = func(r *Request) *Request { return r.Mutated(m) }
				}
			}
			for _, m := range generate.Missing(s.Operation.Body) {
				missing[m.Field.Name] = func(r *Request) *Request { return r.Mutated(m) }
			}
		}
		for _, p := range s.Operation.Inputs() {
			for _, text := range generate.InvalidTexts(p) {
				parameters[p.Name] = func(r *Request) *Request { return r.WithParameter(p, text.Text, p.Name+"="+text.Text) }
			}
		}
		var out []Variant
		for _, v := range []struct {
			situation contract.SituationID
			faults    map[string]func(*Request) *Request
		}{{contract.InvalidField, wrong}, {contract.MissingField, missing}, {contract.InvalidParameter, parameters}} {
			if len(v.faults) > 0 {
				out = append(out, Variant{Name: string(v.situation), Situation: v.situation, Run: func(t *T) { t.named(v.faults) }})
			}
		}
		return out
	},
}

// named sends each faulty request and counts the refusals that name what is wrong.
func (t *T) named(faults map[string]func(*Request) *Request) {
	naming, all := 0, 0
	var silent []string
	for _, name := range sorted(faults) {
		a := t.Send(faults[name](t.Valid()))
		if a.Status/100 != 4 {
			continue // judged elsewhere
		}
		all++
		if mentions(a.Body, name) {
			naming++
		} else {
			silent = append(silent, name)
		}
	}
	if all > 0 && 2*naming <= all {
		t.Failf(result.KindEnvelope, "the field's name in most messages", fmt.Sprintf("%d of %d", naming, all),
			"the message names what is wrong in %d of %d refusals; not %s", naming, all, strings.Join(silent, ", "))
	}
}

var lenient = Check{
	ID: "VALID-011", Level: result.Should, Situation: contract.InvalidField, Source: errorCodes + "400",
	Title:  "input that only a lenient parser takes is refused",
	Clause: "A date where a date with time belongs, a line end behind a value, an email with two @, or text behind the JSON document: some libraries read them without a word, others refuse them. By the letter they are wrong.",
	Over:   over(hasBody), Writes: true,
	Variants: func(_ *contract.Contract, s Subject) []Variant {
		out := []Variant{{Name: "text behind the body", Situation: contract.MalformedBody, Run: func(t *T) {
			valid := t.Valid()
			good, _ := json.Marshal(valid.Body) // JSON values always marshal
			t.Expect(t.Send(valid.WithRaw(append(good, " more"...), "body: text behind the object"))).To(BeRefused())
		}}}
		for _, f := range s.Operation.Body.Fields {
			good, _ := s.Operation.Body.Example[f.Name].(string)
			for _, loose := range looseTexts(f.Schema, good) {
				if !f.Schema.ReadOnly && !generate.Accepts(f.Schema, loose.text) {
					out = append(out, Variant{Name: f.Name + ": " + loose.name, Run: func(t *T) {
						t.Expect(t.Send(t.Valid().WithField(f.Name, loose.text, f.Name+": "+loose.name))).To(BeRefused())
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
	case len(schema.Enum) > 0:
		return nil
	case schema.Pattern != "":
		return []spelling{{"a line end behind it", good + "\n"}}
	}
	return map[string][]spelling{
		"date":      {{"the 30th of February", "2026-02-30"}, {"a day in words", "March 2, 2026"}},
		"date-time": {{"the 30th of February", "2026-02-30T10:00:00Z"}, {"a date alone", "2026-01-02"}, {"a day in words", "March 2, 2026 10:00"}},
		"email":     {{"nothing before the @", "@conformance.example"}, {"two @", "a@b@conformance.example"}, {"a blank in it", "a b@conformance.example"}},
	}[schema.Format]
}

// mentions says that a text names the field, whatever stands between its words.
func mentions(text []byte, field string) bool {
	plain := strings.NewReplacer("_", "", "-", "", " ", "")
	return strings.Contains(strings.ToLower(plain.Replace(string(text))), strings.ToLower(plain.Replace(field)))
}
