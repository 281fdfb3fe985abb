package document

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folder writes files, by name, and returns where they are.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const several = `
openapi: 3.1.0
info: {title: Trees, version: "1"}
paths:
  /trees:
    $ref: paths/trees.yaml
components:
  schemas:
    Any: {discriminator: {propertyName: kind, mapping: {oak: 'schemas/tree.yaml'}}, oneOf: [{$ref: schemas/tree.yaml}]}
`

var parts = map[string]string{
	"api/openapi.yaml": several,
	"api/paths/trees.yaml": `
get:
  operationId: listTrees
  responses:
    "200": {description: all, content: {application/json: {schema: {type: array, items: {$ref: ../schemas/tree.yaml}}}}}
    "404": {$ref: '../../common/errors.yaml#/components/responses/None'}
`,
	"api/schemas/tree.yaml": `{type: object, properties: {kind: {type: string}, branches: {type: array, items: {$ref: tree.yaml}}}}`,
	"common/errors.yaml": `
components:
  responses: {None: {description: none, content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}}
  schemas: {Error: {type: object, required: [message], properties: {message: {type: string}}}}
`,
}

// TestFiles: what a document refers to in other files stands in it, also where it leads back to itself; files above the
// root are not read.
func TestFiles(t *testing.T) {
	dir := folder(t, parts)
	d, err := Read(filepath.Join(dir, "api/openapi.yaml"), Options{Root: dir})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Gaps) != 0 {
		t.Error(d.Gaps)
	}
	if len(d.Files) != 4 || d.SHA256 == d.Files[0].SHA256 {
		t.Errorf("%+v %s", d.Files, d.SHA256)
	}
	op := d.Doc.Paths.Value("/trees").Get
	tree := op.Responses.Value("200").Value.Content["application/json"].Schema.Value.Items.Value
	if tree.Properties["branches"].Value.Items.Value != tree {
		t.Error("a tree's branches are no trees")
	}
	if e := op.Responses.Value("404").Value.Content["application/json"].Schema.Value; e.Properties["message"] == nil {
		t.Errorf("%+v", e)
	}
	if to := d.Doc.Components.Schemas["Any"].Value.Discriminator.Mapping["oak"]; to.Ref != "#/components/schemas/tree" {
		t.Errorf("%+v", to)
	}
	d, err = Read(filepath.Join(dir, "api/openapi.yaml"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Gaps) != 2 || !strings.Contains(d.Gaps[0].Message, "need --root") || d.Gaps[0].Class != Lost {
		t.Errorf("%+v", d.Gaps)
	}
}

// TestNoDocument: what is no OpenAPI document is refused in a sentence that says what it is.
func TestNoDocument(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "is empty",
		"just words":                   "no mapping",
		"- a":                          "no mapping",
		"{":                            "neither YAML nor JSON",
		"openapi: 4.0.0":               `"4.0.0"`,
		"asyncapi: 2.6.0":              "AsyncAPI",
		"overlay: 1.0.0":               "--overlay",
		"credentials: {full: x}":       "--config",
		"a: &a [*a]":                   "levels deep",
		strings.Repeat("[", 4000) + "": "",
		"title: x":                     "neither openapi nor swagger",
	} {
		_, err := Parse("x.yaml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.30q: got %v, want … %s …", text, err, want)
		}
	}
}

const trees = `openapi: 3.0.3
info: {title: Trees, version: "1", x-list: [a]}
tags: [{name: old}]
paths:
  /trees:
    get:
      operationId: listTrees
      parameters:
        - {name: limit, in: query, schema: {type: integer}}
      responses: {"200": {description: all}}
    delete: {operationId: fellAll, responses: {"204": {description: gone}}}
`

