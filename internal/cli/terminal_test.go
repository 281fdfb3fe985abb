package cli

import (
	"bytes"
	"strings"
	"testing"

	"conformance/internal/probe"
	"conformance/internal/report"
	"conformance/internal/result"
)

// TestProgressCounts: what could not be judged has not failed.
func TestProgressCounts(t *testing.T) {
	client, err := probe.New(probe.Options{Target: "http://127.0.0.1:9"}, probe.NewRedactor(nil))
	if err != nil {
		t.Fatal(err)
	}
	p := &progress{
		out: &bytes.Buffer{}, client: client, state: report.Progress{Total: 100}, started: client.Clock().Now(),
	}
	for outcome, n := range map[result.Outcome]int{
		result.Error: 3, result.Fail: 2, result.Skip: 4, result.Warn: 5, result.Flaky: 6, result.Pass: 7,
	} {
		for range n {
			p.row(result.Check{Outcome: outcome})
		}
	}
	if got, want := p.state.Line(30), "27/100  2 failed  3 errors"; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
