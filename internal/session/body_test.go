package session_test

import (
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"
	"testing"

	"conformance/internal/contract"
	"conformance/internal/document"
	"conformance/internal/generate"
	"conformance/internal/probe"
	"conformance/internal/session"
)

// TestBodies: a valid request has its body in the form that the contract gives: an object, a list of one, neither, or a
// form.
func TestBodies(t *testing.T) {
	const object = `{type: object, required: [note], properties: {note: {type: string, minLength: 3, maxLength: 3}}}`
	for name, k := range map[string]struct{ mediaType, schema, want string }{
		"an object": {"application/json", object, `{"note":"`},
		"a list":    {"application/json", `{type: array, items: ` + object + `}`, `[{"note":"`},
		"a number":  {"application/merge-patch+json", `{type: integer, minimum: 7, maximum: 7}`, "7"},
		"a form":    {"application/x-www-form-urlencoded", object, "note="},
		"parts":     {"multipart/form-data", object, `name="note"`},
	} {
		t.Run(name, func(t *testing.T) {
			r := requestOf(t, k.mediaType, k.schema).Build()
			if !strings.Contains(string(r.Body), k.want) {
				t.Errorf("%s", r.Body)
			}
			var sent string
			for _, h := range r.Header {
				if h.Name == "Content-Type" {
					sent = h.Value
				}
			}
			base, parameters, err := mime.ParseMediaType(sent)
			if err != nil || base != k.mediaType {
				t.Fatalf("Content-Type %q: %v", sent, err)
			}
			switch base {
			case "application/x-www-form-urlencoded":
				if values, err := url.ParseQuery(string(r.Body)); err != nil || len(values.Get("note")) != 3 {
					t.Error(values, err)
				}
			case "multipart/form-data":
				part, err := multipart.NewReader(strings.NewReader(string(r.Body)), parameters["boundary"]).NextPart()
				if err != nil {
					t.Fatal(err)
				}
				if text, _ := io.ReadAll(part); len(text) != 3 {
					t.Errorf("%q", text)
				}
			}
		})
	}
}

// TestFormsHaveFaultsThatShow: in a form everything is a text, so a wrong type is no fault of a text field.
func TestFormsHaveFaultsThatShow(t *testing.T) {
	r := requestOf(t, "application/x-www-form-urlencoded", `{type: object, required: [note, count], properties: {
		note: {type: string, maxLength: 5}, count: {type: integer, minimum: 1}}}`)
	body := r.Operation.Body
	for _, m := range generate.InvalidFields(body) {
		sent := r.Mutated(m).Build()
		values, err := url.ParseQuery(string(sent.Body))
		if err != nil {
			t.Fatal(err)
		}
		count, note := values.Get("count"), values.Get("note")
		if generate.Accepts(body.Schema, map[string]any{"note": note, "count": number(count)}) {
			t.Errorf("%s: %s is right", m.Name, sent.Body)
		}
	}
	if n := len(generate.Missing(body)); n != 2 {
		t.Errorf("%d fields are left out, want 2", n)
	}
}

func number(text string) any {
	if json.Valid([]byte(text)) {
		return json.Number(text)
	}
	return text
}

func requestOf(t *testing.T, mediaType, schema string, headers ...probe.Pair) *session.Request {
	t.Helper()
	d, err := document.Parse("notes.yaml", []byte(`
openapi: 3.0.3
info: {title: Notes, version: "1"}
paths:
  /notes:
    post:
      operationId: makeNote
      requestBody: {required: true, content: {"`+mediaType+`": {schema: `+schema+`}}}
      responses: {"201": {description: made}}
`))
	if err != nil {
		t.Fatal(err)
	}
	c := contract.New(d.Doc, d.SHA256, generate.Fitting)
	for _, g := range c.Gaps {
		t.Error(g.Pointer, g.Message)
	}
	client, err := probe.New(probe.Options{Target: "http://127.0.0.1:1"}, probe.NewRedactor(nil))
	if err != nil {
		t.Fatal(err)
	}
	return session.NewSession(c, client, session.Config{Headers: headers}).Request(c.Operation("makeNote"), nil)
}

// TestHeaders: what the configuration has sent with every request stands in each, before what the operation adds.
func TestHeaders(t *testing.T) {
	r := requestOf(t, "application/json", `{type: object}`, probe.Pair{Name: "X-Gateway", Value: "a"})
	if h := r.Build().Header[0]; h.Name != "X-Gateway" || h.Value != "a" {
		t.Errorf("%+v", h)
	}
}
