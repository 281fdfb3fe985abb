package document

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestNeverStricter: a schema of OpenAPI 3.1 in the dialect of 3.0 accepts whatever it accepted as it was written. What
// it refuses besides is compared where the dialect of 3.0 can say it.
func TestNeverStricter(t *testing.T) {
	for schema, loose := range map[string]bool{ // loose: 3.0 has no form for a part of it
		`{}`:                            false,
		`true`:                          false,
		`false`:                         true, // null passes kin's not
		`{"type":["string","null"]}`:    false,
		`{"type":["string","integer"]}`: false,
		`{"type":"null"}`:               false,
		`{"const":3}`:                   false,
		`{"const":null}`:                false,
		`{"enum":["a",null]}`:           true, // 3.0's nullable is looked at before the enum
		`{"minLength":2}`:               false,
		`{"description":"any"}`:         false,
		`{"type":"integer","exclusiveMinimum":3}`:                                                           false,
		`{"type":"integer","minimum":3,"exclusiveMinimum":1}`:                                               false,
		`{"type":"integer","maximum":3,"exclusiveMaximum":3}`:                                               false,
		`{"anyOf":[{"type":"string"},{"type":"null"}]}`:                                                     false,
		`{"oneOf":[{"type":"integer"},{"const":null}]}`:                                                     false,
		`{"anyOf":[{"$ref":"#/components/schemas/Part"},{"type":"null"}]}`:                                  false,
		`{"$ref":"#/components/schemas/Part","maxProperties":1}`:                                            false,
		`{"type":"array","prefixItems":[{"type":"string"}],"items":{"type":"integer"}}`:                     true,
		`{"type":"object","patternProperties":{"^a":{}},"additionalProperties":{"type":"string"}}`:          true,
		`{"type":"object","patternProperties":{"^a":{"type":"integer"}},"additionalProperties":false}`:      true,
		`{"oneOf":[{"type":"object","propertyNames":{"maxLength":1}},{"type":"object","required":["bb"]}]}`: true,
		`{"oneOf":[{"type":"string","pattern":"^(?=a)"},{"type":"string","maxLength":1}]}`:                  true,
		`{"not":{"type":"string","pattern":"^(?=a)x"}}`:                                                     true,
		`{"oneOf":[{"$ref":"#/components/schemas/Weak"},{"type":"object","required":["bb"]}]}`:              true,
		`{"if":{"type":"string"},"then":{"maxLength":1}}`:                                                   true,
		`{"type":"object","properties":{"a":true,"b":{"type":["integer","null"]}},"required":["b"]}`:        false,
	} {
		t.Run(schema, func(t *testing.T) {
			document := `{"openapi":"3.1.0","info":{"title":"x","version":"1"},"paths":{},"components":{"schemas":{
				"Part":{"type":"object","properties":{"a":{"type":"string"}}},
				"Weak":{"type":"object","propertyNames":{"maxLength":1}},"It":` + schema + `}}}`
			d, err := Parse("it.json", []byte(document))
			if err != nil {
				t.Fatal(err)
			}
			it := d.Doc.Components.Schemas["It"].Value
			written := compiled(t, document)
			for _, text := range []string{
				`null`, `true`, `3`, `3.5`, `4`, `2`, `1`, `""`, `"a"`, `"ax"`, `"abc"`, `[]`, `["a",1]`, `[1,1]`, `{}`, `{"a":"x"}`,
				`{"a":1}`, `{"a":null,"b":null}`, `{"b":1}`, `{"bb":1}`, `{"a":"x","b":1}`, `{"z":3}`, `{"a":3}`,
			} {
				var v any
				_ = json.Unmarshal([]byte(text), &v)
				before, after := written.Validate(v) == nil, it.VisitJSON(v, openapi3.VisitAsRequest()) == nil
				if before && !after || !loose && before != after {
					t.Errorf("%s: accepted as written: %t, in the dialect of 3.0: %t", text, before, after)
				}
			}
		})
	}
}

// noRegexp lets a validator of JSON Schema take patterns that Go does not know: they match what does not matter here.
type noRegexp struct{ text string }

func (noRegexp) MatchString(s string) bool { return strings.HasPrefix(s, "a") }
func (r noRegexp) String() string          { return r.text }

