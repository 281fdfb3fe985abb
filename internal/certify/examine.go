package certify

import (
	"fmt"
	"slices"
	"strings"

	"conformance/internal/result"
)

// The examinations of one run. Each returns what is wrong, a line each; none trusts a number that it can compute.

// scope says whether the run was meant to be a whole one.
func (r *Reference) scope(run result.Run) []string {
	var out []string
	if run.Profile != "full" {
		out = append(out, fmt.Sprintf("the profile is %s, not full", quoted(run.Profile)))
	}
	if run.Shard != "" {
		out = append(out, fmt.Sprintf("it is the part %s of a run", quoted(run.Shard)))
	}
	for _, note := range run.Notes {
		if strings.HasPrefix(note, "--") {
			out = append(out, "it was run with a flag that a certificate does not allow: "+quoted(note))
		}
	}
	return out
}

// comparePlan says how the run's rows differ from those that the suite plans.
func (r *Reference) comparePlan(run result.Run) []string {
	var missing, unexpected, altered []string
	seen := map[rowName]bool{}
	for _, row := range run.Checks {
		name := nameOf(row)
		want, planned := r.rows[name]
		switch {
		case seen[name]:
			unexpected = append(unexpected, "a row that occurs twice: "+quoted(name.String()))
		case !planned:
			unexpected = append(unexpected, "a row that the suite does not plan: "+quoted(name.String()))
		case row.Level != want.Level || row.Situation != want.Situation || row.Assumed != want.Assumed ||
			want.Title != "" &&
				(row.Title != want.Title || row.Source != want.Source || row.SourceURL != want.SourceURL):
			altered = append(altered, "a row whose level, situation, title, source or assumed is not the suite's: "+
				quoted(name.String()))
		}
		seen[name] = true
	}
	for _, want := range r.planned {
		if !seen[nameOf(want)] {
			missing = append(missing, "a row that the suite plans is missing: "+quoted(nameOf(want).String()))
		}
	}
	return slices.Concat(missing, unexpected, altered)
}

// judged says which rows leave open what could have been found out, or contradict themselves.
func (r *Reference) judged(run result.Run) []string {
	var out []string
	for _, row := range run.Checks {
		if why := r.whyNotJudged(row); why != "" {
			out = append(out, quoted(nameOf(row).String())+" "+why)
		}
	}
	return out
}

func (r *Reference) whyNotJudged(row result.Check) string {
	switch {
	case row.Known != nil:
		return "is a known failure: a certificate allows none"
	case row.Outcome == result.Skip && row.ReasonCode.LeavesNothingOpen() && !r.notVerifiable[nameOf(row)]:
		return "was not verified, although a correct server of the contract allows it: " + quoted(row.Reason)
	case row.Outcome == result.Skip && !row.ReasonCode.LeavesNothingOpen():
		return "was skipped (" + quoted(string(row.ReasonCode)) + "): " + quoted(row.Reason)
	case row.Outcome == result.Flaky:
		return "is flaky: " + quoted(row.Reason)
	case row.Outcome == result.Error:
		return "could not be judged: " + quoted(row.Reason)
	case row.Outcome == result.Warn && row.Level != result.Should:
		return "is a MUST that only warns"
	case row.Outcome == result.Fail && row.Level != result.Must:
		return "is a SHOULD that fails: it can only warn"
	case row.Outcome == result.Pass && len(row.Differences) > 0:
		return "passes and has a failure"
	case row.Outcome == result.Warn && len(row.Differences) == 0:
		return "warns without a failure"
	case !slices.Contains([]result.Outcome{result.Pass, result.Warn, result.Skip, result.Fail}, row.Outcome):
		return "has the outcome " + quoted(string(row.Outcome)) + ", which does not exist"
	}
	return ""
}

// recompute says whether counts and verdict follow from the rows, and the verdict is the one that a certificate needs.
func recompute(run result.Run) (counts, verdict []string) {
	again := run
	again.Checks = slices.Clone(run.Checks)
	again.Finish()
	if again.Counts != run.Counts {
		counts = append(counts, fmt.Sprintf("the counts are reported as %s; the rows give %s", countsText(run.Counts),
			countsText(again.Counts)))
	}
	if !slices.EqualFunc(again.Checks, run.Checks, func(a, b result.Check) bool { return nameOf(a) == nameOf(b) }) {
		counts = append(counts, "the rows are not in their order")
	}
	if again.Verdict != run.Verdict || again.Complete != run.Complete {
		verdict = append(verdict, fmt.Sprintf("the verdict is reported as %s (complete: %t); the rows give %s (complete: %t)",
			quoted(string(run.Verdict)), run.Complete, again.Verdict, again.Complete))
	}
	if again.Verdict != result.Conformant {
		verdict = append(verdict, fmt.Sprintf("the rows give %s: %d of them fail, %d could not be judged", again.Verdict,
			again.Counts.Fail, again.Counts.Error))
	}
	return counts, verdict
}

func countsText(n result.Counts) string {
	return fmt.Sprintf("%d pass, %d fail, %d flaky, %d warn, %d error, %d skip", n.Pass, n.Fail, n.Flaky,
		n.Warn, n.Error, n.Skip)
}

// covered says whether the coverage can be true, and is as wide as the contract lets it be. That a pair was provoked
// shows in a row: one of its operation and situation was judged.
func (r *Reference) covered(run result.Run) []string {
	var out []string
	judged := map[result.Pair]bool{}
	for _, row := range run.Checks {
		if row.Outcome == result.Pass || row.Outcome == result.Warn || row.Outcome == result.Fail {
			judged[result.Pair{Operation: row.Operation, Situation: row.Situation}] = true
		}
	}
	unprovoked := map[result.Pair]bool{}
	for _, p := range run.Coverage.Unprovoked {
		switch at := quoted(p.Operation + " " + p.Situation); {
		case !r.documented[p] || unprovoked[p]:
			out = append(out, "a pair that the contract does not document, or that occurs twice: "+at)
		case !r.unprovoked[p]:
			out = append(out, "never provoked, although a correct server of the contract allows it: "+at)
		}
		unprovoked[p] = true
	}
	if c := run.Coverage; c.Documented != len(r.documented) || c.Provoked != len(r.documented)-len(c.Unprovoked) {
		out = append(out, fmt.Sprintf("coverage is reported as %d of %d; the contract documents %d pairs, of which %d are "+
			"listed as unprovoked",
			c.Provoked, c.Documented, len(r.documented), len(c.Unprovoked)))
	}
	for _, p := range r.contract.Pairs() {
		pair := result.Pair{Operation: p.Name(), Situation: string(p.Situation)}
		if !unprovoked[pair] && !judged[pair] {
			out = append(out, "reported as provoked, but no row shows it: "+quoted(pair.Operation+" "+pair.Situation))
		}
	}
	return out
}
