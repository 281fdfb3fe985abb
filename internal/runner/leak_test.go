package runner_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"conformance"
	"conformance/internal/contract"
	"conformance/internal/probe"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/suite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestInterruptedExecution ends an execution in its midst: nothing begins any more, every goroutine ends, and each row that is there was judged.
func TestInterruptedExecution(t *testing.T) {
	c, err := contract.Load(conformance.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	clock := probe.NewStopped(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	server, err := sandbox.New(c, sandbox.Options{Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	var n atomic.Int64
	session, err := runner.Connect(c, sandbox.Configuration(server), runner.Connection{
		Target: "http://sandbox.test" + server.BasePath(), Concurrency: 8, Clock: clock,
		Transport: probe.InProcess(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if n.Add(1) == 500 {
				interrupt()
			}
			server.ServeHTTP(w, r)
		}), clock),
	})
	if err != nil {
		t.Fatal(err)
	}
	plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Full})
	e := runner.NewExecution(plan, session, nil)
	e.Run(ctx, 8)
	if n.Load() > 520 {
		t.Errorf("%d requests were sent", n.Load())
	}
	rows := e.Rows()
	for _, row := range rows {
		if row.Outcome != result.Pass && row.Outcome != result.Skip {
			t.Errorf("%s %s %s is %s: %s", row.ID, row.Operation, row.Variant, row.Outcome, row.Reason)
		}
	}
	if missing := e.Missing("interrupted"); len(rows) == 0 || len(rows)+len(missing) != plan.Size()+len(plan.Deselected) {
		t.Errorf("%d rows and %d missing of %d", len(rows), len(missing), plan.Size())
	}
}
