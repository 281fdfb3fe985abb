package suite_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/inprocess"
	"conformance/internal/probe"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/suite"
)

// TestGatewayAtWrites: something in front of a correct API answers every few creates in its place, before or after the
// API has carried them out. No row fails for it, rows that could not be judged name it, later ones are judged, and
// every record that was made is known at the end.
func TestGatewayAtWrites(t *testing.T) {
	for name, k := range map[string]struct {
		status            int
		mediaType, answer string
	}{
		"HTML":         {502, "text/html", "<html><body><h1>502 Bad Gateway</h1></body></html>"},
		"text":         {503, "text/plain", "upstream connect error or disconnect/reset before headers"},
		"foreign JSON": {504, "application/json", `{"message": "Endpoint request timed out"}`},
		"nothing":      {502, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := embedded(t)
			target, err := inprocess.New(c, sandbox.Options{Limit: 1_000_000})
			if err != nil {
				t.Fatal(err)
			}
			defer target.Close()
			front := &gateway{api: target.Server, status: k.status, mediaType: k.mediaType, answer: k.answer}
			front.id = c.IDsOf(c.Operation("createCustomer"))[0]
			target.Transport = probe.InProcess(front, target.Clock)
			plan := runner.NewPlan(c, suite.All(), runner.Selection{
				Profile: runner.Core, NoFlood: true, Only: []string{"createCustomer"},
			})
			run, err := runner.Judge(t.Context(), target.Target, plan, runner.Options{Concurrency: 1, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			outcomes := map[result.Outcome]int{}
			for _, row := range run.Checks {
				outcomes[row.Outcome]++
				named := strings.Contains(row.Reason, "in front of the API")
				if row.Outcome != result.Pass && row.Outcome != result.Skip && !(row.Outcome == result.Error && named) ||
					row.ReasonCode == result.Control {
					t.Errorf("%s %q: %s %s %+v", row.ID, row.Variant, row.Outcome, row.Reason, row.Differences)
				}
			}
			if outcomes[result.Error] == 0 || outcomes[result.Pass] < 2*outcomes[result.Error] {
				t.Errorf("outcomes: %v", outcomes)
			}
			for _, id := range front.made {
				if !slices.ContainsFunc(run.RecordsLeft, func(r result.Record) bool { return slices.Contains(r.IDs, id) }) {
					t.Errorf("the run does not know of customer %s", id)
				}
			}
		})
	}
}

// gateway answers every fifth create of a customer itself, in turn without asking the API and after it.
type gateway struct {
	api               http.Handler
	status            int
	mediaType, answer string
	id                contract.Pointer // of a customer, in the answer
	creates           int
	mu                sync.Mutex
	made              []string // ids of customers
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/customers") || r.URL.RawQuery != "" {
		g.api.ServeHTTP(w, r)
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.creates++
	instead := g.creates%5 == 0
	if !instead || g.creates%2 == 0 {
		a := httptest.NewRecorder()
		g.api.ServeHTTP(a, r)
		var body any
		if a.Code == http.StatusCreated && json.Unmarshal(a.Body.Bytes(), &body) == nil {
			id, _ := g.id.Get(body)
			g.made = append(g.made, generate.Text(id))
		}
		if !instead {
			for name, values := range a.Header() {
				w.Header()[name] = values
			}
			w.WriteHeader(a.Code)
			_, _ = w.Write(a.Body.Bytes())
			return
		}
	}
	w.Header().Set("Server", "edge/1.2")
	w.Header().Set("Content-Type", g.mediaType)
	w.WriteHeader(g.status)
	_, _ = w.Write([]byte(g.answer))
}