func compiled(t *testing.T, document string) *jsonschema.Schema {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.UseRegexpEngine(func(text string) (jsonschema.Regexp, error) { return noRegexp{text}, nil })
	if err := c.AddResource("it.json", v); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("it.json#/components/schemas/It")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestRepairs: what breaks the rules of OpenAPI is put right, and noted at its place.
func TestRepairs(t *testing.T) {
	const whole = `{"openapi":"3.0.3","info":{"title":"x","version":"1"},"paths":{"/a":{"get":{"operationId":"a",` +
		`"responses":{"200":{"description":"x"}}}}}}`
	for name, k := range map[string]struct{ old, new, pointer, message string }{
		"no info":                {`"info":{"title":"x","version":"1"},`, ``, "#/info", "is missing"},
		"a version of a number":  {`"version":"1"`, `"version":1`, "", ""},
		"an operationId twice":   {`"/a":{`, `"/b":{"get":{"operationId":"a","responses":{}}},"/a":{`, "#/paths/~1b/get/operationId", "also that of"},
		"tags that are no texts": {`"operationId":"a",`, `"operationId":"a","tags":[{"name":"x"}],`, "#/paths/~1a/get/tags", "no texts"},
		"a reference to nothing": {
			`{"description":"x"}`, `{"$ref":"#/components/responses/No"}`, "#/paths/~1a/get/responses/200", "nothing stands",
		},
		"a reference to another kind": {
			`"operationId":"a",`, `"operationId":"a","parameters":[{"$ref":"#/info"}],`, "", "",
		},
		"a list for items": {
			`{"description":"x"}`, schemaOf(`{"type":"array","items":[{"type":"string"}]}`),
			"#/paths/~1a/get/responses/200/content/application~1json/schema/items", "one schema for each place",
		},
		"a type that is none": {
			`{"description":"x"}`, schemaOf(`{"type":"text"}`),
			"#/paths/~1a/get/responses/200/content/application~1json/schema/type", "is no type",
		},
		"a pattern of another language": {
			`{"description":"x"}`, schemaOf(`{"type":"string","pattern":"^(?!a)"}`),
			"#/paths/~1a/get/responses/200/content/application~1json/schema/pattern", "RE2",
		},
		"required as true": {
			`{"description":"x"}`, schemaOf(`{"type":"object","properties":{"a":{"type":"string","required":true}}}`),
			"#/paths/~1a/get/responses/200/content/application~1json/schema/properties/a/required", "lists what it requires",
		},
		"a schema of itself": {
			`"paths"`, `"components":{"schemas":{"A":{"allOf":[{"$ref":"#/components/schemas/A"}]}}},"paths"`,
			"#/components/schemas/A", "made of itself",
		},
		"another file": {
			`{"description":"x"}`, schemaOf(`{"$ref":"other.yaml#/A"}`),
			"#/paths/~1a/get/responses/200/content/application~1json/schema", "cannot be read",
		},
		"the network": {
			`{"description":"x"}`, schemaOf(`{"$ref":"https://x.test/a.yaml"}`),
			"#/paths/~1a/get/responses/200/content/application~1json/schema", "to the network are not followed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(whole, k.old) {
				t.Fatalf("%s is not there", k.old)
			}
			d, err := Parse("a.json", []byte(strings.Replace(whole, k.old, k.new, 1)))
			if err != nil {
				t.Fatal(err)
			}
			if d.Doc.Paths.Value("/a") == nil || d.Doc.Paths.Value("/a").Get.OperationID != "a" {
				t.Error("the operation is gone")
			}
			var told []string
			found := k.message == ""
			for _, g := range d.Gaps {
				told = append(told, fmt.Sprint(g.Class, " ", g.Pointer, ": ", g.Message))
				found = found || g.Pointer == k.pointer && strings.Contains(g.Message, k.message)
			}
			if !found {
				t.Errorf("got\n%s\nwant %s: … %s …", strings.Join(told, "\n"), k.pointer, k.message)
			}
		})
	}
}

func schemaOf(schema string) string {
	return `{"description":"x","content":{"application/json":{"schema":` + schema + `}}}`
}
