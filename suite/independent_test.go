package suite_test

import (
	"os"
	"slices"
	"testing"
	"time"

	"conformance"
	"conformance/internal/contract"
	"conformance/internal/inprocess"
	"conformance/internal/probe"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/suite"
)

// judge runs the whole suite against the independent server, in one process and without waiting.
func judge(t testing.TB, o independentOptions, s runner.Selection) ([]result.Check, result.Coverage) {
	t.Helper()
	clock := probe.NewStopped(time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC))
	o.Now, o.Limit, o.Window = clock.Now, 200, 30*time.Second
	server := newIndependent(o)
	c := embedded(t)
	target := inprocess.Handler(server, indBase, configurationOf(server, ""), clock)
	plan := runner.NewPlan(c, suite.All(), s)
	r, err := runner.Judge(t.Context(), target, plan, runner.Options{Concurrency: 8, Bare: o.Fault != ""})
	if err != nil {
		t.Fatal(err)
	}
	return r.Checks, r.Coverage
}

func embedded(t testing.TB) *contract.Contract {
	t.Helper()
	c, err := contract.Load(conformance.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestIndependentServerConforms(t *testing.T) {
	for _, dialect := range []string{"plain", "other"} {
		t.Run(dialect, func(t *testing.T) {
			rows, coverage := judge(t, independentOptions{Dialect: dialect}, runner.Selection{Profile: runner.Full})
			for _, row := range rows {
				switch {
				case row.Outcome == result.Pass, row.ReasonCode == result.NotVerifiable, row.ReasonCode == result.NotApplicable:
				default:
					t.Errorf("%s %s %q: %s %s %+v", row.ID, row.Operation, row.Variant, row.Outcome, row.Reason, row.Differences)
				}
			}
			if len(rows) == 0 || coverage.Provoked == 0 {
				t.Fatal("nothing ran")
			}
			if path := os.Getenv("CONFORMANCE_SHOW"); path != "" {
				for _, row := range rows {
					if row.Outcome == result.Skip {
						t.Logf("%s %s %q: %s", row.ID, row.Operation, row.Variant, row.Reason)
					}
				}
				t.Log(len(rows), coverage)
			}
		})
	}
}

// tolerated are faults of the independent server that the suite passes over or only warns about, with the reason.
var tolerated = map[string]string{
	"default-priority-low":       outOfScope,
	"put-not-saved":              outOfScope,
	"asset-tag-too-short":        "success bodies are assumed by the contract: a warning",
	"create-job-200":             "success statuses are assumed by the contract: a warning",
	"list-without-pagination":    "success bodies are assumed by the contract: a warning",
	"scheduled-end-takes-a-date": "lenient parsers of good libraries do so: a warning",
	"trailing-garbage-accepted":  "lenient parsers of good libraries do so: a warning",
}

const outOfScope = "what a success does is no part of the error contract"

// sample is how many of the faults an ordinary test run tries, in the situation that they break: every twenty-fourth.
const sample = 24

// TestIndependentFaultsAreFound is the suite's own exam: faults that its authors did not choose. CONFORMANCE_EXAM=all
// tries them all.
func TestIndependentFaultsAreFound(t *testing.T) {
	exam := os.Getenv("CONFORMANCE_EXAM") == "all"
	for i, fault := range independentFaults {
		if !exam && i%sample != 0 {
			continue
		}
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			selection := runner.Selection{Profile: runner.Full}
			if !exam && fault.situation != "" {
				selection.Only = []string{fault.situation}
			}
			rows, _ := judge(t, independentOptions{Fault: fault.name}, selection)
			failed, warned := map[string]bool{}, map[string]bool{}
			for _, row := range rows {
				switch row.Outcome {
				case result.Fail:
					failed[row.Situation] = true
				case result.Warn:
					warned[row.Situation] = true
				}
			}
			lenient := fault.should || tolerated[fault.name] != ""
			if len(failed) == 0 && (!lenient || len(warned) == 0) && tolerated[fault.name] != outOfScope {
				t.Errorf("not found: %s (warned: %v)", fault.clause, sortedKeys(warned))
			}
		})
	}
}

func sortedKeys(m map[string]bool) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
