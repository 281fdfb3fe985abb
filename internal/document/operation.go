package document

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// operations gives every operation an id of its own.
func (r *repairer) operations() {
	paths, _ := r.root["paths"].(map[string]any)
	taken := map[string]string{}
	same := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(paths)) {
		item, _ := paths[key].(map[string]any)
		form := placeholder.ReplaceAllString(key, "{}")
		if other, twice := same[form]; twice {
			r.d.gap(Repaired, "#/paths/"+escape(key), "is the path %s in other words; both are kept", other)
		}
		same[form] = key
		for _, method := range methods {
			op, ok := item[method].(map[string]any)
			if !ok {
				continue
			}
			at := "#/paths/" + escape(key) + "/" + method
			r.declare(key, item, op, at)
			id, _ := op["operationId"].(string)
			made := id == ""
			if other, twice := taken[id]; twice && !made {
				r.d.gap(
					Repaired,
					at+"/operationId",
					"%q is also that of %s; results name this one by method and path",
					id,
					other,
				)
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

// declare adds the parameters that a path has and nobody declares.
func (r *repairer) declare(path string, item, op map[string]any, at string) {
	declared := map[string]bool{}
	for _, v := range slices.Concat(asList(item["parameters"]), asList(op["parameters"])) {
		p, _ := v.(map[string]any)
		if ref, isRef := p["$ref"].(string); isRef {
			found, _ := r.find(ref)
			p, _ = found.(map[string]any)
		}
		if name, ok := p["name"].(string); ok && p["in"] == "path" {
			declared[name] = true
		}
	}
	for _, m := range placeholder.FindAllStringSubmatch(path, -1) {
		name := m[1]
		if declared[name] || name == "" {
			continue
		}
		declared[name] = true
		r.d.gap(Repaired, at, "does not declare {%s} of its path; any text is taken for right", name)
		p := map[string]any{"name": name, "in": "path", "required": true}
		if p["schema"] = map[string]any{"type": "string"}; r.old() {
			delete(p, "schema")
			p["type"] = "string"
		}
		op["parameters"] = append(asList(op["parameters"]), p)
	}
}
