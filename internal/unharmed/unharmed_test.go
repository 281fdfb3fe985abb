package unharmed

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"conformance/internal/config"
	"conformance/internal/contract"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/suite"
)

// configurations are as a user would write them.
var configurations = []struct {
	name, text string
	spared     *regexp.Regexp // what the configuration gives up: paths and rows
}{
	{"a key", "credentials: {full: '${API_KEY}'}\n", nil},
	{"writes", "credentials: {full: '${API_KEY}'}\nwrites: all\n", nil},
	{"writes, and a record given up", `
credentials: {full: '${API_KEY}'}
fixtures:
  changeZone.zone_id: {values: [alpha.example.], disposable: true}
  deleteZone.zone_id: {values: [alpha.example.], disposable: true}
writes: all
`, regexp.MustCompile(`alpha\.example|INTO (comments|domainmetadata|records) VALUES\([0-9]+,1,`)},
	{"writes, and records that are named and not given up", `
credentials: {full: '${API_KEY}'}
fixtures:
  getZone.zone_id: alpha.example.
  changeZone.zone_id: alpha.example.
  deleteZone.zone_id: [alpha.example., beta.example.]
  listMetadata.zone_id: alpha.example.
  createMetadata.zone_id: beta.example.
  getKey.key_id: transfer.
  changeKey.key_id: [transfer., update.]
  deleteKey.key_id: update.
writes: all
`, nil},
}

var selections = []struct {
	name string
	runner.Selection
}{
	{"quick", runner.Selection{Profile: runner.Quick}},
	{"core", runner.Selection{Profile: runner.Core}},
	{"full", runner.Selection{Profile: runner.Full}},
	{"full, no writes", runner.Selection{Profile: runner.Full, NoWrites: true}},
}

// usual says which combinations go test ./... tries: with the configuration that names most, each document in the
// profile full, and the document that says least in each profile; with the complete document and no names, writes
// allowed, which is when most is written, and not allowed.
func usual(document, configuration int, sel runner.Selection) bool {
	switch full := sel.Profile == runner.Full && !sel.NoWrites; {
	case os.Getenv("CONFORMANCE_EXAM") == "all":
		return true
	case configuration == len(configurations)-1:
		return full || document == len(documents)-1
	default:
		return full && document == 0 && configuration <= 1
	}
}

// TestServerIsLeftAsItWas judges a real server that has records of somebody else, with every document, configuration
// and profile, and compares byte for byte what it shows of them and what is in its database.
func TestServerIsLeftAsItWas(t *testing.T) {
	needServer(t)
	database := seed(t)
	for i, d := range documents {
		c := d.contract(t)
		for j, conf := range configurations {
			for _, sel := range selections {
				if !usual(i, j, sel.Selection) {
					continue
				}
				t.Run(strings.Join([]string{d.name, conf.name, sel.name}, "/"), func(t *testing.T) {
					s := start(t, copied(t, database))
					s.leftAsItWas(t, trial{c, conf.text, conf.spared, sel.Selection})
				})
			}
		}
	}
}

// TestSecondRunLeavesWhatTheFirstLeft judges a server twice. The first run cannot delete what it makes, as its document
// has no operation for that. To the second, which finds them in lists, those records are somebody else's.
func TestSecondRunLeavesWhatTheFirstLeft(t *testing.T) {
	needServer(t)
	s := start(t, newDatabase(t))
	run := trial{configuration: "credentials: {full: '${API_KEY}'}\nwrites: all\n"}
	run.selection.Profile = runner.Full
	run.contract = document{"", withoutChanges}.contract(t)
	s.judge(t, run, &tap{})
	run.contract = document{"", idsFromLists}.contract(t)
	s.leftAsItWas(t, run)
}

func needServer(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: the server is another process, which no detector of races looks into")
	}
	libraries(t)
}

// trial is a run.
type trial struct {
	contract      *contract.Contract
	configuration string
	spared        *regexp.Regexp
	selection     runner.Selection
}

// leftAsItWas has the server judged and says what harm that did.
func (s *powerDNS) leftAsItWas(t *testing.T, run trial) {
	t.Helper()
	lists := []string{"/zones", "/tsigkeys"}
	records := append(s.records(t, "/zones", "/metadata", "/cryptokeys", "/cryptokeys/1"), s.records(t, "/tsigkeys")...)
	before := s.look(t, lists, records)
	if len(before.items) < 4 || len(before.rows) < 50 {
		t.Fatalf("the server does not show what is there: %v", before)
	}
	tap := &tap{base: s.url, known: records}
	r := s.judge(t, run, tap)
	after := s.look(t, lists, records)
	t.Logf("%d requests, %d rows judged, %d writes accepted, %d records left",
		r.Requests, judged(r), tap.accepted, len(r.RecordsLeft))
	mayAdd := strings.Contains(run.configuration, "writes:") && !run.selection.NoWrites
	if judged(r) < 50 || mayAdd && tap.accepted == 0 {
		t.Errorf("that is too little to show anything: %v", r.Notes)
	}
	if harm := before.harm(after, run.spared, mayAdd); len(harm) > 0 {
		t.Errorf("harmed:\n%s\nby\n%s", strings.Join(harm, "\n"), strings.Join(tap.explained(r), "\n"))
	}
}

func (s *powerDNS) judge(t *testing.T, run trial, tap *tap) result.Run {
	t.Helper()
	lookup := func(string) (string, bool) { return apiKey, true }
	file, err := config.Parse("conformance.yaml", []byte(run.configuration), lookup)
	if err != nil {
		t.Fatal(err)
	}
	plan := runner.NewPlan(run.contract, suite.All(), run.selection)
	// One check at a time: this server answers writes that come together with 500 (its database is locked), and takes one
	// zone of a name, so that it would depend on chance how much is judged.
	r, err := runner.Judge(t.Context(), runner.Target{URL: s.url, File: file, Transport: tap}, plan,
		runner.Options{Concurrency: 1, Timeout: 10 * time.Second, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// judged is how many rows passed or failed.
func judged(run result.Run) int {
	n := 0
	for _, row := range run.Checks {
		if row.Outcome != result.Skip && row.Outcome != result.Error {
			n++
		}
	}
	return n
}

// tap notes the writes that the server accepted, and which of them went to records that were there before.
type tap struct {
	base     string
	known    []string // the paths of those records
	mu       sync.Mutex
	accepted int
	suspects []string // "DELETE URL"
}

func (p *tap) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || r.Method == http.MethodGet || answer.StatusCode/100 != 2 {
		return answer, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.accepted++
	if path, _ := strings.CutPrefix(r.URL.String(), p.base); slices.Contains(p.known, path) {
		p.suspects = append(p.suspects, r.Method+" "+r.URL.String())
	}
	return answer, nil
}

// explained says which check sent each suspect. One that no check shows made something ready for a check.
func (p *tap) explained(run result.Run) []string {
	slices.Sort(p.suspects)
	out := slices.Compact(p.suspects)
	for i, suspect := range out {
		for _, row := range run.Checks {
			for _, x := range row.Exchanges {
				if x.Response != nil && x.Response.Status/100 == 2 && x.Request.Method+" "+x.Request.URL == suspect {
					out[i] += fmt.Sprintf("\n\t%s %s %s: %s %s", row.ID, row.Operation, row.Variant, x.Request.Fault, x.Request.Body)
				}
			}
		}
	}
	return out
}
