package document

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// schema makes of a schema of any version one of OpenAPI 3.0, never one that accepts less than was written.
func (r *repairer) schema(s map[string]any, at string) {
	r.required(s, at)
	r.types(s, at)
	r.bounds(s)
	if pattern, ok := s["pattern"].(string); ok {
		if _, err := regexp.Compile(pattern); err != nil {
			r.d.gap(Approximated, at+"/pattern", "is no regular expression that RE2 knows; values are not checked by it")
			delete(s, "pattern")
		}
	}
	if v, there := s["const"]; there {
		s["enum"] = []any{v}
		delete(s, "const")
	}
	if examples, ok := s["examples"].([]any); ok {
		if _, own := s["example"]; !own && len(examples) > 0 {
			s["example"] = examples[0]
		}
		delete(s, "examples")
	}
	for _, member := range []string{
		"if", "then", "else", "prefixItems", "patternProperties", "propertyNames", "contains", "minContains", "maxContains",
		"dependentRequired", "dependentSchemas", "dependencies", "unevaluatedProperties", "unevaluatedItems", "$dynamicRef",
		"additionalItems",
	} {
		if _, there := s[member]; there {
			r.d.gap(Approximated, at+"/"+escape(member), "has no form in OpenAPI 3.0; values are not checked by it")
			delete(s, member)
			if member == "patternProperties" {
				delete(s, "additionalProperties") // it is only about what no pattern matches
			}
			if member == "prefixItems" {
				delete(s, "items") // it is about what follows them
			}
		}
	}
	for _, member := range []string{"$schema", "$id", "$anchor", "$comment", "$dynamicAnchor", "$vocabulary", "id"} {
		delete(s, member)
	}
	delete(s, "$defs") // references into it were written out
	delete(s, "definitions")
	r.untyped(s)
}

// untyped says of a schema without a type that it accepts null, as it does from OpenAPI 3.1 on.
func (r *repairer) untyped(s map[string]any) {
	if s["type"] != nil || r.old() || strings.HasPrefix(r.stated, "3.0") {
		return
	}
	for _, member := range []string{"allOf", "anyOf", "oneOf", "not"} {
		if s[member] != nil {
			return
		}
	}
	if enum, ok := s["enum"].([]any); !ok || slices.Contains(enum, nil) {
		s["nullable"] = true
	}
}

// loosen takes care that a schema of which a part became weaker does not become stronger by it: of several alternatives
// more than one may match then, and what must not match may match everything.
func (r *repairer) loosen(s map[string]any, at string, since int) {
	weaker := func(member string) bool {
		return slices.ContainsFunc(r.d.Gaps[since:], func(g Gap) bool {
			return g.Class == Approximated && strings.HasPrefix(g.Pointer, at+"/"+member)
		})
	}
	if all, ok := s["oneOf"].([]any); ok && weaker("oneOf") {
		delete(s, "oneOf")
		if s["anyOf"] == nil {
			s["anyOf"] = all
		}
	}
	if s["not"] != nil && weaker("not") {
		delete(s, "not")
		r.untyped(s)
	}
}

// loosenReferences does the same where a reference leads to a component of which a part became weaker.
func (r *repairer) loosenReferences() {
	weaker := map[string]bool{}
	for _, g := range r.d.Gaps {
		for _, section := range []string{"#/components/schemas/", "#/definitions/"} {
			if rest, ok := strings.CutPrefix(g.Pointer, section); ok && g.Class == Approximated {
				name, _, _ := strings.Cut(rest, "/")
				weaker[section+name] = true
			}
		}
	}
	if len(weaker) > 0 {
		loosenBelow(r.root, weaker)
	}
}

func loosenBelow(v any, weaker map[string]bool) {
	refers := func(v any) bool {
		s, _ := v.(map[string]any)
		ref, _ := s["$ref"].(string)
		return weaker[ref]
	}
	switch v := v.(type) {
	case map[string]any:
		if all, ok := v["oneOf"].([]any); ok && slices.ContainsFunc(all, refers) {
			delete(v, "oneOf")
			if v["anyOf"] == nil {
				v["anyOf"] = all
			}
		}
		if refers(v["not"]) {
			delete(v, "not")
		}
		for _, child := range v {
			loosenBelow(child, weaker)
		}
	case []any:
		for _, child := range v {
			loosenBelow(child, weaker)
		}
	}
}

