package certify

import (
	"context"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"conformance/internal/config"
	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/inprocess"
	"conformance/internal/probe"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
)

// fixture is a small contract, what the suite demands by it, and two clean runs: made once, because they are the slow
// part. What a certificate is does not depend on how large the contract is; the embedded one is certified by the
// scripts of internal/cli.
type fixture struct {
	reference *Reference
	runs      [2]result.Run
	keys      credential.Set // of both sandboxes' first
	err       error
}

var made = sync.OnceValue(func() (e fixture) {
	data, err := os.ReadFile("testdata/tickets.yaml")
	if err != nil {
		return fixture{err: err}
	}
	c, err := contract.Load(data)
	if err != nil {
		return fixture{err: err}
	}
	ctx := context.Background()
	if e.reference, e.err = NewReference(ctx, c); e.err != nil {
		return e
	}
	clock := probe.NewStopped(begun)
	server, err := sandbox.New(c, sandbox.Options{Limit: referenceLimit, Window: referenceWindow, Now: clock.Now})
	if err != nil {
		return fixture{err: err}
	}
	e.keys = server.Keys()
	for i := range e.runs {
		if e.runs[i], e.err = judge(ctx, c, server, clock, int64(i+1), nil, false); e.err != nil {
			return e
		}
		e.runs[i].Target = "http://sandbox.test/api/v1"
		_ = clock.Sleep(ctx, time.Minute)
	}
	return e
})

// begun is when the runs of the tests begin; verified is when they are looked at.
var (
	begun    = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	verified = begun.Add(48 * time.Hour)
)

func clean(t testing.TB) fixture {
	t.Helper()
	e := made()
	if e.err != nil {
		t.Fatal(e.err)
	}
	return e
}

// copies are the runs to be changed: a row that is changed must not be the other tests' row.
func (e fixture) copies() [2]result.Run {
	runs := e.runs
	for i := range runs {
		runs[i].Checks = slices.Clone(runs[i].Checks)
		runs[i].Coverage.Unprovoked = append([]result.Pair{}, runs[i].Coverage.Unprovoked...)
	}
	return runs
}

// judge runs the whole suite against a server in this process, in a time that only waiting moves on. edit may change
// what the suite is told; brief ends the run at the first MUST that fails: what comes after cannot undo it.
func judge(
	ctx context.Context,
	c *contract.Contract,
	server *sandbox.Server,
	clock *probe.Stopped,
	seed int64,
	edit func(*config.File),
	brief bool,
) (result.Run, error) {
	file := sandbox.Configuration(server)
	if edit != nil {
		edit(file)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	r, err := runner.Judge(ctx, inprocess.Handler(server, server.BasePath(), file, clock), FullPlan(c), runner.Options{
		Version: "test", Seed: seed, Concurrency: referenceConcurrency, Progress: func(row result.Check) {
			if brief && row.Outcome == result.Fail && row.Level == result.Must {
				stop()
			}
		},
	})
	r.Finish()
	return r, err
}

// pair is a fresh key pair.
func pair(t testing.TB) *PrivateKey {
	t.Helper()
	private, _, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	key, err := ParsePrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

var product = Subject{Name: "Product 1.2 by Partner"}

// bundle makes one of the two clean runs, changed as the caller wants.
func bundle(t testing.TB, key *PrivateKey, subject Subject, change func(runs *[2]result.Run)) *Bundle {
	t.Helper()
	e := clean(t)
	runs := e.copies()
	if change != nil {
		change(&runs)
	}
	b, err := e.reference.Make(t.Context(), subject, runs, key)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// verify looks at a bundle on the day after it was made.
func verify(t testing.TB, b *Bundle, key *PrivateKey) []Property {
	t.Helper()
	o := Options{Now: verified, MaxAge: 90 * 24 * time.Hour}
	if key != nil {
		o.Key = &key.PublicKey
	}
	return Verify(t.Context(), clean(t).reference, b, o)
}

// property is one of those found.
func property(t testing.TB, found []Property, name string) Property {
	t.Helper()
	for _, p := range found {
		if p.Name == name {
			return p
		}
	}
	return Property{Name: name, Text: "not there"}
}