// TestOverlays: actions are applied in their order; one that matches nothing, or makes no sense, is refused with its
// line.
func TestOverlays(t *testing.T) {
	for _, k := range [][2]string{
		{"- {target: $.info, update: {title: Forest}}", ""},
		{"- {target: \"$.paths['/trees'].delete\", remove: true}", ""},
		{"- {target: $.tags, update: {name: new}}", ""},
		{"- {target: '$.tags[*]', remove: true}", ""},
		{"- {target: $.info, update: {x-list: [b]}}", ""},
		{
			"- {target: \"$.paths['/shrubs']\", update: {}}",
			"line 3: action 1: the target $.paths['/shrubs'] matches nothing",
		},
		{"- {target: $.info, update: {}}\n- {target: '$..[', remove: true}", "line 4: action 2"},
		{"- {target: $.info, update: text}", "line 3: action 1: the target is a mapping"},
		{"- {update: {}}", "line 3: action 1: has no target"},
		{"- {target: $.info}", "has neither update nor remove"},
		{"- {target: $.info, delete: true}", "has the member delete"},
		{"- {target: '$.paths[\"/trees\"].get', copy: '$.paths[\"/trees\"].delete'}", ""},
		{"- {target: '$.paths[*].get.parameters[?@.name==\"limit\"]', update: {example: 3}}", ""},
	} {
		actions, want := k[0], k[1]
		d, err := Parse("trees.yaml", []byte(trees), Named{"o.yaml", []byte("overlay: 1.0.0\nactions:\n" + actions + "\n")})
		switch {
		case want != "":
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want … %s …", actions, err, want)
			}
			continue
		case err != nil:
			t.Errorf("%s: %v", actions, err)
			continue
		}
		if len(d.Overlays) != 1 || d.SHA256 == d.Files[0].SHA256 {
			t.Errorf("%s: the digest is that of the vendor's file", actions)
		}
		if text := string(d.text); text == string(parsed(t, trees).text) {
			t.Errorf("%s: nothing changed", actions)
		}
	}
}

// TestOverlayMerges: mappings are merged, lists in them grow, a list that is the target grows by an entry.
func TestOverlayMerges(t *testing.T) {
	d, err := Parse("trees.yaml", []byte(trees), Named{"o.yaml", []byte(`
overlay: 1.1.0
actions:
  - {target: $.info, update: {title: Forest, x-list: [b]}}
  - {target: $.tags, update: {name: new}}
  - {target: '$.tags[?@.name=="old"]', remove: true}
`)})
	if err != nil {
		t.Fatal(err)
	}
	if d.Doc.Info.Title != "Forest" || d.Doc.Info.Version != "1" || len(d.Doc.Info.Extensions["x-list"].([]any)) != 2 {
		t.Errorf("%+v", d.Doc.Info)
	}
	if len(d.Doc.Tags) != 1 || d.Doc.Tags[0].Name != "new" {
		t.Errorf("%+v", d.Doc.Tags)
	}
}

