package unharmed

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"conformance/internal/config"
	"conformance/internal/contract"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/suite"
)

// documents are contracts of the same server: one that is complete, and those that people have.
var documents = []struct {
	name string
	edit func(t *testing.T, text string) string
}{
	{"complete", func(_ *testing.T, text string) string { return text }},
	{"without PUT, PATCH and DELETE", withoutChanges},
	{"ids from lists", idsFromLists},
	{"ids from lists, without PUT, PATCH and DELETE", func(t *testing.T, text string) string {
		return withoutChanges(t, idsFromLists(t, text))
	}},
}

// idsFromLists has a document take each record from a list, as if it did not know what creates it.
func idsFromLists(t *testing.T, text string) string {
	t.Helper()
	for create, list := range map[string]string{"createZone": "listZones", "createKey": "listKeys"} {
		reference := "{from: " + create + ", at: /id}"
		if !strings.Contains(text, reference) {
			t.Fatalf("the document has no reference %s", reference)
		}
		text = strings.ReplaceAll(text, reference, "{from: "+list+", at: /0/id}")
	}
	return text
}

// withoutChanges leaves out of a document what changes and deletes. The server does it nevertheless.
func withoutChanges(t *testing.T, text string) string {
	t.Helper()
	var doc map[string]any
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	for _, item := range doc["paths"].(map[string]any) {
		for _, method := range []string{"put", "patch", "delete"} {
			delete(item.(map[string]any), method)
		}
	}
	out, err := yaml.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// configurations are as a user would write them.
var configurations = []struct{ name, text string }{
	{"a key", "credentials: {full: '${API_KEY}'}\n"},
	{"a key and records to read", `
credentials: {full: '${API_KEY}'}
fixtures:
  getZone.zone_id: alpha.example.
  listMetadata.zone_id: alpha.example.
  getKey.key_id: transfer.
`},
}

// waiting is why combinations are skipped that were seen to do harm. METHOD-001 deletes and changes records that a
// fixture or a list names where the document leaves DELETE and PUT out. VALID-001 to VALID-005 change them where the
// server takes an invalid body. The controls of deletions and changes are sent to the first record of a list. With
// NoWrites, invalid bodies create records.
const waiting = "waits for the ledger of internal/session: a run changes nothing that it did not make"

var selections = []struct {
	name string
	runner.Selection
}{
	{"quick", runner.Selection{Profile: runner.Quick}},
	{"core", runner.Selection{Profile: runner.Core}},
	{"full", runner.Selection{Profile: runner.Full}},
	{"full, no writes", runner.Selection{Profile: runner.Full, NoWrites: true}},
}

// usual says which combinations go test ./... tries: the largest configuration with the profile full and each document,
// and with each profile and the document that says least. CONFORMANCE_EXAM=all has all of them tried.
func usual(document, configuration int, sel runner.Selection) bool {
	return os.Getenv("CONFORMANCE_EXAM") == "all" ||
		configuration == len(configurations)-1 && (sel.Profile == runner.Full || document == len(documents)-1)
}

// TestServerIsLeftAsItWas judges a real server that has records of somebody else, with every document, configuration
// and profile, and compares byte for byte what it shows of them and what is in its database.
func TestServerIsLeftAsItWas(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: the server is another process, which no detector of races looks into")
	}
	libraries(t)
	database := seed(t)
	text, err := os.ReadFile("testdata/powerdns.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range documents {
		c, err := contract.Load([]byte(d.edit(t, string(text))))
		if err != nil {
			t.Fatal(err)
		}
		for j, conf := range configurations {
			for _, sel := range selections {
				if !usual(i, j, sel.Selection) {
					continue
				}
				t.Run(strings.Join([]string{d.name, conf.name, sel.name}, "/"), func(t *testing.T) {
					if sel.NoWrites || i > 0 {
						t.Skip(waiting)
					}
					leavesAsItWas(t, database, c, conf.text, sel.Selection)
				})
			}
		}
	}
}

func leavesAsItWas(t *testing.T, database string, c *contract.Contract, configuration string, sel runner.Selection) {
	lookup := func(string) (string, bool) { return apiKey, true }
	file, err := config.Parse("conformance.yaml", []byte(configuration), lookup)
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, copied(t, database))
	lists := []string{"/zones", "/tsigkeys"}
	records := append(s.records(t, "/zones", "/metadata", "/cryptokeys", "/cryptokeys/1"), s.records(t, "/tsigkeys")...)
	before := s.look(t, lists, records)
	if len(before.items) != 4 || len(before.answers) != len(records) || len(before.rows) < 30 {
		t.Fatalf("the server does not show what was seeded: %v", before)
	}
	tap := &tap{base: s.url, seeded: records}
	plan := runner.NewPlan(c, suite.All(), sel)
	run, err := runner.Judge(t.Context(), runner.Target{URL: s.url, File: file, Transport: tap}, plan,
		runner.Options{Concurrency: 8, Timeout: 10 * time.Second, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	after := s.look(t, lists, records)
	t.Logf("%d requests, %d rows judged, %d writes accepted", run.Requests, judged(run), tap.accepted)
	if judged(run) == 0 {
		t.Errorf("nothing was judged: that shows nothing. %v", run.Notes)
	}
	if harm := before.harm(after, !sel.NoWrites); len(harm) > 0 {
		t.Errorf("harmed:\n%s\nby\n%s", strings.Join(harm, "\n"), strings.Join(tap.explained(run), "\n"))
	}
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
	seeded   []string
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
	if path, _ := strings.CutPrefix(r.URL.String(), p.base); slices.Contains(p.seeded, path) {
		p.suspects = append(p.suspects, r.Method+" "+r.URL.String())
	}
	return answer, nil
}

// explained says which check sent each suspect.
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
