package suite_test

import (
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"conformance/internal/contract"
	"conformance/internal/inprocess"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/internal/session"
	"conformance/suite"
)

// fingerprintSample says how many of the sandbox's faults an ordinary test run tries, in the fault's own situation and
// with three seeds: one in so many. CONFORMANCE_EXAM=all tries every fifth in all situations with five seeds.
const fingerprintSample = 230

// TestFingerprintsStay: one fault is one set of fingerprints, whatever the seed, the ids of the records, the order and
// the time.
func TestFingerprintsStay(t *testing.T) {
	c := embedded(t)
	sample, seeds := fingerprintSample, 3
	exam := os.Getenv("CONFORMANCE_EXAM") == "all"
	if exam {
		sample, seeds = 5, 5
	}
	for _, fault := range sandbox.Faults(c) {
		// By its name: a new fault must not change which of the others are tried.
		if session.Hash(fault.Name)%uint64(sample) != 0 || fault.Situation == contract.Flood {
			continue
		}
		t.Run(fault.Name, func(t *testing.T) {
			t.Parallel()
			s, err := inprocess.New(c, sandbox.Options{Fault: fault.Name, Limit: 1000, Window: 20 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			// The flood's numbers depend on how many requests are under way; its rows are compared with one worker by the
			// self-test.
			selection := runner.Selection{Profile: runner.Full, NoFlood: true}
			if !exam && fault.Situation != "" {
				selection.Only = []string{string(fault.Situation)}
			}
			plan := runner.NewPlan(c, suite.All(), selection)
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
