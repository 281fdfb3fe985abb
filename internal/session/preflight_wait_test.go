package session_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"conformance"
	"conformance/internal/contract"
	"conformance/internal/inprocess"
	"conformance/internal/probe"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/suite"
)

// say answers with that status, media type and body; %s in it is the path.
func say(status int, mediaType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", mediaType)
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, strings.ReplaceAll(body, "%s", r.URL.Path))
	}
}

const (
	html     = "text/html; charset=utf-8"
	jsonType = "application/json"
)

// TestAlwaysLimited: a target that answers nothing but 429 ends preflight; no key is blamed.
func TestAlwaysLimited(t *testing.T) {
	c, err := contract.Load(conformance.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		retryAfter, asks string
		most             time.Duration
	}{
		{"", "does not say how long to wait", 2 * time.Minute}, {"7", "asks to wait 7s", 2 * time.Minute},
		{"3600", "asks to wait 1h0m0s", time.Second},
	} {
		t.Run(tt.asks, func(t *testing.T) {
			target, err := inprocess.New(c, sandbox.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer target.Close()
			target.Transport = probe.InProcess(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if tt.retryAfter != "" {
					w.Header().Set("Retry-After", tt.retryAfter)
				}
				say(429, jsonType, `{"success": false, "error": "rate_limited", "message": "slow down"}`)(w, r)
			}), target.Clock)
			started := target.Clock.Now()
			r := quickRun(t, c, target.Target)
			if len(r.Checks) > 0 || len(r.Notes) != 1 ||
				!strings.Contains(r.Notes[0], "answers 429 rate_limited to GET /assets") ||
				!strings.Contains(r.Notes[0], tt.asks) || strings.Contains(r.Notes[0], "credentials.") {
				t.Errorf("%d rows, notes %q", len(r.Checks), r.Notes)
			}
			if waited := target.Clock.Now().Sub(started); waited > tt.most {
				t.Errorf("waited %s", waited)
			}
		})
	}
}

// quickRun judges very little of a target.
func quickRun(t *testing.T, c *contract.Contract, target runner.Target) result.Run {
	t.Helper()
	plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Quick, Only: []string{"AUTH-001"}})
	plan.Deselected = nil
	r, err := runner.Judge(t.Context(), target, plan, runner.Options{Concurrency: 4})
	if err != nil {
		t.Fatal(err)
	}
	r.Finish()
	return r
}
