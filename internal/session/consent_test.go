package session_test

import (
	"maps"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"conformance/internal/config"
	"conformance/internal/contract"
	"conformance/internal/inprocess"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/suite"
)

// accepted notes the addresses of the requests that a target accepted and that are no reads.
type accepted struct {
	http.RoundTripper
	mu     sync.Mutex
	writes map[string]int
	asked  map[string]bool // every path that was asked for
}

// RoundTrip passes a request on.
func (a *accepted) RoundTrip(q *http.Request) (*http.Response, error) {
	res, err := a.RoundTripper.RoundTrip(q)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked[q.Method+" "+q.URL.Path] = true
	if err == nil && res.StatusCode/100 == 2 && q.Method != http.MethodGet && q.Method != http.MethodHead {
		collection := path.Base(q.URL.Path)
		if collection != "shelves" && collection != "books" {
			collection = path.Base(path.Dir(q.URL.Path))
		}
		a.writes[q.Method+" "+collection]++
	}
	return res, err
}

// judged is a run of the full profile against a correct sandbox of the library, changed as the arguments say.
func judged(
	t *testing.T,
	edit func(string) string,
	configure func(*config.File),
	s runner.Selection,
) (result.Run, *accepted) {
	t.Helper()
	document, err := os.ReadFile("../sandbox/testdata/library.yaml")
	if err != nil {
		t.Fatal(err)
	}
	served, err := contract.Load(document)
	if err != nil {
		t.Fatal(err)
	}
	c, err := contract.Load([]byte(edit(string(document))))
	if err != nil {
		t.Fatal(err)
	}
	target, err := inprocess.New(served, sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	configure(target.File)
	seen := &accepted{RoundTripper: target.Transport, writes: map[string]int{}, asked: map[string]bool{}}
	target.Transport = seen
	s.Profile, s.NoFlood = runner.Full, true
	r, err := runner.Judge(t.Context(), target.Target, runner.NewPlan(c, suite.All(), s), runner.Options{Concurrency: 4})
	if err != nil {
		t.Fatal(err)
	}
	r.Finish()
	return r, seen
}

func asItIs(document string) string { return document }

func reasons(r result.Run) map[result.ReasonCode]int {
	out := map[result.ReasonCode]int{}
	for _, row := range r.Checks {
		if row.Outcome == result.Skip {
			out[row.ReasonCode]++
		}
	}
	return out
}

// TestConsent: what may succeed in changing something is what the configuration lists, and a run that was told nothing
// is never green.
func TestConsent(t *testing.T) {
	for name, c := range map[string]struct {
		writes  config.Texts
		want    []string // accepted writes
		consent bool     // rows wait for it
		verdict result.Verdict
	}{
		"nothing is said": {nil, nil, true, result.Inconclusive},
		"none":            {config.Texts{"none"}, nil, false, result.Conformant},
		"one":             {config.Texts{"addShelf"}, []string{"POST shelves"}, false, result.Conformant},
		"two": {config.Texts{"addShelf", "addBook"}, []string{"DELETE books", "POST books", "POST shelves"}, false,
			result.Conformant}, // what was made may be deleted
		"all": {
			config.Texts{"all"}, []string{"DELETE books", "PATCH books", "POST books", "POST shelves"}, false, result.Conformant,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, seen := judged(t, asItIs, func(f *config.File) { f.Writes = c.writes }, runner.Selection{})
			if got := slices.Sorted(maps.Keys(seen.writes)); !slices.Equal(got, c.want) {
				t.Errorf("accepted writes: %v, want %v", got, c.want)
			}
			if got := reasons(r)[result.Consent] > 0; got != c.consent {
				t.Errorf("rows that wait for consent: %v", got)
			}
			if r.Verdict != c.verdict {
				t.Errorf("the verdict is %s, want %s", r.Verdict, c.verdict)
			}
			if whole := name == "all"; !whole && r.Complete {
				t.Error("it is called complete")
			}
			for _, row := range r.Checks {
				if row.ReasonCode == result.Consent && !strings.Contains(row.Reason, "`writes: [") {
					t.Fatalf("%s does not say which line to add: %s", row.ID, row.Reason)
				}
			}
		})
	}
}

// TestNotJudged: no request goes where the document says that none may.
func TestNotJudged(t *testing.T) {
	edit := func(document string) string {
		return strings.Replace(document, "      operationId: dropBook\n", "      operationId: dropBook\n      "+
			"x-not-judged: it informs the reader\n", 1)
	}
	r, seen := judged(t, edit, func(*config.File) {}, runner.Selection{})
	rows := 0
	for _, row := range r.Checks {
		if row.Operation == "dropBook" {
			rows++
			if row.Outcome != result.Skip || row.ReasonCode != result.Deselected ||
				row.Reason != "x-not-judged: it informs the reader" {
				t.Errorf("%s is %s: %s", row.ID, row.Outcome, row.Reason)
			}
		}
	}
	if rows == 0 {
		t.Error("the operation has no rows: nobody sees that it was left out")
	}
	for address := range seen.asked {
		if strings.HasPrefix(address, "DELETE ") && strings.Contains(address, "/books/") {
			t.Errorf("%s was sent", address)
		}
	}
}

// TestMethodsComplete: only where the document says that it names every method is another one sent to an address
// without an id.
func TestMethodsComplete(t *testing.T) {
	for _, complete := range []bool{true, false} {
		edit := func(document string) string {
			if complete {
				return document
			}
			return strings.Replace(document, "x-methods-complete: true\n", "", 1)
		}
		_, seen := judged(t, edit, func(*config.File) {}, runner.Selection{Only: []string{"METHOD-001"}})
		if got := seen.asked["DELETE /v2/shelves"]; got != complete {
			t.Errorf("complete: %v; DELETE without an id was sent: %v", complete, got)
		}
		if !slices.ContainsFunc(slices.Collect(maps.Keys(seen.asked)), func(address string) bool {
			return strings.HasPrefix(address, "PUT /v2/shelves/") && strings.Contains(address, "/books/")
		}) {
			t.Errorf("complete: %v; no wrong method was tried on a record of the run", complete)
		}
	}
}

// TestIDsOfListsAreNotWrittenTo: a record that a list shows is somebody's, unless the configuration gives it up.
func TestIDsOfListsAreNotWrittenTo(t *testing.T) {
	edit := func(document string) string {
		return strings.Replace(document, "x-reference: {from: addShelf, at: /code}", "x-reference: {from: shelves, at: "+
			"/0/code}", 1)
	}
	r, seen := judged(t, edit, func(*config.File) {}, runner.Selection{Only: []string{"addBook"}})
	if seen.writes["POST books"] > 0 {
		t.Error("something was put onto a shelf that the list shows")
	}
	const line = "fixtures: {addBook.shelf: {values: [ID], disposable: true}}"
	if !slices.ContainsFunc(r.Checks, func(row result.Check) bool {
		return row.ReasonCode == result.Fixture && strings.Contains(row.Reason, line)
	}) {
		for _, row := range r.Checks {
			if row.ReasonCode == result.Fixture {
				t.Fatalf("no row says which line to add, but %s", row.Reason)
			}
		}
		t.Errorf("no row says which line to add: %v", reasons(r))
	}
}
