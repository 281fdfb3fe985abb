package runner

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/formatter"
	"github.com/onsi/ginkgo/v2/types"

	"conformance/internal/check"
	"conformance/internal/result"
)

// What stands here is all that the program has to do with Ginkgo. Ginkgo ends the process with 1 when something about
// its use is wrong, and 1 says here that the target broke its contract: endsProcess and label keep it from doing that.

// ran says that Ginkgo's specs ran: it refuses to run them twice in a process.
var ran atomic.Bool

// JudgeSpecs is Judge with Ginkgo in charge: one spec for every check on every operation, which sends the requests of
// its case and reports its rows. It prints nothing. Where Ginkgo would refuse, as it does the second time in a process,
// the same cases are tried without it, in the same order.
func JudgeSpecs(ctx context.Context, t Target, p *Plan, o Options) (result.Run, error) {
	e := newExecution(p)
	return judge(ctx, t, e, o, func() {
		s, r := ginkgoDefaults()
		if endsProcess(s, r) != nil || !ran.CompareAndSwap(false, true) {
			e.runAll()
			return
		}
		stdout := formatter.ColorableStdOut
		formatter.ColorableStdOut = io.Discard
		defer func() { formatter.ColorableStdOut = stdout }()
		e.describe()
		ginkgo.RunSpecs(discardT{}, rootContainer, s, r)
	})
}

// LeaveSpecs leaves Ginkgo to JudgeTest, in a process of tests that call JudgeSpecs too. It must be called before them.
func LeaveSpecs() { ran.Store(true) }

// JudgeTest is JudgeSpecs for go test and the ginkgo command: with Ginkgo's flags, its output and its verdict on the
// test. It must be called once in a process. Ginkgo's label filter is the plan's affair: Selection.Labels.
func JudgeTest(ctx context.Context, t ginkgo.GinkgoTestingT, target Target, p *Plan, o Options) (result.Run, error) {
	LeaveSpecs()
	s, r := ginkgo.GinkgoConfiguration()
	s.LabelFilter = ""
	s.RandomizeAllSpecs = false // the order is the barrier between phases
	e := newExecution(p)
	if s.DryRun || s.ParallelProcess != 1 { // every spec is serial: of several processes, the first runs them all
		e.describe()
		ginkgo.RunSpecs(t, rootContainer, s, r)
		return result.Run{}, nil
	}
	e.filtered = len(s.FocusStrings)+len(s.SkipStrings)+len(s.FocusFiles)+len(s.SkipFiles) > 0 || s.SemVerFilter != ""
	if e.filtered {
		o.Concurrency = 1 // only Ginkgo knows what is left out: nobody runs ahead
	}
	started := false
	run, err := judge(ctx, target, e, o, func() {
		started = true
		e.describe()
		ginkgo.RunSpecs(t, rootContainer, s, r)
	})
	if !started {
		t.Fail()
	}
	return run, err
}

// rootContainer is what Ginkgo calls the whole of the specs.
const rootContainer = "conformance"

// describe adds the cases to Ginkgo's tree: a container for every check, because thousands of specs in one cost their
// square; in it a spec for every operation.
func (e *execution) describe() {
	ginkgo.Describe(rootContainer, ginkgo.Serial, func() {
		for i := 0; i < len(e.order); {
			check, first := e.order[i].Check, i
			for i < len(e.order) && e.order[i].Check == check {
				i++
			}
			source := check.Cites(e.plan.Contract.Situations[check.Situation])
			ginkgo.Describe(check.ID+" "+check.Title, at(first, source.String()), func() {
				for j, k := range e.order[first:i] {
					ginkgo.It(k.Subject.Name(), specLabels(e.plan, k), at(first+j, k.Subject.Pointer()), e.spec(k))
				}
			})
		}
	})
}

// at says where a node is. Ginkgo shows the text and sorts by the number, so that specs run in the order of the cases.
func at(place int, text string) types.CodeLocation {
	return types.CodeLocation{CustomMessage: text, LineNumber: place + 1}
}

// spec runs a case and raises its outcome.
func (e *execution) spec(k check.Case) func(ginkgo.SpecContext) {
	return func(ctx ginkgo.SpecContext) {
		defer context.AfterFunc(ctx, e.stop)() // an interruption that only Ginkgo heard of
		rows := e.Run(k)
		for _, row := range rows {
			ginkgo.AddReportEntry(row.Variant, string(row.Outcome), ginkgo.ReportEntryVisibilityNever)
			if row.Outcome == result.Warn {
				ginkgo.AddReportEntry("warning", failureText(row))
			}
		}
		if len(rows) < len(k.Variants) {
			ginkgo.AbortSuite("the run ended before all of this was tried")
		}
		failSpec(rows)
	}
}

