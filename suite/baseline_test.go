package suite_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"conformance/internal/check"
	"conformance/internal/inprocess"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/suite"
)

// TestBaseline compares what every check finds on a correct sandbox and on the independent server with a committed
// list: one line per check with its rows, their outcomes and a digest of both. A change of the framework leaves the
// list as it is; a change of a check shows in its line. make update writes the list and prints the rows that differ.
func TestBaseline(t *testing.T) {
	if !*update {
		everyCheckHasALine(t)
	}
	var b strings.Builder
	var differ []string
	for _, target := range []struct {
		name string
		rows func(runner.Profile) []result.Check
	}{
		{"sandbox", func(p runner.Profile) []result.Check { return judgeSandbox(t, p) }},
		{"independent", func(p runner.Profile) []result.Check {
			rows, _ := judge(t, independentOptions{Dialect: "plain"}, runner.Selection{Profile: p})
			return rows
		}},
		{"labels", func(p runner.Profile) []result.Check { return judgeLabels(t, p) }},
	} {
		for _, profile := range []runner.Profile{runner.Core, runner.Full} {
			section := target.name + " " + string(profile)
			fmt.Fprintf(&b, "[%s]\n", section)
			for _, check := range byCheck(target.rows(profile)) {
				fmt.Fprintln(&b, check.line())
				differ = append(differ, check.remember(t, section)...)
			}
		}
	}
	if len(differ) > 0 {
		t.Logf("rows that differ from the last green run here:\n%s", strings.Join(differ, "\n"))
	}
	compareGolden(t, baselineFile, b.String())
	if !t.Failed() {
		keepRows(t)
	}
}

// judgeLabels judges what is served for a document with situations that the embedded contract does not have.
func judgeLabels(t *testing.T, p runner.Profile) []result.Check {
	t.Helper()
	c := labelsAPI(t, true)
	target, err := inprocess.New(c, sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	run, err := runner.Judge(t.Context(), target.Target, runner.NewPlan(c, suite.All(), runner.Selection{Profile: p}),
		runner.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return run.Checks
}

// everyCheckHasALine says at once, before anything runs, that the list is older than the checks.
func everyCheckHasALine(t *testing.T) {
	t.Helper()
	list, err := os.ReadFile(baselineFile)
	if err != nil {
		t.Fatalf("%v; make update writes it", err)
	}
	for _, k := range suite.All() {
		if len(check.Cases(embedded(t), []*check.Check{k})) == 0 {
			continue // the contract has nothing that it is tried on
		}
		if !strings.Contains(string(list), "\n"+k.ID+"\t") {
			t.Fatalf("%s has no line for %s. Run make update, and read what git diff shows of it.", baselineFile, k.ID)
		}
	}
}

const baselineFile = "testdata/baseline.txt"

// rowsDir holds the rows of the last green run on this machine, and those of this one until it is green: too many to
// commit, and only needed to say which of them differ.
const rowsDir = "testdata/rows"

// checked is what one check found on one target.
type checked struct {
	id       string
	rows     []string
	outcomes map[string]int
}

func byCheck(rows []result.Check) []*checked {
	at := map[string]*checked{}
	var out []*checked
	for _, row := range rows {
		c := at[row.ID]
		if c == nil {
			c = &checked{id: row.ID, outcomes: map[string]int{}}
			at[row.ID], out = c, append(out, c)
		}
		outcome := strings.TrimSuffix(string(row.Outcome)+":"+string(row.ReasonCode), ":")
		c.outcomes[outcome]++
		c.rows = append(c.rows, fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s", row.ID, row.Operation, row.Variant, row.Situation,
			row.Level, outcome))
	}
	for _, c := range out {
		slices.Sort(c.rows)
	}
	slices.SortFunc(out, func(a, b *checked) int { return strings.Compare(a.id, b.id) })
	return out
}

func (c *checked) line() string {
	var counts []string
	for outcome, n := range c.outcomes {
		counts = append(counts, fmt.Sprintf("%s %d", outcome, n))
	}
	slices.Sort(counts)
	sum := sha256.Sum256([]byte(strings.Join(c.rows, "\n")))
	return fmt.Sprintf("%s\trows %d\t%s\t%s", c.id, len(c.rows), strings.Join(counts, ", "), hex.EncodeToString(sum[:4]))
}

// remember writes the rows next to those of the last green run and returns what differs from them.
func (c *checked) remember(t *testing.T, section string) []string {
	t.Helper()
	name := filepath.Join(rowsDir, strings.ReplaceAll(section, " ", "-")+"-"+c.id)
	if err := os.MkdirAll(rowsDir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name+".new", []byte(strings.Join(c.rows, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile(name + ".rows")
	if err != nil {
		return nil // nothing ran here before
	}
	before, after := strings.Split(string(old), "\n"), c.rows
	var out []string
	for _, row := range before {
		if _, found := slices.BinarySearch(after, row); !found {
			out = append(out, section+"  - "+row)
		}
	}
	for _, row := range after {
		if !slices.Contains(before, row) {
			out = append(out, section+"  + "+row)
		}
	}
	return out
}

// keepRows makes this run's rows those of the last green run.
func keepRows(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(rowsDir, "*.new"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if err := os.Rename(file, strings.TrimSuffix(file, ".new")+".rows"); err != nil {
			t.Fatal(err)
		}
	}
}

// judgeSandbox runs a profile against a correct sandbox, in one process and without waiting.
func judgeSandbox(t *testing.T, profile runner.Profile) []result.Check {
	t.Helper()
	c := embedded(t)
	target, err := inprocess.New(c, sandbox.Options{Limit: 200, Window: 30 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: profile})
	r, err := runner.Judge(t.Context(), target.Target, plan, runner.Options{Concurrency: 8})
	if err := errors.Join(err, target.Close()); err != nil {
		t.Fatal(err)
	}
	return r.Checks
}
