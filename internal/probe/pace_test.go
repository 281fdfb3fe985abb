package probe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"conformance/internal/contract"
)

var limits = &contract.RateLimit{Limit: "X-Limit", Remaining: "X-Remaining", Reset: "X-Reset"}

// windows is a target that counts requests per key and path in windows of a minute, and refuses what is beyond the
// limit.
type windows struct {
	clock   Clock
	limit   int
	used    map[string]int
	ends    map[string]time.Time
	refused int
	times   map[string][]time.Duration // when each was asked, from the start
	start   time.Time
}

func newWindows(clock Clock, limit int) *windows {
	return &windows{
		clock: clock, limit: limit, used: map[string]int{}, ends: map[string]time.Time{}, times: map[string][]time.Duration{},
		start: clock.Now(),
	}
}

func (s *windows) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bucket, now := r.Header.Get("X-Key")+r.URL.Path, s.clock.Now()
	s.times[bucket] = append(s.times[bucket], now.Sub(s.start))
	if !now.Before(s.ends[bucket]) {
		s.used[bucket], s.ends[bucket] = 0, now.Add(time.Minute)
	}
	s.used[bucket]++
	w.Header().Set("X-Limit", strconv.Itoa(s.limit))
	w.Header().Set("X-Remaining", strconv.Itoa(max(0, s.limit-s.used[bucket])))
	w.Header().Set("X-Reset", strconv.FormatInt(s.ends[bucket].Unix(), 10))
	if s.used[bucket] > s.limit {
		s.refused++
		w.Header().Set("Retry-After", strconv.Itoa(int(s.ends[bucket].Sub(now).Seconds())))
		w.WriteHeader(http.StatusTooManyRequests)
	}
}

func paced(t *testing.T, h http.Handler, clock Clock) *Client {
	t.Helper()
	return client(t, "http://target.test", func(o *Options) {
		o.Transport, o.Clock, o.Limits = InProcess(h, clock), clock, limits
	})
}

func as(key, tier string) *Request {
	return &Request{
		Method: "GET", Path: "/" + tier, Tier: tier,
		Credential: Credential{{&contract.Scheme{In: "header", Name: "X-Key"}, key}},
	}
}

// TestPacing: with nothing remaining no request is sent before the reset, and so none is refused.
func TestPacing(t *testing.T) {
	clock := NewStopped(time.Unix(1e9, 0))
	target := newWindows(clock, 3)
	c := paced(t, target, clock)
	for i := range 8 {
		if a, err := c.Do(t.Context(), as("a", "reads")); err != nil || a.Status != http.StatusOK {
			t.Fatalf("request %d: %v, %v", i, a, err)
		}
	}
	got := fmt.Sprint(target.times["a/reads"])
	if want := "[0s 0s 0s 1m0s 1m0s 1m0s 2m0s 2m0s]"; got != want || target.refused != 0 {
		t.Errorf("sent at %s with %d refused, want %s and none", got, target.refused, want)
	}
}

