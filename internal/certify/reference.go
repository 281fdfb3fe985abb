package certify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"conformance/internal/contract"
	"conformance/internal/inprocess"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/suite"
)

// Limits of the sandbox that shows what can be verified: small, because it is flooded.
const (
	referenceLimit       = 60
	referenceWindow      = 20 * time.Second
	referenceConcurrency = 8
)

// Reference is what this suite version demands of a run by a contract: which rows, and how much may remain open. All of
// it is computed, nothing is read.
type Reference struct {
	Contract result.Contract
	// Suite is the sha256, in hex, over the suite's version and every planned row: two programs with the same one demand
	// the same.
	Suite string

	contract      *contract.Contract
	planned       []result.Check // as in a finished run, without outcomes
	rows          map[rowName]result.Check
	notVerifiable map[rowName]bool // rows that the contract gives no means to verify
	documented    map[result.Pair]bool
	unprovoked    map[result.Pair]bool // pairs that the contract gives no means to provoke
}

// FullPlan is everything, with nothing left out.
func FullPlan(c *contract.Contract) *runner.Plan {
	return runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Full})
}

// NewReference plans the whole suite and finds out which rows may remain open: those that cannot be verified on a
// correct server of the contract either, one that has every credential and fixture. It has no trigger for faults of the
// server, because no contract promises one. It takes about a second.
func NewReference(ctx context.Context, c *contract.Contract) (*Reference, error) {
	r := plan(c)
	return r, r.runReference(ctx)
}

// plan is a reference that leaves nothing open.
func plan(c *contract.Contract) *Reference {
	r := &Reference{
		Contract: result.Contract{Title: c.Title, Version: c.Version, SHA256: c.SHA256}, contract: c,
		rows: map[rowName]result.Check{}, notVerifiable: map[rowName]bool{}, documented: map[result.Pair]bool{},
		unprovoked: map[result.Pair]bool{},
	}
	finished := result.Run{}
	for _, k := range FullPlan(c).Cases {
		for _, v := range k.Variants {
			finished.Checks = append(finished.Checks, k.Row(c, v))
		}
	}
	finished.Finish()
	r.setPlan(finished.Checks)
	for _, p := range c.Pairs() {
		r.documented[result.Pair{Operation: p.Name(), Situation: string(p.Situation)}] = true
	}
	return r
}

// setPlan takes the rows of a finished run for those that every run must have.
func (r *Reference) setPlan(rows []result.Check) {
	r.planned, r.rows = rows, map[rowName]result.Check{}
	sum := sha256.New()
	fmt.Fprintf(sum, "suite %s\n", suite.Version)
	for i := range r.planned {
		row := &r.planned[i]
		row.Outcome, row.Reason = "", "" // what Finish says of a row that did not run
		r.rows[nameOf(*row)] = *row
		fmt.Fprintf(sum, "%q %q %q %s %q %t\n", row.ID, row.Operation, row.Variant, row.Level, row.Situation, row.Assumed)
	}
	r.Suite = hex.EncodeToString(sum.Sum(nil))
}

// former is the reference by the names that the variants had first: certificates from before hold rows of those names,
// under titles and sources that were worded differently.
func (r *Reference) former() *Reference {
	out := *r
	run := result.Run{Checks: slices.Clone(r.planned)}
	for i := range run.Checks {
		row := &run.Checks[i]
		row.Variant, row.Title = result.FormerVariant(row.ID, row.Variant), ""
	}
	run.Finish()
	out.setPlan(run.Checks)
	out.notVerifiable = map[rowName]bool{}
	for name := range r.notVerifiable {
		name.variant = result.FormerVariant(name.id, name.variant)
		out.notVerifiable[name] = true
	}
	return &out
}

// runReference runs the plan against the correct server and notes what may remain open.
func (r *Reference) runReference(ctx context.Context) error {
	target, err := inprocess.New(r.contract, sandbox.Options{Limit: referenceLimit, Window: referenceWindow})
	if err != nil {
		return err
	}
	target.File.Triggers.ServerFault = nil
	o := runner.Options{Concurrency: referenceConcurrency, Seed: 1}
	run, err := runner.Judge(ctx, target.Target, FullPlan(r.contract), o)
	if err := errors.Join(err, ctx.Err(), target.Close()); err != nil {
		return err
	}
	run.Finish()
	for _, row := range run.Checks {
		switch {
		case row.Outcome == result.Skip && row.ReasonCode.LeavesNothingOpen():
			r.notVerifiable[nameOf(row)] = true
		case row.Outcome != result.Pass && row.Outcome != result.Skip: // a skip for another reason gives nobody leave to skip
			why := row.Reason
			for _, f := range row.Failures() {
				why = f.Message
			}
			return fmt.Errorf("the suite reports a failure of a correct server of the contract, so it can certify none: %s: "+
				"%s %s", nameOf(row), row.Outcome, why)
		}
	}
	for _, p := range run.Coverage.Unprovoked {
		r.unprovoked[p] = true
	}
	return nil
}
