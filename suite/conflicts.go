package suite

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/parallel"
	"conformance/internal/result"
	"conformance/internal/session"
)

var duplicateCreate = check.Check{
	ID: "UNIQUE-001", Level: result.Must, Situation: contract.Duplicate,
	Writes: true,
	Title:  "creating a record with a value in use is refused",
	Clause: "The value belongs to a record that this run made.",
	Over:   check.Operations((*contract.Operation).CreatesUnique),
	Run: func(t *check.T) {
		f, taken := existingValue(t)
		t.Expect(t.Send(t.Valid().WithField(f.Name, taken, f.Name+" of an existing record"))).To(check.BeRefused())
	},
}

var duplicateCase = check.Check{
	ID: "UNIQUE-002", Level: result.Must, Situation: contract.Duplicate,
	Writes: true,
	Title:  "a value in use is refused in another letter case too",
	Clause: "Where the contract compares without case, upper and lower case are the same value.",
	Over: check.Operations(func(o *contract.Operation) bool {
		return o.HasUnique() && o.UniqueField().Unique.IgnoreCase
	}),
	Variants: func(_ *contract.Contract, s check.Subject) []check.Variant {
		return []check.Variant{{Assumed: s.Operation.UniqueField().Unique.Assumed, Run: func(t *check.T) {
			f, taken := existingValue(t)
			t.Expect(t.Send(t.Valid().WithField(f.Name, strings.ToUpper(taken),
				f.Name+" of another record in upper case"))).To(check.BeRefused())
		}}}
	},
}

var duplicateUpdate = check.Check{
	ID: "UNIQUE-003", Level: result.Must, Situation: contract.Duplicate,
	Writes: true,
	Title:  "updating a record to a value in use is refused",
	Clause: "The value belongs to another record that this run made.",
	Over:   check.Operations(contract.UpdatesUnique),
	Run: func(t *check.T) {
		f, taken := existingValue(t)
		t.Expect(t.Send(t.Valid().WithField(f.Name, taken, f.Name+" of another record"))).To(check.BeRefused())
	},
}

var ownValue = check.Check{
	ID: "UNIQUE-004", Level: result.Must, Situation: contract.Duplicate, Source: check.Part("x-unique"),
	Writes: true,
	Title:  "a record may keep its own value",
	Clause: "An update that sends the value the record already has does not conflict with itself.",
	Over:   check.Operations(contract.UpdatesUnique),
	Run: func(t *check.T) {
		r := t.Fresh()
		t.Expect(t.Send(r)).To(check.BeAccepted())
		t.Expect(t.Send(r)).To(check.BeAccepted())
	},
}

var otherCompanysValue = check.Check{
	ID: "UNIQUE-005", Level: result.Must, Situation: contract.Duplicate, Source: check.Part("x-unique"),
	Writes: true,
	Title:  "a value that another company uses is free",
	Clause: "Values are unique within a company. Otherwise one company learns whom the other serves.",
	Over:   check.Operations((*contract.Operation).CreatesUnique),
	Run: func(t *check.T) {
		f, taken := existingValue(t)
		key := t.Need(credential.OtherTenant)
		theirs, err := t.Session.ResolveReferences(t.Ctx, session.Foreign, t.Operation(), session.Binding{})
		t.Must(err)
		r := t.RequestTo(t.Operation(), theirs).WithField(f.Name, taken, f.Name+" that another company uses")
		t.Expect(t.Send(r.As(key, ""))).To(check.BeAccepted())
	},
}

var freedValue = check.Check{
	ID: "UNIQUE-006", Level: result.Must, Situation: contract.Duplicate, Source: check.Part("x-unique"),
	Writes: true,
	Title:  "a value that was given up is free again",
	Clause: "After its record took another value, a second record may take it.",
	Over:   check.Operations(contract.UpdatesUnique),
	Run: func(t *check.T) {
		f := t.Operation().UniqueField()
		first, second := t.Fresh(), t.Fresh()
		t.Expect(t.Send(first)).To(check.BeAccepted())
		t.Expect(t.Send(t.RequestTo(t.Operation(), first.Fields))).To(check.BeAccepted()) // takes another value
		t.Expect(t.Send(second.WithField(f.Name, first.Body[f.Name],
			f.Name+" that its record gave up"))).To(check.BeAccepted())
	},
}

