package suite_test

import (
	"net/http"
	"strings"
	"testing"

	"conformance/internal/inprocess"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
)

// TestPlainRequestRefused: where the plain request to an operation is refused, no row blames the target for that; each
// shows the answer. What needs no plain request is judged: a server error.
func TestPlainRequestRefused(t *testing.T) {
	for status, want := range map[int]result.Outcome{400: result.Skip, 500: result.Fail} {
		rows := judgeChanged(t, sandbox.Options{Limit: 1_000_000},
			runner.Selection{Profile: runner.Full, NoFlood: true, Only: []string{"createJob"}},
			func(target *inprocess.Sandbox) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/jobs") {
						target.Server.ServeHTTP(w, r)
						return
					}
					w.Header().Set("Content-Type", "application/json")
					w.WriteHeader(status)
					_, _ = w.Write([]byte(`{"success":false,"error":"validation_failed","message":"Not today."}`))
				})
			})
		outcomes := map[result.Outcome]int{}
		for _, row := range rows {
			outcomes[row.Outcome]++
			if strings.HasPrefix(row.ID, "ACCEPT-00") && row.ID < "ACCEPT-008" &&
				(row.ReasonCode != result.Control || len(row.Exchanges) == 0) {
				t.Errorf("%d: %s %q: %s %s", status, row.ID, row.Variant, row.Outcome, row.Reason)
			}
		}
		if outcomes[want] == 0 || want == result.Skip && outcomes[result.Fail]+outcomes[result.Warn] > 0 {
			t.Errorf("%d: %v", status, outcomes)
		}
	}
}
