package suite_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"conformance"
	"conformance/internal/contract"
	"conformance/internal/inprocess"
	"conformance/internal/probe"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/suite"
)

// legalDialect is one way in which a correct server may differ from the others. What the suite objects to in it is a
// fault of the suite.
type legalDialect struct {
	name   string
	source string // "openapi.yaml", or what else allows it
	words  string // the words there that leave it open, or that ask for it
	base   string // the independent server's dialect under it; "plain" when empty

	change  func(*independent)              // the server itself
	front   func(http.Handler) http.Handler // what is in front of it
	network bool                            // it shows over a connection only
}

// legalDialects are all of them.
func legalDialects() []legalDialect {
	return slices.Concat(legalAnswers(), legalMessages(), legalEnvelopes(), legalValues(), legalRecords(), legalLimits(),
		legalHeaders(), legalTexts(), legalBounds(), legalConnections(), legalWordings(), legalMoving(), legalTakes())
}

// legalSample are the dialects that an ordinary test run judges; the exam judges them all.
var legalSample = []string{"ids-in-no-order", "escaped-slashes", "references-404-or-400"}

// TestLegalDialects: a correct server is conformant in every way of speaking that the contract and HTTP leave open.
// CONFORMANCE_EXAM=all or sample judges every dialect in full.
func TestLegalDialects(t *testing.T) {
	thorough := os.Getenv("CONFORMANCE_EXAM") != ""
	for _, d := range legalDialects() {
		if !thorough && (testing.Short() || !slices.Contains(legalSample, d.name)) {
			continue
		}
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			for _, row := range judgeLegal(t, d) {
				switch {
				case row.Outcome == result.Pass, row.ReasonCode == result.NotVerifiable, row.ReasonCode == result.NotApplicable:
				case d.name == "long-window" && row.ReasonCode == result.Credential: // the limit outlasts the run's patience
				default:
					t.Errorf("%s %s %q: %s %s %+v", row.ID, row.Operation, row.Variant, row.Outcome, row.Reason, row.Differences)
				}
			}
		})
	}
}

// TestLegalDialectsAreAllowed: every dialect has a name of its own and says which words allow it; those of the document
// are in it.
func TestLegalDialectsAreAllowed(t *testing.T) {
	seen := map[string]bool{}
	document := strings.Join(strings.Fields(string(conformance.OpenAPI)), " ")
	for _, d := range legalDialects() {
		if seen[d.name] || d.source == "" || d.words == "" {
			t.Errorf("%s: its name is taken, or nothing allows it", d.name)
		}
		seen[d.name] = true
		if d.source == "openapi.yaml" && !strings.Contains(document, d.words) {
			t.Errorf("%s: openapi.yaml does not say %q", d.name, d.words)
		}
	}
	for _, name := range legalSample {
		if !seen[name] {
			t.Errorf("there is no dialect %s", name)
		}
	}
}

// judgeLegal runs the suite, the whole or only some situations, against the server in that dialect.
func judgeLegal(t testing.TB, d legalDialect, only ...string) []result.Check {
	t.Helper()
	clock := probe.NewStopped(time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC))
	o := independentOptions{Dialect: d.base, Legal: d.change, Limit: 200, Window: 30 * time.Second, Now: clock.Now}
	if d.network {
		o.Limit, o.Window, o.Now = 400, time.Second, time.Now
	}
	server := newIndependent(o)
	handler := http.Handler(server)
	if d.front != nil {
		handler = d.front(server)
	}
	target := inprocess.Handler(handler, indBase, configurationOf(server, ""), clock)
	if d.network {
		listener := httptest.NewServer(handler)
		defer listener.Close()
		target = runner.Target{URL: listener.URL + indBase, File: configurationOf(server, "")}
	}
	plan := runner.NewPlan(embedded(t), suite.All(), runner.Selection{Profile: runner.Full, Only: only})
	r, err := runner.Judge(t.Context(), target, plan, runner.Options{Concurrency: 8})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Checks) == 0 || r.Coverage.Provoked == 0 {
		t.Fatal("nothing ran")
	}
	return r.Checks
}

// TestForeignRecordTold: a message that tells of the other company is found among times and numbers that change.
func TestForeignRecordTold(t *testing.T) {
	rows := judgeLegal(t, legalDialect{change: func(s *independent) {
		s.worded = func(_ *indCall, p *indProblem, text string) string {
			if p.situation == "foreign-record" {
				text = "This record is not yours."
			}
			return fmt.Sprintf("%s %s (request %d)", s.now().Format(time.RFC3339), text, s.served)
		}
	}}, string(contract.ForeignRecord))
	found := map[string]int{}
	for _, row := range rows {
		found[row.ID+" "+string(row.Outcome)]++
	}
	// A location is looked for in its customer first: another company's is unknown there.
	if warned, passed := found["FOUND-005 warn"], found["FOUND-005 pass"]; warned < 20 || passed > 1 {
		t.Errorf("%d rows warned, %d passed", warned, passed)
	}
}

// TestNumbersOfEachCompany: where each company counts its ids for itself, the number of the other's record is that of
// somebody's record here. The run does not write to it.
func TestNumbersOfEachCompany(t *testing.T) {
	dialects := legalDialects()
	d := dialects[slices.IndexFunc(dialects, func(d legalDialect) bool { return d.name == "ids-count-per-company" })]
	var server *independent
	change := d.change
	d.change = func(s *independent) {
		change(s)
		server = s
	}
	judgeLegal(t, d, string(contract.ForeignRecord), string(contract.UnknownReference))
	untouched := newIndependent(independentOptions{Legal: change})
	for _, table := range []string{"job", "customer", "location", "item"} {
		for id, want := range untouched.tables[table] {
			got := server.tables[table][id]
			if diff := cmp.Diff(want.fields, got.fields); diff != "" || want.status != got.status {
				t.Errorf("%s %d is %s and was %s: %s", table, id, got.status, want.status, diff)
			}
		}
	}
}
