package setup

import (
	"fmt"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"

	"conformance/internal/contract"
)

// TestChallenges: the schemes of RFC 9110, 11.6.1, alone, several in a line, and with commas in what is quoted.
func TestChallenges(t *testing.T) {
	for value, want := range map[string]string{
		`Bearer`:                               "Authorization: Bearer",
		`bearer realm="a, Basic b", error="x"`: "Authorization: Bearer",
		`Basic realm="a", Bearer`:              "Authorization: Basic|Authorization: Bearer",
		`Digest realm="a", nonce="b"`:          "",
		`Negotiate`:                            "",
		`Newauth realm="a", type=1, title="Log in to \"b\"", Basic`: "Authorization: Newauth|Authorization: Basic",
		`Bearer realm = "a", scope = b`:                             "Authorization: Bearer",
		``:                                                          "",
		`, ,"`:                                                      "",
		"Be\x00rer":                                                 "",
	} {
		var got []string
		for _, f := range challenges(value) {
			got = append(got, f.String())
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}

// odd are texts that a document may have anywhere.
var odd = []string{
	"plain", "a: b", "# no comment", "- x", "'", `"`, "", " ", "null", "~", "yes", "1e3", "0x10", "2026-11-28", "{a}",
	"[a]", "*a", "&a", "!a", "a\nb", "a\r\nb", "a\u2028b", "a\u0085b", "a\ufeffb", "a\u200bb", "a\x00b", "a\x7fb",
	"a\u0080b", "\xff", "é 🚣", "%", "@", "`", "a\tb", "all",
}

// TestScalars: a text is read as it was written.
func TestScalars(t *testing.T) {
	for _, text := range odd {
		for _, written := range []string{scalar(text), quote(text)} {
			var got map[string]any
			if err := yaml.Unmarshal([]byte("a: {b: "+written+"}"), &got); err != nil {
				t.Errorf("%q as %s: %v", text, written, err)
				continue
			}
			want := text
			if text == "\xff" { // is no text, and becomes the nearest one
				want = "\u00ff"
			}
			if b := got["a"].(map[string]any)["b"]; b != want {
				t.Errorf("%q as %s: %#v", text, written, b)
			}
		}
	}
}

// TestComments: whatever a comment says, it stays one, and its lines are not long.
func TestComments(t *testing.T) {
	for _, text := range append(odd, strings.Repeat("many words ", 50)) {
		p := &page{}
		p.comment("  ", "%s", text)
		var got any
		if err := yaml.Unmarshal([]byte(p.String()+"a: 1\n"), &got); err != nil || fmt.Sprint(got) != "map[a:1]" {
			t.Errorf("%q: %v, %v", text, got, err)
		}
		for line := range strings.Lines(p.String()) {
			if len(line) > width+1 {
				t.Errorf("%q: %d columns", text, len(line))
			}
		}
	}
}

// TestOddDocument: texts of a document stay texts in both files, wherever they come from.
func TestOddDocument(t *testing.T) {
	for _, text := range odd {
		if text == "" || strings.ContainsAny(text, "{}") {
			continue
		}
		doc := &openapi3.T{
			OpenAPI: "3.0.3", Info: &openapi3.Info{Title: text, Version: "1"}, Servers: openapi3.Servers{{URL: text}},
			Security: openapi3.SecurityRequirements{{text: nil}}, Paths: openapi3.NewPaths(),
			Components: &openapi3.Components{SecuritySchemes: openapi3.SecuritySchemes{text: {Value: &openapi3.SecurityScheme{
				Type: "apiKey", In: "header", Name: text, Description: text,
			}}}},
		}
		id := openapi3.NewPathParameter(text).WithSchema(openapi3.NewStringSchema())
		doc.Paths.Set("/x/{"+text+"}/"+text, &openapi3.PathItem{Delete: &openapi3.Operation{
			OperationID: text, Parameters: openapi3.Parameters{{Value: id}},
			Responses: openapi3.NewResponses(openapi3.WithStatus(204, &openapi3.ResponseRef{
				Value: openapi3.NewResponse().WithDescription(text),
			})),
		}})
		p := Plan{
			Contract: contract.New(doc, "", nil), Document: text, File: text, Path: func(string) string { return "$" },
			Gaps: []Gap{{Pointer: text, Message: text, Action: "- " + quote(text), Rows: 1}},
		}
		for name, file := range map[string]string{"conformance.yaml": p.Configuration(), "overlay.yaml": p.Overlay()} {
			var got map[string]any
			if err := yaml.Unmarshal([]byte(file), &got); err != nil {
				t.Errorf("%q: %s: %v\n%s", text, name, err, file)
			}
			if len(got) > 5 {
				t.Errorf("%q: %s: %v", text, name, got)
			}
		}
	}
}