// failSpec fails a spec with everything that failed, or skips it if nothing of it could be tried.
func failSpec(rows []result.Check) {
	var failed, broken, skipped []string
	for _, row := range rows {
		text := strings.TrimSpace(row.Variant + " " + row.Reason)
		switch row.Outcome {
		case result.Fail:
			failed = append(failed, failureText(row))
		case result.Flaky:
			broken = append(broken, "flaky: "+text)
		case result.Error:
			broken = append(broken, "could not be judged: "+text)
		case result.Skip:
			skipped = append(skipped, text)
		}
	}
	switch {
	case len(failed)+len(broken) > 0:
		ginkgo.Fail(strings.Join(append(failed, broken...), "\n\n"))
	case len(skipped) == len(rows):
		ginkgo.Skip(skipped[0])
	}
}

func failureText(row result.Check) string {
	lines := []string{row.Variant}
	for _, f := range row.Failures() {
		lines = append(lines, f.Message)
	}
	for _, x := range row.Exchanges[max(0, len(row.Exchanges)-1):] {
		lines = append(lines, "repeat it: "+x.Curl)
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// Labels says whether a row with these labels is wanted.
type Labels func(labels []string) bool

// ParseLabels reads an expression in the language of Ginkgo's label filters: level:must && !situation:flood.
func ParseLabels(expression string) (Labels, error) {
	filter, err := types.ParseLabelFilter(expression)
	if err != nil {
		why := err.Error()
		var syntax types.GinkgoError
		if errors.As(err, &syntax) { // its message is the expression, in colours, and on a line of its own what is wrong
			why = syntax.Message[strings.LastIndex(syntax.Message, "\n")+1:]
		}
		return nil, fmt.Errorf("%q is not a label filter: %s", expression, why)
	}
	return Labels(filter), nil
}

// rowLabels are what a label filter sees of a row.
func rowLabels(row result.Check) []string {
	return []string{
		label("id", row.ID), label("level", string(row.Level)), label("operation", row.Operation),
		label("situation", row.Situation),
	}
}

// specLabels are those of all rows of a case.
func specLabels(p *Plan, k check.Case) ginkgo.Labels {
	var out ginkgo.Labels
	for _, v := range k.Variants {
		for _, l := range rowLabels(k.Row(p.Contract, v)) {
			if !slices.Contains(out, l) {
				out = append(out, l)
			}
		}
	}
	return out
}

// label makes a label of what the contract or a check calls something. Ginkgo refuses some characters, and nothing at
// all after the colon.
func label(kind, name string) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune("&|!,()/#", r) {
			return '_'
		}
		return r
	}, strings.TrimSpace(name))
	if name == "" {
		name = "_"
	}
	return kind + ":" + name
}

// discardT is the test that Ginkgo reports to where there is none: the rows say what failed.
type discardT struct{}

func (discardT) Fail() {}

// ginkgoDefaults is how Ginkgo is set where it must not read the command line: without a time limit, and in one order.
func ginkgoDefaults() (types.SuiteConfig, types.ReporterConfig) {
	s := types.NewDefaultSuiteConfig()
	s.Timeout, s.RandomSeed = 0, 1
	s.GracePeriod = time.Hour // an interrupted case ends by itself; until then Ginkgo must not go on without it
	return s, types.ReporterConfig{NoColor: true, Succinct: true}
}

// endsProcess says why Ginkgo would end the process instead of running the specs, if it would.
func endsProcess(s types.SuiteConfig, r types.ReporterConfig) error {
	var errs []error
	flag.Visit(func(f *flag.Flag) { // where the process is a test
		switch f.Name {
		case "count", "test.count":
			if f.Value.String() != "1" {
				errs = append(errs, types.GinkgoErrors.InvalidGoFlagCount())
			}
		case "parallel", "test.parallel":
			errs = append(errs, types.GinkgoErrors.InvalidGoFlagParallel())
		}
	})
	none, err := types.NewGinkgoFlagSet(nil, map[string]any{}, nil)
	if err == nil {
		errs = append(errs, types.VetConfig(none, s, r)...)
	}
	_, where := filepath.Abs(".") // the working directory may be gone
	return errors.Join(append(errs, err, where)...)
}
