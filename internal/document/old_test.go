package document

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestOldForms: what a Swagger document says of parameters, bodies, answers and security is in the model.
func TestOldForms(t *testing.T) {
	for name, k := range map[string]struct {
		operation string // next to its responses
		rest      string // next to paths
		want      []string
	}{
		"a form": {
			`consumes: [application/x-www-form-urlencoded], parameters: [{name: a, in: formData, type: string, required: true, maxLength: 3}]`,
			``, []string{`"application/x-www-form-urlencoded"`, `"maxLength":3`, `"required":["a"]`},
		},
		"a file": {
			`consumes: [multipart/form-data], parameters: [{name: a, in: formData, type: file}]`, ``,
			[]string{`"multipart/form-data"`, `"format":"binary"`},
		},
		"a list in the query": {
			`parameters: [{name: a, in: query, type: array, items: {type: integer, maximum: 4}, collectionFormat: csv, maxItems: 2}]`, ``,
			[]string{`"maximum":4`, `"maxItems":2`, `"explode":false`},
		},
		"a list of repeated parameters": {
			`parameters: [{name: a, in: query, type: array, items: {type: string}, collectionFormat: multi}]`, ``,
			[]string{`"items":{"type":"string"}`},
		},
		"bounds of a parameter": {
			`parameters: [{name: a, in: header, type: integer, minimum: 2, exclusiveMinimum: true, enum: [3, 4], default: 3}]`, ``,
			[]string{`"minimum":2`, `"exclusiveMinimum":true`, `"enum":[3,4]`, `"default":3`},
		},
		"a shared parameter": {
			`parameters: [{$ref: '#/parameters/Page'}]`, `parameters: {Page: {name: page, in: query, type: integer, maximum: 7}}`,
			[]string{`"$ref":"#/components/parameters/Page"`, `"maximum":7`},
		},
		"a shared body": {
			`parameters: [{$ref: '#/parameters/Body'}]`,
			`parameters: {Body: {name: b, in: body, required: true, schema: {type: object, required: [q], properties: {q: {type: string}}}}}`,
			[]string{`"requestBody"`, `"required":["q"]`},
		},
		"extensions": {
			`x-mine: 1, parameters: [{name: a, in: query, type: string, x-theirs: 2}]`, `x-root: 3`,
			[]string{`"x-mine":1`, `"x-theirs":2`, `"x-root":3`},
		},
		"a key": {
			`security: [{k: []}]`, `securityDefinitions: {k: {type: apiKey, in: query, name: key}}`,
			[]string{`"security":[{"k":[]}]`, `"type":"apiKey"`},
		},
		"scopes": {
			`security: [{o: [read]}]`,
			`securityDefinitions: {o: {type: oauth2, flow: application, tokenUrl: 'https://x.test/t', scopes: {read: Read.}}}`,
			[]string{`"security":[{"o":["read"]}]`, `"clientCredentials"`, `"read":"Read."`},
		},
		"name and password": {`security: [{b: []}]`, `securityDefinitions: {b: {type: basic}}`, []string{`"scheme":"basic"`}},
		"no security where the rest has one": {
			`security: []`, `securityDefinitions: {b: {type: basic}}`, []string{`"security":[]`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := Parse(
				"old.yaml",
				[]byte("swagger: '2.0'\ninfo: {title: Old, version: '1'}\nconsumes: [application/json]\n"+
					"produces: [application/json]\n"+k.rest+"\npaths:\n  /a:\n    post: {operationId: a, "+k.operation+", responses: "+
					"{'201': {description: x, headers: {X-A: {type: integer, minimum: 5}}, schema: {type: array, items: {type: "+
					"string}}}, "+
					"default: {description: y, schema: {$ref: '#/definitions/Error'}}}}\ndefinitions: {Error: {type: object, "+
					"discriminator: kind, required: [kind], properties: {kind: {type: string, x-nullable: true}}}}\n"),
			)
			if err != nil {
				t.Fatal(err)
			}
			if len(d.Gaps) > 0 {
				t.Error(d.Gaps)
			}
			text, err := json.Marshal(d.Doc)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range append(k.want, `"X-A"`, `"minimum":5`, `"nullable":true`, `"default":{"content":{"application/json":`+
				`{"schema":{"$ref":"#/components/schemas/Error"}}}`) {
				if !strings.Contains(string(text), want) {
					t.Errorf("no %s in %s", want, text)
				}
			}
		})
	}
}
