package runner_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"conformance"
	"conformance/internal/contract"
	"conformance/internal/inprocess"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/suite"
)

// carrier carries requests by a function.
type carrier func(*http.Request) (*http.Response, error)

func (f carrier) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

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

// TestOneOperationDoesNotAnswer: what waits for it is one reason, it is asked a few times only, and all else is judged.
func TestOneOperationDoesNotAnswer(t *testing.T) {
	for _, tt := range []struct{ method, path, operation string }{
		{"PATCH", "/jobs", "updateJobStatus"}, // set-up of others too
		{"GET", "/assets", "listAssets"},      // asked before all others, by preflight
	} {
		t.Run(tt.operation, func(t *testing.T) {
			c, target := embedded(t)
			var hung atomic.Int64
			next := target.Transport
			target.Transport = carrier(func(r *http.Request) (*http.Response, error) {
				if r.Method == tt.method && strings.HasSuffix(r.URL.Path, tt.path) && !r.URL.Query().Has("action") {
					hung.Add(1)
					return nil, context.DeadlineExceeded
				}
				return next.RoundTrip(r)
			})
			plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Core})
			const workers = 4
			r, err := runner.Judge(t.Context(), target.Target, plan, runner.Options{Concurrency: workers, MaxErrors: 50})
			if err != nil {
				t.Fatal(err)
			}
			r.Finish()
			reasons := map[string]int{}
			for _, row := range r.Checks {
				if row.Outcome == result.Error {
					reasons[row.Reason]++
				}
			}
			named := 0
			for reason, rows := range reasons {
				if strings.HasPrefix(reason, tt.operation+" did not answer within 10s three times; its other ") &&
					strings.HasSuffix(reason, " checks were not sent") {
					named++
				}
				t.Logf("%d rows: %s", rows, reason)
			}
			if named != 1 || r.Verdict != result.Inconclusive || r.Counts.Pass < r.Counts.Total()/2 {
				t.Errorf("named %d times, %s, %+v, %v", named, r.Verdict, r.Counts, r.Notes)
			}
			if len(r.Checks) != plan.Size()+len(plan.Deselected) {
				t.Errorf("%d rows of %d", len(r.Checks), plan.Size())
			}
			// Each operation of the path is asked three times by as many as wait at once, and by preflight.
			if most := int64(len(c.Paths[0].Operations)+8) * 3 * workers; hung.Load() > most {
				t.Errorf("asked %d times without an answer, more than %d", hung.Load(), most)
			}
		})
	}
}

// TestLimitEndsARun: what had its turn is kept, the rest is named, what was made is put to rest.
func TestLimitEndsARun(t *testing.T) {
	c, target := embedded(t)
	var fire func()
	var n, after atomic.Int64
	var ended atomic.Bool
	var allowed []time.Duration
	next := target.Transport
	target.Transport = carrier(func(r *http.Request) (*http.Response, error) {
		if n.Add(1) == 1500 {
			fire()
		} else if ended.Load() {
			after.Add(1)
		}
		return next.RoundTrip(r)
	})
	o := runner.Options{Concurrency: 4, MaxDuration: time.Minute, Alarm: func(d time.Duration, f func()) func() bool {
		if allowed = append(allowed, d); fire == nil {
			fire = f
		}
		ended.Store(len(allowed) == 2)
		return func() bool { return true }
	}}
	plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Core})
	r, err := runner.Judge(t.Context(), target.Target, plan, o)
	if err != nil {
		t.Fatal(err)
	}
	r.Finish()
	missing := 0
	for _, row := range r.Checks {
		if row.Reason == "not run: the run had taken 1m0s (--max-duration)" && row.Outcome == result.Error {
			missing++
		} else if row.Outcome == result.Error {
			t.Errorf("%s %s: %s", row.ID, row.Operation, row.Reason)
		}
	}
	told := slices.ContainsFunc(r.Notes, func(note string) bool {
		return strings.HasPrefix(note, "The run was ended after 1m0s: ") && strings.Contains(note, "--max-duration")
	})
	if missing == 0 || r.Counts.Pass == 0 || r.Verdict != result.Inconclusive || len(r.Checks) != plan.Size() || !told {
		t.Errorf("%d missing, %s, %+v, %d rows of %d, notes %q", missing, r.Verdict, r.Counts, len(r.Checks), plan.Size(),
			r.Notes)
	}
	if after.Load() == 0 {
		t.Error("nothing was put to rest")
	}
	if len(allowed) != 2 || allowed[0] != time.Minute || allowed[1] > time.Minute {
		t.Errorf("alarms %v: one for the run, one for what follows", allowed)
	}
}

