package certify

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"slices"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/result"
	"conformance/internal/runner"
)

// Sample is the full plan with n rows left, drawn so that nobody can foresee which. Rows that look back on a whole run
// are left out: there is no such run here.
func Sample(c *contract.Contract, n int) (*runner.Plan, error) {
	plan := FullPlan(c)
	plan.Cases = slices.DeleteFunc(plan.Cases, func(k check.Case) bool { return k.Check.Last })
	size := plan.Size()
	chosen := map[int]bool{}
	for len(chosen) < min(n, size) {
		i, err := rand.Int(rand.Reader, big.NewInt(int64(size)))
		if err != nil {
			return nil, err
		}
		chosen[int(i.Int64())] = true
	}
	i := 0
	var cases []check.Case
	for _, k := range plan.Cases {
		var kept []check.Variant
		for _, v := range k.Variants {
			if chosen[i] {
				kept = append(kept, v)
			}
			i++
		}
		if len(kept) > 0 {
			k.Variants = kept
			cases = append(cases, k)
		}
	}
	plan.Cases = cases
	return plan, nil
}

// Compare holds a sample's run against both runs of a bundle: each of its rows came out there as it does here, in one
// of them at least.
func (r *Reference) Compare(b *Bundle, sample result.Run) Property {
	const name = "spot-check"
	told := map[rowName][]result.Outcome{}
	for _, file := range []string{Run1File, Run2File} {
		run, err := readResults(b.Files[file])
		if err != nil {
			return Property{name, Open, "nothing to compare with: " + file + " cannot be read"}
		}
		for _, row := range run.Checks {
			row.Variant = result.CurrentVariant(row.ID, row.Variant)
			told[nameOf(row)] = append(told[nameOf(row)], row.Outcome)
		}
	}
	if len(sample.Checks) == 0 {
		text := "no row ran"
		if len(sample.Notes) > 0 {
			text += ": " + sample.Notes[len(sample.Notes)-1]
		}
		return Property{name, Refuted, text}
	}
	sample.Finish()
	var wrong []string
	for _, row := range sample.Checks {
		same := false
		for _, outcome := range told[nameOf(row)] {
			same = same || outcome == row.Outcome
		}
		if !same {
			why := row.Reason
			for _, f := range row.Failures() {
				why = f.Message
			}
			wrong = append(wrong, fmt.Sprintf("%s is %s here, %v in the bundle: %s", quoted(nameOf(row).String()), row.Outcome,
				told[nameOf(row)], quoted(why)))
		}
	}
	v := verification{}
	v.conclude(name, wrong, "%d of %d rows came out on %s as in the bundle", len(sample.Checks), len(r.planned),
		quoted(sample.Target))
	return v.found[0]
}
