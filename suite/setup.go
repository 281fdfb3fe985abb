package suite

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"conformance/internal/contract"
	"conformance/internal/probe"
	"conformance/internal/result"
)

// Unmet says why a check cannot stand: its reason code and, for people, what to do.
type Unmet struct {
	Code   result.ReasonCode
	Reason string
	Answer *probe.Answer // the answer that shows it, or nil
}

func (u *Unmet) Error() string { return u.Reason }

func missing(setting string) *Unmet {
	return &Unmet{Code: result.Credential, Reason: setting + " is not configured"}
}

// place is where an id comes from: two references to the same place are the same record within one set-up.
type place struct {
	from string
	at   contract.Pointer
}

// binding holds the ids that one set-up has found.
type binding map[place]any

// forked is a copy that has forgotten what came from that operation.
func (b binding) forked(from string) binding {
	c := maps.Clone(b)
	maps.DeleteFunc(c, func(p place, _ any) bool { return p.from == from })
	return c
}

// making is the one request by which a record or a control is made, whoever asks first.
type making struct {
	mu     sync.Mutex
	done   bool
	answer any // decoded body
	raw    *probe.Answer
	body   map[string]any // as it was sent
	fields map[string]any
	err    error
}

// fill finds a value for every reference of the operation. Set-up calls are made as needed and shared between checks.
func (s *Session) fill(ctx context.Context, who tenant, o *contract.Operation, b binding) (map[string]any, error) {
	fields := map[string]any{}
	var later []func() error
	err := each(o, func(name string, r *contract.Reference) error {
		if r.After != "" {
			later = append(later, func() error { return s.prepare(ctx, who, r, b) })
		}
		v, err := s.find(ctx, who, o, name, r, b)
		if err != nil {
			if r.Keep {
				return nil // the example stands in
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

// prepare makes the call that must have succeeded before the reference is of use.
func (s *Session) prepare(ctx context.Context, who tenant, r *contract.Reference, b binding) error {
	_, err := s.ensure(ctx, who, s.Contract.Operation(r.After), b, "")
	return err
}

func (s *Session) find(ctx context.Context, who tenant, o *contract.Operation, name string, r *contract.Reference, b binding) (any, error) {
	at := place{r.From, r.At}
	if values := s.Config.Fixtures[o.ID+"."+name]; len(values) > 0 && who == own {
		if !r.Distinct {
			b[at] = values[0]
		}
		return values[0], nil
	}
	if v, ok := b[at]; ok && !r.Distinct {
		return v, nil
	}
	instance := ""
	if r.Distinct {
		b, instance = b.forked(r.From), "distinct"
	}
	m, err := s.ensure(ctx, who, r.Source, b, instance)
	if err != nil {
		return nil, err
	}
	v, ok := r.At.Get(m.answer)
	if !ok || v == nil {
		return nil, &Unmet{Code: result.Fixture, Reason: fmt.Sprintf(
			"no value for %s.%s: the answer of %s has nothing at %s; configure fixtures.%s.%s or, if the record lacks it, that of its id",
			o.ID, name, r.From, r.At, o.ID, name)}
	}
	b[at] = v
	return v, nil
}

// each calls f for every reference of the operation: identifiers first, then body fields.
func each(o *contract.Operation, f func(name string, r *contract.Reference) error) error {
	for _, p := range o.Parameters {
		if p.Reference != nil && p.Required {
			if err := f(p.Name, p.Reference); err != nil {
				return err
			}
		}
	}
	if o.Body == nil {
		return nil
	}
	for _, field := range o.Body.Fields {
		_, shown := o.Body.Example[field.Name]
		if field.Reference != nil && (field.Required || shown) {
			if err := f(field.Name, field.Reference); err != nil {
				return err
			}
		}
	}
	return nil
}

// ensure has the operation succeed once for these references, and returns what it answered. Instances are apart: "" is the shared
// one, which is also the operation's control.
func (s *Session) ensure(ctx context.Context, who tenant, o *contract.Operation, b binding, instance string) (*making, error) {
	fields, err := s.fill(ctx, who, o, b)
	if err != nil {
		return nil, err
	}
	if !o.Reads() && s.Config.NoWrites {
		return nil, &Unmet{Code: result.Deselected, Reason: "needs " + o.ID + " to succeed, and --no-writes forbids it"}
	}
	name := strings.Join([]string{string(who), o.ID, instance, signature(fields)}, "|")
	m := s.making(name)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.done {
		return m, m.err
	}
	m.fields = fields
	m.err = s.succeed(ctx, who, o, m, hash(o.ID+strings.TrimRight(instance, "0123456789"))) // which number it got is chance
	var transport *probe.TransportError
	m.done = !errors.As(m.err, &transport) && ctx.Err() == nil // what was never answered, the next one tries anew
	return m, m.err
}

func hash(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // never fails
	return h.Sum64()
}

func (s *Session) making(key string) *making {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.made[key]
	if m == nil {
		m = &making{}
		s.made[key] = m
	}
	return m
}

func signature(fields map[string]any) string {
	parts := make([]string, 0, len(fields))
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		parts = append(parts, fmt.Sprint(name, "=", fields[name]))
	}
	return strings.Join(parts, "&")
}

// succeed sends the valid request and insists that it is accepted.
func (s *Session) succeed(ctx context.Context, who tenant, o *contract.Operation, m *making, pick uint64) error {
	secret, err := s.key(who, pick)
	if err != nil && o.Security != nil {
		return err
	}
	r := s.request(o, m.fields).As(secret, "")
	if err := s.allowed(r); err != nil {
		return err
	}
	if who == foreign && o.Body != nil && label(o.Body) != nil {
		s.mu.Lock()
		s.foreign[mark(r, label(o.Body))] = true
		s.mu.Unlock()
	}
	a, err := s.send(ctx, r)
	if err != nil {
		return err
	}
	m.raw, m.body = a, r.Body
	if a.Status/100 != 2 {
		name := "a valid request"
		if who == foreign {
			name = "a valid request of the other company"
		}
		return &Unmet{Code: result.Control, Answer: a, Reason: fmt.Sprintf(
			"%s to %s was answered %d, not 2xx: what the same request with a fault shows is unknown", name, o.ID, a.Status)}
	}
	if a.Truncated {
		return &Unmet{Code: result.Control, Answer: a, Reason: fmt.Sprintf("the success answer of %s is longer than %d MiB; only that much of it was read", o.ID, len(a.Body)>>20)}
	}
	if len(bytes.TrimSpace(a.Body)) == 0 {
		return nil // 204, or a success that has nothing to say
	}
	if err := json.Unmarshal(a.Body, &m.answer); err != nil {
		return &Unmet{Code: result.Control, Answer: a, Reason: fmt.Sprintf("the success answer of %s is not JSON: %v", o.ID, err)}
	}
	return nil
}

// control has the operation's valid request succeed once in this run and returns the ids that it was sent with.
func (s *Session) control(ctx context.Context, o *contract.Operation) (map[string]any, error) {
	if s.Config.NoWrites && !o.Reads() {
		return s.fill(ctx, own, o, binding{}) // the ids alone: what is sent with them must be refused
	}
	if o.Method == http.MethodDelete {
		return s.controlDelete(ctx, o)
	}
	m, err := s.ensure(ctx, own, o, binding{}, "")
	if err != nil {
		return nil, err
	}
	if f := statusField(o); f != nil && hasID(o) && s.status(recordOf(o, m.fields), f) == unknown {
		return s.fresh(ctx, o) // the shared record's status was lost with an answer
	}
	return m.fields, nil
}

// controlDelete has a record of its own deleted once, and returns the ids of another one that stays: what shows whether deleting is
// refused must not be what other checks rest on.
func (s *Session) controlDelete(ctx context.Context, o *contract.Operation) (map[string]any, error) {
	b, err := s.bindApart(ctx, own, o, "deleted by "+o.ID)
	if err != nil {
		return nil, err
	}
	if _, err := s.ensure(ctx, own, o, b, ""); err != nil {
		return nil, err
	}
	if b, err = s.bindApart(ctx, own, o, "kept from "+o.ID); err != nil {
		return nil, err
	}
	return s.fill(ctx, own, o, b)
}

// fresh makes a record of its own for the operation to act on, and returns the ids that a request to it needs.
func (s *Session) fresh(ctx context.Context, o *contract.Operation) (map[string]any, error) {
	ids := o.Identifiers()
	if len(ids) == 0 {
		return s.fill(ctx, own, o, binding{})
	}
	last, b := ids[len(ids)-1].Reference, binding{}
	if last.Source.Reads() {
		return nil, &Unmet{Code: result.Fixture, Reason: "no operation creates what " + o.ID + " acts on"}
	}
	m, err := s.ensure(ctx, own, last.Source, b, fmt.Sprint("own ", s.serial.Add(1)))
	if err != nil {
		return nil, err
	}
	id, ok := last.At.Get(m.answer)
	if !ok {
		return nil, &Unmet{Code: result.Control, Reason: fmt.Sprintf("the answer of %s has nothing at %s", last.From, last.At)}
	}
	b[place{last.From, last.At}] = id
	return s.fill(ctx, own, o, b)
}

// apart binds the operation to records that only this instance uses, as far as they can be made: those that its address names, with
// their parents, and those that the observers of an operation without an address show.
func (s *Session) apart(ctx context.Context, o *contract.Operation, instance string) (map[string]any, error) {
	b, err := s.bindApart(ctx, own, o, instance)
	if err != nil {
		return nil, err
	}
	return s.fill(ctx, own, o, b)
}

func (s *Session) bindApart(ctx context.Context, who tenant, o *contract.Operation, instance string) (binding, error) {
	b := binding{}
	for _, r := range s.subjects(who, o) {
		at := place{r.From, r.At}
		if _, bound := b[at]; bound || r.Distinct || !r.Source.Creates() {
			continue
		}
		m, err := s.ensure(ctx, who, r.Source, maps.Clone(b), instance)
		if err != nil {
			return nil, err
		}
		b[at], _ = r.At.Get(m.answer)
	}
	return b, nil
}

// subjects are the references to what a request to the operation changes. What the configuration names is taken as it is.
func (s *Session) subjects(who tenant, o *contract.Operation) []*contract.Reference {
	var out []*contract.Reference
	for _, p := range o.Identifiers() {
		if len(s.Config.Fixtures[o.ID+"."+p.Name]) > 0 && who == own {
			return nil
		}
		out = append(out, p.Reference)
	}
	if len(out) > 0 {
		return out
	}
	shown := map[place]bool{}
	for _, observer := range observersOf(s.Contract, o) {
		for _, p := range observer.Identifiers() {
			shown[place{p.Reference.From, p.Reference.At}] = true
		}
	}
	_ = each(o, func(_ string, r *contract.Reference) error {
		if shown[place{r.From, r.At}] {
			out = append(out, r)
		}
		return nil
	})
	return out
}
