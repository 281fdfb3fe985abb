package report

import (
	"io"
	"strings"
	"testing"

	"conformance/internal/result"
)

// flaky is a run in which a MUST failed and passed when it was tried again.
func flaky(t testing.TB) result.Run {
	t.Helper()
	r := passing(t)
	exchange := func(status int, second bool) result.Exchange {
		return result.Exchange{
			Request: result.Request{Method: "GET", URL: "http://127.0.0.1/things", Fault: "without a key"}, Second: second,
			Response: &result.Response{Status: status, Body: "answer"}, Curl: "curl http://127.0.0.1/things",
		}
	}
	c := &r.Checks[0]
	c.Level, c.Outcome, c.Reason = result.Must, result.Flaky,
		"it failed, and the same again did not: the second try passed"
	c.Differences = []result.Difference{{Kind: result.KindStatus, Rule: result.MustRefuse, At: "status",
		Want: []string{"401"}, Got: "500"}}
	c.Exchanges = []result.Exchange{exchange(500, false), exchange(401, true)}
	r.Finish()
	return r
}

// TestFlaky: every report names a flaky row, counts it, and shows what came both times.
func TestFlaky(t *testing.T) {
	r := flaky(t)
	console := func(w io.Writer, r result.Run) error { return WriteConsole(w, r, ConsoleOptions{}) }
	for name, k := range map[string]struct {
		write func(io.Writer, result.Run) error
		want  []string
	}{
		"console": {console, []string{"FLAKY  1 finding in 1 row", "the second try passed",
			"500 Internal", "tried again 401 Unauthorized", "answered in two ways"}},
		"junit":       {WriteJUnit, []string{`<flakyFailure type="status" message="status: expected 401, got 500">`, "the second try passed", `failures="0"`, "# tried again", "401 (0.0 ms)"}},
		"html":        {WriteHTML, []string{"is-flaky", "the second try passed", "Tried again", "1 were flaky"}},
		"markdown":    {WriteMarkdown, []string{"| passed | failed | flaky |", "| ~ | **" + r.Checks[0].ID}},
		"annotations": {WriteAnnotations, []string{"::warning title=" + r.Checks[0].ID}},
		"json":        {WriteJSON, []string{`"flaky": 1`, `"outcome": "flaky"`, `"second": true`, `"verdict": "inconclusive"`}},
	} {
		text := string(render(t, k.write, r))
		for _, want := range k.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q", name, want)
			}
		}
	}
}
