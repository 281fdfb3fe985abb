package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"conformance/internal/result"
)

// Comparison is how one run differs from an earlier one of the same contract. Its JSON form is for machines that gate
// on it.
type Comparison struct {
	Old Side `json:"old"`
	New Side `json:"new"`
	// NewlyFailing rows differ from the contract in a way that the old run did not have, by fingerprint, or that weighed
	// less there.
	NewlyFailing []Change `json:"newly_failing"`
	Fixed        []Change `json:"fixed"`         // broke the contract in the old run, pass in the new
	StillFailing []Change `json:"still_failing"` // in both
	// NewlySkipped rows were judged in the old run and not in the new one: skipped, broken, or, under one version of the
	// suite, missing; whatever came out before.
	NewlySkipped []Change `json:"newly_skipped"`
	NewChecks    []string `json:"new_checks"`     // ids that only the new run knows
	Retired      []string `json:"retired_checks"` // ids that only the old run knows
	Slower       []Slower `json:"slower"`
}

// Side says which run a side of a comparison was.
type Side struct {
	Started  string          `json:"started"` // RFC 3339
	Target   string          `json:"target"`
	Version  string          `json:"suite_version"`
	Contract result.Contract `json:"contract"`
	Verdict  result.Verdict  `json:"verdict"`
	Counts   result.Counts   `json:"counts"`
}

// Change is a row with what became of it on either side; a side is empty where its run had no such row.
type Change struct {
	ID        string         `json:"id"`
	Operation string         `json:"operation"`
	Variant   string         `json:"variant"`
	Situation string         `json:"situation"`
	Title     string         `json:"title"`
	Old       result.Outcome `json:"old"`
	New       result.Outcome `json:"new"`
	Detail    string         `json:"detail"` // what differs now, or why it was not judged; of a fixed row, what differed
}

// Slower is a situation whose rows take clearly longer than before. Durations are medians over the rows that both runs
// judged.
type Slower struct {
	Situation string  `json:"situation"`
	Rows      int     `json:"rows"`
	OldMS     float64 `json:"old_ms"`
	NewMS     float64 `json:"new_ms"`
}

// What counts as clearly slower: medians over enough rows, twice as long, and by more than a busy machine explains.
const (
	slowerRows   = 5
	slowerFactor = 2.0
	slowerByMS   = 20.0
)

// Compare says what changed from the old run to the new one. Runs that were judged by different contracts differ for
// that reason alone, so that comparing them is an error unless forced.
func Compare(old, new result.Run, force bool) (Comparison, error) {
	if old.Contract.SHA256 != new.Contract.SHA256 && !force {
		return Comparison{}, fmt.Errorf("compare: the runs were judged by different contracts: %s and %s; compare runs of "+
			"one contract, or force it",
			contractName(old.Contract), contractName(new.Contract))
	}
	c := Comparison{Old: side(old), New: side(new)}
	before := map[[3]string]*result.Check{}
	for i := range old.Checks {
		before[key(&old.Checks[i])] = &old.Checks[i]
	}
	missing, known := maps.Clone(before), knownIn(old)
	for i := range new.Checks {
		row := &new.Checks[i]
		c.sort(before[key(row)], row, known)
		delete(missing, key(row))
	}
	if old.Suite.Version == new.Suite.Version {
		c.missing(old, missing)
	}
	c.NewChecks, c.Retired = onlyIn(new, old), onlyIn(old, new)
	c.Slower = slower(before, new)
	return c, nil
}

// Regression reports whether the new run is worse in what it proves: a row newly breaks the contract, or is no longer
// judged. That a newer suite retired a check is none, nor is being slower.
func (c Comparison) Regression() bool {
	return len(c.NewlyFailing) > 0 || len(c.NewlySkipped) > 0
}

func contractName(c result.Contract) string {
	return line(fmt.Sprintf("%s %s (sha256 %s)", c.Title, c.Version, cut(c.SHA256, 13)), 100)
}

func side(r result.Run) Side {
	return Side{
		r.Started.UTC().Format("2006-01-02T15:04:05Z"), r.Target, r.Suite.Version, r.Contract, r.Verdict,
		result.CountOf(r.Checks),
	}
}

// key is what a row is known by in both runs, whatever its variant was called when it ran.
func key(c *result.Check) [3]string {
	return [3]string{c.ID, c.Operation, result.CurrentVariant(c.ID, c.Variant)}
}

