package session_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"

	"conformance"
	"conformance/internal/contract"
	"conformance/internal/inprocess"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/suite"
)

// resetting breaks the connection of the first two times that a request with a key is sent, after it was carried out.
type resetting struct {
	http.RoundTripper
	key   string // the header
	err   error  // what its sender sees
	mu    sync.Mutex
	times map[string]int
}

// RoundTrip passes a request on.
func (r *resetting) RoundTrip(q *http.Request) (*http.Response, error) {
	res, err := r.RoundTripper.RoundTrip(q)
	r.mu.Lock()
	defer r.mu.Unlock()
	name := q.Method + " " + q.URL.String() + " " + fmt.Sprint(q.Header)
	if r.times[name]++; r.times[name] <= 2 && err == nil && len(q.Header[r.key]) > 0 {
		_ = res.Body.Close()
		return nil, r.err
	}
	return res, err
}

// embedded is the embedded contract with a correct server of it.
func embedded(t *testing.T) (*contract.Contract, *inprocess.Sandbox) {
	t.Helper()
	c, err := contract.Load(conformance.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	target, err := inprocess.New(c, sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = target.Close() })
	return c, target
}

// TestPreflightSurvivesResets: requests of preflight that lose their connection are sent again, and the run goes on.
func TestPreflightSurvivesResets(t *testing.T) {
	c, target := embedded(t)
	target.Transport = &resetting{
		RoundTripper: target.Transport, key: c.Secured().Security.Name, err: syscall.ECONNRESET, times: map[string]int{},
	}
	plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Quick, Only: []string{"AUTH-001"}})
	r, err := runner.Judge(t.Context(), target.Target, plan, runner.Options{Concurrency: 4})
	if err != nil {
		t.Fatal(err)
	}
	for _, note := range r.Notes {
		t.Error(note)
	}
	if len(r.Checks) == 0 {
		t.Error("nothing was tried")
	}
}

// TestPreflightWaitsOnce: what timed out is not asked again.
func TestPreflightWaitsOnce(t *testing.T) {
	c, target := embedded(t)
	hangs := &resetting{
		RoundTripper: target.Transport, key: c.Secured().Security.Name, err: context.DeadlineExceeded,
		times: map[string]int{},
	}
	target.Transport = hangs
	plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Quick, Only: []string{"AUTH-001"}})
	if _, err := runner.Judge(t.Context(), target.Target, plan, runner.Options{Concurrency: 1}); err != nil {
		t.Fatal(err)
	}
	for name, n := range hangs.times {
		if n > 1 && strings.Contains(name, hangs.key) {
			t.Errorf("asked %d times: %s", n, name)
		}
	}
}
