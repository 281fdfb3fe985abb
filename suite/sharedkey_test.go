package suite_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"conformance/internal/credential"
	"conformance/internal/inprocess"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
)

// TestFloodKeyInUse: someone else uses the flood's key, or it is counted by a limit per day too. What follows from that
// is no finding, and each way shows in the numbers. A limit that lifts too late is found as before.
func TestFloodKeyInUse(t *testing.T) {
	for name, k := range map[string]struct {
		fault  string
		others func(n, waited int) int // requests of others before the nth one, after so many waits of the run
		daily  int                     // 0: no limit per day
		want   result.Outcome          // of RATE-005
	}{
		"nobody else":                {"", func(int, int) int { return 0 }, 0, result.Pass},
		"nobody, and never lifts":    {"never-lifts", func(int, int) int { return 0 }, 0, result.Fail},
		"nobody, and lifts late":     {"retry-too-soon", func(int, int) int { return 0 }, 0, result.Fail},
		"one that floods too":        {"", func(int, int) int { return 1 }, 0, result.Skip},
		"one that was there before":  {"", func(n, _ int) int { return 60 * max(0, 2-n) }, 0, result.Pass},
		"one that comes after":       {"", func(_, waited int) int { return 100 * (waited % 3) }, 0, result.Skip},
		"a quota per day":            {"", func(int, int) int { return 0 }, 150, result.Skip},
		"a quota per day, then more": {"", func(int, int) int { return 0 }, 330, result.Skip},
	} {
		t.Run(name, func(t *testing.T) {
			selection := runner.Selection{Profile: runner.Full, Only: []string{"RATE-*"}}
			rows := judgeChanged(t, sandbox.Options{Fault: k.fault, Limit: 100}, selection,
				func(target *inprocess.Sandbox) http.Handler {
					return &sharedKey{
						Sandbox: target, key: target.File.Credentials.Secrets(credential.Flood)[0],
						others: k.others, daily: k.daily, last: target.Clock.Now(),
					}
				})
			for _, row := range rows {
				switch {
				case row.ID == "RATE-005" && row.Outcome != k.want && !(k.want == result.Skip && row.Outcome == result.Pass):
					t.Errorf("%s %s: %s, want %s: %s %v", row.ID, row.Operation, row.Outcome, k.want, row.Reason, row.Differences)
				case row.Outcome == result.Fail && k.fault == "", row.Outcome == result.Warn && k.fault == "":
					t.Errorf("%s %s %s: %s %v", row.ID, row.Operation, row.Variant, row.Outcome, row.Differences)
				}
			}
		})
	}
}

// sharedKey is a sandbox one of whose keys others use too, or is limited per day.
type sharedKey struct {
	*inprocess.Sandbox
	key    string
	others func(n, waited int) int
	daily  int
	n      int
	waited int
	last   time.Time
}

func (s *sharedKey) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Api-Key") != s.key {
		s.Server.ServeHTTP(w, r)
		return
	}
	s.n++
	if now := s.Clock.Now(); now.Sub(s.last) > 5*time.Second {
		s.waited, s.last = s.waited+1, now
	}
	for range s.others(s.n, s.waited) {
		s.Server.ServeHTTP(httptest.NewRecorder(), r.Clone(r.Context()))
	}
	if s.daily > 0 && s.n > s.daily {
		w.Header().Set("X-RateLimit-Limit", "100")
		w.Header().Set("X-RateLimit-Remaining", "0")
		w.Header().Set("X-RateLimit-Reset", fmt.Sprint(s.Clock.Now().Unix()+10))
		w.Header().Set("Retry-After", "7200")
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"success": false, "error": "rate_limit_exceeded", "message": "The day's quota is used up.",
			"retry_after": 7200}`)
		return
	}
	s.Server.ServeHTTP(w, r)
}
