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
