package document

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
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
		if i := strings.IndexFunc(key, invisible); i >= 0 {
			char, _ := utf8.DecodeRuneInString(key[i:])
			r.d.gap(
				Repaired,
				"#/paths/"+escape(key),
				"has the character %U, which cannot be seen; it is sent as it is written",
				char,
			)
		}
		r.present(key, item, "#/paths/"+escape(key))
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

// invisible says that people cannot see a character of a path.
func invisible(c rune) bool { return !unicode.IsGraphic(c) || c != ' ' && unicode.IsSpace(c) }

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

// declare adds the parameters that a path has and nobody declares, and leaves out those that it does not have.
func (r *repairer) declare(path string, item, op map[string]any, at string) {
	declared := map[string]bool{}
	for _, v := range slices.Concat(asList(item["parameters"]), asList(op["parameters"])) {
		if p := r.parameterOf(v); p["in"] == "path" {
			name, _ := p["name"].(string)
			declared[name] = true
		}
	}
	r.present(path, op, at)
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

// present leaves out the parameters of a path or an operation that have no place in the path.
func (r *repairer) present(path string, holder map[string]any, at string) {
	var kept []any
	for i, v := range asList(holder["parameters"]) {
		p := r.parameterOf(v)
		name, _ := p["name"].(string)
		if p["in"] == "path" && !slices.ContainsFunc(placeholder.FindAllString(path, -1), func(place string) bool {
			return strings.Contains(place, name)
		}) {
			r.d.gap(Repaired, fmt.Sprintf("%s/parameters/%d", at, i), "{%s} is not in the path; it is left out", name)
			continue
		}
		kept = append(kept, v)
	}
	if len(kept) < len(asList(holder["parameters"])) {
		holder["parameters"] = kept
	}
}

// parameterOf is a parameter, or what its reference leads to.
func (r *repairer) parameterOf(v any) map[string]any {
	p, _ := v.(map[string]any)
	if ref, isRef := p["$ref"].(string); isRef {
		found, _ := r.find(ref)
		p, _ = found.(map[string]any)
	}
	return p
}
