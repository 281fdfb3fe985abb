package session_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"conformance/internal/contract"
	"conformance/internal/inprocess"
	"conformance/internal/probe"
	"conformance/internal/result"
	"conformance/internal/sandbox"
)

// TestAnotherAPI: a target that is not this API is distinguished from one that is, at its worst.
func TestAnotherAPI(t *testing.T) {
	everything := func(h http.Handler) func(http.Handler, *http.Request) http.Handler {
		return func(http.Handler, *http.Request) http.Handler { return h }
	}
	// reads gives plain reads of these paths another answer.
	reads := func(h http.Handler, paths ...string) func(http.Handler, *http.Request) http.Handler {
		return func(api http.Handler, r *http.Request) http.Handler {
			for _, path := range paths {
				if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, path) && len(r.Header["X-Api-Key"]) > 0 {
					return h
				}
			}
			return api
		}
	}
	envelope := func(code, message string) string {
		return `{"success": false, "error": "` + code + `", "message": "` + message + `"}`
	}
	lists := []string{"/jobs", "/customers", "/assets", "/inventory"}
	tests := []struct {
		name   string
		change func(api http.Handler, r *http.Request) http.Handler
		other  string // what is said; empty: it is the API
	}{
		{"404 in HTML", everything(say(404, html, "<h1>Not Found</h1>")), "404 with HTML for GET /assets and GET " +
			"/customers and GET /inventory"},
		{"404 in plain text", everything(say(404, "text/plain", "404 page not found\n")), "404 with a body that is not JSON"},
		{"404 without a body", everything(say(404, jsonType, "")), "404 without a body"},
		{"a captive portal", everything(say(200, html, "<html>Please log in</html>")), "200 with HTML"},
		{"HTML that claims to be JSON", everything(say(200, jsonType, "<html>Welcome</html>")), "200 with HTML"},
		{
			"another API's JSON", everything(say(200, jsonType, `{"status": "ok", "items": []}`)),
			"200 with JSON of another shape",
		},
		{"a list of another API", everything(say(200, jsonType, `[1, 2]`)), "200 with JSON of another shape"},
		{
			"another API's 404",
			everything(say(404, jsonType, `{"timestamp": 1, "status": 404, "error": "Not Found", "path": "%s"}`)),
			"404 with JSON of another shape",
		},
		{
			"a gateway's 401", everything(say(401, jsonType, `{"message": "No API key found in request"}`)),
			"401 with JSON of another shape",
		},
		{
			"a gateway's 404 in the API's envelope", everything(say(404, jsonType, envelope("not_found", "no route for %s"))),
			"404 not_found, like any path that does not exist,",
		},
		{
			"the same without naming the path", everything(say(404, jsonType, envelope("not_found", "no such route"))),
			"404 not_found, like any path that does not exist,",
		},

		{"the API", everything(nil), ""},
		{"a wrong key", everything(say(401, jsonType, envelope("unauthorized", "who are you?"))), ""},
		{"a key without rights", everything(say(403, jsonType, envelope("forbidden", "not yours"))), ""},
		{"it is broken", everything(say(500, jsonType, envelope("internal_error", "sorry"))), ""},
		{"its envelope is not quite right", everything(say(401, jsonType, `{"error": "unauthorized"}`)), ""},
		{"its lists are empty", reads(say(200, jsonType, `{"success": true, "data": []}`), lists...), ""},
		{
			"empty lists are not found, as documented",
			reads(say(404, jsonType, envelope("not_found", "you have none")), lists...), "",
		},
		{"the same in the words of an unknown path", func(api http.Handler, r *http.Request) http.Handler {
			if strings.HasSuffix(r.URL.Path, "-nowhere") {
				return say(404, jsonType, envelope("not_found", "none"))
			}
			return reads(say(404, jsonType, envelope("not_found", "none")), lists...)(api, r)
		}, ""},
		{"its lists break their schema", reads(say(200, jsonType, `{"success": "yes", "data": {}}`), lists...), ""},
		{"one list is HTML", reads(say(200, html, "<html>"), "/assets"), ""},
		{"two lists are", reads(say(200, html, "<html>"), "/assets", "/customers"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, target := embedded(t)
			var asked atomic.Int64
			target.Transport = probe.InProcess(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				if h := tt.change(target.Server, r); h != nil {
					h.ServeHTTP(w, r)
					return
				}
				target.Server.ServeHTTP(w, r)
			}), target.Clock)
			r := quickRun(t, c, target.Target)
			refused := len(r.Checks) == 0
			notes := strings.Join(r.Notes, "\n")
			if refused != (tt.other != "") || !strings.Contains(notes, tt.other) {
				t.Errorf("%d rows, notes %q", len(r.Checks), r.Notes)
			}
			if !refused {
				return
			}
			if len(r.Notes) != 1 || !strings.Contains(notes, "/api/v1 does not look like Field Service Enterprise API: ") ||
				!strings.Contains(notes, "; check the base path (the target's is /api/v1, that of the contract's first server "+
					"/api/v1)") ||
				r.Verdict != result.Inconclusive {
				t.Errorf("%s, notes %q", r.Verdict, r.Notes)
			}
			// whether it is there, three reads and, where they are not found, what is nowhere and another method each
			if n := asked.Load(); n > 8 {
				t.Errorf("asked %d times", n)
			}
		})
	}
}

