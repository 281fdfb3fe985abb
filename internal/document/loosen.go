package document

import (
	"path"
	"slices"
	"strings"
)

// untyped says of a schema without a type that it accepts null, as it does from OpenAPI 3.1 on. What alternatives say
// of null is known when all schemas are in the dialect of 3.0: nulls.
func (r *repairer) untyped(s map[string]any) {
	if s["type"] != nil || !r.nullable() || isNull(s["not"]) {
		return
	}
	for _, member := range []string{"allOf", "anyOf", "oneOf"} {
		if s[member] != nil {
			return
		}
	}
	if enum, ok := s["enum"].([]any); !ok || slices.Contains(enum, nil) {
		s["nullable"] = true
	}
}

// nullable says that a schema without a type accepts null.
func (r *repairer) nullable() bool { return !r.old() && !strings.HasPrefix(r.stated, "3.0") }

// loosen takes care that a schema of which a part became weaker does not become stronger by it: of several alternatives
// more than one may match then, and what must not match may match everything.
func (r *repairer) loosen(s map[string]any, at string, since int) {
	weaker := func(member string) bool {
		return slices.ContainsFunc(r.d.Gaps[since:], func(g Gap) bool {
			return g.weakens && strings.HasPrefix(g.Pointer, at+"/"+member)
		})
	}
	loosener{r}.loosened(s, weaker("oneOf"), weaker("not"))
}

// loosener goes over the document when all schemas are in the dialect of 3.0.
type loosener struct{ *repairer }

// loosened takes one of the alternatives as enough where one of them became weaker, and leaves out a weaker not.
func (r loosener) loosened(s map[string]any, oneOf, not bool) {
	if all, ok := s["oneOf"].([]any); ok && oneOf {
		delete(s, "oneOf")
		if s["anyOf"] == nil {
			s["anyOf"] = all
		}
	}
	if s["not"] != nil && not {
		delete(s, "not")
		r.untyped(s)
	}
}

// loosenReferences does the same where a reference leads to a component of which a part became weaker, through however
// many others.
func (r loosener) loosenReferences() {
	weaker := map[string]bool{}
	for _, g := range r.d.Gaps {
		for _, section := range []string{"#/components/schemas/", "#/definitions/"} {
			if rest, ok := strings.CutPrefix(g.Pointer, section); ok && g.weakens {
				name, _, _ := strings.Cut(rest, "/")
				weaker[section+name] = true
			}
		}
	}
	if r.nullable() {
		r.nulls(r.root)
		r.each(func(at string, s any) {
			if r.takesNullsIn(s) {
				weaker[at] = true
			}
		})
	}
	if len(weaker) > 0 || r.nullable() {
		r.spread(weaker)
		r.loosenBelow(r.root, weaker)
	}
}

// each calls for every schema among the components.
func (r loosener) each(call func(at string, s any)) {
	for _, section := range []string{"/components/schemas", "/definitions"} {
		v, _ := at(r.root, section)
		schemas, _ := v.(map[string]any)
		for name, s := range schemas {
			call("#"+section+"/"+escape(name), s)
		}
	}
}

// spread adds the components that refer to weaker ones.
func (r loosener) spread(weaker map[string]bool) {
	referrers := map[string][]string{}
	r.each(func(at string, s any) {
		anywhere(s, func(s map[string]any) bool {
			if ref, ok := s["$ref"].(string); ok {
				referrers[unescaped(ref)] = append(referrers[unescaped(ref)], at)
			}
			return false
		})
	})
	var open []string
	for name := range weaker {
		open = append(open, name)
	}
	for len(open) > 0 {
		last := open[len(open)-1]
		open = open[:len(open)-1]
		for _, name := range referrers[last] {
			if !weaker[name] {
				weaker[name] = true
				open = append(open, name)
			}
		}
	}
}

// anywhere says whether one of the mappings in a value, at any depth, is as asked.
func anywhere(v any, is func(map[string]any) bool) bool {
	switch v := v.(type) {
	case map[string]any:
		if is(v) {
			return true
		}
		for _, child := range v {
			if anywhere(child, is) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(child any) bool { return anywhere(child, is) })
	}
	return false
}

