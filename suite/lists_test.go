package suite_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/config"
	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/suite"
)

// lists is an API whose bodies and parameters are lists, and that may be asked without a body.
const lists = `
openapi: 3.0.3
info: {title: Lists, version: "1"}
paths:
  /notes:
    post:
      operationId: postNotes
      requestBody:
        required: true
        content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Note'}}}}
      responses: {"200": {description: Done.}, "400": {description: Wrong.}}
  /searches/{kind}:
    post:
      operationId: search
      parameters:
        - {name: kind, in: path, required: true, schema: {type: string, enum: [short, long]}}
        - {name: word, in: query, required: true, schema: {type: array, items: {type: string}}}
        - {name: page, in: query, schema: {type: array, items: {type: integer}}}
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
      responses: {"200": {description: Found.}, "400": {description: Wrong.}}
components:
  schemas:
    Note: {type: object, required: [text], properties: {text: {type: string}}}
`

// TestLists: each bad request to such an API has one fault, and what its document allows is none.
func TestLists(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData([]byte(lists))
	if err != nil {
		t.Fatal(err)
	}
	c := contract.New(doc, "", generate.Fitting)
	var mu sync.Mutex
	sent := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		sent[r.URL.Path+" "+string(body)] = true
		if !listsTakes(r, body) {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	defer server.Close()
	file, err := config.Parse("conformance.yaml", []byte("writes: all\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Core, Only: []string{"VALID-*", "ACCEPT-*"}})
	run, err := runner.Judge(t.Context(), runner.Target{URL: server.URL, File: file}, plan, runner.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, row := range run.Checks {
		seen[row.ID+" "+row.Operation+" "+row.Variant] = true
		if row.Outcome != result.Pass && row.ReasonCode != result.Deselected {
			t.Errorf("%s %s %s: %s %s %v", row.ID, row.Operation, row.Variant, row.Outcome, row.Reason, row.Differences)
		}
	}
	for _, row := range []string{
		"VALID-004 postNotes object", "VALID-004 postNotes array", "VALID-005 postNotes ",
		"VALID-006 search page: items: type: text", "VALID-006 search kind: enum: unknown word",
	} {
		if !seen[row] {
			t.Errorf("there is no row %s", row)
		}
	}
	if !sent["/notes [{}]"] || sent["/notes {}"] {
		t.Error("the list around an empty object is missing")
	}
	for request := range sent {
		if body, ok := strings.CutPrefix(request, "/notes {"); ok && !json.Valid([]byte("{"+body)) {
			t.Errorf("two faults: %s", request)
		}
	}
}

// listsTakes says that the request is as the document has it.
func listsTakes(r *http.Request, body []byte) bool {
	type note struct {
		Text *string `json:"text"`
	}
	var notes []note
	if r.URL.Path == "/notes" {
		if json.Unmarshal(body, &notes) != nil || notes == nil {
			return false
		}
	} else if len(body) > 0 {
		if json.Unmarshal(append(append([]byte("["), body...), ']'), &notes) != nil || bytes.Equal(body, []byte("null")) {
			return false
		}
		if strings.Contains(r.URL.RawQuery, "word=%5B") {
			return false // a list is not written as JSON
		}
	}
	for _, n := range notes {
		if n.Text == nil {
			return false
		}
	}
	for _, page := range r.URL.Query()["page"] {
		if strings.Trim(page, "0123456789") != "" {
			return false
		}
	}
	return r.URL.Path == "/notes" || strings.HasSuffix(r.URL.Path, "/short") || strings.HasSuffix(r.URL.Path, "/long")
}
