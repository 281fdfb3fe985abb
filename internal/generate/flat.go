package generate

import (
	"cmp"
	"maps"
	"path"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// maxFlats bounds the ways in which the branches of one schema are combined.
const maxFlats = 48

// flats are the ways to write a schema without allOf, oneOf and anyOf: parts merged, one branch of each chosen. The
// schema itself is the only one where there is nothing to merge. Branches that are only null come last.
func flats(s *openapi3.Schema) []*openapi3.Schema { return flatten(s, nil) }

func flatten(s *openapi3.Schema, open []*openapi3.Schema) []*openapi3.Schema {
	if len(s.AllOf)+len(s.OneOf)+len(s.AnyOf) == 0 || slices.Contains(open, s) {
		return []*openapi3.Schema{s}
	}
	open = append(open, s)
	base := *s
	base.AllOf, base.OneOf, base.AnyOf = nil, nil, nil
	all := []*openapi3.Schema{&base}
	for _, part := range s.AllOf {
		if part.Value != nil {
			all = combined(all, flatten(part.Value, open))
		}
	}
	for _, group := range []openapi3.SchemaRefs{s.OneOf, s.AnyOf} {
		var branches []*openapi3.Schema
		for _, branch := range group {
			if branch.Value == nil {
				continue
			}
			for _, f := range flatten(branch.Value, open) {
				branches = append(branches, chosen(f, s.Discriminator, branch))
			}
		}
		slices.SortStableFunc(branches, func(a, b *openapi3.Schema) int {
			return cmp.Compare(rank(a), rank(b))
		})
		all = combined(all, branches)
	}
	return all
}

func rank(s *openapi3.Schema) int {
	if s.Type.Is("null") {
		return 1
	}
	return 0
}

// combined merges each of one list with each of the other; the first list where the other is empty.
func combined(some, others []*openapi3.Schema) []*openapi3.Schema {
	if len(others) == 0 {
		return some
	}
	var out []*openapi3.Schema
	for _, a := range some {
		for _, b := range others {
			if len(out) < maxFlats {
				out = append(out, merged(a, b))
			}
		}
	}
	return out
}

// chosen adds to a branch the value of the discriminator that chooses it.
func chosen(f *openapi3.Schema, by *openapi3.Discriminator, branch *openapi3.SchemaRef) *openapi3.Schema {
	if by == nil || branch.Ref == "" {
		return f
	}
	var own *openapi3.Schema
	if p := f.Properties[by.PropertyName]; p != nil && p.Value != nil {
		own = p.Value
	}
	value := path.Base(branch.Ref)
	for _, key := range slices.Sorted(maps.Keys(by.Mapping)) {
		ref := by.Mapping[key].Ref
		if leads := ref == branch.Ref || ref == path.Base(branch.Ref); leads && (own == nil || Accepts(own, key)) {
			value = key
			break
		}
	}
	if own != nil && !Accepts(own, value) {
		return f // its own schema says better
	}
	return merged(&openapi3.Schema{
		Required:   []string{by.PropertyName},
		Properties: openapi3.Schemas{by.PropertyName: {Value: &openapi3.Schema{Enum: []any{value}}}},
	}, f)
}

// merged is a schema whose values fit both, as far as one schema can say so. Neither has allOf, oneOf or anyOf.
func merged(a, b *openapi3.Schema) *openapi3.Schema {
	out := *b
	out.Type = commonType(a.Type, b.Type)
	out.Format = cmp.Or(a.Format, b.Format)
	out.Pattern = cmp.Or(a.Pattern, b.Pattern)
	out.Default = first(a.Default, b.Default)
	out.Const = first(a.Const, b.Const)
	out.Example, out.Examples = nil, append(examplesOf(a), examplesOf(b)...)
	out.Enum = commonEnum(a.Enum, b.Enum)
	out.Nullable = a.Nullable && b.Nullable
	out.ReadOnly, out.UniqueItems = a.ReadOnly || b.ReadOnly, a.UniqueItems || b.UniqueItems
	out.Min, out.Max = tighter(a.Min, b.Min, true), tighter(a.Max, b.Max, false)
	if a.ExclusiveMin.IsSet() {
		out.ExclusiveMin = a.ExclusiveMin
	}
	if a.ExclusiveMax.IsSet() {
		out.ExclusiveMax = a.ExclusiveMax
	}
	out.MultipleOf = cmp.Or(a.MultipleOf, b.MultipleOf)
	out.MinLength, out.MinItems, out.MinProps = max(a.MinLength, b.MinLength), max(a.MinItems, b.MinItems),
		max(a.MinProps, b.MinProps)
	out.MaxLength, out.MaxItems, out.MaxProps = tighter(a.MaxLength, b.MaxLength, false),
		tighter(a.MaxItems, b.MaxItems, false), tighter(a.MaxProps, b.MaxProps, false)
	out.Not = cmp.Or(a.Not, b.Not)
	out.Items = both(a.Items, b.Items)
	out.Contains, out.PropertyNames = cmp.Or(a.Contains, b.Contains), cmp.Or(a.PropertyNames, b.PropertyNames)
	out.Required = union(a.Required, b.Required)
	if len(a.PrefixItems) > 0 {
		out.PrefixItems = a.PrefixItems
	}
	if len(a.PatternProperties) > 0 {
		out.PatternProperties = a.PatternProperties
	}
	if len(a.DependentRequired) > 0 {
		out.DependentRequired = a.DependentRequired
	}
	out.Properties = commonProperties(a, b)
	if extra := a.AdditionalProperties; extra.Schema != nil || extra.Has != nil && !*extra.Has {
		out.AdditionalProperties = extra
	}
	return &out
}

// commonProperties leaves out what the other schema closes itself against.
func commonProperties(a, b *openapi3.Schema) openapi3.Schemas {
	closed := func(s *openapi3.Schema) bool {
		return s.AdditionalProperties.Has != nil && !*s.AdditionalProperties.Has
	}
	out := openapi3.Schemas{}
	for name, p := range a.Properties {
		if other := b.Properties[name]; other != nil || !closed(b) {
			out[name] = both(p, other)
		}
	}
	for name, p := range b.Properties {
		if a.Properties[name] == nil && !closed(a) {
			out[name] = p
		}
	}
	return out
}

func both(a, b *openapi3.SchemaRef) *openapi3.SchemaRef {
	switch {
	case a == nil || a.Value == nil:
		return b
	case b == nil || b.Value == nil || a.Value == b.Value:
		return a
	}
	return &openapi3.SchemaRef{Value: &openapi3.Schema{AllOf: openapi3.SchemaRefs{a, b}}}
}

// commonType holds the types that both allow; an integer is a number.
func commonType(a, b *openapi3.Types) *openapi3.Types {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	var out openapi3.Types
	for _, name := range *a {
		switch {
		case slices.Contains(*b, name), name == "integer" && slices.Contains(*b, "number"):
			out = append(out, name)
		case name == "number" && slices.Contains(*b, "integer"):
			out = append(out, "integer")
		}
	}
	if len(out) == 0 {
		return a
	}
	return &out
}

func commonEnum(a, b []any) []any {
	if len(a) == 0 {
		return b
	}
	var out []any
	for _, v := range a {
		if len(b) == 0 || slices.ContainsFunc(b, func(w any) bool { return Text(w) == Text(v) }) {
			out = append(out, v)
		}
	}
	if len(out) == 0 {
		return b
	}
	return out
}

func examplesOf(s *openapi3.Schema) []any {
	all := slices.Clone(s.Examples)
	if s.Example != nil {
		all = append([]any{s.Example}, all...)
	}
	return all
}

func first(a, b any) any {
	if a != nil {
		return a
	}
	return b
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, name := range b {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// tighter is the bound that allows less: the greater one of minimums.
func tighter[N cmp.Ordered](a, b *N, least bool) *N {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	if least == (*a > *b) {
		return a
	}
	return b
}
