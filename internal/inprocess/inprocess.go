// Package inprocess owns a server in this process, in a time that only waiting moves on, as a target: what the
// self-test, certificates, the dry run and tests judge. It must not know what is judged there, nor what anyone
// concludes from it.
package inprocess

import (
	"net/http"
	"time"

	"conformance/internal/config"
	"conformance/internal/contract"
	"conformance/internal/probe"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
)

// Epoch is when time stands still, if nobody says otherwise.
var Epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// host is a name that leads nowhere.
const host = "http://sandbox.test"

// Sandbox is a sandbox as a target. It must be closed.
type Sandbox struct {
	runner.Target
	Server   *sandbox.Server
	Clock    *probe.Stopped
	listener *sandbox.Listener // nil: requests reach the server without a network
}

// ContractError says why a contract cannot be served.
type ContractError struct{ Err error }

func (e *ContractError) Error() string { return "the contract cannot be served: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *ContractError) Unwrap() error { return e.Err }

// New starts a sandbox of the contract whose clock shows Epoch. Its configuration has every credential and fixture. A
// sandbox that is itself only behind a listener gets one, on a loopback port. The error is a ContractError, or that
// listener's.
func New(c *contract.Contract, o sandbox.Options) (*Sandbox, error) { return NewAt(c, o, Epoch) }

// NewAt is New for a clock that shows another time.
func NewAt(c *contract.Contract, o sandbox.Options, now time.Time) (*Sandbox, error) {
	clock := probe.NewStopped(now)
	o.Now = clock.Now
	server, err := sandbox.New(c, o)
	if err != nil {
		return nil, &ContractError{err}
	}
	target := Handler(server, server.BasePath(), sandbox.Configuration(server), clock)
	s := &Sandbox{Target: target, Server: server, Clock: clock}
	if server.NeedsListener() {
		if s.listener, err = sandbox.Start("127.0.0.1:0", server); err != nil {
			return nil, err
		}
		s.URL, s.Transport = s.listener.URL(), nil
	}
	return s, nil
}

// Close frees what the sandbox holds.
func (s *Sandbox) Close() error {
	if s.listener == nil {
		return nil
	}
	return s.listener.Close()
}

// Handler makes any handler a target: base is the path at which its API begins, clock the one that the handler goes by
// too.
func Handler(h http.Handler, base string, f *config.File, clock *probe.Stopped) runner.Target {
	return runner.Target{URL: host + base, File: f, Transport: probe.InProcess(h, clock), Clock: clock}
}
