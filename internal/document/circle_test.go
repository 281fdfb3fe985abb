package document

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestCircles: references that lead back to themselves, in one file or through others, end, and a document comes of
// them.
func TestCircles(t *testing.T) {
	const head = "openapi: 3.0.3\ninfo: {title: x, version: '1'}\n"
	const get = "{operationId: a, responses: {'200': {description: x}}}"
	for name, files := range map[string]map[string]string{
		"a path of its own file": {
			"o.yaml": head + "paths: {/a: {$ref: p.yaml}, /b: {get: " + get + "}}", "p.yaml": "$ref: p.yaml",
		},
		"a path of two files": {
			"o.yaml": head + "paths: {/a: {$ref: p.yaml}, /b: {get: " + get + "}}", "p.yaml": "$ref: q.yaml",
			"q.yaml": "$ref: p.yaml",
		},
		"paths of one file": {
			"o.yaml": head + "paths: {/a: {$ref: '#/paths/~1c'}, /c: {$ref: '#/paths/~1a'}, /b: {get: " + get + "}}",
		},
		"a schema that is itself": {
			"o.yaml": head + "paths: {/b: {get: " + get + "}}\ncomponents: {schemas: {A: {$ref: " +
				"'#/components/schemas/A'}}}",
		},
		"two schemas that are each other": {
			"o.yaml": head + "paths: {/b: {get: " + get + "}}\ncomponents: {schemas: {A: {$ref: " +
				"'#/components/schemas/B'}, " +
				"B: {$ref: '#/components/schemas/A'}}}",
		},
		"a schema of a file that is itself": {
			"o.yaml": head + "paths: {/b: {get: " + get + "}}\ncomponents: {schemas: {A: {$ref: s.yaml}}}",
			"s.yaml": "$ref: s.yaml",
		},
		"parameters that are each other": {
			"o.yaml": head + "paths: {/b: {parameters: [{$ref: '#/components/parameters/A'}], get: " + get + "}}\n" +
				"components: {parameters: {A: {$ref: '#/components/parameters/B'}, B: {$ref: '#/components/parameters/A'}}}",
		},
		"responses that are each other": {
			"o.yaml": head + "paths: {/b: {get: " + get + "}}\ncomponents: {responses: {A: {$ref: " +
				"'#/components/responses/B'}, " +
				"B: {$ref: '#/components/responses/A'}}}",
		},
		"a callback of its own operation": {
			"o.yaml": head + "paths: {/b: {get: {operationId: a, responses: {'200': {description: x}}, callbacks: {c: " +
				"{'{$request.query.u}': " +
				"{$ref: '#/paths/~1b'}}}}}}",
		},
		"a schema through definitions of its own": {
			"o.yaml": strings.Replace(head, "3.0.3",
				"3.1.0", 1) + "paths: {/b: {get: " + get + "}}\ncomponents: {schemas: {A: {$defs: " +
				"{B: {properties: {b: {$ref: '#/components/schemas/A/$defs/B'}}}}, properties: {b: {$ref: " +
				"'#/components/schemas/A/$defs/B'}}}}}",
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := Read(filepath.Join(folder(t, files), "o.yaml"), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if op := d.Doc.Paths.Value("/b"); op == nil || op.Get == nil || op.Get.OperationID != "a" {
				t.Error("the operation that is in order is gone")
			}
			if len(d.Gaps) == 0 && !strings.Contains(name, "callback") {
				t.Error("nothing is reported")
			}
		})
	}
}

// TestRoots: a document and its root may be given in different ways.
func TestRoots(t *testing.T) {
	dir := folder(t, parts)
	t.Chdir(filepath.Join(dir, "api"))
	for _, k := range [][2]string{
		{"openapi.yaml",
			".."}, {"openapi.yaml", dir}, {filepath.Join(dir, "api/openapi.yaml"), ".."}, {"../api/openapi.yaml", dir},
	} {
		if d, err := Read(k[0], Options{Root: k[1]}); err != nil || len(d.Gaps) > 0 || len(d.Files) != 4 {
			t.Errorf("%s with %s: %v", k[0], k[1], err)
		}
	}
	if _, err := Read("openapi.yaml", Options{Root: "paths"}); err == nil ||
		!strings.Contains(err.Error(), "outside the folder") {
		t.Error(err)
	}
}

// TestLinksOutOfRoot: a symbolic link does not lead out of the root either.
func TestLinksOutOfRoot(t *testing.T) {
	dir := folder(t, map[string]string{
		"in/o.yaml": "openapi: 3.0.3\ninfo: {title: x, version: '1'}\npaths: {}\ncomponents: {schemas: {A: {$ref: " +
			"link.yaml}}}",
		"out.yaml": "{type: string, description: a secret}",
	})
	if err := os.Symlink(filepath.Join(dir, "out.yaml"), filepath.Join(dir, "in/link.yaml")); err != nil {
		t.Fatal(err)
	}
	d, err := Read(filepath.Join(dir, "in/o.yaml"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s := d.Doc.Components.Schemas["A"].Value; s.Description != "" || len(d.Gaps) != 1 || d.Gaps[0].Class != Lost {
		t.Errorf("%+v %+v", s, d.Gaps)
	}
}

// TestShownAsItIs: what is printed has the values of the document: texts that look like something else in YAML stay
// texts.
func TestShownAsItIs(t *testing.T) {
	texts := []string{
		"yes", "1.0", "0x1", "1e3", "~", "null", "2020-01-01", "<<", "", " a ", "a: b", "# a", "- a", "&a", "*a",
		"!a", "%a", "@a",
		"a\nb\n", "a\tb", "\u2028", "\u00a0", "\ufeff", "é", "😀", "\"", "'", "\\", "/", "{a}", "[a]", "\x00\x01\x7f",
		"=", "1_000", "08",
		strings.Repeat("long ", 300), strings.Repeat("x", 1500),
	}
	members := make([]any, 0, 2*len(texts))
	list := make([]any, 0, len(texts))
	for _, text := range texts {
		members, list = append(members, text, text), append(list, text)
	}
	document, err := json.Marshal(
		object("openapi", "3.0.3", "info", object("title", "x", "version", "1", "x-by-name", object(members...),
			"x-list", list, "x-number", []any{1, 1.5, 1e300, -0.1, true, nil}), "paths", object()),
	)
	if err != nil {
		t.Fatal(err)
	}
	d := parsed(t, string(document))
	shown, err := d.YAML()
	if err != nil {
		t.Fatal(err)
	}
	again := parsed(t, string(shown))
	if !reflect.DeepEqual(again.Doc.Info, d.Doc.Info) {
		t.Errorf("got\n%s\nof\n%s\nas\n%s", again.text, d.text, shown)
	}
}
