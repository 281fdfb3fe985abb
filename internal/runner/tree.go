package runner

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"conformance/internal/check"
	"conformance/internal/result"
)

// Tree shows a plan to Ginkgo: one It for every check on every operation, with labels id:, level:, situation: and operation: to filter
// by. Ginkgo's own order and filters decide what is selected; the executor runs that concurrently; an It only waits for its outcome.
type Tree struct {
	plan      *Plan
	execution *execution
	over      chan struct{} // closed when the run has ended
	run       result.Run
	err       error
}

// Describe adds the plan to Ginkgo's tree. It must be called once, before the specs run.
func Describe(text string, p *Plan) *Tree {
	t := &Tree{plan: p, over: make(chan struct{})}
	ginkgo.Describe(text, func() {
		for _, k := range p.Cases {
			// A location in the contract says more than one in this file.
			location := types.NewCustomCodeLocation(k.Subject.Pointer())
			ginkgo.It(title(k), labels(p, k), location, func() { t.await(k) })
		}
	})
	return t
}

func title(k check.Case) string {
	return fmt.Sprintf("%s %s: %s", k.Check.ID, k.Subject.Name(), k.Check.Title)
}

func labels(p *Plan, k check.Case) ginkgo.Labels {
	out := ginkgo.Labels{"id:" + k.Check.ID, "level:" + string(k.Check.Level), "operation:" + label(k.Subject.Name())}
	seen := map[string]bool{}
	for _, v := range k.Variants {
		if situation := k.Row(p.Contract, v).Situation; !seen[situation] {
			seen[situation] = true
			out = append(out, "situation:"+situation)
		}
	}
	return out
}

// label replaces what Ginkgo keeps for its filters' own language.
func label(name string) string {
	return strings.NewReplacer("/", "_", "#", "_", ",", "_", "&", "_", "|", "_").Replace(name)
}

// Start begins to judge what Ginkgo's filters select, as PreviewSpecs reports it.
func (t *Tree) Start(ctx context.Context, preview types.Report, target Target, o Options) {
	selected := map[string]bool{}
	for _, spec := range preview.SpecReports {
		if spec.State != types.SpecStateSkipped && spec.State != types.SpecStatePending {
			selected[spec.LeafNodeText] = true
		}
	}
	p := &Plan{Contract: t.plan.Contract, Selection: t.plan.Selection, Deselected: t.plan.Deselected}
	for _, k := range t.plan.Cases {
		if selected[title(k)] {
			p.Cases = append(p.Cases, k)
		}
	}
	t.execution = newExecution(p)
	go func() {
		defer close(t.over)
		defer func() {
			if thrown := recover(); thrown != nil {
				t.err = fmt.Errorf("this is an error of the suite: %v", thrown)
			}
		}()
		t.run, t.err = judge(ctx, target, t.execution, o)
	}()
}

// Run waits for the end of what Start began and returns what Judge returns.
func (t *Tree) Run() (result.Run, error) {
	<-t.over
	return t.run, t.err
}

// await re-raises the outcome of a case: everything that failed in one message.
func (t *Tree) await(k check.Case) {
	select {
	case <-t.execution.done[keyOf(k)]:
	case <-t.over:
	}
	rows := t.execution.of(k)
	if len(rows) == 0 {
		r, err := t.Run()
		ginkgo.Fail(fmt.Sprint("not run: ", strings.Join(r.Notes, " "), errors.Join(err)))
	}
	var failed, broken, skipped []string
	for _, row := range rows {
		text := strings.TrimSpace(row.Variant + " " + row.Reason)
		switch row.Outcome {
		case result.Fail:
			failed = append(failed, detail(row))
		case result.Error:
			broken = append(broken, "could not be judged: "+text)
		case result.Skip:
			skipped = append(skipped, text)
		case result.Warn:
			ginkgo.AddReportEntry("warning", detail(row))
		}
	}
	switch {
	case len(failed)+len(broken) > 0:
		ginkgo.Fail(strings.Join(append(failed, broken...), "\n\n"))
	case len(skipped) == len(k.Variants) && len(skipped) > 0:
		ginkgo.Skip(skipped[0])
	}
}

func detail(row result.Check) string {
	lines := []string{row.Variant}
	for _, f := range row.Failures() {
		lines = append(lines, f.Message)
	}
	for _, x := range row.Exchanges[max(0, len(row.Exchanges)-1):] {
		lines = append(lines, "repeat it: "+x.Curl)
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
