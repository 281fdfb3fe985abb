package suite

import (
	"encoding/json"
	"fmt"
	"slices"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/generate"
	"conformance/internal/result"
	"conformance/internal/session"
)

// The ways in which a write must be refused, for the checks that look whether it changed something anyway.

// refusal is one way of having a write refused.
type refusal struct {
	situation  contract.SituationID
	applies    func(*contract.Contract, *contract.Operation) bool
	invalidate func(*check.T, *session.Request) []*session.Request // each with a fault of its own
}

// refusals lists the ways. Each leaves most of the body good, so that a change that is made anyway is visible.
var refusals = []refusal{
	{
		contract.MissingKey, ifOperation((*contract.Operation).Secured),
		oneRequest(func(_ *check.T, r *session.Request) *session.Request { return r.WithoutKey("without a key") }),
	},
	{
		contract.InvalidKey,
		ifOperation((*contract.Operation).Secured),
		oneRequest(func(t *check.T, r *session.Request) *session.Request {
			s := neededScheme(t, r)
			return r.WithSecret(s, check.MadeUp(t, r, s), "with a key that was never issued")
		}),
	},
	{
		contract.MisplacedKey,
		ifOperation((*contract.Operation).Secured),
		oneRequest(func(t *check.T, r *session.Request) *session.Request {
			s := neededScheme(t, r)
			key := check.SecretOf(t, r, s).Whole()
			return r.WithMisplaced(s, key).WithQuery("api_key", key, "with the key in the query")
		}),
	},
	{
		contract.MalformedBody,
		ifOperation(contract.TakesJSON),
		oneRequest(func(_ *check.T, r *session.Request) *session.Request {
			if r.List {
				body, _ := json.Marshal(r.Body) // JSON values always marshal
				return r.WithRaw(body, "body: the object without the list around it")
			}
			body, _ := json.Marshal([]any{r.Body})
			return r.WithRaw(body, "body: an array around the object")
		}),
	},
	{
		contract.ForeignMediaType,
		contract.RefusesMediaTypes,
		oneRequest(func(t *check.T, r *session.Request) *session.Request {
			return ofMediaType(r, t.Operation().Body.ForeignMediaTypes()[0])
		}),
	},
	{
		contract.RevokedKey,
		ifOperation((*contract.Operation).Secured),
		oneRequest(func(t *check.T, r *session.Request) *session.Request {
			return r.As(t.Need(credential.Revoked), "with a revoked key")
		}),
	},
	{
		contract.DeniedIP,
		ifOperation((*contract.Operation).Secured),
		oneRequest(func(t *check.T, r *session.Request) *session.Request {
			return r.As(t.Need(credential.IPDenied), "with a key that is not allowed from this address")
		}),
	},
	{
		contract.MissingScope,
		ifOperation((*contract.Operation).Scoped),
		oneRequest(func(t *check.T, r *session.Request) *session.Request {
			return r.As(withoutScope(t), "with a key without the scope")
		}),
	},
	{contract.MissingField, func(_ *contract.Contract, o *contract.Operation) bool {
		return len(onePerField(generate.Missing(o.Body))) > 0
	},
		func(t *check.T, r *session.Request) []*session.Request {
			return mutated(r, generate.Missing(t.Operation().Body))
		}},
	{contract.InvalidField, func(_ *contract.Contract, o *contract.Operation) bool {
		return len(onePerField(generate.InvalidFields(o.Body))) > 0
	},
		func(t *check.T, r *session.Request) []*session.Request {
			return mutated(r, generate.InvalidFields(t.Operation().Body))
		}},
	{contract.UnknownReference, func(_ *contract.Contract, o *contract.Operation) bool {
		return len(referenceFields(o)) > 0
	}, func(t *check.T, r *session.Request) []*session.Request {
		var out []*session.Request
		for _, f := range referenceFields(t.Operation()) {
			out = append(out, r.WithField(f.Name, check.UnknownValue(t, f), f.Name+" of no record"))
		}
		return out
	}},
	{contract.WrongMethod, func(c *contract.Contract, o *contract.Operation) bool {
		return o.HasID() && len(c.WrongMethods(o.Path)) > 0
	},
		func(t *check.T, r *session.Request) []*session.Request {
			var out []*session.Request
			for _, method := range t.Session.Contract.WrongMethods(t.Operation().Path) {
				out = append(out, bodyFor(r.WithMethod(method, "method "+method), method))
			}
			return out
		}},
	{
		contract.IllegalTransition,
		ifOperation(contract.CanForbid),
		oneRequest(func(t *check.T, r *session.Request) *session.Request {
			f := t.Operation().StatusField()
			tr, from := f.Transitions, t.Session.Status(session.RecordOf(r.Operation, r.Fields), f)
			if from == session.Unknown {
				t.Skip(result.Control, "the answer to a status change was lost: which one is illegal now is unknown")
			}
			for _, to := range tr.Statuses {
				if to != from && !tr.Legal(from, to) {
					return r.WithField(f.Name, to, fmt.Sprintf("%s from %s to %s", f.Name, from, to))
				}
			}
			t.Skip(result.NotVerifiable, "every status change is legal")
			return nil
		}),
	},
	{
		contract.UnknownStatus,
		ifOperation((*contract.Operation).ChangesStatus),
		oneRequest(func(t *check.T, r *session.Request) *session.Request {
			return r.WithField(t.Operation().StatusField().Name, "conformance-none", "a status that does not exist")
		}),
	},
	{
		contract.Duplicate,
		ifOperation((*contract.Operation).HasUnique),
		oneRequest(func(t *check.T, r *session.Request) *session.Request {
			f, taken := existingValue(t)
			return r.WithField(f.Name, taken, f.Name+" of another record")
		}),
	},
}

