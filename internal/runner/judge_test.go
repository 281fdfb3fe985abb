package runner_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"conformance/internal/parallel"
	"conformance/internal/probe"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/suite"
)

func TestMain(m *testing.M) {
	// Ginkgo listens for signals to the end of the process.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/onsi/ginkgo/v2/internal/interrupt_handler."+
		"(*InterruptHandler).registerForInterrupts.func2"))
}

// TestInterruptedExecution ends an execution in its midst: nothing begins any more, every goroutine ends, and each row
// that is there was judged.
func TestInterruptedExecution(t *testing.T) {
	c, target := embedded(t)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	var n atomic.Int64
	target.Transport = probe.InProcess(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) == 500 {
			interrupt()
		}
		target.Server.ServeHTTP(w, r)
	}), target.Clock)
	plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Full})
	r, err := runner.Judge(ctx, target.Target, plan, runner.Options{Concurrency: 8})
	if err != nil {
		t.Fatal(err)
	}
	if n.Load() > 520 {
		t.Errorf("%d requests were sent", n.Load())
	}
	judged := 0
	for _, row := range r.Checks {
		switch {
		case row.Outcome == result.Pass || row.Outcome == result.Skip:
			judged++
		case row.Outcome != result.Error || row.Reason != "interrupted before it ran":
			t.Errorf("%s %s %s is %s: %s", row.ID, row.Operation, row.Variant, row.Outcome, row.Reason)
		}
	}
	if judged == 0 || len(r.Checks) != plan.Size()+len(plan.Deselected) {
		t.Errorf("%d rows, %d of them judged, of %d", len(r.Checks), judged, plan.Size())
	}
}

// TestPanicReachesTheCaller: a panic in a worker is thrown where Judge was called, so that the command line can name
// it.
func TestPanicReachesTheCaller(t *testing.T) {
	c, target := embedded(t)
	defer func() {
		if p, ok := recover().(*parallel.Panic); !ok || p.Value != "out of range" {
			t.Errorf("thrown: %v", p)
		}
	}()
	plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Quick})
	o := runner.Options{Concurrency: 4, Progress: func(result.Check) { panic("out of range") }}
	_, err := runner.Judge(t.Context(), target.Target, plan, o)
	t.Errorf("Judge returned: %v", err)
}
