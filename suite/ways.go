package suite

import (
	"encoding/json"
	"fmt"
	"slices"

	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/result"
)

// The ways in which a write must be refused, for the checks that look whether it changed something all the same.

// refusal is one way of having a write refused.
type refusal struct {
	situation contract.SituationID
	possible  func(*contract.Contract, *contract.Operation) bool
	spoil     func(*T, *Request) []*Request // each with a fault of its own
}

// refusedBy lists the ways. Each leaves most of the body good, so that a change that is made all the same shows.
var refusedBy = []refusal{
	{contract.MissingKey, on(secured), once(func(_ *T, r *Request) *Request { return r.WithoutKey("without a key") })},
	{contract.InvalidKey, on(secured), once(func(t *T, r *Request) *Request { return r.As(t.madeUpKey(), "with a key that was never issued") })},
	{contract.MisplacedKey, on(secured), once(func(t *T, r *Request) *Request {
		key := t.fullKey()
		return r.misplacing(key).WithQuery("api_key", key, "with the key in the query")
	})},
	{contract.MalformedBody, on(hasBody), once(func(_ *T, r *Request) *Request {
		body, _ := json.Marshal([]any{r.Body}) // JSON values always marshal
		return r.WithRaw(body, "body: an array around the object")
	})},
	{contract.RevokedKey, on(secured), once(func(t *T, r *Request) *Request {
		return r.As(t.Need(t.Credentials().Revoked, "credentials.revoked"), "with a revoked key")
	})},
	{contract.DeniedIP, on(secured), once(func(t *T, r *Request) *Request {
		return r.As(t.Need(t.Credentials().IPDenied, "credentials.ip_denied"), "with a key that is not allowed from this address")
	})},
	{contract.MissingScope, on(scoped), once(func(t *T, r *Request) *Request { return r.As(t.withoutScope(), "with a key without the scope") })},
	{contract.MissingField, func(_ *contract.Contract, o *contract.Operation) bool {
		return len(spoiling(generate.Missing(o.Body))) > 0
	},
		func(t *T, r *Request) []*Request { return r.spoilt(generate.Missing(t.Operation().Body)) }},
	{contract.InvalidField, func(_ *contract.Contract, o *contract.Operation) bool {
		return len(spoiling(generate.InvalidFields(o.Body))) > 0
	},
		func(t *T, r *Request) []*Request { return r.spoilt(generate.InvalidFields(t.Operation().Body)) }},
	{contract.UnknownReference, func(_ *contract.Contract, o *contract.Operation) bool { return len(referring(o)) > 0 }, func(t *T, r *Request) []*Request {
		var out []*Request
		for _, f := range referring(t.Operation()) {
			out = append(out, r.WithField(f.Name, t.unknownValue(f), f.Name+" of no record"))
		}
		return out
	}},
	{contract.WrongMethod, func(c *contract.Contract, o *contract.Operation) bool {
		return hasID(o) && len(c.WrongMethods(o.Path)) > 0
	},
		func(t *T, r *Request) []*Request {
			var out []*Request
			for _, method := range t.session.Contract.WrongMethods(t.Operation().Path) {
				out = append(out, r.WithMethod(method, "method "+method).bodyFor(method))
			}
			return out
		}},
	{contract.IllegalTransition, on(canForbid), once(func(t *T, r *Request) *Request {
		f := statusField(t.Operation())
		tr, from := f.Transitions, t.session.status(recordOf(r.operation, r.fields), f)
		if from == unknown {
			t.Skip(result.Control, "the answer to a status change was lost: which one is illegal now is unknown")
		}
		for _, to := range tr.Statuses {
			if to != from && !tr.Legal(from, to) {
				return r.WithField(f.Name, to, fmt.Sprintf("%s from %s to %s", f.Name, from, to))
			}
		}
		t.Skip(result.NotVerifiable, "every status change is legal")
		return nil
	})},
	{contract.UnknownStatus, on(changesStatus), once(func(t *T, r *Request) *Request {
		return r.WithField(statusField(t.Operation()).Name, "conformance-none", "a status that does not exist")
	})},
	{contract.Duplicate, on(hasUnique), once(func(t *T, r *Request) *Request {
		f, taken := t.taken()
		return r.WithField(f.Name, taken, f.Name+" of another record")
	})},
}

func on(possible func(*contract.Operation) bool) func(*contract.Contract, *contract.Operation) bool {
	return func(_ *contract.Contract, o *contract.Operation) bool { return possible(o) }
}

func once(spoil func(*T, *Request) *Request) func(*T, *Request) []*Request {
	return func(t *T, r *Request) []*Request { return []*Request{spoil(t, r)} }
}

func (r *Request) spoilt(all []generate.Mutation) []*Request {
	var out []*Request
	for _, m := range spoiling(all) {
		out = append(out, r.Mutated(m))
	}
	return out
}

// canForbid says that the operation changes a status, and not every change is legal.
func canForbid(o *contract.Operation) bool {
	if !changesStatus(o) {
		return false
	}
	tr := statusField(o).Transitions
	return slices.ContainsFunc(tr.Statuses, func(to string) bool { return to != tr.Initial && !tr.Legal(tr.Initial, to) })
}

// spoiling are mutations, one of each field: a server that takes the body field by field may have taken some before it comes to the bad
// one. Statuses and unique values have ways of their own.
func spoiling(all []generate.Mutation) []generate.Mutation {
	var out []generate.Mutation
	for _, m := range all {
		f := m.Field
		if f.Transitions == nil && f.Unique == nil && !slices.ContainsFunc(out, func(o generate.Mutation) bool { return o.Field == f }) {
			out = append(out, m)
		}
	}
	return out
}

// referring are the body fields whose reference may be unknown.
func referring(o *contract.Operation) []*contract.Field {
	var out []*contract.Field
	for _, f := range o.Body.Fields {
		if f.Reference != nil && f.Reference.Unknown == contract.UnknownReference {
			out = append(out, f)
		}
	}
	return out
}

// refusals makes a variant of each way of refusal that the operation knows.
func refusals(run func(*T, refusal)) func(*contract.Contract, Subject) []Variant {
	return func(c *contract.Contract, s Subject) []Variant {
		var out []Variant
		for _, way := range refusedBy {
			if s.Operation.Body != nil && way.possible(c, s.Operation) {
				out = append(out, Variant{Name: string(way.situation), Situation: way.situation, Run: func(t *T) { run(t, way) }})
			}
		}
		return out
	}
}
