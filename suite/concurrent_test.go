package suite_test

import (
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/suite"
)

// TestRunsAtOnce: five pipelines judge the same target with the same configuration, flood key included. None fails, and
// what one cannot judge for the others' sake is about limits. It takes half a minute: CONFORMANCE_EXAM=all has it.
func TestRunsAtOnce(t *testing.T) {
	if os.Getenv("CONFORMANCE_EXAM") != "all" {
		t.Skip("an exam")
	}
	c := embedded(t)
	server, err := sandbox.New(c, sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server)
	defer listener.Close()
	plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Core})
	file := sandbox.Configuration(server)
	rows, err := runner.Judge(t.Context(), runner.Target{URL: listener.URL + server.BasePath(), File: file}, plan,
		runner.Options{Concurrency: 16})
	if err != nil {
		t.Fatal(err)
	}
	alone := map[string]bool{} // not verifiable for a run that is alone either
	for _, row := range rows.Checks {
		alone[row.ID+row.Operation+row.Variant] = row.ReasonCode == result.NotVerifiable
	}
	var runs sync.WaitGroup
	for range 5 {
		runs.Go(func() {
			target := runner.Target{URL: listener.URL + server.BasePath(), File: file}
			r, err := runner.Judge(t.Context(), target, plan, runner.Options{Concurrency: 16})
			if err != nil {
				t.Error(err)
				return
			}
			r.Finish()
			if code := result.ExitStatus(r, result.Must); code != 0 {
				t.Errorf("exit status %d: %q", code, r.Notes)
			}
			for _, row := range r.Checks {
				skipped := row.ReasonCode == result.NotApplicable || alone[row.ID+row.Operation+row.Variant] ||
					row.ReasonCode == result.NotVerifiable && strings.HasPrefix(row.ID, "RATE-")
				if row.Outcome != result.Pass && !skipped {
					t.Errorf("%s %s %q: %s %s %+v", row.ID, row.Operation, row.Variant, row.Outcome, row.Reason, row.Differences)
				}
			}
		})
	}
	runs.Wait()
}
