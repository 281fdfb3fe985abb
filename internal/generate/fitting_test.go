package generate_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/reserved"
)

// TestFitting lists what is made; "" stands for anything that an independent validator accepts.
func TestFitting(t *testing.T) {
	embedded(t) // teaches the formats
	for name, c := range map[string]struct{ schema, example, want string }{
		"an example that fits":     {`{"type":"object","properties":{"a":{"type":"integer"}}}`, `{"a":5}`, `{"a":5}`},
		"a long number":            {`{"type":"integer"}`, `9007199254740993`, `9007199254740993`},
		"an example as text":       {`{"type":"object","properties":{"a":{"type":"integer"}}}`, `"{\"a\": 5}"`, `{"a":5}`},
		"an example that does not": {`{"type":"object","required":["a","b"],"properties":{"a":{"type":"integer"},"b":{"type":"integer","example":3}}}`, `{"a":5,"b":"x"}`, `{"a":5,"b":3}`},
		"what is only read": {
			`{"type":"object","required":["id","in"],"properties":{"id":{"type":"integer","readOnly":true},"in":{"type":"object","properties":{"at":{"type":"string","readOnly":true},"n":{"type":"integer"}}}}}`,
			`{"id":1,"in":{"at":"x","n":2}}`, `{"in":{"n":2}}`,
		},
		"somebody's address":    {`{"type":"object","properties":{"to":{"type":"string","format":"email"}}}`, `{"to":"a@corp.com"}`, `{"to":"a@corp.example.com"}`},
		"a default, an enum":    {`{"type":"object","properties":{"d":{"type":"integer","default":7},"e":{"enum":["x","y"]}}}`, ``, `{"d":7,"e":"x"}`},
		"a default of nothing":  {`{"type":"object","default":{},"properties":{"d":{"type":"boolean"}}}`, ``, `{"d":true}`},
		"only one value":        {`{"const":"v"}`, ``, `"v"`},
		"a set of an enum":      {`{"type":"array","minItems":3,"uniqueItems":true,"items":{"enum":["a","b","c"]}}`, ``, `["a","b","c"]`},
		"a set of a pattern":    {`{"type":"array","minItems":12,"uniqueItems":true,"items":{"type":"string","pattern":"^[A-Z]{2}$"}}`, ``, ``},
		"a set of objects":      {`{"type":"array","minItems":2,"uniqueItems":true,"items":{"type":"object","required":["i"],"properties":{"i":{"type":"string","format":"uuid"}}}}`, ``, ``},
		"a pattern and lengths": {`{"type":"string","pattern":"^[a-z]+-[a-z]+$","minLength":10,"maxLength":10}`, ``, ``},
		"a loose pattern":       {`{"type":"string","pattern":"\\d","minLength":5,"maxLength":5}`, ``, ``},
		"a longer branch":       {`{"type":"string","pattern":"^(a|b+)$","minLength":4,"maxLength":4}`, ``, `"bbbb"`},
		"a narrow range":        {`{"type":"number","minimum":0.25,"exclusiveMinimum":true,"maximum":0.5,"exclusiveMaximum":true}`, ``, `0.375`},
		"a multiple":            {`{"type":"integer","multipleOf":7,"minimum":100}`, ``, `105`},
		"below zero":            {`{"type":"integer","maximum":-5}`, ``, `-5`},
		"a map":                 {`{"type":"object","minProperties":2,"additionalProperties":{"type":"boolean"}}`, ``, `{"key1":true,"key2":true}`},
		"members to choose":     {`{"type":"object","minProperties":1,"maxProperties":1,"additionalProperties":false,"properties":{"a":{"type":"boolean"},"b":{"type":"boolean"}}}`, ``, `{"a":true}`},
		"parts":                 {`{"allOf":[{"type":"object","required":["a"],"properties":{"a":{"type":"number","minimum":3}}},{"properties":{"a":{"type":"integer","maximum":4}}}]}`, ``, `{"a":3}`},
		"branches that overlap": {`{"oneOf":[{"type":"object","required":["a"],"properties":{"a":{"type":"boolean"}}},{"type":"object","required":["b"],"properties":{"b":{"type":"boolean"}}}],"type":"object"}`, ``, `{"a":true}`},
		"null for want of others": {
			`{"type":"object","required":["a"],"properties":{"a":{"oneOf":[{"type":"string"},{"type":"string","nullable":true}]}}}`,
			``, `{"a":null}`,
		},
		"required by a branch": {`{"type":"object","properties":{"a":{"type":"boolean"},"b":{"type":"boolean"}},"anyOf":[{"required":["b"]}]}`, ``, `{"a":true,"b":true}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := schema(t, c.schema)
			var example any
			if c.example != "" && json.Unmarshal([]byte(c.example), &example) != nil {
				t.Fatal(c.example)
			}
			if name == "a long number" {
				example = json.Number(c.example)
			}
			v, err := generate.Fitting(s, example)
			if err != nil {
				t.Fatal(err)
			}
			if got := asJSON(t, v); c.want != "" && got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if broken := independent(t, s).broken(t, v); broken != nil && name != "what is only read" {
				t.Errorf("%s breaks %v", asJSON(t, v), broken)
			}
		})
	}
}

// TestFittingFormats: a text of each format, and of none that is known, at both ends of its length.
func TestFittingFormats(t *testing.T) {
	embedded(t) // teaches the formats
	for _, format := range strings.Fields("date date-time time duration email idn-email uuid uri uri-reference iri " +
		"hostname ipv4 ipv6 byte binary password json-pointer relative-json-pointer regex int64 unheard-of") {
		list := schema(t, fmt.Sprintf(
			`{"type":"array","minItems":3,"uniqueItems":true,"items":{"type":"string","minLength":1,"maxLength":60,"format":%q}}`, format))
		v, err := generate.Fitting(list)
		if err != nil {
			t.Errorf("%s: %v", format, err)
			continue
		}
		if broken := independent(t, list).broken(t, v); broken != nil {
			t.Errorf("%s: %s breaks %v", format, asJSON(t, v), broken)
		}
		for _, item := range v.([]any) {
			if text := item.(string); reserved.Text("x", format, text) != text {
				t.Errorf("%s: %s may be somebody's", format, text)
			}
		}
	}
}

// TestFittingEndsRecursion: a schema inside itself ends as soon as it may, and a value stays small.
func TestFittingEndsRecursion(t *testing.T) {
	embedded(t) // teaches the formats
	doc, err := openapi3.NewLoader().LoadFromData([]byte(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{},"components":{"schemas":{
		"Tree":{"type":"object","required":["name","children"],"properties":{"name":{"type":"string"},
			"children":{"type":"array","items":{"$ref":"#/components/schemas/Tree"}},"parent":{"$ref":"#/components/schemas/Tree"}}},
		"Query":{"anyOf":[{"type":"object","required":["and"],"properties":{"and":{"type":"array","minItems":2,"items":{"$ref":"#/components/schemas/Query"}}}},
			{"type":"object","required":["not"],"properties":{"not":{"$ref":"#/components/schemas/Query"}}},
			{"type":"object","required":["is"],"properties":{"is":{"type":"string"}}}]},
		"Endless":{"type":"object","required":["in"],"properties":{"in":{"$ref":"#/components/schemas/Endless"}}},
		"Pet":{"oneOf":[{"$ref":"#/components/schemas/Cat"},{"$ref":"#/components/schemas/Dog"}],
			"discriminator":{"propertyName":"kind","mapping":{"meow":"#/components/schemas/Cat","woof":"#/components/schemas/Dog"}}},
		"Cat":{"type":"object","required":["kind"],"properties":{"kind":{"type":"string"},"lives":{"type":"integer"}}},
		"Dog":{"type":"object","required":["kind"],"properties":{"kind":{"type":"string"}}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Tree":  `{"children":[{"children":[],"name":"text"}],"name":"text"}`,
		"Query": `{"and":[{"is":"text"},{"is":"text"}]}`,
		"Pet":   `{"kind":"meow","lives":1}`,
	} {
		v, err := generate.Fitting(doc.Components.Schemas[name].Value)
		if got := asJSON(t, v); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", name, got, err, want)
		}
	}
	if _, err := generate.Fitting(doc.Components.Schemas["Endless"].Value); err == nil ||
		!strings.Contains(err.Error(), "contains itself without an end") {
		t.Errorf("a value without an end: %v", err)
	}
}

// TestFittingAfterASetThatIsTooSmall: where no different value is left for a set, the same schema elsewhere has one.
func TestFittingAfterASetThatIsTooSmall(t *testing.T) {
	number := &openapi3.SchemaRef{Value: schema(t, `{"type":"integer","minimum":5,"maximum":6}`)}
	s := schema(t, `{"type":"object","properties":{
		"a":{"type":"array","minItems":3,"uniqueItems":true},"b":{"type":"object","required":["n"]}}}`)
	s.Properties["a"].Value.Items = number
	s.Properties["b"].Value.Properties = openapi3.Schemas{"n": number}
	v, err := generate.Fitting(s)
	if got := asJSON(t, v); err != nil || got != `{"b":{"n":5}}` {
		t.Errorf("%s, %v", got, err)
	}
}

// TestUnmade: the error names the member and the reason.
func TestUnmade(t *testing.T) {
	embedded(t) // teaches the formats
	for text, want := range map[string]string{
		`{"type":"string","pattern":"^abcd$","maxLength":3}`:                          `/a: no text is known that keeps to the pattern ^abcd$, maxLength 3`,
		`{"type":"string","pattern":"^(?!x)y$"}`:                                      `/a: its pattern is not a regular expression of RE2: ^(?!x)y$`,
		`{"type":"string","pattern":"^https://corp\\.com/[a-z]"}`:                     `/a: it asks for an address that may be somebody's, by the pattern ^https://corp\.com/[a-z]`,
		`{"type":"integer","minimum":5,"maximum":4}`:                                  `/a: no number keeps to its bounds`,
		`{"type":"array","minItems":3,"uniqueItems":true,"items":{"type":"boolean"}}`: `/a: no 3 different items are known for it`,
		`{"type":"string","minLength":4294967296}`:                                    `/a: it needs 4294967296 characters, which is more than a test sends`,
		`{"type":"string","not":{"type":"string"}}`:                                   `/a: no text is known that keeps to not`,
	} {
		_, err := generate.Fitting(schema(t, `{"type":"object","required":["a"],"properties":{"a":`+text+`}}`))
		var unmade *generate.Unmade
		if !errors.As(err, &unmade) || unmade.Pointer != contract.Pointer("/a") || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
