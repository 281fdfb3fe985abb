package suite_test

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"conformance/internal/inprocess"
	"conformance/internal/probe"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/suite"
)

// TestCrash: a request that ends the connection three times in a row is a finding, if the same request without its
// fault succeeds before and after. What ends one connection or two says nothing.
func TestCrash(t *testing.T) {
	for name, k := range map[string]struct {
		drops   int64 // so many requests without a key end the connection; a read that is not answered is sent twice
		dead    bool  // afterwards nothing is answered any more
		outcome result.Outcome
	}{
		"never":                       {0, false, result.Pass},
		"once":                        {1, false, result.Pass},
		"three times":                 {3, false, result.Error},
		"always":                      {100, false, result.Fail},
		"always, and then it is dead": {100, true, result.Error},
	} {
		for _, network := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				var dropped atomic.Int64 // a connection of its own is a goroutine of its own
				row := judgeOneRow(t, network, func(sound http.Handler) http.HandlerFunc {
					return func(w http.ResponseWriter, r *http.Request) {
						keyless, lost := len(r.Header.Values("X-API-Key")) == 0, dropped.Load()
						if keyless && lost < k.drops || k.dead && lost > 0 {
							dropped.Add(1)
							panic(http.ErrAbortHandler)
						}
						sound.ServeHTTP(w, r)
					}
				})
				if row.Outcome != k.outcome {
					t.Fatalf("over connections %t: %s, want %s: %s", network, row.Outcome, k.outcome, row.Reason)
				}
				if k.outcome != result.Fail {
					return
				}
				if len(row.Differences) != 1 || row.Differences[0].Rule != result.Survives || len(row.Exchanges) < 4 {
					t.Errorf("%d exchanges, %v", len(row.Exchanges), row.Differences)
				}
				if message := row.Failures()[0].Message; !strings.Contains(message, "3 times in a row") {
					t.Error(message)
				}
			})
		}
	}
}

// TestLossIsNoCrash: a network that loses one answer in five, whatever was asked, loses some of them several times in a
// row. That is no request that ends the server.
func TestLossIsNoCrash(t *testing.T) {
	c := embedded(t)
	target, err := inprocess.New(c, sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	random, lost := rand.New(rand.NewPCG(1, 2)), 0
	target.Transport = probe.InProcess(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if random.IntN(5) == 0 {
			lost++
			panic(http.ErrAbortHandler)
		}
		target.Server.ServeHTTP(w, r)
	}), target.Clock)
	selection := runner.Selection{Profile: runner.Core, NoFlood: true, Only: []string{"VALID-00?"}}
	plan := runner.NewPlan(c, suite.All(), selection)
	run, err := runner.Judge(t.Context(), target.Target, plan, runner.Options{Concurrency: 1, Seed: 1, Bare: true})
	if err != nil {
		t.Fatal(err)
	}
	errors := 0
	for _, row := range run.Checks {
		switch row.Outcome {
		case result.Fail:
			t.Errorf("%s %s %s: %v", row.ID, row.Operation, row.Variant, row.Differences)
		case result.Error:
			errors++
		}
	}
	if lost < 100 || errors < 50 {
		t.Errorf("%d requests lost, %d rows not judged: that shows nothing", lost, errors)
	}
}
