package judge_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"conformance/internal/contract"
	"conformance/internal/document"
	"conformance/internal/generate"
	"conformance/internal/judge"
	"conformance/internal/probe"
)

// TestFormsOfErrors: an error is judged in the form that its response documents: JSON of any type, text, nothing.
func TestFormsOfErrors(t *testing.T) {
	const (
		text    = `{description: no, content: {application/json: {schema: {type: string}}}}`
		plain   = `{description: no, content: {text/plain: {schema: {type: string}}}}`
		empty   = `{description: no}`
		problem = `{description: no, content: {application/problem+json: {schema: {type: object, required: [title], ` +
			`properties: {title: {type: string}, status: {type: integer}, type: {type: string}}}}}}`
		coded = `{description: no, content: {application/json: {schema: {type: object, properties: {error: {type: object, ` +
			`properties: {code: {enum: [gone, lost], type: string}, message: {type: string}}}}}}}}`
	)
	for name, k := range map[string]struct {
		response, mediaType, body string
		wrong                     string // the places of the differences, quoted
	}{
		"a JSON string":                   {text, "application/json", `"no such note"`, ""},
		"an object in place of a string":  {text, "application/json", `{}`, `""`},
		"a number in place of a string":   {text, "application/json", `7`, `""`},
		"text that is no JSON":            {text, "application/json", `no such note`, `"body"`},
		"plain text":                      {plain, "text/plain; charset=utf-8", "no such note", ""},
		"HTML in place of plain text":     {plain, "text/html", "<p>no", `"Content-Type"`},
		"an answer without a body":        {empty, "", "", ""},
		"a body where none is documented": {empty, "text/plain", "no such note", ""},
		"a problem":                       {problem, "application/problem+json", `{"title":"no","status":404}`, ""},
		"a problem of another status":     {problem, "application/problem+json", `{"title":"no","status":400}`, `"/status"`},
		"a problem as plain JSON":         {problem, "application/json", `{"title":"no"}`, `"Content-Type"`},
		"a problem without a title":       {problem, "application/problem+json", `{}`, `"/title"`},
		"a code and a message": {
			coded, "application/json", `{"error":{"code":"gone","message":"There is none."}}`, "",
		},
		"a code that is not listed": {
			coded, "application/json", `{"error":{"code":"away","message":"There is none."}}`, `"/error/code"`,
		},
		"no message, which the schema does not require": {coded, "application/json", `{"error":{"code":"gone"}}`, ""},
		"a message that repeats a code of one word": {
			coded, "application/json", `{"error":{"code":"gone","message":"gone"}}`, "",
		},
		"a message that repeats a code of several": {
			strings.Replace(coded, "gone,", "note_gone,", 1), "application/json",
			`{"error":{"code":"note_gone","message":"note_gone"}}`, `"/error/message"`,
		},
		"a message that repeats a number": {
			strings.Replace(coded, "gone,", `"E17",`, 1), "application/json",
			`{"error":{"code":"E17","message":"E17"}}`, `"/error/message"`,
		},
		"an array": {coded, "application/json", `[]`, `"body"`},
	} {
		t.Run(name, func(t *testing.T) {
			c := notes(t, k.response)
			a := &probe.Answer{
				Status: 404, Header: http.Header{"Content-Type": {k.mediaType}}, Body: []byte(k.body),
				Request: &probe.Request{},
			}
			if k.mediaType == "" {
				a.Header = http.Header{}
			}
			var at []string
			for _, d := range judge.Refusal(c, c.Operation("readNote"), []contract.SituationID{contract.UnknownRecord}, a) {
				at = append(at, strconv.Quote(d.At))
			}
			if got := strings.Join(at, " "); got != k.wrong {
				t.Errorf("got differences at %s, want %s", got, k.wrong)
			}
		})
	}
}

func notes(t *testing.T, response string) *contract.Contract {
	t.Helper()
	d, err := document.Parse("notes.yaml", []byte(`
openapi: 3.0.3
info: {title: Notes, version: "1"}
paths:
  /notes/{id}:
    get:
      operationId: readNote
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: it}, "404": `+response+`}
`))
	if err != nil {
		t.Fatal(err)
	}
	return contract.New(d.Doc, d.SHA256, generate.Fitting)
}

// TestOfAnotherRequest: what an operation documents for a record that is not there is not about paths that are none.
func TestOfAnotherRequest(t *testing.T) {
	c := notes(t, `{description: no, content: {application/json: {schema: {type: string}}}}`)
	a := &probe.Answer{
		Status: 404, Header: http.Header{"Content-Type": {"text/html"}}, Body: []byte("<p>no such page"),
		Request: &probe.Request{},
	}
	for id, differ := range map[contract.SituationID]bool{
		contract.UnknownRecord: true, contract.UnknownPath: false, contract.WrongMethod: false,
	} {
		found := judge.Refusal(c, c.Operation("readNote"), []contract.SituationID{id}, a)
		if (len(found) > 0) != differ {
			t.Errorf("%s: %v", id, found)
		}
	}
}
