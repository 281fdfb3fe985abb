package suite

import (
	"fmt"
	"slices"
	"strings"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/generate"
	"conformance/internal/judge"
	"conformance/internal/result"
	"conformance/internal/session"
)

// 400 or 404: a body refers to what is not there for this caller.

var unknownReference = check.Check{
	ID: "VALID-007", Level: result.Must, Situation: contract.UnknownReference,
	Title:    "a body field that refers to a record which does not exist is refused",
	Clause:   "Each reference in turn names an id that no record has.",
	Over:     check.Operations((*contract.Operation).HasBody),
	Variants: references("", func(t *check.T, f *contract.Field) any { return check.UnknownValue(t, f) }),
}

var foreignReference = check.Check{
	ID: "VALID-008", Level: result.Must, Situation: contract.UnknownReference,
	Title:    "a body field that refers to another company's record is refused",
	Clause:   "For this company the record does not exist: writing its id must neither work nor reveal that it exists.",
	Over:     check.Operations((*contract.Operation).HasBody),
	Variants: references("foreign", foreignValue),
}

// foreignValue is the id of a record of the other company, as the field needs it.
func foreignValue(t *check.T, f *contract.Field) any {
	fields, err := t.Session.ResolveReferences(t.Ctx, session.Foreign, t.Operation(), session.Binding{})
	t.Must(err)
	v, ok := fields[f.Name]
	if !ok {
		t.Skip(result.NotVerifiable, "the other company has no record that %s could refer to", f.Name)
	}
	skipIfBothHave(t, t.Valid(), f.Reference, v, t.Valid().Body[f.Name])
	return v
}

// references makes a variant of each reference of the body, in the situation that the reference names.
func references(
	kind string,
	value func(*check.T, *contract.Field) any,
) func(*contract.Contract, check.Subject) []check.Variant {
	return func(_ *contract.Contract, s check.Subject) []check.Variant {
		var out []check.Variant
		for _, f := range s.Operation.Body.Fields {
			r := f.Reference
			if r == nil || r.Unknown == "" || kind == "foreign" && s.Operation.NestedSource(r) {
				continue
			}
			out = append(out, check.Variant{Name: f.Name, Situation: r.Unknown, Assumed: f.Assumed, Run: func(t *check.T) {
				v := value(t, f)
				t.Expect(t.Send(t.Valid().WithField(f.Name, v, fmt.Sprintf("%s of %s record: %v", f.Name, recordKind(kind),
					v)))).To(check.BeRefused())
			}})
		}
		return out
	}
}

func recordKind(kind string) string {
	if kind == "" {
		return "no"
	}
	return "a " + kind
}

var partOfOther = check.Check{
	ID: "VALID-009", Level: result.Must, Situation: contract.UnknownReference,
	Title:  "a body field that refers to a part of another record is refused",
	Clause: "A part that exists, but on another record than the one addressed, is unknown here.",
	Over:   check.Operations((*contract.Operation).HasBody),
	Variants: func(_ *contract.Contract, s check.Subject) []check.Variant {
		var out []check.Variant
		for _, f := range s.Operation.Body.Fields {
			if r := f.Reference; r != nil && r.Unknown != "" && s.Operation.NestedSource(r) {
				out = append(out, check.Variant{Name: f.Name + " on a record that has none", Situation: r.Unknown,
					Run: func(t *check.T) { expectPartUnknown(t, f) }})
				for _, other := range []struct {
					name string
					part func(*check.T, *contract.Field) any
				}{{"of another record", partOfAnother}, {"of another company's record", partOfForeign}} {
					out = append(out, check.Variant{Name: f.Name + " " + other.name, Situation: r.Unknown, Run: func(t *check.T) {
						v := other.part(t, f)
						t.Expect(t.Send(t.Valid().WithField(f.Name, v, fmt.Sprintf("%s %s: %v", f.Name, other.name,
							v)))).To(check.BeRefused())
					}})
				}
			}
		}
		return out
	},
}

