package selftest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/parallel"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/suite"
)

// Proof is what the faults say of one check that runs alone.
type Proof struct {
	ID     string       `json:"id"`
	Level  result.Level `json:"level"`
	Title  string       `json:"title"`
	Clean  []Finding    `json:"clean"` // findings on the sandbox without a fault: false alarms
	Tried  int          `json:"tried"` // faults
	Faults []Noticed    `json:"faults"`
}

// Noticed is a fault that makes the check fail, or only warn where the check is a SHOULD, with the rows that do.
type Noticed struct {
	Name        string       `json:"name"`
	Description string       `json:"description"`
	Level       result.Level `json:"level"`
	Situation   string       `json:"situation"`
	Rows        []Finding    `json:"rows"`
}

// Proven says that some fault makes the check fail, and that it finds nothing where nothing is wrong.
func (p *Proof) Proven() bool { return len(p.Faults) > 0 && len(p.Clean) == 0 }

// Prove runs one check alone, on the sandbox without a fault and then with the faults of its own situations. If none of
// those makes it fail, they are tried with the whole suite, because some checks watch what the others are answered, and
// then all other faults with the check alone. Names narrows the faults down. Progress may be nil.
func Prove(
	ctx context.Context,
	c *contract.Contract,
	id string,
	names []string,
	workers int,
	progress func(done, total int),
) (*Proof, error) {
	i := slices.IndexFunc(suite.All(), func(k *check.Check) bool { return k.ID == id })
	if i < 0 {
		return nil, fmt.Errorf("there is no check %q; conformance list shows them", id)
	}
	one := suite.All()[i]
	faults, err := choose(sandbox.Faults(c), names, 0)
	if err != nil {
		return nil, err
	}
	p := &Proof{ID: id, Level: one.Level, Title: one.Title, Clean: []Finding{}, Faults: []Noticed{}}
	clean, err := judge(ctx, c, "", onlyCheck(c, one))
	if err != nil {
		return nil, err
	}
	p.Clean = append(p.Clean, falseAlarms(clean)...)
	groups := partitionFaults(faults, clean)
	selection := func() *runner.Plan { return onlyCheck(c, one) }
	with := func() *runner.Plan { return fullPlan(c) }
	for _, attempt := range []struct {
		faults []sandbox.Fault
		plan   func() *runner.Plan
	}{{groups[0], selection}, {groups[0], with}, {groups[1], selection}} {
		p.Tried = len(attempt.faults)
		if err := p.try(ctx, c, attempt.faults, attempt.plan, workers, progress); err != nil || len(p.Faults) > 0 {
			return p, err
		}
	}
	p.Tried = len(faults)
	return p, nil
}

func (p *Proof) try(
	ctx context.Context,
	c *contract.Contract,
	faults []sandbox.Fault,
	plan func() *runner.Plan,
	workers int,
	progress func(done, total int),
) error {
	noticed := make([][]Finding, len(faults))
	err := each(ctx, len(faults), workers, progress, func(i int) error {
		rows, err := judge(ctx, c, faults[i].Name, plan())
		noticed[i] = violations(rows, p.ID)
		return err
	})
	for i, f := range faults {
		if len(noticed[i]) > 0 {
			p.Faults = append(p.Faults, Noticed{f.Name, f.Description, f.Level, string(f.Situation), noticed[i]})
		}
	}
	return err
}

func onlyCheck(c *contract.Contract, one *check.Check) *runner.Plan {
	return runner.NewPlan(c, []*check.Check{one}, runner.Selection{Profile: runner.Full})
}

// partitionFaults parts the faults into those of the rows' situations and the others.
func partitionFaults(faults []sandbox.Fault, rows []result.Check) [2][]sandbox.Fault {
	var out [2][]sandbox.Fault
	for _, f := range faults {
		far := 1
		if slices.ContainsFunc(rows, func(row result.Check) bool { return row.Situation == string(f.Situation) }) {
			far = 0
		}
		out[far] = append(out[far], f)
	}
	return out
}

// violations are the rows of a check that say that the contract is broken.
func violations(rows []result.Check, id string) []Finding {
	var out []Finding
	for _, row := range rows {
		if row.ID == id && (row.Outcome == result.Fail || row.Outcome == result.Warn) {
			var texts []string
			for _, f := range row.Failures() {
				texts = append(texts, f.Message)
			}
			out = append(out, Finding{row.ID, row.Operation, row.Variant, row.Outcome, strings.Join(texts, "; ")})
		}
	}
	return out
}

// each calls f for 0 to n-1, some of them at the same time, and returns the first error.
func each(ctx context.Context, n, workers int, progress func(done, total int), f func(i int) error) error {
	var mu sync.Mutex
	var first error
	done := 0
	parallel.Each(workers, n, func(i int) {
		if ctx.Err() != nil {
			return
		}
		err := f(i)
		mu.Lock()
		defer mu.Unlock()
		if first == nil {
			first = err
		}
		if done++; progress != nil {
			progress(done, n)
		}
	})
	if first == nil {
		first = ctx.Err()
	}
	return first
}