func (r loosener) loosenBelow(v any, weaker map[string]bool) {
	weak := func(v any) bool {
		return v != nil && (r.takesNullsIn(v) || anywhere(v, func(s map[string]any) bool {
			ref, _ := s["$ref"].(string)
			return weaker[unescaped(ref)]
		}))
	}
	switch v := v.(type) {
	case map[string]any:
		r.loosened(v, weak(v["oneOf"]), weak(v["not"]))
		for _, child := range v {
			r.loosenBelow(child, weaker)
		}
	case []any:
		for _, child := range v {
			r.loosenBelow(child, weaker)
		}
	}
}

// takesNullsIn says that somewhere in a schema null may pass in the dialect of 3.0 where it did not as it was written.
func (r loosener) takesNullsIn(v any) bool {
	return r.nullable() && anywhere(v, func(s map[string]any) bool {
		enum, isEnum := s["enum"].([]any)
		if s["nullable"] == true {
			branches := slices.DeleteFunc(slices.Clone(asList(s["oneOf"])), func(s any) bool { return !r.takesNull(s, 0) })
			return s["not"] != nil || s["oneOf"] != nil && len(branches) != 1 || isEnum && s["type"] != nil
		}
		return (s["type"] != nil || isEnum && !slices.Contains(enum, nil)) && r.takesNull(s, 0)
	})
}

// nulls lets null pass where one of several alternatives takes it: in the dialect of 3.0 more than one may.
func (r loosener) nulls(v any) {
	switch v := v.(type) {
	case map[string]any:
		enum, isEnum := v["enum"].([]any)
		if v["type"] == nil && (!isEnum || slices.Contains(enum, nil)) &&
			slices.ContainsFunc(asList(v["oneOf"]), func(s any) bool { return r.takesNull(s, 0) }) {
			v["nullable"] = true
		}
		for _, child := range v {
			r.nulls(child)
		}
	case []any:
		for _, child := range v {
			r.nulls(child)
		}
	}
}

// takesNull says that null may pass a schema in the dialect of 3.0.
func (r loosener) takesNull(v any, level int) bool {
	s, _ := v.(map[string]any)
	if ref, ok := s["$ref"].(string); ok && level < maxDepth {
		target, _ := r.find(ref)
		return r.takesNull(target, level+1)
	}
	if s["nullable"] == true || level >= maxDepth {
		return true
	}
	takes := func(s any) bool { return r.takesNull(s, level+1) }
	refuses := func(s any) bool { return !takes(s) }
	allOf, anyOf, oneOf := asList(s["allOf"]), asList(s["anyOf"]), asList(s["oneOf"])
	return len(allOf)+len(anyOf)+len(oneOf) > 0 && !slices.ContainsFunc(allOf, refuses) &&
		(len(anyOf) == 0 || slices.ContainsFunc(anyOf, takes)) && (len(oneOf) == 0 || slices.ContainsFunc(oneOf, takes))
}

// discriminators completes mappings by the names of schemas, which are values too, and leaves out those that do not
// lead to the alternatives: a validator refuses every other value.
func discriminators(v any) {
	switch v := v.(type) {
	case map[string]any:
		discriminator, _ := v["discriminator"].(map[string]any)
		if mapping, ok := discriminator["mapping"].(map[string]any); ok {
			if !complete(mapping, slices.Concat(asList(v["oneOf"]), asList(v["anyOf"]))) {
				delete(discriminator, "mapping")
			}
		}
		for _, child := range v {
			discriminators(child)
		}
	case []any:
		for _, child := range v {
			discriminators(child)
		}
	}
}

func complete(mapping map[string]any, branches []any) bool {
	known := map[any]bool{}
	for _, branch := range branches {
		s, _ := branch.(map[string]any)
		ref, isRef := s["$ref"].(string)
		if !isRef {
			return false
		}
		name := path.Base(ref)
		known[ref], known[name] = true, true
		if _, there := mapping[name]; !there {
			mapping[name] = ref
		}
	}
	for _, ref := range mapping {
		if text, ok := ref.(string); !ok || !known[text] {
			return len(branches) == 0
		}
	}
	return true
}
