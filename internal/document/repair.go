package document

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// repairer puts right what OpenAPI does not allow. It goes over the tree once, by kinds; what a reference leads to is
// visited where it stands.
type repairer struct {
	d      *Document
	root   map[string]any
	stated string
	copies int // values that were written out in place of references
}

func (r *repairer) document() {
	r.members(kRoot, r.root, "#")
	info, ok := r.root["info"].(map[string]any)
	if !ok {
		r.d.gap(Repaired, "#/info", "is missing; title and version are empty")
		info = map[string]any{"title": "", "version": ""}
		r.root["info"] = info
	}
	for _, member := range []string{"title", "version"} {
		switch v := info[member].(type) {
		case string:
			if v == "" && ok {
				r.d.gap(Repaired, "#/info/"+member, "is empty")
			}
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
	loosener{r}.loosenReferences()
	discriminators(r.root)
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
					object[member] = r.anything(v)
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
func (r *repairer) anything(all bool) map[string]any {
	if all {
		s := map[string]any{}
		r.untyped(s)
		return s
	}
	return map[string]any{"not": map[string]any{"nullable": true}} // a validator takes {"not": {}} for {}
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
				object[key] = r.anything(v)
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
			return map[string]any{"nullable": true}
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
				out = append(out, r.anything(v))
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
		_, named := object["name"].(string)
		_, placed := object["in"].(string)
		if !named || !placed {
			r.d.gap(Repaired, at, "is not a parameter: it has no name, or no place; it is left out")
			return nil, false
		}
		if object["in"] == "path" {
			object["required"] = true
		}
	}
	since := len(r.d.Gaps)
	r.walk(k, object, at, level)
	if k == kSchema {
		r.loosen(object, at, since)
	}
	if k == kResponse || k == kBody {
		if _, there := object["description"]; !there && k == kResponse {
			r.d.gap(Repaired, at, "has no description")
			object["description"] = ""
		}
	}
	return object, true
}

func (r *repairer) old() bool { return strings.HasPrefix(r.stated, "2") }