var othersRepeat = check.Check{
	ID: "UNIQUE-008", Level: result.Must, Situation: contract.Duplicate, Source: check.Part("x-unique"),
	Writes: true,
	Title:  "whatever is not unique may repeat",
	Clause: "Two records that differ only in the unique value do not conflict: people have the same name.",
	Over:   check.Operations((*contract.Operation).CreatesUnique),
	Run: func(t *check.T) {
		f, first := t.Operation().UniqueField(), t.Valid()
		t.Expect(t.Send(first)).To(check.BeAccepted())
		like := first.WithField(f.Name, t.Valid().Body[f.Name], "")
		t.Expect(t.Send(like.Described("like another record in all but " + f.Name))).To(check.BeAccepted())
	},
}

var concurrentCreate = check.Check{
	ID: "UNIQUE-007", Level: result.Must, Situation: contract.Duplicate,
	Writes: true,
	Title:  "of several identical creations at once exactly one succeeds",
	Clause: "A server that looks first and inserts later accepts two; only the store itself can decide.",
	Over:   check.Operations((*contract.Operation).CreatesUnique),
	Run: func(t *check.T) {
		const racers, rounds = 8, 3 // one round may be won by luck
		for range rounds {
			warmConnections(t, racers)
			won := 0
			for _, a := range sendAll(t, slices.Repeat([]*session.Request{
				t.Valid().Described(fmt.Sprintf("sent %d times at once", racers)),
			}, racers)) {
				if a.Accepted() {
					won++
					continue
				}
				t.Expect(a).To(check.BeRefused())
			}
			if won != 1 {
				t.Report(result.Difference{
					Kind: result.KindState, Rule: result.OneSucceeds, Got: fmt.Sprint(won), Detail: fmt.Sprint(racers),
				})
				return
			}
		}
	},
}

// warmConnections opens n connections with a read, so that what follows arrives at once.
func warmConnections(t *check.T, n int) {
	for _, o := range t.Session.Contract.Operations {
		if o.Reads() && len(o.Identifiers()) == 0 {
			sendAll(t, slices.Repeat([]*session.Request{t.RequestTo(o, nil)}, n))
			t.Answers = t.Answers[:len(t.Answers)-n]
			return
		}
	}
}

// sendAll sends requests at once.
func sendAll(t *check.T, requests []*session.Request) []*check.Answer {
	n := len(requests)
	answers, errs := make([]*check.Answer, n), make([]error, n)
	var start sync.WaitGroup
	start.Add(n)
	parallel.Each(n, n, func(i int) {
		start.Done()
		start.Wait() // for the others
		a, err := t.Session.Send(t.Ctx, requests[i])
		answers[i], errs[i] = t.NewAnswer(a, requests[i]), err
	})
	for i, err := range errs {
		t.Must(err)
		t.Answers = append(t.Answers, answers[i].Answer)
	}
	return answers
}

// existingValue is a value of the operation's unique field that a record of this run's own has. It is read from the
// request that made it.
func existingValue(t *check.T) (*contract.Field, string) {
	o := t.Operation()
	f := o.UniqueField()
	creator := o
	if o.HasID() {
		ids := o.Identifiers()
		creator = ids[len(ids)-1].Reference.Source
	}
	if creator.Body == nil || creator.Body.Field(f.Name) == nil {
		t.Skip(result.NotVerifiable, "no operation creates a record with a %s", f.Name)
	}
	fields, err := t.Session.Control(t.Ctx, creator)
	t.Must(err)
	r := t.RequestTo(creator, fields)
	a := t.Send(r)
	if !a.Accepted() {
		t.Skip(result.Control, "creating the record whose value is to be repeated was answered %d", a.Status)
	}
	return f, r.Body[f.Name].(string)
}
