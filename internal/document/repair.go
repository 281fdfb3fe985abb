package document

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// repairer puts right what OpenAPI does not allow. It goes over the tree once, by kinds; what a reference leads to is
// visited where it stands.
type repairer struct {
	d      *Document
	root   map[string]any
	stated string
}

func (r *repairer) document() {
	r.members(kRoot, r.root, "#")
	info, ok := r.root["info"].(map[string]any)
	if !ok {
		r.d.gap(Repaired, "#/info", "is missing; title and version are empty")
		info = map[string]any{}
		r.root["info"] = info
	}
	for _, member := range []string{"title", "version"} {
		switch v := info[member].(type) {
		case string:
		case nil:
			r.d.gap(Repaired, "#/info", "has no %s", member)
			info[member] = ""
		default:
			info[member] = fmt.Sprint(v)
		}
	}
	if _, ok := r.root["paths"].(map[string]any); !ok {
		r.d.gap(Repaired, "#/paths", "is missing")
		r.root["paths"] = map[string]any{}
	}
	if hooks, ok := r.root["webhooks"].(map[string]any); ok {
		r.d.gap(Lost, "#/webhooks", "%d requests that the API sends are not judged", len(hooks))
		delete(r.root, "webhooks")
	}
	delete(r.root, "jsonSchemaDialect")
	r.walk(kRoot, r.root, "#", 0)
	r.operations()
}

// walk repairs an object and all that it holds.
func (r *repairer) walk(k kind, object map[string]any, at string, level int) {
	if level > maxDepth {
		return
	}
	for _, member := range slices.Sorted(maps.Keys(object)) {
		if strings.HasPrefix(member, "x-") {
			continue
		}
		s, pointer := shapeOf(k, member), at+"/"+escape(member)
		if s.kind == kOther {
			continue
		}
		switch v := object[member].(type) {
		case map[string]any:
			if s.list {
				r.drop(object, member, pointer, "must be a list")
				continue
			}
			if !s.keys {
				if child, ok := r.object(s.kind, v, pointer, level+1); ok {
					object[member] = child
				} else {
					delete(object, member)
				}
				continue
			}
			r.keyed(s.kind, v, pointer, level+1)
		case []any:
			object[member] = r.list(k, member, s, v, pointer, level+1)
			if object[member] == nil {
				delete(object, member)
			}
		case bool:
			if s.kind == kSchema && !s.list && !s.keys {
				if member != "additionalProperties" {
					object[member] = anything(v)
				}
				continue
			}
			r.drop(object, member, pointer, "must not be true or false")
		case nil:
			if member == "paths" || member == "info" {
				continue
			}
			delete(object, member)
		default:
			r.drop(object, member, pointer, "must be a mapping")
		}
	}
}

// anything is the schema that accepts all or nothing.
func anything(all bool) map[string]any {
	if all {
		return map[string]any{}
	}
	return map[string]any{"not": map[string]any{}}
}

func (r *repairer) drop(object map[string]any, member, pointer, why string) {
	r.d.gap(Repaired, pointer, "%s; it is left out", why)
	delete(object, member)
}

func (r *repairer) keyed(k kind, object map[string]any, at string, level int) {
	if _, isRef := object["$ref"].(string); isRef && k != kSchema {
		if whole, ok := r.inlined(object, at); ok {
			clear(object)
			maps.Copy(object, whole)
		} else {
			delete(object, "$ref")
		}
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		pointer := at + "/" + escape(key)
		if strings.HasPrefix(key, "x-") && k != kSchema && k != kHeader {
			continue
		}
		switch v := object[key].(type) {
		case map[string]any:
			if child, ok := r.object(k, v, pointer, level+1); ok {
				object[key] = child
			} else {
				delete(object, key)
			}
		case bool:
			if k == kSchema {
				object[key] = anything(v)
				continue
			}
			r.drop(object, key, pointer, "must be a mapping")
		case nil:
			if k == kMedia || k == kSchema {
				object[key] = map[string]any{}
				continue
			}
			delete(object, key)
		default:
			r.drop(object, key, pointer, "must be a mapping")
		}
	}
}

// list repairs a list; nil: it is left out.
func (r *repairer) list(k kind, member string, s shape, all []any, at string, level int) any {
	if !s.list {
		if k == kSchema && member == "items" {
			r.d.gap(Approximated, at, "is a list, one schema for each place; items of any form are taken for right")
			return map[string]any{}
		}
		r.d.gap(Repaired, at, "must be a mapping; it is left out")
		return nil
	}
	out := []any{}
	for i, v := range all {
		pointer := fmt.Sprintf("%s/%d", at, i)
		switch v := v.(type) {
		case map[string]any:
			if child, ok := r.object(s.kind, v, pointer, level+1); ok {
				out = append(out, child)
			}
		case bool:
			if s.kind == kSchema {
				out = append(out, anything(v))
			}
		default:
			r.d.gap(Repaired, pointer, "must be a mapping; it is left out")
		}
	}
	return out
}

// object repairs one object of a kind, or what its reference may be; false: it is left out.
func (r *repairer) object(k kind, object map[string]any, at string, level int) (map[string]any, bool) {
	if level > maxDepth {
		return map[string]any{}, true
	}
	if _, isRef := object["$ref"]; isRef {
		whole, done := r.reference(k, object, at, level)
		if done {
			return whole, whole != nil
		}
		object = whole
	}
	r.members(k, object, at)
	switch k {
	case kSchema:
		r.schema(object, at)
	case kPathItem:
		for _, member := range slices.Sorted(maps.Keys(object)) {
			if member == "query" || member == "additionalOperations" {
				r.d.gap(Lost, at+"/"+member, "is a method of OpenAPI 3.2 that is not judged")
				delete(object, member)
			}
		}
	case kParameter:
		r.parameter(object)
	}
	r.walk(k, object, at, level)
	if k == kResponse || k == kBody {
		if _, there := object["description"]; !there && k == kResponse {
			object["description"] = ""
		}
	}
	return object, true
}

// parameter repairs what concerns a parameter as a whole.
func (r *repairer) parameter(object map[string]any) {
	if object["in"] == "path" {
		object["required"] = true
	}
	if _, ok := object["name"].(string); !ok {
		object["name"] = fmt.Sprint(object["name"])
	}
}

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

func (r *repairer) old() bool { return strings.HasPrefix(r.stated, "2") }

// operations gives every operation an id of its own.
func (r *repairer) operations() {
	paths, _ := r.root["paths"].(map[string]any)
	taken := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(paths)) {
		item, _ := paths[key].(map[string]any)
		for _, method := range methods {
			op, ok := item[method].(map[string]any)
			if !ok {
				continue
			}
			at := "#/paths/" + escape(key) + "/" + method
			id, _ := op["operationId"].(string)
			made := id == ""
			if other, twice := taken[id]; twice && !made {
				r.d.gap(Repaired, at+"/operationId", "%q is also that of %s; results name this one by method and path", id, other)
				made = true
			}
			if made {
				id = operationID(method, key)
				for _, twice := taken[id]; twice; _, twice = taken[id] {
					id += "_"
				}
				op["operationId"] = id
			}
			taken[id] = at
		}
	}
}

var placeholder = regexp.MustCompile(`\{([^}]*)\}`)

// operationID is made of method and path: getUsersById of GET /users/{id}.
func operationID(method, path string) string {
	path = placeholder.ReplaceAllString(path, " by $1 ")
	words := strings.FieldsFunc(path, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	out := method
	for _, word := range words {
		first := []rune(word)
		first[0] = unicode.ToUpper(first[0])
		out += string(first)
	}
	return out
}
