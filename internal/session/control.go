package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"

	"conformance/internal/contract"
	"conformance/internal/probe"
	"conformance/internal/result"
)

// Control has the operation's valid request succeed once in this run and returns the ids that it was sent with, also
// where it was refused: RefusedPlain knows that error.
func (s *Session) Control(ctx context.Context, o *contract.Operation) (map[string]any, error) {
	if s.Config.NoWrites && !o.Reads() {
		return unknownIDs(s, o), nil // what is sent with them must be refused, and harms nothing if it is not
	}
	if o.Method == http.MethodDelete {
		return controlDelete(ctx, s, o)
	}
	m, err := s.EnsureSetup(ctx, Own, o, Binding{}, "")
	if err != nil {
		return sentWith(m), err
	}
	if f := o.StatusField(); f != nil && o.HasID() && s.Status(RecordOf(o, m.fields), f) == Unknown {
		return s.Fresh(ctx, o) // the shared record's status was lost with an answer
	}
	return m.fields, nil
}

// controlDelete has a record of its own deleted once, and returns the ids of another one that stays: what shows whether
// deleting is refused must not be what other checks rest on.
func controlDelete(ctx context.Context, s *Session, o *contract.Operation) (map[string]any, error) {
	b, err := s.BindIsolated(ctx, Own, o, "deleted by "+o.ID)
	if err != nil {
		return nil, err
	}
	if m, err := s.EnsureSetup(ctx, Own, o, b, ""); err != nil {
		return sentWith(m), err
	}
	if b, err = s.BindIsolated(ctx, Own, o, "kept from "+o.ID); err != nil {
		return nil, err
	}
	return s.ResolveReferences(ctx, Own, o, b)
}

// sentWith are the ids that a set-up request was sent with; nil: it was not.
func sentWith(m *SetupCall) map[string]any {
	if m == nil {
		return nil
	}
	return m.fields
}

// PlainAnswer is what the operation's own plain request was answered in place of a success, if that is what the error
// of Control says.
func PlainAnswer(o *contract.Operation, err error) *probe.Answer {
	var unmet *NotJudged
	if !errors.As(err, &unmet) || unmet.Code != result.Control || unmet.Answer == nil ||
		unmet.Answer.Accepted() || unmet.Answer.Request.Group != o.ID {
		return nil
	}
	return unmet.Answer
}

// RefusedPlain is PlainAnswer if that is a refusal. Of a target that answers 5xx no request shows anything.
func RefusedPlain(o *contract.Operation, err error) *probe.Answer {
	if a := PlainAnswer(o, err); a != nil && (a.Refused || a.Status/100 == 4) {
		return a
	}
	return nil
}

// Accepts has some valid request to the operation succeed: its control, or where that is refused another legal change
// of the status. The error is that of Control.
func Accepts(ctx context.Context, s *Session, o *contract.Operation) error {
	_, err := s.Control(ctx, o)
	f := o.StatusField()
	if RefusedPlain(o, err) == nil || f == nil || !o.HasID() {
		return err
	}
	once, _ := s.otherChanges.LoadOrStore(o.ID, sync.OnceValue(func() bool { return acceptsOther(ctx, s, o, f) }))
	if once.(func() bool)() {
		return nil
	}
	return err
}

// acceptsOther says that some legal change of a new record's status is accepted.
func acceptsOther(ctx context.Context, s *Session, o *contract.Operation, f *contract.Field) bool {
	return slices.ContainsFunc(f.Transitions.To[f.Transitions.Initial], func(to string) bool {
		fields, err := s.Fresh(ctx, o)
		if err != nil {
			return false
		}
		r, err := s.With(o, fields, 0)
		if err != nil {
			return false
		}
		a, err := s.Send(ctx, r.WithField(f.Name, to, ""))
		return err == nil && a.Accepted()
	})
}

// Fresh makes a record of its own for the operation to act on, and returns the ids that a request to it needs.
func (s *Session) Fresh(ctx context.Context, o *contract.Operation) (map[string]any, error) {
	if err := guardOf(s).consented(o); err != nil {
		return nil, err
	}
	ids := o.Identifiers()
	if len(ids) == 0 {
		return s.ResolveReferences(ctx, Own, o, Binding{})
	}
	last, b := ids[len(ids)-1].Reference, Binding{}
	if last.Source.Reads() {
		if p := ids[len(ids)-1]; !s.Config.Fixtures[o.ID+"."+p.Name].Disposable {
			return nil, guardOf(s).needsDisposable(o, p)
		}
		return nil, &NotJudged{
			Code: result.NotVerifiable, Reason: "no operation creates what " + o.ID + " acts on: others may use the same record",
		}
	}
	m, err := s.EnsureSetup(ctx, Own, last.Source, b, fmt.Sprint("own ", s.serial.Add(1)))
	if err != nil {
		return nil, err
	}
	if b[last.IDSource()], err = idIn(m.Answer, last); err != nil {
		return nil, err
	}
	return s.ResolveReferences(ctx, Own, o, b)
}

// idIn is the id that an answer of the reference's source yields. Without one no request to the record can be made: an
// id that is made up might be somebody else's.
func idIn(answer any, r *contract.Reference) (any, error) {
	id, ok := r.At.Get(answer)
	if !ok || id == nil {
		return nil, &NotJudged{
			Code: result.Control, Reason: fmt.Sprintf("the answer of %s has nothing at %s", r.From, r.At),
		}
	}
	return id, nil
}

// Isolated binds the operation to records that only this instance uses, as far as they can be made: those that its
// address names, with their parents, and those that the observers of an operation without an address show.
func (s *Session) Isolated(ctx context.Context, o *contract.Operation, instance string) (map[string]any, error) {
	if err := guardOf(s).consented(o); err != nil {
		return nil, err
	}
	b, err := s.BindIsolated(ctx, Own, o, instance)
	if err != nil {
		return nil, err
	}
	return s.ResolveReferences(ctx, Own, o, b)
}

// BindIsolated makes records that only this instance uses for what a request to the operation changes.
func (s *Session) BindIsolated(
	ctx context.Context,
	who Tenant,
	o *contract.Operation,
	instance string,
) (Binding, error) {
	b := Binding{}
	for _, r := range s.ChangedReferences(who, o) {
		at := r.IDSource()
		if _, bound := b[at]; bound || r.Distinct || !r.Source.Creates() {
			continue
		}
		m, err := s.EnsureSetup(ctx, who, r.Source, maps.Clone(b), instance)
		if err != nil {
			return nil, err
		}
		if b[at], err = idIn(m.Answer, r); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// ChangedReferences are the references to what a request to the operation changes. What the configuration names is
// taken as it is.
func (s *Session) ChangedReferences(who Tenant, o *contract.Operation) []*contract.Reference {
	var out []*contract.Reference
	for _, p := range o.Identifiers() {
		if len(s.Config.Fixtures[o.ID+"."+p.Name].Values) > 0 && who == Own {
			return nil
		}
		out = append(out, p.Reference)
	}
	if len(out) > 0 {
		return out
	}
	shown := map[contract.IDSource]bool{}
	for _, observer := range s.Contract.Observers(o) {
		for _, p := range observer.Identifiers() {
			shown[p.Reference.IDSource()] = true
		}
	}
	_ = o.EachReference(func(_ string, r *contract.Reference) error {
		if shown[r.IDSource()] {
			out = append(out, r)
		}
		return nil
	})
	return out
}
