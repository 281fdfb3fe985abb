package inprocess

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"conformance/internal/config"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
)

// RehearsalLimit is the rate limit of the sandbox that a plan is rehearsed on.
const RehearsalLimit = 100

// Forecast is what a plan sends, counted on the sandbox.
type Forecast struct {
	Requests map[string]int // by method
	Created  int
	Writes   []ForecastWrites
}

// ForecastWrites are the requests to one operation that are meant to succeed in changing something.
type ForecastWrites struct {
	Operation  string
	Sent, Left int
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

// Rehearse runs a plan against a sandbox in this process and counts. Only the writes that are consented to succeed.
func Rehearse(ctx context.Context, p *runner.Plan, writes config.Texts, concurrency int) (*Forecast, error) {
	s, err := New(p.Contract, sandbox.Options{Limit: RehearsalLimit, Window: 20 * time.Second})
	if err != nil {
		return nil, err
	}
	count := &counting{next: s.Transport, methods: map[string]int{}}
	s.Transport = count
	s.File.Writes = writes
	var mu sync.Mutex
	wrote := map[string]int{}
	r, err := runner.Judge(
		ctx,
		s.Target,
		p,
		runner.Options{Concurrency: concurrency, Seed: 1, Wrote: func(operation string) {
			mu.Lock()
			defer mu.Unlock()
			wrote[operation]++
		}},
	)
	f := &Forecast{Requests: count.methods, Created: r.RecordsCreated}
	for _, operation := range slices.Sorted(maps.Keys(wrote)) {
		w := ForecastWrites{Operation: operation, Sent: wrote[operation]}
		for _, left := range r.RecordsLeft {
			if left.Operation == operation {
				w.Left++
			}
		}
		f.Writes = append(f.Writes, w)
	}
	return f, errors.Join(err, ctx.Err(), s.Close())
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
