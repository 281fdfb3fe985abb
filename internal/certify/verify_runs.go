package certify

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"conformance/internal/result"
)

// each examines both runs.
func (v *verification) each(examine func(result.Run) []string) []string {
	var wrong []string
	for i, run := range v.runs {
		if run == nil {
			continue
		}
		for _, text := range examine(*run) {
			wrong = append(wrong, fmt.Sprintf("run %d: %s", i+1, text))
		}
	}
	return wrong
}

// comparable says that the rows can be held against the plan: it is the same contract and the same suite.
func (v *verification) comparable() bool {
	return !slices.ContainsFunc(v.found, func(p Property) bool {
		return p.State == Refuted && p.Name == "contract" || p.State == Refuted && p.Name == "suite"
	})
}

// rows holds both runs against what the suite plans, and computes again what they say of themselves.
func (v *verification) rows() {
	if v.runs[0] == nil || v.runs[1] == nil {
		return
	}
	if v.comparable() {
		n := len(v.reference.planned)
		v.conclude("rows", v.each(v.reference.comparePlan), "%d in each run, exactly those that the suite plans for this "+
			"contract", n)
		v.conclude("judged", v.each(v.reference.judged), "every row but %s that the contract gives no means to verify",
			v.unverified())
		v.conclude("coverage", v.each(v.reference.covered), "%d of %d pairs of operation and situation",
			v.runs[0].Coverage.Provoked, v.runs[0].Coverage.Documented)
	} else {
		for _, name := range []string{"rows", "judged", "coverage"} {
			v.note(name, Open, "not examined: the contract or the suite differs")
		}
	}
	counts := v.each(func(r result.Run) []string { n, _ := recompute(r); return n })
	verdict := v.each(func(r result.Run) []string { _, text := recompute(r); return text })
	v.conclude("counts", counts, "%s; %s: counted again", countsText(v.runs[0].Counts), countsText(v.runs[1].Counts))
	v.conclude("verdict", verdict, "both runs conformant and complete, by their rows")
}

// unverified says how many rows stayed open.
func (v *verification) unverified() string {
	_, _, open := tests([2]result.Run{*v.runs[0], *v.runs[1]})
	return fmt.Sprintf("%d", len(open))
}

func (v *verification) seeds() {
	var wrong []string
	if v.runs[0].Seed == v.runs[1].Seed {
		wrong = append(wrong, fmt.Sprintf("both runs have the seed %d: the second repeats the first", v.runs[0].Seed))
	}
	if v.runs[0].Target != v.runs[1].Target {
		wrong = append(wrong, fmt.Sprintf("the runs have different targets: %s and %s", quoted(v.runs[0].Target),
			quoted(v.runs[1].Target)))
	}
	v.conclude("seeds", wrong, "%d and %d, the same target", v.runs[0].Seed, v.runs[1].Seed)
}

// longestRun is how long a run can take without doubt.
const longestRun = 7 * 24 * time.Hour

func (v *verification) times() {
	var wrong []string
	for i, run := range v.runs {
		switch {
		case run.DurationMS < 0 || run.DurationMS > longestRun.Milliseconds():
			wrong = append(wrong, fmt.Sprintf("run %d is reported to have taken %d ms", i+1, run.DurationMS))
		case run.Requests < run.Counts.Pass/2: // a request may serve several rows, but not everything
			wrong = append(wrong, fmt.Sprintf("run %d is reported to have judged %d rows with %d requests", i+1, run.Counts.Pass,
				run.Requests))
		case ended(*run).After(v.options.Now.Add(maxClockSkew)):
			wrong = append(wrong, fmt.Sprintf("run %d ended in the future, at %s", i+1, ended(*run).UTC().Format(time.RFC3339)))
		}
	}
	if v.runs[1].Started.Before(ended(*v.runs[0])) {
		wrong = append(wrong, "run 2 began before run 1 had ended")
	}
	v.conclude("times", wrong, "run 2 after run 1, none in the future")
}

func (v *verification) age() {
	end := ended(*v.runs[1])
	age := v.options.Now.Sub(end)
	var wrong []string
	if v.options.MaxAge > 0 && age > v.options.MaxAge {
		wrong = append(wrong, fmt.Sprintf("certified %d days ago, on %s; %d is the most", int(age.Hours()/24),
			end.UTC().Format(time.DateOnly), int(v.options.MaxAge.Hours()/24)))
	}
	limit := "of any age"
	if v.options.MaxAge > 0 {
		limit = "valid until " + end.Add(v.options.MaxAge).UTC().Format(time.DateOnly)
	}
	v.conclude("age", wrong, "certified on %s, %s", end.UTC().Format(time.DateOnly), limit)
}

// tests makes the statement again from everything else and compares what is left of it: result, tests, annotations.
func (v *verification) tests() {
	if v.statement == nil || !v.comparable() {
		return
	}
	have := v.statement
	want := v.reference.state(have.Subject[0], [2]result.Run{*v.runs[0], *v.runs[1]}, v.bundle.Files)
	var wrong []string
	for _, c := range []struct {
		what       string
		have, want any
	}{
		{"result", have.Predicate.Result, want.Predicate.Result},
		{"passedTests", have.Predicate.PassedTests, want.Predicate.PassedTests},
		{"warnedTests", have.Predicate.WarnedTests, want.Predicate.WarnedTests},
		{"failedTests", have.Predicate.FailedTests, want.Predicate.FailedTests},
		{"configuration", have.Predicate.Configuration, want.Predicate.Configuration},
		{"subject", have.Subject, want.Subject},
	} {
		if !reflect.DeepEqual(c.have, c.want) {
			wrong = append(wrong, "the statement's "+c.what+" does not follow from the runs")
		}
	}
	p := want.Predicate
	v.conclude("tests", wrong, "%s: %d checks passed, %d warned, as the runs say; %d rest on what the contract assumes",
		p.Result,
		len(p.PassedTests), len(p.WarnedTests), len(want.configured("suite").Annotations.Assumed))
}
