package generate

import (
	"maps"
	"regexp"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
)

// object makes the members that are required, then optional ones, then as many as the schema asks for.
func (m *maker) object(f *openapi3.Schema, at spot, hints []any) (any, error) {
	o := &objectMaker{maker: m, f: f, at: at, hints: hints, out: map[string]any{}}
	if at.limit <= 0 && len(f.Required) > 0 {
		return nil, at.unmade("it contains itself without an end")
	}
	for _, name := range slices.Sorted(slices.Values(f.Required)) {
		if err := o.require(name); err != nil {
			return nil, err
		}
	}
	if !at.least && at.depth < maxDepth {
		o.optional()
	}
	for _, name := range slices.Sorted(maps.Keys(f.Properties)) {
		if len(o.out) < int(f.MinProps) && !readOnly(f.Properties[name]) {
			_ = o.add(name) // another one may do
		}
	}
	if err := o.extra(); err != nil {
		return nil, err
	}
	return o.out, nil
}

type objectMaker struct {
	*maker
	f     *openapi3.Schema
	at    spot
	hints []any
	out   map[string]any
}

func readOnly(p *openapi3.SchemaRef) bool {
	return p == nil || p.Value == nil || slices.ContainsFunc(flats(p.Value), func(f *openapi3.Schema) bool {
		return f.ReadOnly
	})
}

func (o *objectMaker) require(name string) error {
	if p := o.f.Properties[name]; p != nil && readOnly(p) {
		return nil
	}
	return o.add(name)
}

// add makes a member, and those that it asks for.
func (o *objectMaker) add(name string) error {
	if _, made := o.out[name]; made {
		return nil
	}
	at := o.at.below(name)
	at.name = name
	var hints []any
	for _, hint := range o.hints {
		if object, ok := hint.(map[string]any); ok && object[name] != nil {
			hints = append(hints, object[name])
		}
	}
	v, err := o.make(o.schemaOf(name), at, hints)
	if err != nil {
		return err
	}
	o.out[name] = v
	o.left--
	for _, other := range o.f.DependentRequired[name] {
		if err := o.require(other); err != nil {
			return err
		}
	}
	return nil
}

// schemaOf is the schema of a member, listed or not.
func (o *objectMaker) schemaOf(name string) *openapi3.Schema {
	if p := o.f.Properties[name]; p != nil && p.Value != nil {
		return p.Value
	}
	for _, pattern := range slices.Sorted(maps.Keys(o.f.PatternProperties)) {
		if re, err := regexp.Compile(pattern); err == nil && re.MatchString(name) {
			return o.f.PatternProperties[pattern].Value
		}
	}
	if extra := o.f.AdditionalProperties.Schema; extra != nil && extra.Value != nil {
		return extra.Value
	}
	return &openapi3.Schema{}
}

// optional makes members that may be left out: plain values first, then objects and lists, which share what is left of
// the bound. One that cannot be made is left out.
func (o *objectMaker) optional() {
	var plain, deep []string
	for _, name := range slices.Sorted(maps.Keys(o.f.Properties)) {
		p := o.f.Properties[name]
		if readOnly(p) || p.Value.Deprecated || o.open[p.Value] > 0 {
			continue
		}
		switch kindOf(flats(p.Value)[0], o.at.below(name)) {
		case "object", "array":
			deep = append(deep, name)
		case "null":
		default:
			plain = append(plain, name)
		}
	}
	for i, name := range append(plain, deep...) {
		if o.f.MaxProps != nil && len(o.out) >= int(*o.f.MaxProps) || o.left <= 0 {
			return
		}
		if i < len(plain) {
			_ = o.add(name)
			continue
		}
		total, share := o.left, max(1, o.left/(len(plain)+len(deep)-i))
		o.left = share
		if o.add(name) != nil {
			o.left = share
		}
		o.left += total - share
	}
}

