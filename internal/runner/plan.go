// Package runner owns what happens between the list of checks and their rows: which are selected, in what order and how
// many at a time they run, what has been covered, and the Ginkgo specs that run them. It knows nothing of flags,
// reports or of what a check asserts.
package runner

import (
	"fmt"
	"maps"
	"path"
	"slices"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/result"
)

// Profile says how much of the suite runs.
type Profile string

// Profiles: every MUST on one operation per path and situation; every MUST; everything.
const (
	Quick Profile = "quick"
	Core  Profile = "core"
	Full  Profile = "full"
)

// Selection is what the user asked for.
type Selection struct {
	Profile  Profile
	Only     []string // globs over id, operation or situation; none: everything
	Skip     []Skip
	Labels   Labels // nil: whatever their labels
	NoFlood  bool
	NoWrites bool
	// Shard of Shards, counted from 1; 0 of 0: everything. The floods are all in the first.
	Shard, Shards int
}

// ShardName is "2/5", or empty where the selection is no part of another.
func (s Selection) ShardName() string {
	if s.Shards == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.Shard, s.Shards)
}

// Skip leaves out what the glob matches.
type Skip struct{ Glob, Reason string }

// Plan is what will run, in order, and the rows of what will not.
type Plan struct {
	Contract   *contract.Contract
	Selection  Selection
	Cases      []check.Case
	Deselected []result.Check
}

// NewPlan selects from the checks. A glob is one of path.Match: * and ? within a name.
func NewPlan(c *contract.Contract, checks []*check.Check, s Selection) *Plan {
	p := &Plan{Contract: c, Selection: s}
	all := check.Cases(c, checks)
	quick := func(check.Case, check.Variant) bool { return true }
	if s.Profile == Quick {
		quick = oneEach(c, all)
	}
	for i, k := range all {
		if s.inOtherShard(i, k) {
			continue
		}
		if s.Profile != Full && k.Check.Level == result.Should {
			continue // not part of the profile, rather than left out of it
		}
		var kept []check.Variant
		for _, v := range k.Variants {
			row := k.Row(c, v)
			reason := s.deselects(k, row)
			if reason == "" && !quick(k, v) {
				reason = "the quick profile tries one operation per path and situation"
			}
			if reason == "" {
				kept = append(kept, v)
				continue
			}
			row.Outcome, row.Reason, row.ReasonCode = result.Skip, reason, result.Deselected
			p.Deselected = append(p.Deselected, row)
		}
		if len(kept) > 0 {
			k.Variants = kept
			p.Cases = append(p.Cases, k)
		}
	}
	return p
}

// inOtherShard says that the i-th case belongs to another shard.
func (s Selection) inOtherShard(i int, k check.Case) bool {
	if s.Shards < 2 {
		return false
	}
	if k.Check.Floods || k.Check.Last {
		i = 0
	}
	return i%s.Shards != s.Shard-1
}

func (s Selection) deselects(k check.Case, row result.Check) string {
	matches := func(glob string) bool {
		return slices.ContainsFunc([]string{row.ID, row.Operation, row.Situation}, func(name string) bool {
			ok, _ := path.Match(glob, name) // the pattern was checked when it was read
			return ok
		})
	}
	if reason := k.Subject.NotJudged(); reason != "" {
		return "x-not-judged: " + reason
	}
	if len(s.Only) > 0 && !slices.ContainsFunc(s.Only, matches) {
		return "not selected by --only"
	}
	if s.Labels != nil && !s.Labels(rowLabels(row)) {
		return "not selected by --label-filter"
	}
	for _, skip := range s.Skip {
		if matches(skip.Glob) {
			return fmt.Sprintf("--skip %s: %s", skip.Glob, skip.Reason)
		}
	}
	switch {
	case s.NoFlood && k.Check.Floods:
		return "--no-flood"
	case s.NoWrites && k.Check.Writes && k.Subject.Operation != nil && !k.Subject.Operation.Reads():
		return "--no-writes: the check has a write succeed"
	}
	return ""
}

// quickVariants is how many variants of a case the quick profile tries.
const quickVariants = 8

// oneEach chooses, for every URL and situation, the first check and one operation: a read if there is one, because it
// leaves nothing behind. Of its variants the first few will do.
func oneEach(c *contract.Contract, all []check.Case) func(check.Case, check.Variant) bool {
	type slot struct{ url, situation string }
	chosen := map[slot]check.Case{}
	tried := map[slot]int{}
	of := func(k check.Case, v check.Variant) slot { return slot{k.Subject.Path.URL, k.Row(c, v).Situation} }
	reads := func(k check.Case) bool { return k.Subject.Operation != nil && k.Subject.Operation.Reads() }
	for _, k := range all {
		for _, v := range k.Variants {
			have, taken := chosen[of(k, v)]
			if !taken || have.Check == k.Check && reads(k) && !reads(have) {
				chosen[of(k, v)] = k
			}
		}
	}
	return func(k check.Case, v check.Variant) bool {
		at := of(k, v)
		if have := chosen[at]; have.Check != k.Check || have.Subject != k.Subject {
			return false
		}
		tried[at]++
		return tried[at] <= quickVariants
	}
}

// Size is the number of rows that will be tried.
func (p *Plan) Size() int {
	n := 0
	for _, k := range p.Cases {
		n += len(k.Variants)
	}
	return n
}

// Requests is about how many requests the plan takes: one for a row, and as many again for every ten to set up and read
// back.
func (p *Plan) Requests() int {
	n := p.Size()
	for _, k := range p.Cases {
		if k.Check.Lanes > 0 {
			n += 2 * len(k.Variants) // written to and read back, or brought to where they must be
		}
	}
	return n + n/10
}

// floods says whether some check that floods will run on the operation.
func (p *Plan) floods(o *contract.Operation) bool {
	return slices.ContainsFunc(p.Cases, func(k check.Case) bool { return k.Check.Floods && k.Subject.Operation == o })
}

// Floods is how many tiers the plan floods.
func (p *Plan) Floods() int { return len(p.floodedTiers()) }

// floodedTiers are those that the plan floods, sorted.
func (p *Plan) floodedTiers() []string {
	tiers := map[string]bool{}
	for _, k := range p.Cases {
		if k.Check.Floods && k.Subject.Operation != nil {
			tiers[k.Subject.Operation.Tier] = true
		}
	}
	return slices.Sorted(maps.Keys(tiers))
}
