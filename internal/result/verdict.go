package result

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Exit statuses that follow from a finished run. The command line adds its own for usage errors and interruption.
const (
	ExitConformant    = 0
	ExitNonconformant = 1
	ExitInconclusive  = 3
)

// Finish turns recorded rows into a result: it settles their outcomes, makes them unique, sorts them by (ID, Operation,
// Variant) so that two runs can be compared line by line, counts them, and sets Verdict and Complete: whether
// everything that can be verified was selected and could be judged. Calling it again changes nothing.
func (r *Run) Finish() {
	settle(r.Checks)
	distinguish(r.Checks)
	for i := range r.Checks {
		r.Checks[i].identify()
	}
	slices.SortStableFunc(r.Checks, func(a, b Check) int {
		return cmp.Or(natural(a.ID, b.ID), natural(a.Operation, b.Operation), natural(a.Variant, b.Variant))
	})
	r.Counts = CountOf(r.Checks)
	r.Verdict = verdictOf(r.Checks, r.FlakyAs)
	r.Complete = r.Shard == "" && r.Gaps == 0 && len(r.Checks) > 0 && !slices.ContainsFunc(r.Checks, func(c Check) bool {
		return c.Outcome == Skip && !c.ReasonCode.LeavesNothingOpen()
	})
}

// settle enforces what a reader relies on: a SHOULD never fails, it warns; and a row that nobody judged is an error,
// never a pass.
func settle(checks []Check) {
	for i := range checks {
		c := &checks[i]
		switch c.Outcome {
		case Fail:
			if c.Level == Should {
				c.Outcome = Warn
			}
		case Pass, Flaky, Warn, Error, Skip:
		default:
			c.Reason = fmt.Sprintf("the suite recorded no outcome for this row (%q); please report it", c.Outcome)
			c.Outcome = Error
		}
	}
}

// distinguish numbers the variants of rows that share (ID, Operation, Variant): no row may be lost in a report keyed by
// name.
func distinguish(checks []Check) {
	type name struct{ id, operation, variant string }
	seen := make(map[name]bool, len(checks))
	for i := range checks {
		c := &checks[i]
		variant := c.Variant
		for n := 2; seen[name{c.ID, c.Operation, c.Variant}]; n++ {
			c.Variant = strings.TrimSpace(fmt.Sprintf("%s #%d", variant, n))
		}
		seen[name{c.ID, c.Operation, c.Variant}] = true
	}
}

// verdictOf is the rule that release pipelines gate on. A violation that was seen stands whatever else could not be
// judged; short of one, a target is conformant only if everything that was selected and can be verified has been. A
// flaky MUST proves neither, unless flakyAs says how it counts.
func verdictOf(checks []Check, flakyAs Outcome) Verdict {
	judged, unjudged := false, false
	for _, c := range checks {
		outcome := c.Outcome
		if outcome == Flaky {
			outcome = flakyCounts(c, flakyAs)
		}
		switch outcome {
		case Fail:
			if c.Level == Must {
				return Nonconformant
			}
			judged = true
		case Pass, Warn:
			judged = true
		case Skip:
			unjudged = unjudged || blocks(c.ReasonCode)
		default:
			unjudged = true
		}
	}
	if unjudged || !judged {
		return Inconclusive
	}
	return Conformant
}

// flakyCounts is the outcome that a flaky row weighs like. A flaky SHOULD never weighs more than a warning.
func flakyCounts(c Check, as Outcome) Outcome {
	switch {
	case c.Level == Should:
		return Warn
	case as == "":
		return Error // nothing is proven
	}
	return as
}

// blocks reports whether a skip for this reason leaves open what the run was asked to find out. An unknown reason does.
func blocks(code ReasonCode) bool {
	return code != Deselected && code != Gap && !code.LeavesNothingOpen()
}

// LeavesNothingOpen reports whether a row that is skipped for this reason could not have been judged on this target: it
// neither blocks the verdict nor makes the run incomplete.
func (code ReasonCode) LeavesNothingOpen() bool {
	return code == NotVerifiable || code == NotApplicable
}

// ExitStatus says how the process that made the finished run ends. With failOn Should every warning counts as a
// violation. A run without a verdict is inconclusive.
func ExitStatus(r Run, failOn Level) int {
	switch {
	case r.Verdict == Nonconformant:
		return ExitNonconformant
	case failOn == Should && slices.ContainsFunc(r.Checks, func(c Check) bool {
		return c.Outcome == Warn && c.Known == nil || c.Outcome == Flaky && r.FlakyAs == Fail
	}):
		return ExitNonconformant
	case failOn == Should && r.FlakyAs == "" && r.Counts.Flaky > 0:
		return ExitInconclusive
	case r.Verdict == Conformant:
		return ExitConformant
	default:
		return ExitInconclusive
	}
}

// CountOf counts rows by outcome.
func CountOf(checks []Check) Counts {
	var n Counts
	for _, c := range checks {
		switch c.Outcome {
		case Pass:
			n.Pass++
		case Fail:
			n.Fail++
		case Flaky:
			n.Flaky++
		case Warn:
			n.Warn++
		case Skip:
			n.Skip++
		default:
			n.Error++
		}
	}
	return n
}

// Total is the number of rows counted.
func (n Counts) Total() int { return n.Pass + n.Fail + n.Flaky + n.Warn + n.Error + n.Skip }

// Judged is the number of rows that say something about the target.
func (n Counts) Judged() int { return n.Pass + n.Fail + n.Warn }

// Clause is the rows of one part of the documentation: those whose check IDs share their prefix (AUTH of AUTH-001).
type Clause struct {
	Name   string
	Source string // the documentation's clause of its first row
	Counts Counts
	Checks []Check
}

// Clauses groups the rows by clause, in the order in which the clauses first appear.
func (r Run) Clauses() []Clause {
	var out []Clause
	at := map[string]int{}
	for _, c := range r.Checks {
		name := c.Clause()
		i, known := at[name]
		if !known {
			i, at[name] = len(out), len(out)
			out = append(out, Clause{Name: name, Source: c.Source})
		}
		out[i].Checks = append(out[i].Checks, c)
	}
	for i := range out {
		out[i].Counts = CountOf(out[i].Checks)
	}
	return out
}

// Clause is the prefix of the check's ID: everything before the last dash.
func (c Check) Clause() string {
	if i := strings.LastIndexByte(c.ID, '-'); i > 0 {
		return c.ID[:i]
	}
	return c.ID
}

// natural compares as people do: runs of digits by their value (page=2 before page=10), everything else byte by byte.
// Texts that differ only in leading zeros are ordered bytewise, so that only equal texts compare equal.
func natural(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		m, n := digits(x), digits(y)
		if m == 0 || n == 0 {
			if x[0] != y[0] {
				return cmp.Compare(x[0], y[0])
			}
			x, y = x[1:], y[1:]
			continue
		}
		p, q := strings.TrimLeft(x[:m], "0"), strings.TrimLeft(y[:n], "0")
		if c := cmp.Or(cmp.Compare(len(p), len(q)), cmp.Compare(p, q)); c != 0 {
			return c
		}
		x, y = x[m:], y[n:]
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(a, b))
}

// digits is the length of the run of ASCII digits that s starts with.
func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}
