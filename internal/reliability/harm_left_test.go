package reliability

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"conformance/internal/config"
	"conformance/internal/runner"
)

// TestWhatIsLeftIsListed ends runs as they should not end: whatever the run could not delete, its result names.
func TestWhatIsLeftIsListed(t *testing.T) {
	for name, how := range map[string]func(*ordeal){
		"kept":                    func(o *ordeal) { o.keep = true },
		"interrupted early":       func(o *ordeal) { o.interruptAt = 300 },
		"interrupted late":        func(o *ordeal) { o.interruptAt = 1200 },
		"answers are lost":        func(o *ordeal) { o.transport = losing(7, "POST") },
		"deletes are refused":     func(o *ordeal) { o.transport = refusing(2) },
		"answers to deletes lost": func(o *ordeal) { o.transport = losing(2, "DELETE") },
	} {
		for _, contract := range slices.Sorted(maps.Keys(contracts)) {
			if !thoroughRequested() && contract != "depot" {
				continue
			}
			t.Run(contract+"/"+name, func(t *testing.T) {
				t.Parallel()
				o := ordeal{contract: document(t, contract, false), selection: profiles["full"]}
				o.selection.NoFlood = true
				how(&o)
				out := harmless(t, o)
				leavesNothing(t, false, name+" left", out)
				if o.keep && len(out.run.RecordsLeft) < 30 {
					t.Errorf("only %d records are left of a run that keeps them", len(out.run.RecordsLeft))
				}
			})
		}
	}
}

// TestNothingIsGivenUp: without a disposable fixture, and without leave to write, a run changes and makes still less.
func TestNothingIsGivenUp(t *testing.T) {
	for _, contract := range slices.Sorted(maps.Keys(contracts)) {
		if !thoroughRequested() && contract != "embedded" {
			continue // only it has fixtures
		}
		t.Run(contract, func(t *testing.T) {
			t.Parallel()
			o := ordeal{contract: document(t, contract, false), selection: profiles["full"], nothingGiven: true}
			o.selection.NoFlood = true
			leavesNothing(t, false, "", harmless(t, o))
			o.writes = config.Texts{"none"}
			if out := harmless(t, o); len(out.added) > 0 {
				t.Errorf("nothing may be written, and %d records were made:\n\t%.600s", len(out.added),
					strings.Join(out.added, "\n\t"))
			}
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

var errLost = errors.New("the connection was lost")

// losing lets every n-th answer to a method get lost after the server has done what was asked.
func losing(n int64, method string) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		var count atomic.Int64
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			a, err := next.RoundTrip(r)
			if err == nil && r.Method == method && count.Add(1)%n == 0 {
				return nil, errLost
			}
			return a, err
		})
	}
}

// refusing answers every n-th DELETE with a fault of the server, without asking it.
func refusing(n int64) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		var count atomic.Int64
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			if r.Method != http.MethodDelete || count.Add(1)%n != 0 {
				return next.RoundTrip(r)
			}
			return &http.Response{
				StatusCode: http.StatusInternalServerError, Status: "500 Internal Server Error", Proto: "HTTP/1.1", ProtoMajor: 1,
				ProtoMinor: 1,
				Header:     http.Header{}, Body: io.NopCloser(strings.NewReader("")), Request: r,
			}, nil
		})
	}
}

// interrupting ends the context with the n-th request.
func interrupting(n int64, cancel context.CancelFunc) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		var count atomic.Int64
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			if count.Add(1) == n {
				cancel()
			}
			return next.RoundTrip(r)
		})
	}
}

// conditions arranges for what the ordeal does to the run besides its server.
func (o ordeal) conditions(t testing.TB, target *runner.Target) (context.Context, runner.Options) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	if o.transport != nil {
		target.Transport = o.transport(target.Transport)
	}
	if o.interruptAt > 0 {
		target.Transport = interrupting(o.interruptAt, cancel)(target.Transport)
	}
	return ctx, runner.Options{Concurrency: 8, Seed: harmSeed, Bare: o.bare, Keep: o.keep}
}
