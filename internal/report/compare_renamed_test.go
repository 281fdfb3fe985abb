package report

import (
	"testing"

	"conformance/internal/result"
)

// TestCompareFollowsRenamedVariants: a run from before a variant was renamed has the same rows and the same failures.
func TestCompareFollowsRenamedVariants(t *testing.T) {
	run := func(variant string, outcome result.Outcome) result.Run {
		row := result.Check{ID: "AUTH-002", Operation: "getThing", Variant: variant, Level: result.Must, Outcome: outcome}
		if outcome == result.Fail {
			row.Differences = []result.Difference{{Kind: result.KindStatus, Rule: result.MustRefuse, At: "status", Got: "200"}}
		}
		r := result.Run{Checks: []result.Check{row}}
		r.Finish()
		return r
	}
	const before, now = "words of programs", "reserved words"
	for name, c := range map[string]struct {
		old, new result.Run
		kind     string // the only list that is not empty
	}{
		"still failing": {run(before, result.Fail), run(now, result.Fail), "Still failing"},
		"fixed":         {run(before, result.Fail), run(now, result.Pass), "Fixed"},
		"newly failing": {run(before, result.Pass), run(now, result.Fail), "Newly failing"},
		"same":          {run(before, result.Pass), run(now, result.Pass), ""},
		"backwards":     {run(now, result.Pass), run(before, result.Pass), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Compare(c.old, c.new, false)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range got.kinds() {
				if want := k.title == c.kind; want != (len(k.list) == 1) {
					t.Errorf("%s: %d rows, want %t", k.title, len(k.list), want)
				}
			}
		})
	}
}
