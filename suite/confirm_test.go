package suite_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"conformance/internal/check"
	"conformance/internal/inprocess"
	"conformance/internal/probe"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/suite"
)

// TestSecondTry: what fails is tried again, once; what passes costs no request more. A proven acceptance fails at
// first sight, but over a connection that others had used it is sent again over a new one.
func TestSecondTry(t *testing.T) {
	broken := func(w http.ResponseWriter, status int) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`{"success": true, "data": []}`))
	}
	for name, k := range map[string]struct {
		bad     func(n int64) int // status of the nth answer to what has no key; 0: the sandbox's
		network bool              // over connections, else in the process
		outcome result.Outcome
		asked   int64 // requests without a key
	}{
		"sound":                      {func(int64) int { return 0 }, false, result.Pass, 1},
		"always broken":              {func(int64) int { return 500 }, false, result.Fail, 2},
		"broken once":                {func(n int64) int { return 500 * max(0, 2-int(n)) }, false, result.Flaky, 2},
		"always accepted":            {func(int64) int { return 200 }, false, result.Fail, 1},
		"accepted once":              {func(n int64) int { return 200 * max(0, 2-int(n)) }, false, result.Fail, 1},
		"always accepted, reused":    {func(int64) int { return 200 }, true, result.Fail, 2},
		"accepted once, reused":      {func(n int64) int { return 200 * max(0, 2-int(n)) }, true, result.Flaky, 2},
		"accepted, then broken":      {func(n int64) int { return 200 + 300*int(min(n-1, 1)) }, true, result.Flaky, 2},
		"broken in two ways, always": {func(n int64) int { return 499 + int(n) }, false, result.Fail, 2},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			row := judgeOneRow(t, k.network, func(sound http.Handler) http.HandlerFunc {
				return func(w http.ResponseWriter, r *http.Request) {
					if len(r.Header.Values("X-API-Key")) == 0 {
						if status := k.bad(asked.Add(1)); status > 0 {
							broken(w, status)
							return
						}
					}
					sound.ServeHTTP(w, r)
				}
			})
			if row.Outcome != k.outcome || asked.Load() != k.asked {
				t.Fatalf("%s after %d requests, want %s after %d: %s", row.Outcome, asked.Load(), k.outcome, k.asked, row.Reason)
			}
			if k.outcome != result.Flaky {
				return
			}
			first, second := 0, 0
			for _, x := range row.Exchanges {
				if x.Second {
					second++
				} else {
					first++
				}
			}
			if first == 0 || second == 0 || len(row.Differences) == 0 || !strings.Contains(row.Reason, "the second try") {
				t.Errorf("exchanges %d and %d, differences %d, reason %q", first, second, len(row.Differences), row.Reason)
			}
		})
	}
}

// judgeOneRow has a request without a key to one reading operation judged, on a sandbox behind front.
func judgeOneRow(t *testing.T, network bool, front func(sound http.Handler) http.HandlerFunc) result.Check {
	t.Helper()
	c := embedded(t)
	target, err := inprocess.New(c, sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	if network {
		server := httptest.NewServer(front(target.Server))
		defer server.Close()
		target.URL, target.Transport = server.URL+target.Server.BasePath(), nil
	} else {
		target.Transport = probe.InProcess(front(target.Server), target.Clock)
	}
	plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Full, Only: []string{"AUTH-001"}})
	at := slices.IndexFunc(plan.Cases, func(k check.Case) bool { return k.Subject.Operation.Reads() })
	plan.Cases = plan.Cases[at : at+1]
	plan.Cases[0].Variants = plan.Cases[0].Variants[:1]
	run, err := runner.Judge(t.Context(), target.Target, plan, runner.Options{Concurrency: 1, Seed: 1, Bare: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range run.Checks {
		if row.ReasonCode != result.Deselected {
			return row
		}
	}
	t.Fatal("no row")
	return result.Check{}
}
