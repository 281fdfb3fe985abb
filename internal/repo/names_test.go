package repo

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"conformance"
	"conformance/internal/contract"

	"github.com/getkin/kin-openapi/openapi3"
)

// TestNoCodeNamesTheAPI keeps the contract the only place that knows the API: no string literal outside of tests is one
// of its paths, operations, scopes, codes, fields or situations of its own, and none holds the title or the address of
// a document that it cites.
func TestNoCodeNamesTheAPI(t *testing.T) {
	names, cited := apiNames(t), citations(t)
	if len(names) < 100 {
		t.Fatalf("only %d names were collected", len(names))
	}
	for file, literals := range literalsOf(t) {
		for _, literal := range literals {
			if where, ok := names[literal.text]; ok {
				t.Errorf("%s:%d: %q is the API's (%s): read it from the contract", file, literal.line, literal.text, where)
			}
			for _, name := range cited {
				if strings.Contains(literal.text, name) {
					t.Errorf("%s:%d: %q is what the API's contract cites: read it from the contract", file, literal.line, name)
				}
			}
		}
	}
}

// citations are what the contract says of the documents that it cites.
func citations(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, d := range embedded(t).Documents {
		u, err := url.Parse(d.URL)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, d.Title)
		if u.Hostname() != "" {
			out = append(out, u.Hostname())
		}
	}
	if len(out) == 0 {
		t.Fatal("the contract cites nothing")
	}
	return out
}

func embedded(t *testing.T) *contract.Contract {
	t.Helper()
	c, err := contract.Load(conformance.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func apiNames(t *testing.T) map[string]string {
	t.Helper()
	c := embedded(t)
	names := map[string]string{}
	for _, o := range c.Operations {
		names[o.ID], names[o.Path.Key], names[o.Path.URL] = "operation", "path", "path"
	}
	telling := func(name, what string) {
		if strings.ContainsAny(name, "_:/") {
			names[name] = what
		}
	}
	for _, scope := range c.Scopes {
		telling(scope, "scope")
	}
	for _, o := range c.Operations {
		_ = o.EachReference(func(_ string, r *contract.Reference) error { // nothing here fails
			if !slices.Contains([]contract.SituationID{"", contract.UnknownRecord, contract.UnknownReference}, r.Unknown) {
				names[string(r.Unknown)] = "situation"
			}
			return nil
		})
	}
	for _, code := range c.Codes {
		telling(code, "error code")
	}
	for _, ref := range c.Doc.Components.Schemas {
		properties(ref, telling, map[*openapi3.Schema]bool{})
	}
	for _, o := range c.Operations {
		for _, p := range o.Parameters {
			telling(p.Name, "parameter")
		}
	}
	return names
}

func properties(ref *openapi3.SchemaRef, telling func(name, what string), seen map[*openapi3.Schema]bool) {
	if ref == nil || ref.Value == nil || seen[ref.Value] {
		return
	}
	seen[ref.Value] = true
	for name, p := range ref.Value.Properties {
		telling(name, "property")
		properties(p, telling, seen)
	}
	properties(ref.Value.Items, telling, seen)
	for _, part := range ref.Value.AllOf {
		properties(part, telling, seen)
	}
}

type literal struct {
	text string
	line int
}

func literalsOf(t *testing.T) map[string][]literal {
	t.Helper()
	out := map[string][]literal{}
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil {
					out[path] = append(out[path], literal{text, files.Position(lit.Pos()).Line})
				}
			}
			return true
		})
		return nil
	})
	if err != nil || len(out) < 20 {
		t.Fatalf("%d files read: %v", len(out), err)
	}
	return out
}
