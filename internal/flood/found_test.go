package flood

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"conformance/internal/contract"
	"conformance/internal/probe"
	"conformance/internal/session"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// floods are those of a contract with one tier, at a time that does not pass.
func floods(t *testing.T) (*Floods, *probe.Stopped) {
	t.Helper()
	clock := probe.NewStopped(start)
	client, err := probe.New(probe.Options{Target: "http://sandbox.test", Clock: clock}, &probe.Redactor{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	c := &contract.Contract{
		RateLimit:  &contract.RateLimit{Limit: "Limit", Remaining: "Left", Reset: "Reset"},
		Operations: []*contract.Operation{{ID: "listThings", Method: "GET", Tier: "reads"}},
	}
	return NewFloods(session.NewSession(c, client, session.Config{})), clock
}

// answer has the headers that are given as name, value.
func answer(status int, headers ...string) *probe.Answer {
	a := &probe.Answer{Status: status, Header: http.Header{}}
	for i := 0; i < len(headers); i += 2 {
		a.Header[headers[i]] = []string{headers[i+1]}
	}
	return a
}

// TestNote: of a flood all answers are counted, and only the first few of those are kept that are shown.
func TestNote(t *testing.T) {
	s, clock := floods(t)
	f := &Found{started: start}
	for _, status := range []int{200, 204, 503, 429, 429, 429, 429, 500, 404, 502, 200} {
		_ = clock.Sleep(t.Context(), time.Second)
		f.record(s, answer(status))
	}
	got := fmt.Sprint(f.Sent, " ", f.Accepted, " ", len(f.Refusals), " ", len(f.Unexpected), " ", len(f.Samples), " ",
		f.Limited())
	if want := "11 3 3 3 11 true"; got != want {
		t.Errorf("sent, accepted, refusals, unexpected, samples, limited: %s, want %s", got, want)
	}
	if want := start.Add(7 * time.Second); f.last429At != want || f.Last429.Status != 429 {
		t.Errorf("the last 429 came at %s, want %s", f.last429At, want)
	}
}

// TestBeforeReset: an overrun counts only where everything was answered within the window, by the clock of the target
// if it shows one.
func TestBeforeReset(t *testing.T) {
	unix := func(d time.Duration) string { return fmt.Sprint(start.Add(d).Unix()) }
	for name, k := range map[string]struct {
		reset string
		date  time.Duration // of the last answer; 0: none is announced
		ended time.Duration
		want  bool
	}{
		"long before":                       {unix(time.Minute), 0, time.Second, true},
		"after it":                          {unix(time.Minute), 0, 2 * time.Minute, false},
		"in the second before it":           {unix(10 * time.Second), 0, 9 * time.Second, false},
		"by the target's clock before it":   {unix(time.Minute), 2 * time.Second, time.Hour, true},
		"by the target's clock after it":    {unix(time.Minute), time.Hour, time.Second, false},
		"no reset, and quick":               {"", 0, 59 * time.Second, true},
		"no reset, and slow":                {"", 0, time.Minute, false},
		"a reset in words":                  {"soon", 0, time.Second, true},
		"a reset in milliseconds, quick":    {fmt.Sprint(start.UnixMilli()), 0, time.Second, true},
		"a reset in milliseconds, too slow": {fmt.Sprint(start.UnixMilli()), 0, time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := floods(t)
			f := &Found{started: start, ended: start.Add(k.ended), Samples: []Sample{{}}}
			if k.date > 0 {
				f.Samples[0].Date = start.Add(k.date)
			}
			if got := f.BeforeReset(s, answer(200, "Reset", k.reset)); got != k.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// TestHeaderInt: a header announces a number only if it is one.
func TestHeaderInt(t *testing.T) {
	s, _ := floods(t)
	for value, want := range map[string]int{"12": 12, " 12 ": 12, "0": 0, "-1": -7, "12s": -7, "": -7, "1.5": -7} {
		if got := s.headerInt(answer(200, "Limit", value), "Limit", -7); got != want {
			t.Errorf("%q: %d, want %d", value, got, want)
		}
	}
}

// TestFloodsFound: a report holds no more points than a chart can show, and every refusal.
func TestFloodsFound(t *testing.T) {
	s, _ := floods(t)
	if got := s.FloodsFound(); got != nil {
		t.Errorf("before anything was flooded there is %v", got)
	}
	f := &Found{
		Operation: s.Contract.Operations[0], First: answer(200), started: start, ended: start.Add(2 * time.Second),
		Limit: 2000, Sent: 2003,
	}
	for i := range 2003 {
		sample := Sample{at: time.Duration(i) * time.Millisecond, Status: 200, Remaining: fmt.Sprint(2000 - i)}
		if i >= 2000 {
			sample.Status, sample.Remaining = 429, "none"
		}
		f.Samples = append(f.Samples, sample)
	}
	f.Recovery, f.waited = answer(200), 1500*time.Millisecond
	s.found["reads"] = f
	found := s.FloodsFound()
	if len(found) != 1 {
		t.Fatalf("%d floods", len(found))
	}
	got := found[0]
	refused, points := 0, len(got.Samples)
	for _, p := range got.Samples {
		if p.Status == 429 {
			refused++
			if p.Remaining != nil {
				t.Errorf("a text is announced as %d", *p.Remaining)
			}
		}
	}
	if refused != 3 || points > 410 || points < 200 {
		t.Errorf("%d points, %d of them refused", points, refused)
	}
	want := "listThings reads 2000 2003 1001.5 2001 1500"
	if diff := cmp.Diff(want, fmt.Sprint(got.Operation, " ", got.Tier, " ", got.Limit, " ", got.Sent, " ", got.RateRPS,
		" ", got.First429, " ", got.RecoveryMS)); diff != "" {
		t.Error(diff)
	}
	f.Recovery = answer(429)
	if got := s.FloodsFound()[0].RecoveryMS; got != 0 {
		t.Errorf("recovered after %d ms, and was refused", got)
	}
}

// TestWithoutKey: no flood begins without a key of its own, and the reason names it.
func TestWithoutKey(t *testing.T) {
	s, _ := floods(t)
	for _, ask := range []func() (*Found, error){
		func() (*Found, error) { return s.Of(t.Context(), "reads") },
		func() (*Found, error) { return s.Recovered(t.Context(), "reads") },
	} {
		if _, err := ask(); err == nil || !strings.Contains(err.Error(), "credentials.flood") {
			t.Errorf("got %v", err)
		}
	}
	if n := s.Client.Requests(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}
