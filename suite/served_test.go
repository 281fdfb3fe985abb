package suite_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"conformance/internal/config"
	"conformance/internal/contract"
	"conformance/internal/document"
	"conformance/internal/generate"
	"conformance/internal/inprocess"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/suite"
)

const forms = "../internal/contract/testdata/forms/"

// TestServedForms: whatever a document says, the server that is made of it keeps it. go test ./... tries a dozen small
// documents, CONFORMANCE_EXAM=all each of them and those of $CONFORMANCE_DOCUMENTS.
func TestServedForms(t *testing.T) {
	files := []string{
		"body-any-media-type.yaml", "body-array.yaml", "body-form.yaml", "body-multipart.yaml", "body-recursive.yaml",
		"body-texts.yaml",
		"challenge-www-authenticate.yaml", "error-html.yaml",
		"error-json-string.yaml", "error-problem-json.yaml", "key-or.yaml", "version-2.0.yaml", "where-message.yaml",
	}
	for i, name := range files {
		files[i] = forms + name
	}
	if os.Getenv("CONFORMANCE_EXAM") == "all" {
		files = nil
		for _, folder := range []string{forms, os.Getenv("CONFORMANCE_DOCUMENTS")} {
			for _, kind := range []string{"*.yaml", "*.json"} {
				found, _ := filepath.Glob(filepath.Join(folder, kind))
				files = append(files, found...)
			}
		}
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			if strings.HasSuffix(file, "/not-openapi.yaml") {
				t.Skip("it is no OpenAPI document")
			}
			c := read(t, file)
			target, err := inprocess.New(c, sandbox.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer target.Close()
			run := judgeBy(t, c, target.Target)
			if len(run.Checks) == 0 {
				t.Error("there is no row")
			}
			for _, row := range run.Checks {
				downgraded := row.Assumed && row.Outcome == result.Fail // as a run does it with a vendor's document
				if row.Level == result.Must && row.Outcome != result.Pass && row.Outcome != result.Skip && !downgraded {
					t.Errorf("%s %s %s: %s %s %v", row.ID, row.Operation, row.Variant, row.Outcome, row.Reason, row.Differences)
				}
			}
		})
	}
}

// TestServedIDs: an id that its record shows as any text, and its address wants as a UUID, is one; a refusal whose
// document wants a list is a list.
func TestServedIDs(t *testing.T) {
	d, err := document.Parse("pens.yaml", []byte(strings.NewReplacer(
		"type: integer, minimum: 1}, example: 7", "type: string, format: uuid}", "id: {type: integer}", "id: {type: string}",
		"400\": {description: Wrong.}", "400\": {description: Wrong., content: {application/json: {schema: "+
			"{type: array, minItems: 1, items: {type: string}}}}}",
	).Replace(pens)))
	if err != nil {
		t.Fatal(err)
	}
	c := contract.New(d.Doc, d.SHA256, generate.Fitting)
	target, err := inprocess.New(c, sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	passed := 0
	for _, row := range judgeBy(t, c, target.Target).Checks {
		switch {
		case row.Outcome == result.Pass && row.Operation == "changePen":
			passed++
		case row.Outcome != result.Pass && row.Outcome != result.Skip && !row.Assumed:
			t.Errorf("%s %s %s: %s %s %v", row.ID, row.Operation, row.Variant, row.Outcome, row.Reason, row.Differences)
		}
	}
	if passed < 10 {
		t.Errorf("only %d rows of changePen pass", passed)
	}
}

// read has a file as a contract, as the command line reads it.
func read(t *testing.T, file string) *contract.Contract {
	t.Helper()
	d, err := document.Read(file, document.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return contract.New(d.Doc, d.SHA256, generate.Fitting)
}

func judgeBy(t *testing.T, c *contract.Contract, target runner.Target) result.Run {
	t.Helper()
	plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Core})
	run, err := runner.Judge(t.Context(), target, plan, runner.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

const pens = `
openapi: 3.0.3
info: {title: Pens, version: "1"}
paths:
  /pens:
    post:
      operationId: makePen
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Pen'}}}}
      responses: {"201": {description: Made., content: {application/json: {schema: {$ref: '#/components/schemas/Made'}}}}}
  /pens/{pen}:
    parameters: [{name: pen, in: path, required: true, schema: {type: integer, minimum: 1}, example: 7}]
    get:
      operationId: readPen
      responses: {"200": {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/Made'}}}}}
    patch:
      operationId: changePen
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Pen'}}}}
      responses: {"200": {description: Changed.}, "400": {description: Wrong.}}
    delete:
      operationId: dropPen
      responses: {"204": {description: Gone.}}
components:
  schemas:
    Pen: {type: object, required: [ink], properties: {ink: {type: string}}}
    Made: {type: object, properties: {id: {type: integer}, ink: {type: string}}}
`

// TestNoIDIsMadeUp: where a server does not answer a create with the id that its document promises, nothing is written
// to the ids that a request would have by itself: they may be somebody's.
func TestNoIDIsMadeUp(t *testing.T) {
	d, err := document.Parse("pens.yaml", []byte(pens))
	if err != nil {
		t.Fatal(err)
	}
	c := contract.New(d.Doc, d.SHA256, generate.Fitting)
	var mu sync.Mutex
	var harm []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		owned := slices.Contains([]string{"/pens/1", "/pens/7", "/pens/{pen}"}, r.URL.Path)
		switch {
		case r.Method == http.MethodPost:
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte(`{"id":null}`))
		case !owned:
			w.WriteHeader(http.StatusNotFound)
		case r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions:
			mu.Lock()
			defer mu.Unlock()
			harm = append(harm, r.Method+" "+r.URL.Path)
		}
	}))
	defer server.Close()
	file, err := config.Parse("conformance.yaml", []byte("writes: all\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	judgeBy(t, c, runner.Target{URL: server.URL, File: file})
	if len(harm) > 0 {
		t.Errorf("%v", harm)
	}
}
