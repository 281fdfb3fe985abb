package certify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"conformance/internal/result"
)

// Gap is something that keeps a run from a certificate, with how many rows it concerns.
type Gap struct {
	Text string
	Rows int // 0: none in particular
}

func (g Gap) String() string {
	switch g.Rows {
	case 0:
		return g.Text
	case 1:
		return g.Text + " (1 row)"
	default:
		return fmt.Sprintf("%s (%d rows)", g.Text, g.Rows)
	}
}

// step is a group of gaps. They are fixed from the first to the last, because one hides what comes after it.
type step int

const (
	stepTarget step = iota
	stepCredential
	stepFixture
	stepControl
	stepError
	stepViolation
	stepVerifiable
	stepOther
)

// Missing says what keeps a finished run from a certificate, in the order in which to fix it; nothing: it can be
// certified.
func (r *Reference) Missing(run result.Run) []Gap {
	type group struct {
		step step
		text string
	}
	rows := map[group]int{}
	add := func(s step, n int, format string, args ...any) {
		rows[group{s, fmt.Sprintf(format, args...)}] += n
	}
	blocked := false
	for _, row := range run.Checks {
		switch {
		case row.Outcome == result.Fail:
			add(stepViolation, 1, "%s, %s: fix the product, or dispute the clause if the contract marks it as assumed", row.ID,
				row.Title)
		case row.Outcome == result.Error:
			add(stepError, 1, "%s could not be judged: %s", row.ID, row.Reason)
		case r.whyNotJudged(row) == "":
		case row.ReasonCode == result.Credential:
			add(stepCredential, 1, "%s", row.Reason)
		case row.ReasonCode == result.Fixture:
			add(stepFixture, 1, "%s", row.Reason)
		case row.ReasonCode == result.Control:
			add(stepControl, 1, "a valid request must succeed first: %s", row.Reason)
		case row.ReasonCode.LeavesNothingOpen():
			add(stepVerifiable, 1, "%s could not be verified: %s", row.ID, row.Reason)
		default:
			add(stepOther, 1, "%s %s", row.ID, r.whyNotJudged(row))
		}
		blocked = blocked || row.ReasonCode == result.Credential || row.ReasonCode == result.Fixture
	}
	if len(run.Checks) == 0 || blocked { // preflight says what is wrong with what was supplied
		for _, note := range run.Notes {
			add(stepTarget, 0, "%s", note)
		}
	}
	if len(rows) == 0 {
		counts, verdict := recompute(run)
		for _, text := range slices.Concat(r.scope(run), r.comparePlan(run), r.judged(run), counts, verdict, r.covered(run)) {
			add(stepOther, 0, "%s", text)
		}
	}
	groups := make([]group, 0, len(rows))
	for g := range rows {
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b group) int {
		return cmp.Or(cmp.Compare(a.step, b.step), cmp.Compare(rows[b], rows[a]), strings.Compare(a.text, b.text))
	})
	out := make([]Gap, len(groups))
	for i, g := range groups {
		out[i] = Gap{g.text, rows[g]}
	}
	return out
}
