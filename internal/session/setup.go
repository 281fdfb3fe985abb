package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/judge"
	"conformance/internal/probe"
	"conformance/internal/result"
)

// Observers are requests that show what a write to these ids does.
func (s *Session) Observers(write *contract.Operation, fields map[string]any, pick uint64) ([]*Request, error) {
	values := map[contract.IDSource]any{}
	_ = write.EachReference(func(name string, r *contract.Reference) error {
		if v, ok := fields[name]; ok {
			values[r.IDSource()] = v
		}
		return nil
	})
	var out []*Request
	for _, o := range s.Contract.Observers(write) {
		bound := map[string]any{}
		for _, p := range o.Identifiers() {
			if v, ok := values[p.Reference.IDSource()]; ok {
				bound[p.Name] = v
			}
		}
		if len(bound) == len(o.Identifiers()) {
			r, err := s.With(o, bound, pick)
			if err != nil {
				return nil, err
			}
			out = append(out, r)
		}
	}
	return out, nil
}

// NotJudged says why a check cannot stand: its reason code and, for people, what to do.
type NotJudged struct {
	Code   result.ReasonCode
	Reason string
	Answer *probe.Answer // the answer that shows it, or nil
}

func (u *NotJudged) Error() string { return u.Reason }

// Binding holds the ids that one set-up has found.
type Binding map[contract.IDSource]any

// forked is a copy that has forgotten what came from that operation.
func (b Binding) forked(from string) Binding {
	c := maps.Clone(b)
	maps.DeleteFunc(c, func(p contract.IDSource, _ any) bool { return p.From == from })
	return c
}

// SetupCall is the one request by which a record or a control is made, whoever asks first.
type SetupCall struct {
	mu     sync.Mutex
	done   bool
	Answer any // decoded body
	raw    *probe.Answer
	Body   map[string]any // as it was sent
	fields map[string]any
	err    error
	// silences counts the attempts that were not answered in time. Who waited for one does not wait for another.
	silences atomic.Int64
}

// ResolveReferences finds a value for every reference of the operation. Set-up calls are made as needed and shared
// between checks.
func (s *Session) ResolveReferences(
	ctx context.Context,
	who Tenant,
	o *contract.Operation,
	b Binding,
) (map[string]any, error) {
	fields := map[string]any{}
	var later []func() error
	err := o.EachReference(func(name string, r *contract.Reference) error {
		if r.After != "" {
			later = append(later, func() error { return s.prepareReference(ctx, who, r, b) })
		}
		v, err := s.ResolveReference(ctx, who, o, name, r, b)
		if err != nil {
			if r.Keep {
				return nil // the example is used
			}
			return err
		}
		if v != nil {
			fields[name] = v
		}
		return nil
	})
	for _, prepare := range later {
		if err == nil {
			err = prepare()
		}
	}
	return fields, err
}

// prepareReference makes the call that must have succeeded before the reference is of use.
func (s *Session) prepareReference(ctx context.Context, who Tenant, r *contract.Reference, b Binding) error {
	_, err := s.EnsureSetup(ctx, who, s.Contract.Operation(r.After), b, "")
	return err
}

// ResolveReference is an id for the reference of that name: a fixture, what the binding holds, or that of a record
// which is made for it.
func (s *Session) ResolveReference(
	ctx context.Context,
	who Tenant,
	o *contract.Operation,
	name string,
	r *contract.Reference,
	b Binding,
) (any, error) {
	at := r.IDSource()
	if values := s.Config.Fixtures[o.ID+"."+name].Of(who); len(values) > 0 && (who == Own || r.Source.Reads()) {
		if !r.Distinct {
			b[at] = values[0]
		}
		return values[0], nil
	}
	if v, ok := b[at]; ok && !r.Distinct {
		return v, nil
	}
	if r.Value != "" && who == Own {
		return r.Value, nil
	}
	if r.Given() {
		return nil, &NotJudged{Code: result.Gap, Reason: fmt.Sprintf(
			"nothing says which record %s.%s names; configure fixtures.%s.%s, or give the parameter x-reference",
			o.ID, name, o.ID, name)}
	}
	instance := ""
	if r.Distinct {
		b, instance = b.forked(r.From), "distinct"
	}
	m, err := s.EnsureSetup(ctx, who, r.Source, b, instance)
	if err != nil {
		return nil, err
	}
	v, ok := r.At.Get(m.Answer)
	if !ok || v == nil {
		return nil, &NotJudged{Code: result.Fixture, Reason: fmt.Sprintf(
			"no value for %s.%s: the answer of %s%s has nothing at %s; configure fixtures.%s.%s or, if the record lacks it, "+
				"that of its id",
			o.ID, name, r.From, strange(m.Answer), r.At, o.ID, name)}
	}
	b[at] = v
	return v, nil
}

