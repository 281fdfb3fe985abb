package suite_test

import (
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"conformance/internal/inprocess"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/suite"
)

// fingerprintSample is which of the sandbox's faults an ordinary test run tries, with three seeds. CONFORMANCE_EXAM=all
// tries every fifth with five.
const fingerprintSample = 230

// TestFingerprintsStay: one fault is one set of fingerprints, whatever the seed, the ids of the records, the order and
// the time.
func TestFingerprintsStay(t *testing.T) {
	c := embedded(t)
	// The flood's numbers depend on how many requests are under way; its rows are compared with one worker by the
	// self-test.
	plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Full, NoFlood: true})
	sample, seeds := fingerprintSample, 3
	if os.Getenv("CONFORMANCE_EXAM") == "all" {
		sample, seeds = 5, 5
	}
	for i, fault := range sandbox.Faults(c) {
		if i%sample != 0 {
			continue
		}
		t.Run(fault.Name, func(t *testing.T) {
			t.Parallel()
			s, err := inprocess.New(c, sandbox.Options{Fault: fault.Name, Limit: 1000, Window: 20 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			var first map[string]string
			for seed := range seeds { // records are numbered on from run to run
				got := fingerprints(t, s.Target, plan, runner.Options{Seed: int64(seed), Concurrency: 1 + 3*seed})
				if first == nil {
					first = got
				}
				for _, f := range difference(first, got) {
					t.Errorf("only with seed 0: %s", first[f])
				}
				for _, f := range difference(got, first) {
					t.Errorf("only with seed %d: %s", seed, got[f])
				}
			}
		})
	}
}

// difference are the keys that only a has.
func difference(a, b map[string]string) []string {
	var out []string
	for _, f := range slices.Sorted(maps.Keys(a)) {
		if _, ok := b[f]; !ok {
			out = append(out, f)
		}
	}
	return out
}

// fingerprints are those of a run, each with what it stands for.
func fingerprints(t *testing.T, target runner.Target, plan *runner.Plan, o runner.Options) map[string]string {
	t.Helper()
	r, err := runner.Judge(t.Context(), target, plan, o)
	if err != nil {
		t.Fatal(err)
	}
	r.Finish()
	out := map[string]string{}
	for _, row := range r.Checks {
		if row.Outcome != result.Fail && row.Outcome != result.Warn {
			continue
		}
		for _, d := range row.Differences {
			out[d.Fingerprint] = row.ID + " " + row.Operation + " " + row.Variant + " [" + row.VariantKey + "] " +
				string(d.Kind) + " " +
				string(d.Rule) + " " + d.Place() + " part " + d.Part + ": got " + d.Got
		}
	}
	return out
}
