// Package setup owns what a foreign API needs before its first run: it looks at a target by reads alone, and writes a
// configuration and an overlay with what the document leaves open. It knows no checks, and judges nothing.
package setup

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/judge"
	"conformance/internal/probe"
)

// Bounds on what Look sends.
const (
	MaxRequests  = 30
	MaxPerSecond = 20
	mostReads    = 8 // reads without an id that are asked
)

// Seen is what reads have shown of a target.
type Seen struct {
	Base     Base
	Security Security
	Errors   Errors
	Limits   []string // names of headers by which the target announces limits, sorted
	Records  []Record
	// Trouble says why looking ended early; empty: it did not.
	Trouble string
	// Answered says that the target answered at all.
	Answered bool
}

// Target is where to look, and by what.
type Target struct {
	Client   *probe.Client // to the target's host: its base path is Base, not the client's
	Base     string        // as it was given, without a slash at its end
	Contract *contract.Contract
	// Secret is that of the key for everything, by the scheme that sends it; empty: there is none. Where it always is, no
	// request carries a key.
	Secret func(*contract.Scheme) string
}

// looker sends the reads. Every request of this package is made by ask.
type looker struct {
	Target
	ctx     context.Context
	seen    *Seen
	base    string // below which it asks
	reads   []*contract.Operation
	asked   []*answer // in their order
	stopped bool
}

// answer is what came back for a read, with a key or without one.
type answer struct {
	*probe.Answer
	of    *contract.Operation // nil: of none
	base  string              // below which it was asked for
	keyed bool
	json  any // the decoded body; nil: it is not JSON
}

// Look asks the target by at most MaxRequests GETs, without a body, and follows no redirect. The target's own trouble
// is in what it returns; the error is the context's.
func Look(ctx context.Context, t Target) (*Seen, error) {
	l := &looker{Target: t, ctx: ctx, seen: &Seen{}}
	l.reads = plainReads(t.Contract)
	l.findBase()
	for _, o := range l.reads {
		if len(l.bare()) < mostReads {
			l.read(o)
		}
	}
	if len(l.bare()) == 0 { // nothing can be read without an id: a made-up one shows whether a key is wanted
		l.unknownIDs(false)
	}
	l.security()
	l.errors()
	l.limits()
	l.records()
	l.seen.Answered = len(l.asked) > 0
	l.seen.Base.Sure = l.seen.Base.Sure || slices.ContainsFunc(l.asked, func(a *answer) bool {
		return a.of != nil && a.base == l.base && a.Accepted() && a.json != nil
	})
	return l.seen, ctx.Err()
}

// ask sends one GET below the base path, nil where it may not or no answer came. A target that asks for patience is
// asked nothing more.
func (l *looker) ask(o *contract.Operation, r *probe.Request) *answer {
	if l.stopped || l.Client.Requests() >= MaxRequests {
		return nil
	}
	r.Method, r.Path, r.Unpaced = http.MethodGet, l.base+r.Path, true
	a, err := l.Client.Do(l.ctx, r)
	if err != nil {
		l.stop("no answer to a read: %v", cause(err))
		return nil
	}
	out := &answer{Answer: a, of: o, base: l.base, keyed: r.Credential != nil}
	if body, err := judge.Decode(a.Body); err == nil {
		out.json = body
	}
	l.asked = append(l.asked, out)
	if a.Status == http.StatusTooManyRequests {
		l.stop("the target answered 429 (too many requests) and was asked nothing more")
	}
	return out
}

func (l *looker) stop(format string, args ...any) {
	l.stopped, l.seen.Trouble = true, l.Client.Redactor().String(fmt.Sprintf(format, args...))
}

func cause(err error) error {
	var transport *probe.TransportError
	if errors.As(err, &transport) {
		return transport.Err
	}
	return err
}

// read asks for an operation without a key, unless that was done, and with the key where it is refused without one.
// It returns the last answer.
func (l *looker) read(o *contract.Operation) *answer {
	for _, a := range l.asked {
		if a.of == o && !a.keyed && a.base == l.base {
			return l.last(o)
		}
	}
	r, ok := request(o, nil)
	if !ok {
		return nil
	}
	a := l.ask(o, r.Clone())
	if a == nil || !denied(a.Status) {
		return a
	}
	if keyed := l.again(a); keyed != nil {
		return keyed
	}
	return a
}

