package suite_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"conformance/internal/inprocess"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
)

// TestAlikeWithoutJSON: refusals that are not JSON are compared as texts, without what differs from one to the next;
// what cannot be read at all is compared by its status.
func TestAlikeWithoutJSON(t *testing.T) {
	n := 0
	for name, k := range map[string]struct {
		write  func(message string) string // the body of a refusal
		coding string
		told   result.Outcome // where the message tells of the other company
	}{
		"text": {func(m string) string { return m }, "", result.Warn},
		"a page with the number of the request": {func(m string) string {
			return fmt.Sprintf("<html><body><p>%s</p><small>request %d</small></body></html>\n", m, n)
		}, "", result.Warn},
		"half of JSON":            {func(m string) string { return `{"success":false,"message":"` + m }, "", result.Warn},
		"nothing":                 {func(string) string { return "" }, "", result.Pass},
		"bytes that are no text":  {func(string) string { return "\xff" + string(rune(200+n%50)) }, "", result.Pass},
		"a coding that is broken": {func(m string) string { return m + fmt.Sprint(n) }, "gzip", result.Pass},
	} {
		for fault, want := range map[string]result.Outcome{"": result.Pass, "foreign-record-told": k.told} {
			rows := judgeChanged(t, sandbox.Options{Fault: fault, Limit: 1_000_000},
				runner.Selection{Profile: runner.Full, NoFlood: true, Only: []string{"FOUND-005"}},
				func(target *inprocess.Sandbox) http.Handler {
					return changingAnswers(target.Server, func(_ *http.Request, a *httptest.ResponseRecorder) {
						var body struct{ Message string }
						if n++; a.Code/100 != 4 || json.Unmarshal(a.Body.Bytes(), &body) != nil {
							return
						}
						a.Header().Set("Content-Type", "text/plain")
						a.Header().Set("Content-Encoding", k.coding)
						a.Body = bytes.NewBufferString(k.write(body.Message))
					})
				})
			for _, row := range rows {
				if row.Operation == "getAsset" && row.Outcome != want {
					t.Errorf("%s %q: %s %s %+v", name, fault, row.Outcome, row.Reason, row.Differences)
				}
			}
		}
	}
}