func ifOperation(applies func(*contract.Operation) bool) func(*contract.Contract, *contract.Operation) bool {
	return func(_ *contract.Contract, o *contract.Operation) bool { return applies(o) }
}

func oneRequest(
	invalidate func(*check.T, *session.Request) *session.Request,
) func(*check.T, *session.Request) []*session.Request {
	return func(t *check.T, r *session.Request) []*session.Request { return []*session.Request{invalidate(t, r)} }
}

func mutated(r *session.Request, all []generate.Mutation) []*session.Request {
	var out []*session.Request
	for _, m := range onePerField(all) {
		out = append(out, r.Mutated(m))
	}
	return out
}

// onePerField are mutations, one of each field: a server that takes the body field by field may have taken some before
// it comes to the bad one. Statuses and unique values have ways of their own.
func onePerField(all []generate.Mutation) []generate.Mutation {
	var out []generate.Mutation
	for _, m := range all {
		f := m.Field
		if f.Transitions == nil && f.Unique == nil &&
			!slices.ContainsFunc(out, func(o generate.Mutation) bool { return o.Field == f }) {
			out = append(out, m)
		}
	}
	return out
}

// referenceFields are the body fields whose reference may be unknown.
func referenceFields(o *contract.Operation) []*contract.Field {
	var out []*contract.Field
	for _, f := range o.Body.Fields {
		if f.Reference != nil && f.Reference.Unknown == contract.UnknownReference {
			out = append(out, f)
		}
	}
	return out
}

// eachRefusal makes a variant of each way of refusal that the operation knows.
func eachRefusal(run func(*check.T, refusal)) func(*contract.Contract, check.Subject) []check.Variant {
	return func(c *contract.Contract, s check.Subject) []check.Variant {
		var out []check.Variant
		for _, way := range refusals {
			if s.Operation.Body != nil && way.applies(c, s.Operation) {
				out = append(out, check.Variant{
					Name: string(way.situation), Situation: way.situation, Run: func(t *check.T) { run(t, way) },
				})
			}
		}
		return out
	}
}
