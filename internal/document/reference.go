package document

import (
	"maps"
	"slices"
	"strings"
)

// reference puts a reference right. done: the object stays a reference, or is left out where it is nil.
func (r *repairer) reference(k kind, object map[string]any, at string, level int) (whole map[string]any, done bool) {
	ref, ok := object["$ref"].(string)
	if !ok {
		if k == kSchema && isProperty(object["$ref"]) {
			return object, false // a property of that name, in a list of properties that lacks its name
		}
		r.d.gap(Repaired, at+"/$ref", "is no text; it is left out")
		delete(object, "$ref")
		return object, false
	}
	section := sections[k]
	if r.old() {
		section = map[kind]string{
			kSchema: "definitions", kParameter: "parameters", kResponse: "responses", kScheme: "securityDefinitions",
		}[k]
	} else if section != "" {
		section = "components/" + section
	}
	rest, inSection := strings.CutPrefix(ref, "#/"+section+"/")
	target, found := r.find(ref)
	if section == "" || k == kPathItem || !inSection || strings.Contains(rest, "/") || !found {
		inline, ok := r.inlined(object, at)
		switch {
		case !ok && k == kSchema:
			return map[string]any{}, true
		case !ok && k == kResponse:
			return map[string]any{"description": ""}, true
		case !ok:
			return nil, true
		}
		if k == kHeader {
			delete(inline, "name")
			delete(inline, "in")
		}
		return r.again(k, inline, at, level)
	}
	if len(object) > 1 && k == kSchema && !r.old() && r.stated[:3] != "3.0" {
		siblings := maps.Clone(object)
		delete(siblings, "$ref")
		if !annotations(siblings) {
			siblings["allOf"] = append(asList(siblings["allOf"]), map[string]any{"$ref": ref})
			return siblings, false
		}
	}
	_ = target
	return map[string]any{"$ref": ref}, true
}

// annotations says that members change nothing about which values are valid.
func annotations(members map[string]any) bool {
	for name := range members {
		if !slices.Contains([]string{
			"description", "title", "summary", "deprecated", "example", "examples", "default", "readOnly", "writeOnly",
		}, name) && !strings.HasPrefix(name, "x-") {
			return false
		}
	}
	return true
}

func asList(v any) []any { all, _ := v.([]any); return all }

func isProperty(v any) bool { _, ok := v.(map[string]any); return ok }

// again repairs what was put in place of a reference.
func (r *repairer) again(k kind, object map[string]any, at string, level int) (map[string]any, bool) {
	whole, ok := r.object(k, object, at, level+8) // a reference that leads to itself ends soon
	if !ok {
		return nil, true
	}
	return whole, true
}

// maxCopies bounds the values that are written out in place of references: each may hold references again.
const maxCopies = 200_000

// size is how many values a value holds, counted up to a limit.
func size(v any, limit int) int {
	n := 1
	switch v := v.(type) {
	case map[string]any:
		for _, child := range v {
			if n >= limit {
				return n
			}
			n += size(child, limit-n)
		}
	case []any:
		for _, child := range v {
			if n >= limit {
				return n
			}
			n += size(child, limit-n)
		}
	}
	return n
}

// inlined is a copy of what a reference leads to.
func (r *repairer) inlined(object map[string]any, at string) (map[string]any, bool) {
	ref, _ := object["$ref"].(string)
	v, ok := r.find(ref)
	target, isObject := v.(map[string]any)
	switch {
	case !ok:
		r.d.gap(Repaired, at, "refers to %q, where nothing stands; anything is taken for right", ref)
		return nil, false
	case !isObject:
		r.d.gap(Repaired, at, "refers to %q, which is no mapping; anything is taken for right", ref)
		return nil, false
	}
	if r.copies += size(target, maxCopies-r.copies); r.copies >= maxCopies {
		r.d.gap(Lost, at, "refers to %q, and too much is referred to in such a way; anything is taken for right", ref)
		return nil, false
	}
	whole, _ := copied(target, 0).(map[string]any)
	for name, v := range object {
		if name != "$ref" {
			whole[name] = v
		}
	}
	return whole, whole != nil
}

func (r *repairer) find(ref string) (any, bool) {
	pointer, local := strings.CutPrefix(ref, "#")
	if !local {
		return nil, false
	}
	return at(r.root, unescaped(pointer))
}