// again asks what was refused without a key with it; nil: there is none, or nothing says where it goes.
func (l *looker) again(a *answer) *answer {
	r := a.Request.Clone()
	r.Path = strings.TrimPrefix(r.Path, a.base)
	if r = l.withKey(a.of, r); r.Credential == nil {
		return nil
	}
	return l.ask(a.of, r)
}

// last is the last answer of an operation, nil if it has none.
func (l *looker) last(o *contract.Operation) *answer {
	for _, a := range slices.Backward(l.asked) {
		if a.of == o && a.base == l.base {
			return a
		}
	}
	return nil
}

// bare are the answers to reads of operations without a key, below the base path, as long as only valid ones were sent.
func (l *looker) bare() []*answer {
	var out []*answer
	for _, a := range l.asked {
		if a.of != nil && !a.keyed && a.base == l.base {
			out = append(out, a)
		}
	}
	return out
}

// withKey is the request with the key, where there is one and the operation or what was found says where it goes.
func (l *looker) withKey(o *contract.Operation, r *probe.Request) *probe.Request {
	r = r.Clone()
	var ways []contract.Together
	if f := l.seen.Security.Found; f != nil {
		ways = []contract.Together{{&f.Scheme}}
	}
	if o == nil || o.Security == nil {
		o = l.Contract.Secured()
	}
	if o != nil {
		ways = o.Keys
	}
	for _, way := range ways {
		if r.Credential = l.placed(way); r.Credential != nil {
			return r
		}
	}
	return r
}

// placed is the key as one way sends it; nil: a secret is missing.
func (l *looker) placed(way contract.Together) probe.Credential {
	var out probe.Credential
	for _, s := range way {
		secret := l.Secret(s)
		if secret == "" {
			return nil
		}
		out = append(out, probe.Part{Scheme: s, Secret: secret})
	}
	return out
}

func denied(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden
}

// plainReads are the GETs that need no record, those of lists whose records others read first, then the shortest.
func plainReads(c *contract.Contract) []*contract.Operation {
	wanted := map[*contract.Operation]bool{}
	for _, o := range c.Operations {
		wanted[contract.CollectionOf(c, o)] = true
	}
	var lists, others []*contract.Operation
	for _, o := range c.Operations {
		if _, ok := request(o, nil); !ok || o.NotJudged != "" {
			continue
		}
		if wanted[o] {
			lists = append(lists, o)
		} else {
			others = append(others, o)
		}
	}
	shortest := func(a, b *contract.Operation) int { return len(a.Path.URL) - len(b.Path.URL) }
	slices.SortStableFunc(others, shortest)
	slices.SortStableFunc(lists, shortest)
	return append(lists, others...)
}

// request is a valid GET of the operation with these ids; false: it is none, or lacks a value.
func request(o *contract.Operation, ids map[string]string) (*probe.Request, bool) {
	r := &probe.Request{Path: o.Path.URL, Group: o.ID}
	ok := o.Method == http.MethodGet && !strings.ContainsAny(r.Path, "?#")
	for _, p := range o.Parameters {
		value, known := ids[p.Name]
		if !known && p.Valid != nil && p.Role == contract.Input {
			value, known = generate.Text(p.Valid), true
		}
		if p.Role == contract.Selector {
			value, known = p.Value, true
		}
		switch {
		case !p.Required && p.In != "path":
		case !known:
			ok = false
		case p.In == "path":
			r.Path = strings.ReplaceAll(r.Path, "{"+p.Name+"}", url.PathEscape(value))
		case p.In == "query":
			r.Query = append(r.Query, probe.Pair{Name: p.Name, Value: value})
		case p.In == "header":
			r.Header = append(r.Header, probe.Pair{Name: p.Name, Value: value})
		default:
			ok = false
		}
	}
	return r, ok && !strings.Contains(r.Path, "{")
}

// word is a random text of letters that nothing on the target is called.
func word() string {
	b := []byte("conformance-")
	for range 12 {
		b = append(b, byte('a'+rand.IntN(26)))
	}
	return string(b)
}