func parsed(t *testing.T, text string) *Document {
	t.Helper()
	d, err := Parse("trees.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestPlaces: pointers have lines, in YAML as in JSON, and paths that an overlay can use.
func TestPlaces(t *testing.T) {
	json := strings.Join([]string{
		`{`, `"openapi":"3.0.3",`, `"info":{"title":"x",`, `"version":"1"},`, `"paths":{`, `"/a b":{`,
		`"get":{"operationId":"a"}}}}`,
	}, "\n")
	for _, k := range []struct {
		text, pointer, path string
		line                int
	}{
		{trees, "#/paths/~1trees/get/parameters/0", "$.paths['/trees'].get.parameters[0]", 9},
		{trees, "#/paths/~1trees/delete", "$.paths['/trees'].delete", 11},
		{trees, "#/paths/~1trees/delete/responses/500", "$.paths['/trees'].delete.responses['500']", 11},
		{trees, "#/nowhere", "$.nowhere", 1},
		{json, "#/info/version", "$.info.version", 4},
		{json, "#/paths/~1a b/get", "$.paths['/a b'].get", 7},
	} {
		d := parsed(t, k.text)
		if got := d.Locate([]string{k.pointer})[0]; got.Line != k.line || got.File != "trees.yaml" {
			t.Errorf("%s: got %s, want line %d", k.pointer, got, k.line)
		}
		if got := d.Path(k.pointer); got != k.path {
			t.Errorf("%s: got %s, want %s", k.pointer, got, k.path)
		}
	}
}

// TestShown: what is printed of a document loads again, without a gap.
func TestShown(t *testing.T) {
	dir := folder(t, parts)
	d, err := Read(filepath.Join(dir, "api/openapi.yaml"), Options{Root: dir})
	if err != nil {
		t.Fatal(err)
	}
	text, err := d.YAML()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse("again.yaml", text)
	if err != nil || len(again.Gaps) > 0 {
		t.Fatal(err, again.Gaps)
	}
	if len(again.Doc.Components.Schemas) != len(d.Doc.Components.Schemas) {
		t.Errorf("%s", text)
	}
}

// TestOld: Swagger 2.0 becomes the same model: body, form, types beside parameters, security, base path.
func TestOld(t *testing.T) {
	d, err := Parse("old.yaml", []byte(`
swagger: "2.0"
info: {title: Old, version: "1"}
host: x.test
basePath: /v1
schemes: [https]
consumes: [application/json]
produces: [application/json]
securityDefinitions: {key: {type: apiKey, in: header, name: X-Key}}
security: [{key: []}]
definitions: {Tree: {type: object, x-mine: 1, properties: {name: {type: string}}}}
responses: {None: {description: none, schema: {$ref: '#/definitions/Tree'}}}
paths:
  /trees:
    post:
      operationId: plant
      parameters:
        - {name: tree, in: body, required: true, schema: {$ref: '#/definitions/Tree'}}
        - {name: deep, in: query, type: integer, minimum: 2}
      responses: {"201": {description: made, schema: {$ref: '#/definitions/Tree'}}, "404": {$ref: '#/responses/None'}}
`))
	if err != nil {
		t.Fatal(err)
	}
	op := d.Doc.Paths.Value("/trees").Post
	if op.RequestBody.Value.Content["application/json"].Schema.Ref != "#/components/schemas/Tree" {
		t.Errorf("%+v", op.RequestBody)
	}
	if p := op.Parameters.GetByInAndName("query", "deep"); p == nil || *p.Schema.Value.Min != 2 {
		t.Errorf("%+v", p)
	}
	if r := op.Responses.Value("404").Value; r.Content["application/json"].Schema.Value.Extensions["x-mine"] == nil {
		t.Errorf("%+v", r)
	}
	if d.Doc.Components.SecuritySchemes["key"].Value.Name != "X-Key" || d.Doc.Servers[0].URL != "https://x.test/v1" {
		t.Errorf("%+v", d.Doc.Servers)
	}
	if got := d.Locate([]string{"#/components/schemas/Tree"})[0].Line; got != 11 {
		t.Errorf("line %d", got)
	}
}

// FuzzParse: no bytes make it panic or hang, and what it makes has no reference that leads nowhere.
func FuzzParse(f *testing.F) {
	for _, text := range append([]string{several, trees, `{"openapi":"3.1.0","paths":{"/":{"$ref":"#/paths/~1"}}}`}, parts["common/errors.yaml"]) {
		f.Add([]byte(text), []byte("overlay: 1.0.0\nactions: [{target: $.info, update: {title: x}}]"))
	}
	f.Fuzz(func(t *testing.T, data, overlay []byte) {
		if len(data)+len(overlay) > 1<<16 {
			return
		}
		for _, overlays := range [][]Named{nil, {{"o.yaml", overlay}}} {
			d, err := Parse("x.yaml", data, overlays...)
			if err != nil {
				continue
			}
			if d.Doc.Components != nil {
				for name, ref := range d.Doc.Components.Schemas {
					if ref.Value == nil {
						t.Errorf("%s leads nowhere", name)
					}
				}
			}
			if _, err := d.YAML(); err != nil {
				t.Error(err)
			}
		}
	})
}
