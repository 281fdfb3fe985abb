package inprocess

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"conformance/internal/runner"
	"conformance/internal/sandbox"
)

// RehearsalLimit is the rate limit of the sandbox that a plan is rehearsed on.
const RehearsalLimit = 100

// Forecast is what a plan sends, counted on the sandbox.
type Forecast struct {
	Requests map[string]int // by method
	Created  int
}

// Methods are those that are sent, sorted.
func (f *Forecast) Methods() []string { return slices.Sorted(maps.Keys(f.Requests)) }

// Sum is how many requests are sent, of all methods.
func (f *Forecast) Sum() int {
	n := 0
	for _, count := range f.Requests {
		n += count
	}
	return n
}

// Rehearse runs a plan against a sandbox in this process and counts.
func Rehearse(ctx context.Context, p *runner.Plan, concurrency int) (*Forecast, error) {
	s, err := New(p.Contract, sandbox.Options{Limit: RehearsalLimit, Window: 20 * time.Second})
	if err != nil {
		return nil, err
	}
	count := &counting{next: s.Transport, methods: map[string]int{}}
	s.Transport = count
	r, err := runner.Judge(ctx, s.Target, p, runner.Options{Concurrency: concurrency, Seed: 1})
	return &Forecast{count.methods, r.RecordsCreated}, errors.Join(err, ctx.Err(), s.Close())
}

// counting counts requests by method.
type counting struct {
	next    http.RoundTripper
	mu      sync.Mutex
	methods map[string]int
}

// RoundTrip counts a request and passes it on.
func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	c.methods[r.Method]++
	c.mu.Unlock()
	return c.next.RoundTrip(r)
}