// TestCleanUpCutOff: where the time for cleaning up runs out, the ledger says that the run is not over.
func TestCleanUpCutOff(t *testing.T) {
	for _, cut := range []bool{false, true} {
		c, target := embedded(t)
		var fire func()
		var n atomic.Int64
		next := target.Transport
		target.Transport = carrier(func(r *http.Request) (*http.Response, error) {
			if n.Add(1) == 500 {
				fire()
			}
			return next.RoundTrip(r)
		})
		file := filepath.Join(t.TempDir(), "ledger.jsonl")
		plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Core})
		_, err := runner.Judge(t.Context(), target.Target, plan, runner.Options{
			Concurrency: 4, MaxDuration: time.Minute, Ledger: file,
			Alarm: func(_ time.Duration, f func()) func() bool {
				if fire == nil {
					fire = f
				} else if cut {
					f()
				}
				return func() bool { return true }
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(file)
		if err != nil || strings.Contains(string(text), `"state":"ended"`) == cut {
			t.Errorf("cut off %v: %v, the ledger ends with %q", cut, err, text[max(0, len(text)-100):])
		}
	}
}

// TestLimitEndsPreflight: also where no check has begun; then no row is lost either.
func TestLimitEndsPreflight(t *testing.T) {
	c, target := embedded(t)
	plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Quick})
	next, n := target.Transport, 0
	var fire func()
	target.Transport = carrier(func(r *http.Request) (*http.Response, error) {
		if n++; n == 2 {
			fire()
		}
		return next.RoundTrip(r)
	})
	r, err := runner.Judge(t.Context(), target.Target, plan,
		runner.Options{Alarm: func(_ time.Duration, f func()) func() bool {
			fire = f
			return func() bool { return true }
		}})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Checks) != plan.Size()+len(plan.Deselected) || !strings.Contains(strings.Join(r.Notes, " "), "10m0s") {
		t.Errorf("%d rows of %d, notes %q", len(r.Checks), plan.Size(), r.Notes)
	}
}

// TestEstimate: requests by their latency, or by a rate if that takes longer.
func TestEstimate(t *testing.T) {
	tests := []struct {
		requests, concurrency int
		latency               time.Duration
		rates                 []float64
		want                  time.Duration
	}{
		{1600, 16, 50 * time.Millisecond, nil, 5 * time.Second},
		{1600, 16, 50 * time.Millisecond, []float64{0, 0}, 5 * time.Second},
		{1600, 16, 50 * time.Millisecond, []float64{0, 10}, 160 * time.Second},
		{1600, 16, 50 * time.Millisecond, []float64{100, 10_000}, 16 * time.Second},
		{100, 0, time.Second, nil, 100 * time.Second},
	}
	for _, tt := range tests {
		if got := runner.Takes(tt.requests, tt.latency, tt.concurrency, tt.rates...); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}

// TestLimitFollowsTheEstimate: ten times what the run is estimated to take, and never less than ten minutes.
func TestLimitFollowsTheEstimate(t *testing.T) {
	for _, tt := range []struct{ rps, least float64 }{{0, 10}, {1, 100}} {
		c, target := embedded(t)
		plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Quick, NoFlood: true})
		var b runner.Beginning
		ctx, cancel := context.WithCancel(t.Context())
		_, err := runner.Judge(
			ctx,
			target.Target,
			plan,
			runner.Options{Concurrency: 4, MaxRPS: tt.rps, Begin: func(began runner.Beginning) {
				b = began
				cancel()
			}},
		)
		if err != nil {
			t.Fatal(err)
		}
		if tt.rps > 0 && b.Takes < time.Duration(b.Requests)*time.Second {
			t.Errorf("%d requests at %.0f a second take %s", b.Requests, tt.rps, b.Takes)
		}
		if b.Limit < 10*time.Minute || b.Limit < 10*b.Takes || tt.rps == 0 && b.Limit != 10*time.Minute {
			t.Errorf("ends after %s, estimated %s", b.Limit, b.Takes)
		}
	}
}
