package document

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// TestNeverStricterAtRandom is TestNeverStricter for schemas that nobody thought of: whatever keywords come together, a
// value that the schema accepts as it was written is accepted afterwards. The seed is fixed.
func TestNeverStricterAtRandom(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- the same schemas each time
	for range 3000 {
		schemas := map[string]any{ // none holds itself
			"It": schemaAtRandom(random, 3, "A", "B"), "A": schemaAtRandom(random, 2, "B"), "B": schemaAtRandom(random, 2),
		}
		text, err := json.Marshal(map[string]any{
			"openapi": "3.1.0", "info": object("title", "x", "version", "1"), "paths": object(),
			"components": object("schemas", schemas),
		})
		if err != nil {
			t.Fatal(err)
		}
		d, err := Parse("it.json", text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		written, it := compiled(t, string(text)), d.Doc.Components.Schemas["It"].Value
		for _, value := range values {
			var v any
			_ = json.Unmarshal([]byte(value), &v)
			if written.Validate(v) == nil && it.VisitJSON(v, openapi3.VisitAsRequest()) != nil {
				became, _ := json.Marshal(d.Doc.Components.Schemas)
				t.Fatalf("%s is accepted by\n%s\nand not by\n%s", value, text, became)
			}
		}
	}
}

var values = []string{
	`null`, `true`, `3`, `3.5`, `4`, `2`, `1`, `-1`, `""`, `"a"`, `"ax"`, `"abc"`, `"😀"`, `[]`, `["a",1]`, `[1,1]`, `[null]`,
	`{}`, `{"a":"x"}`, `{"a":1}`, `{"a":null,"b":null}`, `{"b":1}`, `{"bb":1}`, `{"a":"x","b":1}`, `{"a":{"a":3}}`,
}

// schemaAtRandom has a few keywords; it may refer to the components.
func schemaAtRandom(r *rand.Rand, level int, components ...string) any {
	part := func() any { return schemaAtRandom(r, level-1, components...) }
	parts := func() []any { return []any{part(), part()}[:1+r.IntN(2)] }
	if level == 0 || r.IntN(8) == 0 {
		return pick[any](r, true, false, object("type", "null"), object("type", "string"), object("type", "integer"),
			object("const", nil), object("enum", []any{"a", nil}), object(), object("minLength", 2))
	}
	if len(components) > 0 && r.IntN(4) == 0 {
		ref := object("$ref", "#/components/schemas/"+pick(r, components...))
		if r.IntN(2) == 0 {
			ref[pick(r, "minProperties", "minLength", "minimum")] = 1
		}
		return ref
	}
	s := object()
	for range 1 + r.IntN(3) {
		switch r.IntN(24) {
		case 0:
			s["type"] = pick(r, "string", "integer", "object", "array", "null", "number")
		case 1:
			s["type"] = pick(r, []any{"string", "null"}, []any{"object", "null"}, []any{"string", "integer"}, []any{"null"},
				[]any{"array", "object", "null"})
		case 2:
			s["const"] = pick[any](r, 3, "a", nil, object("a", "x"))
		case 3:
			s["enum"] = pick(r, []any{"a", 3}, []any{nil, "a"}, []any{[]any{}, 1})
		case 4:
			s[pick(r, "minimum", "maximum")] = pick(r, 1, 3)
		case 5:
			s[pick(r, "exclusiveMinimum", "exclusiveMaximum")] = pick(r, 1, 3)
		case 6:
			s[pick(r, "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")] = 1
		case 7:
			s["pattern"] = pick(r, "^a", "^(?=a)")
		case 8, 9:
			s["properties"] = object("a", part(), "b", part())
		case 10:
			s["required"] = []any{pick(r, "a", "b")}
		case 11:
			s["additionalProperties"] = part()
		case 12:
			s["items"] = part()
		case 13, 14:
			s["oneOf"] = parts()
		case 15:
			s["anyOf"] = parts()
		case 16:
			s["allOf"] = parts()
		case 17:
			s["not"] = part()
		case 18:
			s["prefixItems"] = parts()
		case 19:
			s["patternProperties"] = object("^a", part())
		case 20:
			s["if"], s["then"], s["else"] = part(), part(), part()
		case 21:
			s["propertyNames"] = object("maxLength", 1)
		case 22:
			s[pick(r, "unevaluatedProperties", "unevaluatedItems", "contains")] = part()
		case 23:
			s["dependentRequired"], s["uniqueItems"] = object("a", []any{"b"}), true
		}
	}
	if _, there := s["const"]; there { // what contradicts it is not of interest
		delete(s, "enum")
		delete(s, "type")
		delete(s, "anyOf")
	}
	return s
}

func object(members ...any) map[string]any {
	out := map[string]any{}
	for i := 0; i < len(members); i += 2 {
		name, _ := members[i].(string)
		out[name] = members[i+1]
	}
	return out
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }
