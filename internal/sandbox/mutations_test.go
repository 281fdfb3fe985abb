package sandbox_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"conformance/internal/contract"
	"conformance/internal/credential"
)

// mutations of a valid body: at the edges of what is good, and beyond them.
func (h *harness) mutations(o *contract.Operation) (ds []draft) {
	if o.Body == nil {
		return nil
	}
	base := h.valid(o, h.Keys().Secrets(credential.Full)[0], ids{})
	again := func() draft {
		d, body := base, maps.Clone(base.body.(map[string]any))
		for _, f := range o.Body.Fields {
			if text, ok := body[f.Name].(string); ok && f.Unique != nil {
				h.serial++
				body[f.Name] = fmt.Sprintf("m%d.%s", h.serial, text)
			}
		}
		d.body = body
		return d
	}
	add := func(name string, values ...any) {
		for _, value := range values {
			d := again()
			d.body.(map[string]any)[name] = value
			ds = append(ds, d)
		}
	}
	add("surprise", 1)
	nothing := base
	nothing.body = "{}"
	ds = append(ds, nothing)
	for _, f := range o.Body.Fields {
		d := again()
		delete(d.body.(map[string]any), f.Name)
		for _, other := range o.Body.Fields {
			if s := other.Schema; other != f && s.Type.Is("string") && len(s.Enum) == 0 && s.Format == "" && s.Pattern == "" {
				d.body.(map[string]any)[other.Name] = "Changed"
			}
		}
		ds = append(ds, d)
		add(f.Name, nil, 1, 1.5, true, "12", "", "x", []any{}, "2026-02-30", "2026-02-16", strings.Repeat("x", 6000))
		example, _ := o.Body.Example[f.Name].(string)
		add(f.Name, "constructor", example+"\nx", example[:max(0, len(example)-1)])
		add(f.Name, "."+example, example+".", strings.ToLower(example), strings.ToUpper(example))
		if f.Unique != nil { // a good create with what a refused one had
			refused := again()
			good := refused
			good.body = maps.Clone(refused.body.(map[string]any))
			other := slices.IndexFunc(o.Body.Fields, func(other *contract.Field) bool { return other != f })
			refused.body.(map[string]any)[o.Body.Fields[other].Name] = []any{}
			ds = append(ds, refused, good)
		}
		s := f.Schema
		if s.Pattern != "" {
			add(f.Name, "+1", "+1"+strings.Repeat("2", 15))
		}
		if s.MaxLength != nil {
			n := int(*s.MaxLength)
			add(f.Name, strings.Repeat("x", n), strings.Repeat("x", n+1), strings.Repeat("é", n))
		}
		if s.Min != nil {
			add(f.Name, *s.Min, *s.Min-1, *s.Min-100)
		}
		if s.Max != nil {
			add(f.Name, *s.Max, *s.Max+1, *s.Max+100)
		}
		if len(s.Enum) > 0 {
			add(f.Name, s.Enum[len(s.Enum)-1])
		}
		if s.Not != nil {
			add(f.Name, 0)
		}
	}
	return ds
}

// partsOfOthers refer to a part of another record than the one addressed.
func (h *harness) partsOfOthers(o *contract.Operation) (ds []draft) {
	if o.Body == nil {
		return nil
	}
	for _, f := range o.Body.Fields {
		if f.Reference == nil || f.Reference.Unknown == contract.UnknownReference || f.Reference.Keep {
			continue
		}
		p := o.Identifiers()[0]
		for _, other := range h.Fixtures()[o.ID+"."+p.Name][0] {
			made := ids{place(f.Reference.Source.Identifiers()[0].Reference): other}
			d := h.valid(o, h.Keys().Secrets(credential.Full)[0], ids{})
			d.body.(map[string]any)[f.Name] = h.resolve(f.Reference, h.Keys().Secrets(credential.Full)[0], made)
			ds = append(ds, d)
		}
	}
	return ds
}

// transitions takes new records through every pair of statuses.
func (h *harness) transitions(o *contract.Operation) (ds []draft) {
	if o.Body == nil {
		return nil
	}
	for _, f := range o.Body.Fields {
		if f.Transitions == nil {
			continue
		}
		for _, from := range f.Transitions.Statuses {
			for _, to := range f.Transitions.Statuses {
				d := h.valid(o, h.Keys().Secrets(credential.Full)[0], ids{})
				for _, step := range append(f.Transitions.Path(from), to) {
					stepped := d
					stepped.body = map[string]any{f.Name: step}
					ds = append(ds, stepped)
				}
			}
		}
	}
	return ds
}

func (h *harness) duplicates(o *contract.Operation) (ds []draft) {
	if o.Body == nil || !slices.ContainsFunc(o.Body.Fields, func(f *contract.Field) bool { return f.Unique != nil }) {
		return nil
	}
	first := h.valid(o, h.Keys().Secrets(credential.Full)[0], ids{})
	other := h.valid(o, h.Keys().Secrets(credential.OtherTenant)[0], ids{})
	other.body = first.body
	again := h.valid(o, h.Keys().Secrets(credential.Full)[0], ids{})
	again.body = maps.Clone(first.body.(map[string]any))
	for name := range again.body.(map[string]any) {
		if f := o.Body.Field(name); f.Unique == nil && f.Required {
			again.body.(map[string]any)[name] = "another"
		}
	}
	away := first
	away.body = h.valid(o, h.Keys().Secrets(credential.Full)[0], ids{}).body
	return []draft{first, first, other, again, away, again}
}

func (h *harness) oddities(o *contract.Operation) (ds []draft) {
	if o.Body == nil || len(o.Body.Fields) < 3 {
		return nil
	}
	example, _ := json.Marshal(o.Body.Example)
	inside := strings.TrimPrefix(string(example), "{")
	for _, body := range []string{
		`{"x":"a\u0000b",` + inside, `{"x":"a\u0001b",` + inside, `{"x":"` + strings.Repeat("x", 100_000) + `",` + inside,
		`{"x":"\ud800",` + inside,
		`{"x":"😀",` + inside, `{"x":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `,` + inside,
		`{"x":1e400,` + inside,
		strings.TrimSuffix(string(example), "}") + "," + inside, "{\"x\":\"\xff\"," + inside,
		"\xEF\xBB\xBF" + string(example),
		`{"x":[` + strings.Repeat(`{"a":1},`, 600) + `0],` + inside,
	} {
		d := h.valid(o, h.Keys().Secrets(credential.Full)[0], ids{})
		d.body = body
		ds = append(ds, d)
	}
	query, header := h.valid(o, h.Keys().Secrets(credential.Full)[0], ids{}), h.valid(o,
		h.Keys().Secrets(credential.Full)[0], ids{})
	query.query.Set("x", strings.Repeat("y", 3000))
	header.header.Set("X-Odd", "é")
	return append(ds, query, header)
}