// required keeps the lists; true or false beside a type is of an old draft and belongs to the object around.
func (r *repairer) required(s map[string]any, at string) {
	if v, ok := s["required"].(bool); ok {
		r.d.gap(Repaired, at+"/required", "is %t; the object around lists what it requires", v)
		delete(s, "required")
	}
	properties, _ := s["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if p, ok := properties[name].(map[string]any); ok && p["required"] == true {
			if list, _ := s["required"].([]any); !slices.Contains(list, any(name)) {
				s["required"] = append(slices.Clone(list), name)
			}
		}
	}
	if list, ok := s["required"].([]any); ok && len(list) == 0 {
		delete(s, "required")
	}
}

// types turns a null among types or alternatives into nullable.
func (r *repairer) types(s map[string]any, at string) {
	switch v := s["type"].(type) {
	case []any:
		kept := slices.DeleteFunc(slices.Clone(v), func(t any) bool { return t == "null" })
		if len(kept) < len(v) {
			s["nullable"] = true
		}
		switch len(kept) {
		case 0:
			delete(s, "type")
			s["enum"] = []any{nil}
		case 1:
			s["type"] = kept[0]
		default:
			s["type"] = kept
		}
	case string:
		switch v {
		case "null":
			delete(s, "type")
			s["nullable"], s["enum"] = true, []any{nil}
		case "file":
			s["type"], s["format"] = "string", "binary"
		case "object", "array", "string", "integer", "number", "boolean":
		default:
			r.d.gap(Repaired, at+"/type", "%q is no type; values of any are taken for right", v)
			delete(s, "type")
		}
	}
	for _, member := range []string{"anyOf", "oneOf"} {
		all, _ := s[member].([]any)
		kept := slices.DeleteFunc(slices.Clone(all), isNull)
		if len(kept) == len(all) {
			continue
		}
		s["nullable"] = true
		switch {
		case len(kept) == 0:
			delete(s, member)
		case len(kept) == 1 && s["allOf"] == nil:
			delete(s, member)
			s["allOf"] = kept
			// null must pass the part too
			if part, ok := kept[0].(map[string]any); ok && part["$ref"] == nil {
				part["nullable"] = true
			} else {
				delete(s, "allOf")
				s["anyOf"] = append(kept, map[string]any{"nullable": true, "enum": []any{nil}})
			}
		default:
			s[member] = append(kept, map[string]any{"nullable": true, "enum": []any{nil}})
		}
	}
	if enum, ok := s["enum"].([]any); ok && s["nullable"] == true && !slices.Contains(enum, nil) && s["type"] != nil {
		s["enum"] = append(slices.Clone(enum), nil)
	}
}

func isNull(v any) bool {
	s, ok := v.(map[string]any)
	if !ok {
		return false
	}
	if s["type"] == "null" {
		return true
	}
	value, isConst := s["const"]
	return isConst && value == nil
}

// bounds writes exclusive bounds as OpenAPI 3.0 does.
func (r *repairer) bounds(s map[string]any) {
	for _, b := range []struct{ bound, exclusive string }{
		{"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"},
	} {
		n, isNumber := number(s[b.exclusive])
		if !isNumber {
			continue
		}
		limit, _ := n.Float64()
		if inclusive, ok := number(s[b.bound]); ok {
			other, _ := inclusive.Float64()
			if b.bound == "minimum" && other > limit || b.bound == "maximum" && other < limit {
				delete(s, b.exclusive)
				continue
			}
		}
		s[b.bound], s[b.exclusive] = n, true
	}
}

// unescaped undoes the percent-encoding of a reference's fragment.
func unescaped(pointer string) string {
	if text, err := url.PathUnescape(pointer); err == nil {
		return text
	}
	return pointer
}
