package selftest

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"conformance/internal/contract"
	"conformance/internal/probe"
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

// Rehearse runs a plan against a sandbox in this process, in which no time passes, and counts.
func Rehearse(ctx context.Context, c *contract.Contract, p *runner.Plan, concurrency int, noWrites bool) (*Forecast, error) {
	clock := probe.NewStopped(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	server, err := sandbox.New(c, sandbox.Options{Limit: RehearsalLimit, Window: 20 * time.Second, Now: clock.Now})
	if err != nil {
		return nil, err
	}
	count := &counting{next: probe.InProcess(server, clock), methods: map[string]int{}}
	session, err := runner.Connect(c, sandbox.Configuration(server), runner.Connection{
		Target: "http://sandbox.test" + server.BasePath(), Concurrency: concurrency, NoWrites: noWrites, Clock: clock, Transport: count, Seed: 1,
	})
	if err != nil {
		return nil, err
	}
	if _, err := session.Preflight(ctx); err != nil {
		return nil, err
	}
	runner.NewExecution(p, session, nil).Run(ctx, concurrency)
	session.Rest(ctx)
	return &Forecast{count.methods, session.Client.Created()}, ctx.Err()
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