// TestForgottenBasePath: the commonest mistake.
func TestForgottenBasePath(t *testing.T) {
	c, target := embedded(t)
	target.URL = strings.TrimSuffix(target.URL, "/api/v1")
	r := quickRun(t, c, target.Target)
	if len(r.Checks) > 0 || len(r.Notes) != 1 ||
		!strings.Contains(r.Notes[0], "check the base path (the target's is empty, that of the contract's first server "+
			"/api/v1)") {
		t.Errorf("%d rows, notes %q", len(r.Checks), r.Notes)
	}
}

// TestFewPaths: with two readable paths both must be strange; one alone says nothing.
func TestFewPaths(t *testing.T) {
	const document = `
openapi: 3.0.3
info: {title: Few, version: "1"}
security: [{Key: []}]
x-error-envelope: {code: /error, message: /message}
x-situations: {missing-key: {"401": [unauthorized]}}
paths:
  /one:
    get: {operationId: one, responses: &r {"200": {description: ok, content: {application/json: {schema: {type: array, items: {}}}}}, "401": {$ref: '#/components/responses/No'}}}
SECOND
components:
  securitySchemes: {Key: {type: apiKey, in: header, name: X-Key}}
  responses:
    No: {description: no, content: {application/json: {schema: {type: object, required: [error, message], properties: {error: {type: string, enum: [unauthorized]}, message: {type: string}}}}}}
`
	for _, tt := range []struct {
		name, second string
		refused      bool
	}{
		{"two", `  /two: {get: {operationId: two, responses: *r}}`, true},
		{"one", ``, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := contract.Load([]byte(strings.ReplaceAll(document, "SECOND", tt.second)))
			if err != nil {
				t.Fatal(err)
			}
			target, err := inprocess.New(c, sandbox.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer target.Close()
			target.Transport = probe.InProcess(say(404, html, "<html>"), target.Clock)
			r := quickRun(t, c, target.Target)
			if refused := len(r.Checks) == 0; refused != tt.refused {
				t.Errorf("%d rows, notes %q", len(r.Checks), r.Notes)
			}
		})
	}
}

// TestGatewayInFrontIsNamed: what is in front of the API and answers for it is not the API, nor another one.
func TestGatewayInFrontIsNamed(t *testing.T) {
	c, target := embedded(t)
	target.Transport = probe.InProcess(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", html)
		w.Header().Set("Server", "front/1.2")
		w.WriteHeader(http.StatusBadGateway)
	}), target.Clock)
	r := quickRun(t, c, target.Target)
	notes := strings.Join(r.Notes, "\n")
	if len(r.Checks) > 0 || r.Verdict != result.Inconclusive ||
		!strings.Contains(notes, "502 Bad Gateway in HTML from front/1.2") {
		t.Errorf("%d rows, %s, %q", len(r.Checks), r.Verdict, r.Notes)
	}
}
