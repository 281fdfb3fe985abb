package suite

import (
	"fmt"
	"slices"
	"strings"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/judge"
	"conformance/internal/result"
	"conformance/internal/session"
)

var illegalTransition = check.Check{
	ID: "STATUS-001", Level: result.Must, Situation: contract.IllegalTransition,
	Title: "a status change that is not legal is refused",
	Clause: "Every pair of statuses that the table of transitions does not name. Legal steps bring a record to the " +
		"first one.",
	Over: check.Operations((*contract.Operation).ChangesStatus), Lanes: 2,
	Variants: pairs(func(tr *contract.Transitions, from, to string) bool { return from != to && !tr.Legal(from, to) },
		func(t *check.T, from, to string) {
			f := t.Operation().StatusField()
			inStatus(t, from, func(r *session.Request) {
				t.NeedControl()
				t.Expect(t.Send(r.WithField(f.Name, to, fmt.Sprintf("%s from %s to %s", f.Name, from, to)))).To(check.BeRefused())
			})
		}),
}

var legalTransition = check.Check{
	ID: "STATUS-002", Level: result.Must, Situation: contract.IllegalTransition, Source: check.Part("x-transitions"),
	Writes: true,
	Title:  "a status change that is legal works",
	Clause: "Every pair that the table of transitions names, on a record that legal steps brought to the first one.",
	Over:   check.Operations((*contract.Operation).ChangesStatus), Lanes: 2,
	Variants: pairs((*contract.Transitions).Legal,
		func(t *check.T, from, to string) {
			f := t.Operation().StatusField()
			inStatus(t, from, func(r *session.Request) {
				a := t.Send(r.WithField(f.Name, to, fmt.Sprintf("%s from %s to %s", f.Name, from, to)))
				if !refusedAsIllegal(t, a) {
					t.NeedControl()
				}
				t.Expect(a).To(check.BeAccepted())
			})
		}),
}

// refusedAsIllegal says that an answer is the one to an illegal change, and to nothing else that is wrong with a body:
// the target has judged the change itself.
func refusedAsIllegal(t *check.T, a *check.Answer) bool {
	illegal, _ := t.Session.Contract.SituationOf(t.Operation(), contract.IllegalTransition)
	invalid, _ := t.Session.Contract.SituationOf(t.Operation(), contract.InvalidField)
	codes, known := illegal.Answers[a.Status]
	if len(codes) == 0 {
		_, ambiguous := invalid.Answers[a.Status]
		return known && !ambiguous
	}
	body, err := judge.Decode(a.Body)
	code, _ := a.Contract.EnvelopeOf(a.Operation.Response(a.Status)).Code.Get(body)
	text, isText := code.(string)
	return err == nil && isText && slices.Contains(codes, text) && !slices.Contains(invalid.Answers[a.Status], text)
}

var unknownStatus = check.Check{
	ID: "STATUS-003", Level: result.Must, Situation: contract.UnknownStatus,
	Title:  "a status that does not exist is refused",
	Clause: "A text outside the enum, also one that differs from a status only in letter case.",
	Over:   check.Operations((*contract.Operation).ChangesStatus),
	Variants: func(_ *contract.Contract, s check.Subject) []check.Variant {
		var out []check.Variant
		f := s.Operation.StatusField()
		// A spelling is made of a status to which the record may go: where it is taken for that, the change is made.
		for _, v := range []struct {
			name string
			of   func(legal string) string
		}{
			{"unknown word", func(string) string { return "conformance-none" }},
			{"reserved word", func(string) string { return "constructor" }},
			{"other letter case", swapCase},
			{"last character missing", func(legal string) string { return legal[:len(legal)-1] }},
			{"other punctuation", func(legal string) string {
				return strings.Map(func(r rune) rune {
					if r == ' ' || r == '-' {
						return '_'
					}
					return r
				}, legal)
			}},
			{"empty", func(string) string { return "" }},
		} {
			out = append(out, check.Variant{Name: v.name, Run: func(t *check.T) {
				r := t.Valid()
				for _, legal := range f.Transitions.To[t.Session.Status(session.RecordOf(t.Operation(), r.Fields), f)] {
					if text := v.of(legal); !slices.Contains(f.Transitions.Statuses, text) {
						t.Expect(t.Send(r.WithField(f.Name, text, fmt.Sprintf("%s: %q", f.Name, text)))).
							To(check.BeRefusedAs(contract.UnknownStatus, contract.InvalidField, contract.MissingField))
					}
				}
			}})
		}
		return out
	},
}

// pairs makes a variant of each pair of statuses that want names, in the order of the enum.
func pairs(
	want func(t *contract.Transitions, from, to string) bool,
	run func(t *check.T, from, to string),
) func(*contract.Contract, check.Subject) []check.Variant {
	return func(_ *contract.Contract, s check.Subject) []check.Variant {
		var out []check.Variant
		tr := s.Operation.StatusField().Transitions
		for _, from := range tr.Statuses {
			for _, to := range tr.Statuses {
				if want(tr, from, to) && tr.Path(from) != nil {
					out = append(out, check.Variant{
						Name: from + " → " + to, Change: &result.Change{From: from, To: to, Legal: tr.Legal(from, to)},
						Assumed: tr.Assumed(from),
						Run:     func(t *check.T) { run(t, from, to) },
					})
				}
			}
		}
		return out
	}
}

// inStatus calls f with a request to a record that is in the status. The variants of a lane run one after the other and
// share a record: a refused change leaves it where it was, an accepted one moves it on, and the next variant takes it
// from there if a legal way leads on.
func inStatus(t *check.T, status string, f func(*session.Request)) {
	o := t.Operation()
	field := o.StatusField()
	b := t.Run.Lane(t.LaneKey())
	var steps []string
	if b.Fields != nil {
		steps = field.Transitions.Steps(t.Session.Status(session.RecordOf(o, b.Fields), field), status)
	}
	if steps == nil {
		var err error
		b.Fields, err = t.Session.Fresh(t.Ctx, o)
		t.Must(err)
		steps = field.Transitions.Steps(t.Session.Status(session.RecordOf(o, b.Fields), field), status)
	}
	moveThrough(t, b.Fields, steps, f)
}

// moveThrough takes the steps and then calls f.
func moveThrough(t *check.T, fields map[string]any, steps []string, f func(*session.Request)) {
	o := t.Operation()
	field := o.StatusField()
	for _, to := range steps {
		a := t.Send(t.RequestTo(o, fields).WithField(field.Name, to, ""))
		if !a.Accepted() {
			t.Skip(result.Control, "the record could not be brought to the status it needs: the legal step to %s was answered "+
				"%d", to, a.Status)
		}
	}
	f(t.RequestTo(o, fields))
}

// swapCase is a text in the other letter case.
func swapCase(s string) string {
	if lower := strings.ToLower(s); lower != s {
		return lower
	}
	return strings.ToUpper(s)
}
