package suite_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"conformance/internal/config"
	"conformance/internal/contract"
	"conformance/internal/document"
	"conformance/internal/generate"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/suite"
)

// expiring is a server whose tokens serve three requests; the next one is in a file.
type expiring struct {
	mu   sync.Mutex
	file string
	n    int // of the token
	left int // requests that it serves
}

func (s *expiring) next(t *testing.T) {
	s.n, s.left = s.n+1, 3
	if err := os.WriteFile(s.file, fmt.Appendf(nil, "%s\n", s.token()), 0o600); err != nil {
		t.Error(err)
	}
}

func (s *expiring) token() string { return fmt.Sprintf("tok-%04d-canary-of-length", s.n) }

// TestTokensRunOut: a token that runs out in the middle of a run is asked for again, whatever request meets the 401; a
// request without a token, or with a wrong one, is refused as before. No token is in what a run keeps.
func TestTokensRunOut(t *testing.T) {
	s := &expiring{file: filepath.Join(t.TempDir(), "token")}
	s.next(t)
	served := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if r.Header.Get("Authorization") != "Bearer "+s.token() {
			w.Header().Set("WWW-Authenticate", "Bearer")
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if served, s.left = served+1, s.left-1; s.left == 0 {
			s.next(t)
		}
		if r.URL.Query().Get("limit") != "" && strings.Trim(r.URL.Query().Get("limit"), "0123456789") != "" {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	defer server.Close()
	d, err := document.Parse("pens.yaml", []byte(`
openapi: 3.0.3
info: {title: Pens, version: "1"}
security: [{token: []}]
components: {securitySchemes: {token: {type: http, scheme: bearer}}}
paths:
  /pens:
    get:
      operationId: listPens
      parameters: [{name: limit, in: query, schema: {type: integer}}]
      responses: {"200": {description: Pens.}, "400": {description: Wrong.}, "401": {description: Unknown.}}
`))
	if err != nil {
		t.Fatal(err)
	}
	written := fmt.Appendf(nil, "credentials: {full: {command: [cat, %q]}}", s.file)
	file, err := config.Parse("conformance.yaml", written, nil)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1e9, 0)
	file.Credentials[0].Command.Now = func() time.Time { // a minute passes between any two questions
		now = now.Add(time.Minute)
		return now
	}
	if err := file.Credentials.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := contract.New(d.Doc, d.SHA256, generate.Fitting)
	plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Full, Only: []string{"AUTH-*", "VALID-006"}})
	run, err := runner.Judge(t.Context(), runner.Target{URL: server.URL, File: file}, plan, runner.Options{Concurrency: 1})
	if err != nil {
		t.Fatal(err)
	}
	passed := 0
	for _, row := range run.Checks {
		if row.Outcome == result.Pass {
			passed++
		}
		if row.Outcome != result.Pass && row.Outcome != result.Skip {
			t.Errorf("%s %s: %s %s %v", row.ID, row.Variant, row.Outcome, row.Reason, row.Differences)
		}
	}
	if s.n < 3 || passed < 15 {
		t.Errorf("%d tokens were given out, %d requests served, %d rows passed", s.n, served, passed)
	}
	if text, err := json.Marshal(run); err != nil || strings.Contains(string(text), "canary") {
		t.Errorf("a token is in the results, %v", err)
	}
}