// outcomeRank orders the outcomes that say something of the target: 0 is fine, -1 says nothing.
func outcomeRank(o result.Outcome) int {
	switch o {
	case result.Pass:
		return 0
	case result.Warn:
		return 1
	case result.Fail:
		return 2
	default:
		return -1
	}
}

// knownIn is how much each difference of a run weighs there, by fingerprint.
func knownIn(r result.Run) map[string]int {
	known := map[string]int{}
	for i := range r.Checks {
		for _, f := range r.Checks[i].Fingerprints() {
			known[f] = max(known[f], outcomeRank(r.Checks[i].Outcome))
		}
	}
	return known
}

// wasKnown says that the old run had every difference of the row, weighing as much. What an earlier version of the
// suite wrote has no rules, and its fingerprints cannot be compared: there the row's outcome decides.
func wasKnown(old, row *result.Check, known map[string]int) bool {
	if old != nil && slices.ContainsFunc(old.Differences, func(d result.Difference) bool { return d.Rule == "" }) {
		return outcomeRank(old.Outcome) >= outcomeRank(row.Outcome)
	}
	for _, f := range row.Fingerprints() {
		if known[f] < outcomeRank(row.Outcome) {
			return false
		}
	}
	return len(row.Differences) > 0 || old != nil && outcomeRank(old.Outcome) >= outcomeRank(row.Outcome)
}

// sort puts a row of the new run where it belongs; old is nil if there was none.
func (c *Comparison) sort(old, row *result.Check, known map[string]int) {
	was := -1
	change := Change{
		ID: row.ID, Operation: row.Operation, Variant: row.Variant, Situation: row.Situation, Title: row.Title,
		New: row.Outcome,
	}
	if old != nil {
		change.Old, was = old.Outcome, outcomeRank(old.Outcome)
	}
	is := outcomeRank(row.Outcome)
	switch {
	case is > 0 && wasKnown(old, row, known):
		change.Detail = headline(*row)
		c.StillFailing = append(c.StillFailing, change)
	case is > 0:
		change.Detail = headline(*row)
		c.NewlyFailing = append(c.NewlyFailing, change)
	case is == 0 && was > 0:
		change.Detail = headline(*old)
		c.Fixed = append(c.Fixed, change)
	case is < 0 && was >= 0:
		change.Detail = line(why(*row), 300)
		c.NewlySkipped = append(c.NewlySkipped, change)
	}
}

// missing notes the rows that only the old run judged: it was cut short, or ran less.
func (c *Comparison) missing(old result.Run, gone map[[3]string]*result.Check) {
	for i := range old.Checks {
		row := &old.Checks[i]
		if gone[key(row)] != nil && outcomeRank(row.Outcome) >= 0 {
			c.NewlySkipped = append(c.NewlySkipped, Change{
				ID: row.ID, Operation: row.Operation, Variant: result.CurrentVariant(row.ID, row.Variant), Situation: row.Situation,
				Title: row.Title, Old: row.Outcome,
				Detail: "the new run has no such row",
			})
		}
	}
}

// onlyIn are the checks of a run that the other does not know.
func onlyIn(a, b result.Run) []string {
	known := map[string]bool{}
	for i := range b.Checks {
		known[b.Checks[i].ID] = true
	}
	var ids []string
	for i := range a.Checks {
		if id := a.Checks[i].ID; !known[id] {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// slower compares only rows that were judged on both sides, so that neither new variants nor time-outs pass for
// slowness.
func slower(before map[[3]string]*result.Check, new result.Run) []Slower {
	durations := map[string]*[2][]float64{}
	for i := range new.Checks {
		row := &new.Checks[i]
		old := before[key(row)]
		if old == nil || outcomeRank(old.Outcome) < 0 || outcomeRank(row.Outcome) < 0 {
			continue
		}
		if durations[row.Situation] == nil {
			durations[row.Situation] = &[2][]float64{}
		}
		d := durations[row.Situation]
		d[0], d[1] = append(d[0], old.DurationMS), append(d[1], row.DurationMS)
	}
	var out []Slower
	for situation, d := range durations {
		s := Slower{situation, len(d[0]), median(d[0]), median(d[1])}
		if s.Rows >= slowerRows && s.NewMS >= s.OldMS*slowerFactor && s.NewMS-s.OldMS >= slowerByMS {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b Slower) int {
		return cmp.Or(cmp.Compare(b.NewMS-b.OldMS, a.NewMS-a.OldMS), cmp.Compare(a.Situation, b.Situation))
	})
	return out
}

func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	if n%2 == 1 {
		return values[n/2]
	}
	return (values[n/2-1] + values[n/2]) / 2
}
