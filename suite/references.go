package suite

import (
	"fmt"
	"slices"
	"strings"

	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/judge"
	"conformance/internal/result"
)

// 400 or 404: a body refers to what is not there for this caller.

var unknownReference = Check{
	ID: "VALID-007", Level: result.Must, Situation: contract.UnknownReference, Source: errorCodes + "400 and 404",
	Title:    "a body field that refers to a record which does not exist is refused",
	Clause:   "Each reference in turn names an id that no record has.",
	Over:     over(hasBody),
	Variants: references("", func(t *T, f *contract.Field) any { return t.unknownValue(f) }),
}

var foreignReference = Check{
	ID: "VALID-008", Level: result.Must, Situation: contract.UnknownReference, Source: errorCodes + "404",
	Title:    "a body field that refers to another company's record is refused",
	Clause:   "A foreign record is as good as none: writing its id must neither work nor tell that it exists.",
	Over:     over(hasBody),
	Variants: references("foreign", (*T).foreignValue),
}

// foreignValue is the id of a record of the other company, as the field needs it.
func (t *T) foreignValue(f *contract.Field) any {
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
				out = append(out, Variant{Name: f.Name + " on a record that has none", Situation: r.Unknown, Run: func(t *T) {
					id, value := lastID(t.Operation()), t.Valid().Body[f.Name]
					bare, err := t.session.find(t.ctx, own, r.Source, id.Name, lastID(r.Source).Reference, binding{})
					t.must(err)
					t.Expect(t.Send(t.Valid().WithParameter(id, generate.Text(bare), fmt.Sprintf("%s of a record without a %s: %v", id.Name, f.Name, bare)).
						WithField(f.Name, value, ""))).To(BeRefused())
				}})
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

// partOfAnother is a part of the second configured record.
func (t *T) partOfAnother(f *contract.Field) any {
	o := t.Operation()
	ids := o.Identifiers()
	last := ids[len(ids)-1]
	others := t.session.Config.Fixtures[o.ID+"."+last.Name]
	if len(others) < 2 {
		t.Skip(result.NotVerifiable, "fixtures.%s.%s lists one record; a second one shows whether parts of others are refused", o.ID, last.Name)
	}
	v := t.strange(f, f.Reference.At.Items(t.whole(f, others[1])))
	if v == nil {
		t.Skip(result.NotVerifiable, "the second record of fixtures.%s.%s has no part that the first has not", o.ID, last.Name)
	}
	return v
}

// partOf is the body field that refers into the record which the operation addresses, as a meter of an asset; or nil.
func partOf(o *contract.Operation) *contract.Field {
	if o.Body == nil {
		return nil
	}
	for _, f := range o.Body.Fields {
		if r := f.Reference; r != nil && r.Unknown != "" && nestedSource(o, r) {
			return f
		}
	}
	return nil
}

// partOfForeign is a part of a record of the other company that the addressed record has not.
func (t *T) partOfForeign(f *contract.Field) any {
	var parts []any
	for _, record := range t.foreignParents(f) {
		parts = append(parts, record.parts...)
	}
	v := t.strange(f, parts)
	if v == nil {
		t.Skip(result.NotVerifiable, "the first page of the other company's list has no record with a %s that this company's has not", f.Name)
	}
	return v
}

// foreignPart is a record of the other company with one of its parts.
func (t *T) foreignPart(f *contract.Field) (id, part any) {
	for _, record := range t.foreignParents(f) {
		if len(record.parts) > 0 {
			return record.id, record.parts[0]
		}
	}
	t.Skip(result.NotVerifiable, "the first page of the other company's list has no record with a %s", f.Name)
	return nil, nil
}

type parent struct {
	id    any
	parts []any
}

// foreignParents are the records of the other company that may have such a part, on the first page of its list.
func (t *T) foreignParents(f *contract.Field) []parent {
	key := t.Need(t.Credentials().OtherTenant, "credentials.other_tenant")
	source := lastID(f.Reference.Source).Reference
	list := listOf(t.session.Contract, source.Source)
	if list == nil {
		t.Skip(result.NotVerifiable, "no list shows which records of the other company have a %s", f.Name)
	}
	body, _ := judge.Decode(t.Send(t.With(list, nil).As(key, "")).Body)
	// In a list a record looks as it does alone, one level deeper: /data/0/asset_id for /data/asset_id.
	container, id, _ := strings.Cut(strings.TrimPrefix(string(source.At), "/"), "/")
	items, _ := contract.Pointer("/" + container).Get(body)
	records, _ := items.([]any)
	var out []parent
	for _, record := range records {
		if v, ok := contract.Pointer("/" + id).Get(record); ok {
			part := contract.Pointer(strings.TrimPrefix(string(f.Reference.At), "/"+container))
			out = append(out, parent{v, part.Items(record)})
		}
	}
	return out
}

// whole is what the read of the record answers that the field refers into.
func (t *T) whole(f *contract.Field, id any) any {
	ids := t.Operation().Identifiers()
	last := ids[len(ids)-1].Reference
	m, err := t.session.ensure(t.ctx, own, f.Reference.Source, binding{place{last.From, last.At}: id}, "")
	t.must(err)
	return m.answer
}

// strange is the first of these parts whose id the addressed record does not use too: ids of parts may count anew in each record.
func (t *T) strange(f *contract.Field, parts []any) any {
	ids := t.Operation().Identifiers()
	own := f.Reference.At.Items(t.whole(f, t.Valid().fields[ids[len(ids)-1].Name]))
	for _, part := range parts {
		if !slices.ContainsFunc(own, func(v any) bool { return generate.Text(v) == generate.Text(part) }) {
			return part
		}
	}
	return nil
}
