package suite

import (
	"fmt"
	"strings"
	"sync"

	"conformance/internal/contract"
	"conformance/internal/parallel"
	"conformance/internal/result"
)

// 409: the value is taken.

func hasUnique(o *contract.Operation) bool { return uniqueField(o) != nil }
func createsUnique(o *contract.Operation) bool {
	return hasUnique(o) && !hasID(o)
}
func updatesUnique(o *contract.Operation) bool { return hasUnique(o) && hasID(o) }

func uniqueField(o *contract.Operation) *contract.Field {
	if o.Body == nil {
		return nil
	}
	for _, f := range o.Body.Fields {
		if _, shown := o.Body.Example[f.Name].(string); shown && f.Unique != nil {
			return f
		}
	}
	return nil
}

var duplicateCreate = Check{
	ID: "UNIQUE-001", Level: result.Must, Situation: contract.Duplicate, Source: errorCodes + "409",
	Writes: true,
	Title:  "creating a record with a value in use is refused",
	Clause: "The value belongs to a record that this run made.",
	Over:   over(createsUnique),
	Run: func(t *T) {
		f, taken := t.taken()
		t.Expect(t.Send(t.Valid().WithField(f.Name, taken, f.Name+" of an existing record"))).To(BeRefused())
	},
}

var duplicateCase = Check{
	ID: "UNIQUE-002", Level: result.Must, Situation: contract.Duplicate, Source: errorCodes + "409",
	Writes: true,
	Title:  "a value in use is refused in another letter case too",
	Clause: "Where the contract compares without case, upper and lower case are the same value.",
	Over: over(func(o *contract.Operation) bool {
		return hasUnique(o) && uniqueField(o).Unique.IgnoreCase
	}),
	Variants: func(_ *contract.Contract, s Subject) []Variant {
		return []Variant{{Assumed: uniqueField(s.Operation).Unique.Assumed, Run: func(t *T) {
			f, taken := t.taken()
			t.Expect(t.Send(t.Valid().WithField(f.Name, strings.ToUpper(taken), f.Name+" of another record in upper case"))).To(BeRefused())
		}}}
	},
}

var duplicateUpdate = Check{
	ID: "UNIQUE-003", Level: result.Must, Situation: contract.Duplicate, Source: errorCodes + "409",
	Writes: true,
	Title:  "updating a record to a value in use is refused",
	Clause: "The value belongs to another record that this run made.",
	Over:   over(updatesUnique),
	Run: func(t *T) {
		f, taken := t.taken()
		t.Expect(t.Send(t.Valid().WithField(f.Name, taken, f.Name+" of another record"))).To(BeRefused())
	},
}

var ownValue = Check{
	ID: "UNIQUE-004", Level: result.Must, Situation: contract.Duplicate, Source: errorCodes + "409",
	Writes: true,
	Title:  "a record may keep its own value",
	Clause: "An update that sends the value the record already has is no conflict with itself.",
	Over:   over(updatesUnique),
	Run: func(t *T) {
		r := t.Own()
		t.Expect(t.Send(r)).To(BeAccepted())
		t.Expect(t.Send(r)).To(BeAccepted())
	},
}

var otherCompanysValue = Check{
	ID: "UNIQUE-005", Level: result.Must, Situation: contract.Duplicate, Source: errorCodes + "409",
	Writes: true,
	Title:  "a value that another company uses is free",
	Clause: "Uniqueness ends at the company: else one learns whom the other serves.",
	Over:   over(createsUnique),
	Run: func(t *T) {
		f, taken := t.taken()
		key := t.Need(t.Credentials().OtherTenant, "credentials.other_tenant")
		t.Expect(t.Send(t.Valid().WithField(f.Name, taken, f.Name+" that another company uses").As(key, ""))).To(BeAccepted())
	},
}

