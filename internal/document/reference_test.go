package document

import (
	"encoding/json"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// TestNames: a component may have any name, and references to it are written in any way that RFC 6901 and RFC 3986
// allow.
func TestNames(t *testing.T) {
	for name, ref := range map[string]string{
		"A B": "#/components/schemas/A%20B", "a/b": "#/components/schemas/a~1b", "c~d": "#/components/schemas/c~0d",
		"é": "#/components/schemas/%C3%A9", "List[A]": "#/components/schemas/List[A]",
		"L<A>": "#/components/schemas/L%3CA%3E",
		"a.b":  "#/components/schemas/a.b", "x-y": "#/components/schemas/x-y", "«A»": "#/components/schemas/«A»",
		"a%b": "#/components/schemas/a%25b",
	} {
		for _, version := range []string{"3.0.3", "3.1.0"} {
			document, err := json.Marshal(
				object(
					"openapi",
					version,
					"info",
					object("title", "x", "version", "1"),
					"paths",
					object(),
					"components",
					object("schemas", object(name, object("type", "string"), "It", object("type", "object", "properties",
						object("p", object("$ref", ref))))),
				),
			)
			if err != nil {
				t.Fatal(err)
			}
			d, err := Parse("x.json", document)
			if err != nil {
				t.Errorf("%s: %v", ref, err)
				continue
			}
			p := d.Doc.Components.Schemas["It"].Value.Properties["p"].Value
			if p == nil || p.Type == nil || !p.Type.Is("string") || len(d.Gaps) > 0 {
				t.Errorf("%s: %+v %+v", ref, p, d.Gaps)
			}
		}
	}
}

// TestDiscriminators: the value of a discriminator names a schema by the mapping or by the schema's name (OpenAPI,
// 4.8.25).
func TestDiscriminators(t *testing.T) {
	const cat, dog = `{"kind":"Cat","mice":1}`, `{"kind":"dog","bones":1}`
	for mapping, accepts := range map[string][]string{
		`null`:                               {`{"kind":"Cat","mice":1}`, `{"kind":"Dog","bones":1}`},
		`{"dog":"#/components/schemas/Dog"}`: {cat, dog},
		`{"dog":"Dog"}`:                      {cat, dog},
		`{"dog":"Dog","cat":"#/components/schemas/Cat"}`:           {`{"kind":"cat","mice":1}`, dog},
		`{"dog":"#/components/schemas/Dog","lost":"nowhere.yaml"}`: {cat, dog},
	} {
		d, err := Parse(
			"x.json",
			[]byte(`{"openapi":"3.0.3","info":{"title":"x","version":"1"},"paths":{},"components":{"schemas":{
			"Cat":{"type":"object","required":["kind","mice"],"properties":{"kind":{"type":"string"},"mice":{"type":"integer"}}},
			"Dog":{"type":"object","required":["kind","bones"],"properties":{"kind":{"type":"string"},"bones":{"type":"integer"}}},
			"It":{"oneOf":[{"$ref":"#/components/schemas/Cat"},{"$ref":"#/components/schemas/Dog"}],
				"discriminator":{"propertyName":"kind","mapping":`+mapping+`}}}}}`),
		)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range append(accepts, `{"kind":"dog"}`) {
			var v any
			_ = json.Unmarshal([]byte(text), &v)
			err := d.Doc.Components.Schemas["It"].Value.VisitJSON(v, openapi3.VisitAsRequest())
			if valid := text != `{"kind":"dog"}`; valid != (err == nil) {
				t.Errorf("mapping %s: %s: %v", mapping, text, err)
			}
		}
	}
}
