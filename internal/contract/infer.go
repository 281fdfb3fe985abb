package contract

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/getkin/kin-openapi/openapi3"
)

// A vendor's document seldom says where the ids in its paths come from. The shape of the paths does: /orders/{id} is a
// record that POST /orders makes, or that GET /orders lists.

// inference finds out what a document leaves unsaid.
type inference struct{ *load }

// references gives every parameter in a path its source.
func (l inference) references() {
	for _, o := range l.c.Operations {
		for _, p := range o.Parameters {
			if p.In != openapi3.ParameterInPath || p.Reference != nil || len(p.Schema.Enum) > 0 {
				continue
			}
			parent, whole := parentOf(o.Path.URL, p.Name)
			if p.Reference = l.byPath(parent, p.Name); p.Reference == nil {
				p.Reference = l.byNoun(parent, p.Name)
			}
			if p.Reference == nil || !whole {
				p.Reference = &Reference{At: Pointer("/" + Escape(parent+"/{"+p.Name+"}")), Source: nowhere, Value: p.value}
			}
			if p.Reference.Given() && p.value == "" {
				l.gap(p.Pointer, o, "{x-value: VALUE}", "nothing says which record {%s} names: no operation on %s answers with "+
					"such a value; give the parameter x-reference or x-value, or the run fixtures.%s.%s", p.Name, parent, o.ID, p.Name)
			}
			p.Reference.Unknown, p.Role = UnknownRecord, Identifier
		}
	}
}

// limits tells of rate limits that are documented and cannot be tried: nobody says which requests count together.
func limits(l *load) {
	if l.fitting == nil {
		return
	}
	var silent []*Operation
	for _, o := range l.c.Operations {
		if o.Responses[http.StatusTooManyRequests] != nil && o.Tier == "" && o.Security != nil && o.NotJudged == "" {
			silent = append(silent, o)
		}
	}
	if len(silent) == 0 {
		return
	}
	l.problems = append(l.problems, Problem{
		Pointer: silent[0].Responses[http.StatusTooManyRequests].Pointer,
		Message: fmt.Sprintf("429 is documented for %d operations, and nothing says which requests count together; give "+
			"them x-rate-limit-tier, and the run a key for floods", len(silent)),
		Add: Action{"$.paths.*[?@.responses['429']]", "{x-rate-limit-tier: default}"},
	})
}

// nowhere is the source of a value that only the configuration can give. It reads: what such a value names is not the
// run's own.
var nowhere = &Operation{Method: http.MethodGet, Path: &Path{}}

// Given says that only the configuration can give the value.
func (r *Reference) Given() bool { return r.Source == nowhere }

// parentOf is the path before the segment of a parameter, and whether the parameter is the whole of its segment.
func parentOf(url, name string) (parent string, whole bool) {
	i := strings.Index(url, "{"+name+"}")
	if i < 0 {
		return url, false
	}
	slash := strings.LastIndex(url[:i], "/")
	rest := url[i+len(name)+2:]
	return url[:max(slash, 0)], slash == i-1 && (rest == "" || rest[0] == '/')
}

func (l inference) byPath(parent, name string) *Reference {
	var read *Reference
	for _, key := range []string{parent, parent + "/"} {
		for _, o := range l.c.Operations {
			if o.Path.URL != key || o.Method != http.MethodPost && o.Method != http.MethodGet {
				continue
			}
			success := o.Success()
			if success == nil || success.Schema == nil || o.NotJudged != "" {
				continue
			}
			at := idIn(success.Schema, name, o.Method == http.MethodGet)
			switch {
			case at == "":
			case o.Method == http.MethodPost:
				return &Reference{From: o.ID, At: at}
			case read == nil:
				read = &Reference{From: o.ID, At: at}
			}
		}
	}
	return read
}

// byNoun is a create elsewhere whose path ends with the same collection, as POST /guilds/{id}/channels makes the
// channels of /channels/{id}; of several the one that needs the fewest ids.
func (l inference) byNoun(parent, name string) *Reference {
	noun, _ := afterLast(parent, "/")
	var best *Reference
	needs := 0
	for _, o := range l.c.Operations {
		last, _ := afterLast(strings.TrimRight(o.Path.URL, "/"), "/")
		success, ids := o.Success(), strings.Count(o.Path.URL, "{")
		if noun == "" || singular(last) != singular(noun) || o.Method != http.MethodPost || o.NotJudged != "" ||
			success == nil || success.Schema == nil || best != nil && ids >= needs ||
			strings.Contains(o.Path.URL, "{"+name+"}") {
			continue
		}
		if at := idIn(success.Schema, name, false); at != "" {
			best, needs = &Reference{From: o.ID, At: at}, ids
		}
	}
	return best
}

// singular is a collection's name as that of one of its records: orders and order, categories and category.
func singular(noun string) string {
	if stem, ok := strings.CutSuffix(noun, "ies"); ok {
		return stem + "y"
	}
	return strings.TrimSuffix(noun, "s")
}

// idIn is where a success answer has the id of its record, or of the first of its list; empty: nowhere.
func idIn(s *openapi3.Schema, name string, list bool) Pointer {
	places := []Pointer{""}
	if list {
		places = nil
	}
	if items := SchemaAt(s, "/0"); items != nil {
		places = append(places, "/0")
	}
	all := properties(s)
	for _, member := range slices.Sorted(maps.Keys(all)) {
		at := Pointer("/" + Escape(member))
		switch v := all[member].Value; {
		case v == nil:
		case v.Type.Is("array") && v.Items != nil:
			places = append(places, at+"/0")
		case !list && len(properties(v)) > 0:
			places = append(places, at)
		}
	}
	for _, place := range places {
		for _, member := range idNames(name) {
			at := place + Pointer("/"+Escape(member))
			if ref := SchemaAt(s, at); ref != nil && ref.Value != nil &&
				(ref.Value.Type.Is("string") || ref.Value.Type.Is("integer")) {
				return at
			}
		}
	}
	return ""
}

// idNames are the members that may hold what a parameter of that name asks for, the likeliest first: of order_id these
// are order_id, orderId, id, uid and uuid.
func idNames(name string) []string {
	names := []string{name}
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '_' || r == '-' })
	if len(words) > 1 {
		camel := words[0]
		for _, word := range words[1:] {
			camel += strings.ToUpper(word[:1]) + word[1:]
		}
		names = append(names, camel, words[len(words)-1])
	}
	snake := strings.Builder{}
	lower := false
	for _, r := range name {
		if lower && unicode.IsUpper(r) {
			snake.WriteByte('_')
		}
		lower = unicode.IsLower(r)
		snake.WriteRune(unicode.ToLower(r))
	}
	names = append(names, snake.String())
	if last, ok := afterLast(snake.String(), "_"); ok {
		names = append(names, last)
	}
	return append(names, "id", "uid", "uuid")
}

// afterLast is what stands behind the last separator, and whether there is one.
func afterLast(s, separator string) (string, bool) {
	i := strings.LastIndex(s, separator)
	if i < 0 {
		return "", false
	}
	return s[i+len(separator):], true
}
