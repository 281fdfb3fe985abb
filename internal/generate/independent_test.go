package generate_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"conformance/internal/generate"
)

// validator is a second opinion on a schema, by a library that knows nothing of OpenAPI.
type validator struct{ schema *jsonschema.Schema }

func independent(t testing.TB, s *openapi3.Schema) validator {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource("schema.json", plain(doc)); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("schema.json")
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return validator{compiled}
}

// plain writes a schema of OpenAPI 3.0 as plain JSON Schema.
func plain(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		for _, bound := range []string{"inimum", "aximum"} {
			if v["exclusiveM"+bound] == true {
				v["exclusiveM"+bound] = v["m"+bound]
				delete(v, "m"+bound)
			}
		}
		if v["nullable"] == true {
			v["type"] = []any{v["type"], "null"}
		}
		for _, name := range []string{"nullable", "example", "readOnly"} {
			if _, schema := v[name].(map[string]any); !schema || name == "example" {
				delete(v, name)
			}
		}
		for name := range v {
			v[name] = plain(v[name])
		}
	}
	return v
}

// broken lists what a value breaks, as "keyword at /pointer"; nothing if it is valid.
func (v validator) broken(t testing.TB, value any) []string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	err = v.schema.Validate(doc)
	if err == nil {
		return nil
	}
	var failed *jsonschema.ValidationError
	if !errors.As(err, &failed) {
		t.Fatal(err)
	}
	var all []string
	var visit func(e *jsonschema.ValidationError)
	visit = func(e *jsonschema.ValidationError) {
		if len(e.Causes) == 0 {
			path := append([]string{"not"}, e.ErrorKind.KeywordPath()...) // the library gives none for a "not"
			at := ""
			for _, token := range e.InstanceLocation {
				at += "/" + token
			}
			all = append(all, path[len(path)-1]+" at "+at)
		}
		for _, cause := range e.Causes {
			visit(cause)
		}
	}
	visit(failed)
	slices.Sort(all)
	return slices.Compact(all)
}

// expected is what broken says of a value that breaks one constraint at a place.
func expected(c generate.Constraint, at string) []string {
	if c == generate.Null {
		c = generate.Type
	}
	return []string{string(c) + " at " + at}
}