// expectPartUnknown sends a part of the addressed record to a new one, which has none, or others.
func expectPartUnknown(t *check.T, f *contract.Field) {
	id, source := t.Operation().LastIdentifier(), f.Reference.Source
	made, err := t.Session.ResolveReference(t.Ctx, session.Own, source, id.Name, source.LastIdentifier().Reference,
		session.Binding{})
	t.Must(err)
	r := t.Valid()
	has := f.Reference.At.Items(parentRecord(t, f, made))
	parts := append([]any{r.Body[f.Name]}, f.Reference.At.Items(parentRecord(t, f, r.Fields[id.Name]))...)
	i := slices.IndexFunc(parts, func(part any) bool { return !containsValue(has, part) })
	if i < 0 {
		t.Skip(result.NotVerifiable, "a new record has every %s that the addressed one has", f.Name)
	}
	t.Expect(t.Send(r.WithParameter(id, generate.Text(made), fmt.Sprintf("%s of a record without this %s: %v", id.Name,
		f.Name, made)).WithField(f.Name, parts[i], ""))).To(check.BeRefused())
}

// partOfAnother is a part of the second configured record.
func partOfAnother(t *check.T, f *contract.Field) any {
	o := t.Operation()
	ids := o.Identifiers()
	last := ids[len(ids)-1]
	others := t.Session.Config.Fixtures[o.ID+"."+last.Name].Values
	if len(others) < 2 {
		t.Skip(result.NotVerifiable, "fixtures.%s.%s lists one record; a second one shows whether parts of others are "+
			"refused", o.ID, last.Name)
	}
	v := partOfOtherRecord(t, f, f.Reference.At.Items(parentRecord(t, f, others[1])))
	if v == nil {
		t.Skip(result.NotVerifiable, "the second record of fixtures.%s.%s has no part that the first lacks", o.ID, last.Name)
	}
	return v
}

// partOfForeign is a part of a record of the other company that the addressed record has not.
func partOfForeign(t *check.T, f *contract.Field) any {
	var parts []any
	for _, record := range foreignParents(t, f) {
		parts = append(parts, record.parts...)
	}
	v := partOfOtherRecord(t, f, parts)
	if v == nil {
		t.Skip(result.NotVerifiable, "the first page of the other company's list has no record with a %s that is not in "+
			"this company's list", f.Name)
	}
	return v
}

// containsValue says that a value is among others, whatever type JSON and YAML gave them.
func containsValue(values []any, v any) bool {
	return slices.ContainsFunc(values, func(other any) bool { return generate.Text(other) == generate.Text(v) })
}

// foreignPart is a record of the other company with one of its parts.
func foreignPart(t *check.T, f *contract.Field) (id, part any) {
	name := t.Operation().ID + "." + t.Operation().LastIdentifier().Name
	given := t.Session.Config.Fixtures[name]
	for _, record := range foreignParents(t, f) {
		if len(record.parts) > 0 && given.Disposable && containsValue(given.OtherTenant, record.id) {
			skipIfBothHave(t, t.Valid(), t.Operation().LastIdentifier().Reference, record.id, nil)
			return record.id, record.parts[0]
		}
	}
	t.Skip(result.NotVerifiable, "no record of the other company with a %s is given up by fixtures.%s: {other_tenant: "+
		"[ID], disposable: true}", f.Name, name)
	return nil, nil
}

type parent struct {
	id    any
	parts []any
}

// foreignParents are the records of the other company that may have such a part, on the first page of its list.
func foreignParents(t *check.T, f *contract.Field) []parent {
	key := t.Need(credential.OtherTenant)
	source := f.Reference.Source.LastIdentifier().Reference
	list := t.Session.Contract.ListOf(source.Source)
	if list == nil {
		t.Skip(result.NotVerifiable, "no list shows which records of the other company have a %s", f.Name)
	}
	body, _ := judge.Decode(t.Send(t.RequestTo(list, nil).As(key, "")).Body)
	// In a list a record looks as it does alone, one level deeper: /data/0/id for /data/id.
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

// parentRecord is what the read of the record answers that the field refers into.
func parentRecord(t *check.T, f *contract.Field, id any) any {
	ids := t.Operation().Identifiers()
	last := ids[len(ids)-1].Reference
	m, err := t.Session.EnsureSetup(t.Ctx, session.Own, f.Reference.Source, session.Binding{last.IDSource(): id}, "")
	t.Must(err)
	return m.Answer
}

// partOfOtherRecord is the first of these parts whose id the addressed record does not use too: ids of parts may start
// again in each record.
func partOfOtherRecord(t *check.T, f *contract.Field, parts []any) any {
	ids := t.Operation().Identifiers()
	own := f.Reference.At.Items(parentRecord(t, f, t.Valid().Fields[ids[len(ids)-1].Name]))
	for _, part := range parts {
		if !containsValue(own, part) {
			return part
		}
	}
	return nil
}