// TestBucketsAreApart: neither another key nor another tier waits for an exhausted one.
func TestBucketsAreApart(t *testing.T) {
	clock := NewStopped(time.Unix(1e9, 0))
	target := newWindows(clock, 1)
	c := paced(t, target, clock)
	for _, r := range []*Request{as("a", "reads"), as("b", "reads"), as("a", "writes"), as("b", "writes")} {
		if _, err := c.Do(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if now := clock.Now().Unix(); now != 1e9 {
		t.Errorf("somebody waited %d s", now-1e9)
	}
	if _, err := c.Do(t.Context(), as("a", "reads")); err != nil || clock.Now().Unix() != 1e9+60 || target.refused != 0 {
		t.Errorf("%v at %v with %d refused", err, clock.Now().Unix(), target.refused)
	}
}

// TestUnpaced: a flood is neither held back nor repeated, and keeps its 429.
func TestUnpaced(t *testing.T) {
	clock := NewStopped(time.Unix(1e9, 0))
	target := newWindows(clock, 2)
	c := paced(t, target, clock)
	for i, want := range []int{200, 200, 429, 429} {
		r := as("a", "reads")
		r.Unpaced = true
		if a, err := c.Do(t.Context(), r); err != nil || a.Status != want {
			t.Errorf("request %d: %v, %v, want %d", i, a, err, want)
		}
	}
	if clock.Now().Unix() != 1e9 || c.Requests() != 4 {
		t.Errorf("%d requests took %v", c.Requests(), clock.Now().Sub(time.Unix(1e9, 0)))
	}
}

// rolls is a target whose requests each leave the window one minute after they came. Its reset is always a window away.
func rolls(clock Clock, limit int, served *[]time.Duration) http.HandlerFunc {
	start := clock.Now()
	return func(w http.ResponseWriter, _ *http.Request) {
		now := clock.Now()
		used := 0
		for _, at := range *served {
			if now.Sub(start.Add(at)) < time.Minute {
				used++
			}
		}
		w.Header().Set("X-Limit", strconv.Itoa(limit))
		w.Header().Set("X-Remaining", strconv.Itoa(max(0, limit-used-1)))
		w.Header().Set("X-Reset", strconv.FormatInt(now.Add(time.Minute).Unix(), 10))
		if used == limit {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		*served = append(*served, now.Sub(start))
	}
}

// TestRollingWindow: where each request leaves the window by itself, the next one waits for the oldest, not for the
// reset.
func TestRollingWindow(t *testing.T) {
	const limit = 15
	clock := NewStopped(time.Unix(1e9, 0))
	var served []time.Duration
	c := paced(t, rolls(clock, limit, &served), clock)
	for range limit + 2 {
		a, err := c.Do(t.Context(), as("a", "reads"))
		if err != nil || a.Status != http.StatusOK {
			t.Fatalf("%v, %v", a, err)
		}
		if err := clock.Sleep(t.Context(), time.Second); err != nil {
			t.Fatal(err)
		}
	}
	if c.Limited() != 0 {
		t.Errorf("%d requests were refused", c.Limited())
	}
	for i, oldest := range served[:2] {
		waited := served[limit+i] - oldest
		if waited < time.Minute || waited > time.Minute+time.Second {
			t.Errorf("request %d was sent %v after the oldest in the window, at %v", limit+i, waited, served)
		}
	}
}

// refuses is a target that answers 429 some times, telling nothing but how long to wait.
func refuses(times int, wait string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if times--; times >= 0 {
			if wait != "" {
				w.Header().Set("Retry-After", wait)
			}
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}
}

// TestALimitThatOutlastsPatience is waited for once, and not again before it lifts.
func TestALimitThatOutlastsPatience(t *testing.T) {
	clock := NewStopped(time.Unix(1e9, 0))
	lifts := clock.Now().Add(time.Hour)
	p := paced(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if left := lifts.Sub(clock.Now()); left > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(left.Seconds())))
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}), clock)
	for i, want := range []time.Duration{4 * time.Minute, 0, 0} {
		before := clock.Now()
		a, err := p.Do(t.Context(), as("a", "reads"))
		if took := clock.Now().Sub(before); err != nil || !UsedUp(a) || took != want {
			t.Errorf("request %d: got %v, %v after %v; want a 429 after %v", i, a, err, took, want)
		}
	}
	_ = clock.Sleep(t.Context(), lifts.Sub(clock.Now()))
	if a, err := p.Do(t.Context(), as("a", "reads")); err != nil || a.Status != 200 || UsedUp(a) {
		t.Errorf("after it has lifted: %v, %v", a, err)
	}
}

// TestOthersAreServed: a request that is refused because others are faster is not given up like one of a used-up quota.
func TestOthersAreServed(t *testing.T) {
	clock := NewStopped(time.Unix(1e9, 0))
	var p *Client
	refused := 0
	p = paced(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Faster") != "" {
			return
		}
		if refused++; refused > 7 {
			return
		}
		faster := as("a", "reads").WithHeader("X-Faster", "yes")
		if a, err := p.Do(r.Context(), faster); err != nil || a.Status != http.StatusOK {
			t.Errorf("%v, %v", a, err)
		}
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusTooManyRequests)
	}), clock)
	if _, err := p.Do(t.Context(), as("a", "reads").WithHeader("X-Faster", "first")); err != nil {
		t.Fatal(err)
	}
	if a, err := p.Do(t.Context(), as("a", "reads")); err != nil || a.Status != http.StatusOK {
		t.Errorf("%v, %v after %v", a, err, clock.Now().Sub(time.Unix(1e9, 0)))
	}
}

