package suite_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"conformance/internal/inprocess"
	"conformance/internal/probe"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/suite"
)

// TestValuesThatMove: members of a record that change by themselves are no effect of a refused write, also where two
// readings happened to show the same. A real effect is still found among them.
func TestValuesThatMove(t *testing.T) {
	for _, fault := range []string{"", "refused-update-applied:invalid-field"} {
		rows := judgeChanged(t, sandbox.Options{Fault: fault},
			runner.Selection{Profile: runner.Core, NoFlood: true, Only: []string{"STATE-*"}},
			func(target *inprocess.Sandbox) http.Handler {
				var views atomic.Int64
				return changingAnswers(target.Server, func(r *http.Request, a *httptest.ResponseRecorder) {
					_ = target.Clock.Sleep(r.Context(), 300*time.Millisecond) // the time goes on
					now := target.Clock.Now()
					if r.Method == http.MethodGet && a.Code/100 == 2 {
						addToObjects(t, a, map[string]any{
							"server_time": now.Format(time.RFC3339), "age_seconds": now.Unix() % 86400, "age_minutes": now.Unix() / 60,
							"photo":          fmt.Sprintf("https://files.test/p?expires=%d", now.Unix()+60),
							"last_viewed_at": now.Format(time.RFC3339), "views": views.Add(1) / 3,
						})
					}
				})
			})
		failed := 0
		for _, row := range rows {
			if row.Outcome != result.Pass && row.Outcome != result.Skip {
				failed++
			}
			if fault == "" && row.Outcome != result.Pass && row.ReasonCode != result.NotVerifiable {
				t.Errorf("%s %s %q: %s %s %+v", row.ID, row.Operation, row.Variant, row.Outcome, row.Reason, row.Differences)
			}
		}
		if fault != "" && failed == 0 {
			t.Errorf("%s is not found", fault)
		}
	}
}

// judgeChanged runs what is selected against a sandbox behind a front of its own, one request after the other.
func judgeChanged(
	t *testing.T, o sandbox.Options, selection runner.Selection, front func(*inprocess.Sandbox) http.Handler,
) []result.Check {
	t.Helper()
	c := embedded(t)
	target, err := inprocess.New(c, o)
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	target.Transport = probe.InProcess(front(target), target.Clock)
	plan := runner.NewPlan(c, suite.All(), selection)
	run, err := runner.Judge(t.Context(), target.Target, plan, runner.Options{Concurrency: 1, Seed: 1, Bare: true})
	if err != nil {
		t.Fatal(err)
	}
	var rows []result.Check
	for _, row := range run.Checks {
		if row.ReasonCode != result.Deselected {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		t.Fatal("no row")
	}
	return rows
}

// changingAnswers is the handler with its answers changed before they are sent.
func changingAnswers(h http.Handler, change func(*http.Request, *httptest.ResponseRecorder)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := httptest.NewRecorder()
		h.ServeHTTP(a, r)
		change(r, a)
		maps.Copy(w.Header(), a.Header())
		w.WriteHeader(a.Code)
		_, _ = w.Write(a.Body.Bytes())
	})
}

// addToObjects puts members into every record of an answer.
func addToObjects(t *testing.T, a *httptest.ResponseRecorder, members map[string]any) {
	d := json.NewDecoder(strings.NewReader(a.Body.String()))
	d.UseNumber()
	var body any
	if err := d.Decode(&body); err != nil {
		t.Error(err)
		return
	}
	var visit func(any)
	visit = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, member := range v {
				visit(member)
			}
			if _, isRecord := v["id"]; isRecord {
				maps.Copy(v, members)
			}
		case []any:
			for _, item := range v {
				visit(item)
			}
		}
	}
	visit(body)
	text, err := json.Marshal(body)
	if err != nil {
		t.Error(err)
	}
	a.Body = bytes.NewBuffer(text)
}