// extra makes members that are not listed, where the schema asks for more or is one of a map.
func (o *objectMaker) extra() error {
	want := int(o.f.MinProps)
	open := o.f.AdditionalProperties.Schema != nil || len(o.f.PatternProperties) > 0
	if open && len(o.f.Properties) == 0 && !o.at.least && (o.f.MaxProps == nil || *o.f.MaxProps > 0) {
		want = max(want, 1)
	}
	if want > maxItems {
		return o.at.unmade("it needs %d members, which is more than a test sends", want)
	}
	for i := 0; len(o.out) < want && i < 2*want; i++ {
		name, err := o.key(i)
		if err == nil {
			err = o.add(name)
		}
		if err != nil && len(o.out) < int(o.f.MinProps) {
			return err
		}
	}
	return nil
}

// key is the name of a member that is not listed.
func (o *objectMaker) key(i int) (string, error) {
	at := o.at.below("*")
	at.vary = i
	if names := o.f.PropertyNames; names != nil && names.Value != nil {
		v, err := o.make(names.Value, at, nil)
		name, _ := v.(string)
		return name, err
	}
	for _, pattern := range slices.Sorted(maps.Keys(o.f.PatternProperties)) {
		return text(&openapi3.Schema{Pattern: pattern}, at)
	}
	return "key" + strconv.Itoa(i+1), nil
}

// list makes as many items as are required, or one.
func (m *maker) list(f *openapi3.Schema, at spot, hints []any) (any, error) {
	least := max(int(min(f.MinItems, maxItems+1)), int(min(wantedItems(f), maxItems+1)))
	if least > maxItems {
		return nil, at.unmade("it needs %d items, which is more than a test sends", f.MinItems)
	}
	if at.limit <= 0 && least > 0 {
		return nil, at.unmade("it contains itself without an end")
	}
	n := least
	if n == 0 && !at.least && at.depth < maxDepth && (f.MaxItems == nil || *f.MaxItems > 0) && m.left > 0 {
		n = 1
	}
	out := []any{}
	for tries := 0; len(out) < n && tries < 2*n+8; tries++ {
		i := len(out)
		below := at.below(strconv.Itoa(i))
		below.name = at.name
		if f.UniqueItems {
			below.vary = at.vary + tries
		}
		v, err := m.make(itemAt(f, i), below, hintsAt(hints, i))
		if err != nil && below.vary > at.vary {
			continue // what is different may be impossible, or come later
		}
		if err != nil && least == 0 {
			break
		}
		if err != nil {
			return nil, err
		}
		if f.UniqueItems && slices.ContainsFunc(out, func(o any) bool { return Text(o) == Text(v) }) {
			continue
		}
		out = append(out, v)
		m.left--
	}
	if len(out) < least {
		return nil, at.unmade("no %d different items are known for it", least)
	}
	return out, nil
}

// wantedItems is how many items "contains" and the positions of prefixItems take.
func wantedItems(f *openapi3.Schema) uint64 {
	n := uint64(len(f.PrefixItems))
	if f.Contains != nil {
		contained := uint64(1)
		if f.MinContains != nil {
			contained = *f.MinContains
		}
		n += contained
	}
	return n
}

func itemAt(f *openapi3.Schema, i int) *openapi3.Schema {
	switch {
	case i < len(f.PrefixItems) && f.PrefixItems[i].Value != nil:
		return f.PrefixItems[i].Value
	case f.Contains != nil && f.Contains.Value != nil && f.Items != nil:
		return both(f.Items, f.Contains).Value
	case f.Contains != nil && f.Contains.Value != nil:
		return f.Contains.Value
	case f.Items != nil && f.Items.Value != nil:
		return f.Items.Value
	}
	return &openapi3.Schema{Type: &openapi3.Types{"string"}}
}

// hintsAt are the items of examples at that place, else their first ones.
func hintsAt(hints []any, i int) []any {
	var out []any
	for _, hint := range hints {
		if list, ok := hint.([]any); ok && len(list) > 0 {
			out = append(out, list[min(i, len(list)-1)])
		}
	}
	return out
}