var freedValue = Check{
	ID: "UNIQUE-006", Level: result.Must, Situation: contract.Duplicate, Source: errorCodes + "409",
	Writes: true,
	Title:  "a value that was given up is free again",
	Clause: "After its record took another value, a second record may take it.",
	Over:   over(updatesUnique),
	Run: func(t *T) {
		f := uniqueField(t.Operation())
		first, second := t.Own(), t.Own()
		t.Expect(t.Send(first)).To(BeAccepted())
		t.Expect(t.Send(t.With(t.Operation(), first.fields))).To(BeAccepted()) // takes another value
		t.Expect(t.Send(second.WithField(f.Name, first.Body[f.Name], f.Name+" that its record gave up"))).To(BeAccepted())
	},
}

var othersRepeat = Check{
	ID: "UNIQUE-008", Level: result.Must, Situation: contract.Duplicate, Source: errorCodes + "409",
	Writes: true,
	Title:  "whatever is not unique may repeat",
	Clause: "Two records that are alike in all but the unique value are no conflict: people have the same name.",
	Over:   over(createsUnique),
	Run: func(t *T) {
		f, first := uniqueField(t.Operation()), t.Valid()
		t.Expect(t.Send(first)).To(BeAccepted())
		like := first.WithField(f.Name, t.Valid().Body[f.Name], "")
		t.Expect(t.Send(like.named("like another record in all but " + f.Name))).To(BeAccepted())
	},
}

var race = Check{
	ID: "UNIQUE-007", Level: result.Must, Situation: contract.Duplicate, Source: errorCodes + "409",
	Writes: true,
	Title:  "of several who create the same record at once exactly one wins",
	Clause: "Looking first and inserting later lets two through; only the store itself can decide.",
	Over:   over(createsUnique),
	Run: func(t *T) {
		const racers, rounds = 8, 3 // one round may be won by luck
		for range rounds {
			t.warm(racers)
			won := 0
			for _, a := range t.SendAll(t.Valid().named(fmt.Sprintf("sent %d times at once", racers)), racers) {
				if a.Status/100 == 2 {
					won++
					continue
				}
				t.Expect(a).To(BeRefused())
			}
			if won != 1 {
				t.Report(result.Difference{Kind: result.KindState, Rule: result.OneWins, Got: fmt.Sprint(won), Detail: fmt.Sprint(racers)})
				return
			}
		}
	},
}

// warm opens n connections with a read, so that what follows arrives at once.
func (t *T) warm(n int) {
	for _, o := range t.session.Contract.Operations {
		if o.Reads() && len(o.Identifiers()) == 0 {
			t.SendAll(t.With(o, nil), n)
			t.answers = t.answers[:len(t.answers)-n]
			return
		}
	}
}

// taken is a value of the operation's unique field that a record of this run's own has. It is read from the request that made it.
func (t *T) taken() (*contract.Field, string) {
	o := t.Operation()
	f := uniqueField(o)
	creator := o
	if hasID(o) {
		ids := o.Identifiers()
		creator = ids[len(ids)-1].Reference.Source
	}
	if creator.Body == nil || creator.Body.Field(f.Name) == nil {
		t.Skip(result.NotVerifiable, "no operation creates a record with a %s", f.Name)
	}
	r := t.ValidFor(creator)
	a := t.Send(r)
	if a.Status/100 != 2 {
		t.Skip(result.Control, "creating the record whose value is to be repeated was answered %d", a.Status)
	}
	return f, r.Body[f.Name].(string)
}

// SendAll sends the same request n times at once.
func (t *T) SendAll(r *Request, n int) []*Answer {
	answers, errs := make([]*Answer, n), make([]error, n)
	var start sync.WaitGroup
	start.Add(n)
	parallel.Each(n, n, func(i int) {
		start.Done()
		start.Wait() // for the others
		a, err := t.session.send(t.ctx, r)
		answers[i], errs[i] = t.answered(a, r), err
	})
	for i, err := range errs {
		t.must(err)
		t.answers = append(t.answers, answers[i].Answer)
	}
	return answers
}