// strange says what is strange about a success answer from which an id was to be taken, if it is no object.
func strange(answer any) string {
	switch answer.(type) {
	case map[string]any:
		return ""
	case nil:
		return ", which has no body or null,"
	}
	return ", which is JSON, but not an object,"
}

// EnsureSetup has the operation succeed once for these references, and returns what it answered. Instances are apart:
// "" is the shared one, which is also the operation's control.
func (s *Session) EnsureSetup(
	ctx context.Context,
	who Tenant,
	o *contract.Operation,
	b Binding,
	instance string,
) (*SetupCall, error) {
	fields, err := s.ResolveReferences(ctx, who, o, b)
	if err != nil {
		return nil, err
	}
	if err := guardOf(s).consented(o); err != nil {
		return nil, err
	}
	name := strings.Join([]string{string(who), o.ID, instance, signature(fields)}, "|")
	m := s.setupCall(name)
	before := m.silences.Load()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.done || m.silences.Load() > before {
		return m, m.err
	}
	if m.fields == nil { // a second try has the same, and somebody may be reading those of the first
		m.fields = fields
	}
	// which number it got is chance
	m.err = s.requireSuccess(ctx, who, o, m, Hash(o.ID+strings.TrimRight(instance, "0123456789")))
	var transport *probe.TransportError
	unanswered := errors.As(m.err, &transport)
	if unanswered && transport.Timeout {
		m.silences.Add(1)
	}
	m.done = !unanswered && ctx.Err() == nil // what was never answered, the next one tries again
	return m, m.err
}

// Hash makes a number of a text, the same in every run.
func Hash(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // never fails
	return h.Sum64()
}

func (s *Session) setupCall(key string) *SetupCall {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.setupCalls[key]
	if m == nil {
		m = &SetupCall{}
		s.setupCalls[key] = m
	}
	return m
}

func signature(fields map[string]any) string {
	parts := make([]string, 0, len(fields))
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		parts = append(parts, name+"="+generate.Text(fields[name]))
	}
	return strings.Join(parts, "&")
}

// sendUntilShown sends a valid request. A read of a record that was just made may be answered by a copy that lags
// behind: what it does not find it is asked for again, up to a second.
func sendUntilShown(ctx context.Context, s *Session, r *Request) (*probe.Answer, error) {
	a, err := s.Send(ctx, r)
	for range 2 {
		if err != nil || a.Status != http.StatusNotFound || !r.Operation.Reads() || !r.Operation.HasID() {
			break
		}
		if err := s.Client.Wait(ctx, time.Second/2, "the target may show late what was made"); err != nil {
			return nil, err
		}
		a, err = s.Send(ctx, r)
	}
	return a, err
}

// isPlain says that texts of the operation other than its label are sent as its example has them: it, or what makes
// the records that it writes to, takes no others.
func isPlain(s *Session, o *contract.Operation) bool {
	_, plain := s.plain.Load(o.ID)
	if o.HasID() && !plain {
		_, plain = s.plain.Load(o.LastIdentifier().Reference.From)
	}
	return plain
}

// plainAfter says that a valid request was refused for what it holds, and that from now on less of it is marked.
func plainAfter(s *Session, o *contract.Operation, a *probe.Answer) bool {
	if o.Body == nil || a.Status != http.StatusBadRequest && a.Status != http.StatusUnprocessableEntity {
		return false
	}
	_, already := s.plain.LoadOrStore(o.ID, true)
	return !already
}

// requireSuccess sends the valid request and insists that it is accepted.
func (s *Session) requireSuccess(
	ctx context.Context,
	who Tenant,
	o *contract.Operation,
	m *SetupCall,
	pick uint64,
) error {
	r, err := requestAs(s, who, o, m.fields, pick)
	if err != nil {
		return err
	}
	if err := allowed(s, r); err != nil {
		return err
	}
	if who == Foreign && o.Body != nil && o.Body.Label() != nil {
		s.noteForeign(Mark(r, o.Body.Label()))
	}
	a, err := sendUntilShown(ctx, s, r)
	if err != nil {
		return err
	}
	if plainAfter(s, o, a) {
		return s.requireSuccess(ctx, who, o, m, pick)
	}
	m.raw, m.Body = a, r.Body
	if !a.Accepted() {
		name := "a valid request"
		if who == Foreign {
			name = "a valid request of the other company"
		}
		return &NotJudged{Code: result.Control, Answer: a, Reason: fmt.Sprintf(
			"%s to %s was answered %d, not 2xx, so its negative checks prove nothing", name, o.ID, a.Status)}
	}
	if !a.Truncated && len(bytes.TrimSpace(a.Body)) == 0 {
		return nil // 204, or a success that has nothing to say
	}
	if m.Answer, err = judge.Read(a); err != nil {
		return &NotJudged{
			Code: result.Control, Answer: a, Reason: fmt.Sprintf("the success answer of %s %v", o.ID, err),
		}
	}
	return nil
}
