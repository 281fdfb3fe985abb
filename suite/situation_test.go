package suite_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/inprocess"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/suite"
)

// own is a situation that only this test's contract has.
const own = "shelf-is-gone"

// TestSituationOfTheContract judges an API whose contract declares a situation of its own: the suite knows it from
// there alone.
func TestSituationOfTheContract(t *testing.T) {
	text, err := os.ReadFile("../internal/sandbox/testdata/library.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, edit := range [][2]string{
		{"x-situations:\n", "x-situations:\n  " + own + `: {"404": [missing]}` + "\n"},
		{"{from: addShelf, at: /code, distinct: true}", "{from: addShelf, at: /code, distinct: true, unknown: " + own + "}"},
	} {
		if !strings.Contains(string(text), edit[0]) {
			t.Fatalf("library.yaml has no %q", edit[0])
		}
		text = []byte(strings.Replace(string(text), edit[0], edit[1], 1))
	}
	c, err := contract.Load(text)
	if err != nil {
		t.Fatal(err)
	}
	rows, coverage := judgeLibrary(t, c, "")
	passed := 0
	for _, row := range rows {
		switch {
		case row.Outcome == result.Pass:
			passed++
		case row.ReasonCode != result.NotVerifiable:
			t.Errorf("%s %s: %s %s", row.ID, row.Operation, row.Outcome, row.Reason)
		}
		source := "the contract, " + own + " (#/x-situations/" + own + ")"
		if row.Source != source && row.Source != check.Ours.String() || row.SourceURL != "" {
			t.Errorf("%s %s cites %q %q, want %q", row.ID, row.Operation, row.Source, row.SourceURL, source)
		}
	}
	if passed == 0 {
		t.Errorf("nothing passes in the situation %s: %d rows", own, len(rows))
	}
	for _, open := range coverage.Unprovoked {
		if open.Situation == own {
			t.Errorf("%s was not provoked on %s", own, open.Operation)
		}
	}
	noticed := 0
	for _, f := range sandbox.Faults(c) {
		if f.Situation != own {
			continue
		}
		rows, _ := judgeLibrary(t, c, f.Name)
		for _, row := range rows {
			if row.Outcome == result.Fail || row.Outcome == result.Warn {
				noticed++
				break
			}
		}
	}
	if noticed == 0 {
		t.Errorf("no fault in the situation %s is noticed", own)
	}
}

// judgeLibrary returns the rows in the contract's own situation, and what was covered.
func judgeLibrary(t *testing.T, c *contract.Contract, fault string) ([]result.Check, result.Coverage) {
	t.Helper()
	target, err := inprocess.New(c, sandbox.Options{Limit: 200, Window: 30 * time.Second, Fault: fault})
	if err != nil {
		t.Fatal(err)
	}
	plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Full, Only: []string{own}})
	r, err := runner.Judge(t.Context(), target.Target, plan, runner.Options{Concurrency: 8, Bare: true})
	if err := errors.Join(err, target.Close()); err != nil {
		t.Fatal(err)
	}
	rows := slices.DeleteFunc(r.Checks, func(row result.Check) bool { return row.Situation != own })
	return rows, r.Coverage
}
