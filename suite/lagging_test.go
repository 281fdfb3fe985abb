package suite_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"conformance/internal/inprocess"
	"conformance/internal/probe"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/suite"
)

// TestReadsLag: reads are answered by a copy that is 300 ms behind the writes. That is no effect of a refusal, and no
// record that is missing.
func TestReadsLag(t *testing.T) {
	for _, fault := range []string{"", "refused-update-applied:invalid-field"} {
		c := embedded(t)
		clock := probe.NewStopped(inprocess.Epoch)
		options := func(fault string) sandbox.Options {
			return sandbox.Options{Fault: fault, Limit: 1_000_000, Now: clock.Now, Rand: rand.NewChaCha8([32]byte{1})}
		}
		first, err := sandbox.New(c, options(fault))
		if err != nil {
			t.Fatal(err)
		}
		copied, err := sandbox.New(c, options(fault))
		if err != nil {
			t.Fatal(err)
		}
		target := inprocess.Handler(&lagging{first: first, copied: copied, now: clock.Now}, first.BasePath(),
			sandbox.Configuration(first), clock)
		plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Full, NoFlood: true})
		run, err := runner.Judge(t.Context(), target, plan, runner.Options{Concurrency: 1, Seed: 1, Bare: true})
		if err != nil {
			t.Fatal(err)
		}
		failed, judged := 0, 0
		for _, row := range run.Checks {
			switch {
			case row.Outcome == result.Pass:
				judged++
			case row.Outcome == result.Skip && row.ReasonCode != result.Control:
			case fault == "":
				t.Errorf("%s %s %q: %s %s %+v", row.ID, row.Operation, row.Variant, row.Outcome, row.Reason, row.Differences)
			default:
				failed++
			}
		}
		if fault != "" && failed == 0 || judged < 3000 {
			t.Errorf("%q: %d rows failed, %d passed", fault, failed, judged)
		}
	}
}

// lagging answers reads as the server was some time ago: each write is sent to a copy too, later. Both make the same
// ids and keys.
type lagging struct {
	first, copied http.Handler
	now           func() time.Time
	mu            sync.Mutex // some checks send at the same time
	behind        []written
}

type written struct {
	at time.Time
	r  *http.Request
}

// lagOfCopy is how far the copy is behind.
const lagOfCopy = 300 * time.Millisecond

func (l *lagging) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.behind) > 0 && l.now().Sub(l.behind[0].at) >= lagOfCopy {
		l.copied.ServeHTTP(httptest.NewRecorder(), l.behind[0].r)
		l.behind = l.behind[1:]
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		l.copied.ServeHTTP(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	again := r.Clone(r.Context())
	r.Body, again.Body = io.NopCloser(bytes.NewReader(body)), io.NopCloser(bytes.NewReader(body))
	l.behind = append(l.behind, written{l.now(), again})
	l.first.ServeHTTP(w, r)
}
