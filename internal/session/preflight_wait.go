package session

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"conformance/internal/contract"
	"conformance/internal/probe"
)

// How long preflight waits, and for what: for lost connections it asks again, for limits it waits, for silence once.

// LimitedError says that the target answers nothing but that too much was asked.
type LimitedError struct{ text string }

func (e *LimitedError) Error() string { return e.text }

// maxAttempts is how often preflight asks where no answer comes.
const maxAttempts = 3

// sendWithRetry sends a request, and again where the connection breaks: none of preflight's requests does anything, so
// that they may be repeated, and one reset must not end a run. What timed out is not asked again: a target that hangs
// would be waited for three times.
func (p *preflight) sendWithRetry(r *Request) (*probe.Answer, error) {
	for n := 1; ; n++ {
		a, err := p.patient(r)
		var transport *probe.TransportError
		if n == maxAttempts || !errors.As(err, &transport) || transport.Timeout {
			return a, err
		}
	}
}

// patient sends a request that waits no longer for a limit than the run may wait for one.
func (p *preflight) patient(r *Request) (*probe.Answer, error) {
	s := p.session
	r = r.With("", "", func(c *Request) { c.Sent.Patience = s.Config.FloodMaxWait })
	started := s.Client.Clock().Now()
	a, err := p.once(r)
	if err != nil || a.Status != http.StatusTooManyRequests || r.Sent.Unpaced {
		return a, err
	}
	asks := "does not say how long to wait"
	if wait, ok := probe.Asked(a); ok {
		asks = "asks to wait " + wait.String()
	}
	text := fmt.Sprintf("answers %s to %s %s after %s of waiting, and %s: nothing is known of its keys. "+
		"Run again when its limit has lifted; --flood-max-wait (%s) sets how long to wait for that",
		p.describeAnswer(a), r.Sent.Method, r.Sent.Path, s.Client.Clock().Now().Sub(started).Round(time.Second), asks,
		s.Config.FloodMaxWait)
	return nil, &LimitedError{s.Client.Redactor().String(text)}
}

// once sends a request. That nobody has the unguessable ids of a write is not looked up: no key is proven yet to do so.
func (p *preflight) once(r *Request) (*probe.Answer, error) {
	o, s := r.Operation, p.session
	if !o.HasID() || !guardOf(s).isUnguessable(r) || o.NotJudged != "" || s.Config.NoWrites {
		return s.Do(p.ctx, r)
	}
	if err := guardOf(s).consentedToAccident(r); err != nil {
		return nil, err
	}
	return bookOf(s).send(p.ctx, r)
}

// silent says that an operation was not answered in time, and remembers it.
func (p *preflight) silent(o *contract.Operation, err error) bool {
	var transport *probe.TransportError
	if !errors.As(err, &transport) || !transport.Timeout {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.silences == nil {
		p.silences = map[*contract.Operation]bool{}
	}
	p.silences[o] = true
	return true
}

// answers says that the operation answered preflight.
func (p *preflight) answers(o *contract.Operation) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.silences[o]
}