// TestA429IsWaitedOut by what Retry-After says, within reason.
func TestA429IsWaitedOut(t *testing.T) {
	for name, c := range map[string]struct {
		times  int
		wait   string
		status int
		took   time.Duration
	}{
		"once":        {1, "7", 200, 7 * time.Second},
		"twice":       {2, " 7 ", 200, 14 * time.Second},
		"no word":     {1, "", 200, time.Second},
		"no number":   {1, "soon", 200, time.Second},
		"zero":        {1, "0", 200, time.Second},
		"negative":    {1, "-5", 200, time.Second},
		"a day":       {1, "86400", 200, time.Minute},
		"for ever":    {1 << 30, "60", 429, 4 * time.Minute},
		"not at all":  {0, "9", 200, 0},
		"beyond ints": {1, "99999999999999999999", 200, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			clock := NewStopped(time.Unix(1e9, 0))
			p := paced(t, refuses(c.times, c.wait), clock)
			a, err := p.Do(t.Context(), as("a", "reads"))
			if took := clock.Now().Sub(time.Unix(1e9, 0)); err != nil || a.Status != c.status || took != c.took {
				t.Errorf("got %v, %v after %v; want %d after %v", a, err, took, c.status, c.took)
			}
		})
	}
}

// TestOddAnnouncements: what a target announces amiss holds nothing back for long.
func TestOddAnnouncements(t *testing.T) {
	now := time.Unix(1e9, 0)
	for name, c := range map[string][3]string{ // limit, remaining, reset
		"nothing":            {"", "", ""},
		"words":              {"ten", "none", "soon"},
		"no reset":           {"10", "0", ""},
		"a reset long past":  {"10", "0", "1"},
		"a daily quota":      {"10", "0", fmt.Sprint(now.Add(20 * time.Hour).Unix())},
		"milliseconds":       {"10", "0", fmt.Sprint(now.Add(time.Minute).UnixMilli())},
		"seconds from now":   {"10", "0", "60"},
		"negative remaining": {"10", "-3", fmt.Sprint(now.Add(time.Hour).Unix())},
		"beyond ints":        {"99999999999999999999", "99999999999999999999", "99999999999999999999"},
	} {
		t.Run(name, func(t *testing.T) {
			clock := NewStopped(now)
			p := paced(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				for i, header := range []string{"X-Limit", "X-Remaining", "X-Reset"} {
					w.Header().Set(header, c[i])
				}
			}), clock)
			for range 20 {
				if _, err := p.Do(t.Context(), as("a", "reads")); err != nil {
					t.Fatal(err)
				}
			}
			if took := clock.Now().Sub(now); took > time.Minute {
				t.Errorf("20 requests took %v", took)
			}
		})
	}
}

// TestCancelEndsAWait for a reset or for a Retry-After; nothing more is sent.
func TestCancelEndsAWait(t *testing.T) {
	for name, c := range map[string]struct {
		handler  http.Handler
		requests int
	}{"reset": {newWindows(Wall{}, 1), 2}, "Retry-After": {refuses(9, "60"), 1}} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			p := paced(t, c.handler, cancelling{cancel})
			var err error
			for range c.requests {
				_, err = p.Do(ctx, as("a", "reads"))
			}
			if !errors.Is(err, context.Canceled) || p.Requests() != 1 {
				t.Errorf("%v after %d requests", err, p.Requests())
			}
		})
	}
}

// cancelling is a clock that interrupts its sleepers.
type cancelling struct{ cancel context.CancelFunc }

func (cancelling) Now() time.Time { return time.Now() }

func (c cancelling) Sleep(ctx context.Context, d time.Duration) error {
	c.cancel()
	return Wall{}.Sleep(ctx, d)
}

func TestStopped(t *testing.T) {
	start := time.Unix(1e9, 0)
	clock := NewStopped(start)
	if err := clock.Sleep(t.Context(), time.Hour); err != nil || !clock.Now().Equal(start.Add(time.Hour)) {
		t.Errorf("%v at %v", err, clock.Now())
	}
	if err := clock.Sleep(t.Context(), -time.Hour); err != nil || !clock.Now().Equal(start.Add(time.Hour)) {
		t.Errorf("it goes back: %v at %v", err, clock.Now())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := clock.Sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) || !clock.Now().Equal(start.Add(time.Hour)) {
		t.Errorf("who does not sleep moves it: %v at %v", err, clock.Now())
	}
}
