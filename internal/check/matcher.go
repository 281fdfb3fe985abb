package check

import (
	"fmt"
	"net/textproto"
	"strings"

	"github.com/onsi/gomega/types"

	"conformance/internal/contract"
	"conformance/internal/judge"
	"conformance/internal/result"
)

// Matcher judges an *Answer: what it finds wrong are facts. It keeps nothing of what it judged, so that it can be
// shared, and composed by And. Plain Gomega takes it too.
type Matcher struct {
	wish     string // "to be refused"
	provokes bool   // whatever it is answered, a refusal was provoked and judged
	judge    func(*Answer) []result.Difference
}

// Match makes a matcher of what one check asks of an answer. wish ends the sentence "expected the answer …".
func Match(wish string, judge func(*Answer) []result.Difference) Matcher {
	return Matcher{wish: wish, judge: judge}
}

// BeRefused succeeds if an *Answer is the refusal that the contract gives for the situation of the check: status, code,
// envelope, media type, headers, and nothing shown that must not be. A failure lists every difference.
func BeRefused() Matcher { return BeRefusedAs() }

// BeRefusedAs is BeRefused where a request is in several situations: the answer of any of them is right.
func BeRefusedAs(situations ...contract.SituationID) Matcher {
	return Matcher{wish: "to be refused", provokes: true, judge: func(a *Answer) []result.Difference {
		if len(situations) == 0 {
			return judge.Refusal(a.Contract, a.Operation, []contract.SituationID{a.Situation}, a.Answer)
		}
		return judge.Refusal(a.Contract, a.Operation, situations, a.Answer)
	}}
}

// BeAccepted succeeds if an *Answer is any 2xx: what the contract allows must work.
func BeAccepted() Matcher {
	return Match("to be accepted", func(a *Answer) []result.Difference {
		return judge.Acceptance(a.Contract, a.Operation, a.Answer)
	})
}

// HaveNoHeader succeeds if an *Answer lacks a header, whatever its letter case.
func HaveNoHeader(name string) Matcher {
	return Match("to have no header "+name, func(a *Answer) []result.Difference {
		if values := a.Values(name); len(values) > 0 {
			return []result.Difference{{
				Kind: result.KindHeader, Rule: result.HeaderNotThere, At: textproto.CanonicalMIMEHeaderKey(name),
				Got: strings.Join(values, ", "),
			}}
		}
		return nil
	})
}

// And succeeds if each of the matchers does. It finds what each of them finds, in their order: none hides what another
// one finds.
func And(all ...Matcher) Matcher {
	var wishes []string
	var provokes bool
	for _, m := range all {
		wishes, provokes = append(wishes, m.wish), provokes || m.provokes
	}
	return Matcher{wish: strings.Join(wishes, " and "), provokes: provokes, judge: func(a *Answer) []result.Difference {
		var found []result.Difference
		for _, m := range all {
			found = append(found, m.judge(a)...)
		}
		return found
	}}
}

// Differences is what the matcher finds wrong with the answer; none: it succeeds.
func (m Matcher) Differences(a *Answer) []result.Difference { return m.judge(a) }

// Match implements Gomega's interface.
func (m Matcher) Match(actual any) (bool, error) {
	a, ok := actual.(*Answer)
	if !ok {
		return false, fmt.Errorf("expected an *Answer %s, not a %T", m.wish, actual)
	}
	return len(m.judge(a)) == 0, nil
}

// FailureMessage implements Gomega's interface.
func (m Matcher) FailureMessage(actual any) string {
	lines := []string{"expected the answer " + m.wish}
	if a, ok := actual.(*Answer); ok {
		for _, d := range m.judge(a) {
			lines = append(lines, d.Failure().Message)
		}
	}
	return strings.Join(lines, "\n")
}

// NegatedFailureMessage implements Gomega's interface.
func (m Matcher) NegatedFailureMessage(any) string { return "expected the answer not " + m.wish }

// Assertion is about a value that a check got.
type Assertion struct {
	t      *T
	actual any
}

// Expect begins an assertion. Its To records every difference and goes on.
func (t *T) Expect(actual any) Assertion { return Assertion{t, actual} }

// To judges the value. Of an answer it records what a Matcher finds, as facts; for anything else Gomega's matchers do,
// in words.
func (a Assertion) To(m types.GomegaMatcher) bool {
	a.t.Looked()
	own, isOwn := m.(Matcher)
	answer, isAnswer := a.actual.(*Answer)
	if !isOwn || !isAnswer {
		return a.t.gomega.Expect(a.actual).To(m)
	}
	a.t.Provoked = a.t.Provoked || own.provokes
	found := own.judge(answer)
	a.t.noteLeftover(answer.Answer, found)
	reportAt(a.t, answer.Answer.Request, found...)
	return len(found) == 0
}

// fail is Gomega's fail handler. It records and returns: a check goes on after a failure.
func fail(t *T, message string) {
	t.Report(result.Difference{Kind: result.KindState, Detail: message})
}
