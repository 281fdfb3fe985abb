package check

import (
	"fmt"
	"strings"

	"github.com/onsi/gomega/types"

	"conformance/internal/contract"
	"conformance/internal/judge"
	"conformance/internal/result"
)

// BeRefused succeeds if an *Answer is the refusal that the contract gives for the situation of the check: status, code, envelope, media
// type, headers, and nothing shown that must not be. A failure lists every difference.
func BeRefused() types.GomegaMatcher { return BeRefusedAs() }

// BeRefusedAs is BeRefused where a request is in several situations: the answer of any of them is right.
func BeRefusedAs(situations ...contract.SituationID) types.GomegaMatcher {
	return &matcher{expectation: "to be refused", provokes: true, judge: func(a *Answer) []result.Difference {
		if len(situations) == 0 {
			return judge.Refusal(a.contract, a.operation, []contract.SituationID{a.situation}, a.Answer)
		}
		return judge.Refusal(a.contract, a.operation, situations, a.Answer)
	}}
}

// BeServerError succeeds if an *Answer with a 5xx status is in the envelope of a server fault.
func BeServerError() types.GomegaMatcher {
	return &matcher{expectation: "to be a server fault in the envelope", judge: func(a *Answer) []result.Difference {
		return judge.ServerError(a.contract, a.operation, a.situation, a.Answer)
	}}
}

// BeAccepted succeeds if an *Answer is any 2xx: what the contract allows must work.
func BeAccepted() types.GomegaMatcher {
	return &matcher{expectation: "to be accepted", judge: func(a *Answer) []result.Difference {
		return judge.Acceptance(a.contract, a.Answer)
	}}
}

// matcher judges an *Answer and keeps what it found, as facts.
type matcher struct {
	expectation string // "to be refused"
	provokes    bool   // whatever it is answered, a refusal was provoked and judged
	judge       func(*Answer) []result.Difference
	found       []result.Difference
}

// Match judges an *Answer.
func (m *matcher) Match(actual any) (bool, error) {
	a, ok := actual.(*Answer)
	if !ok {
		return false, fmt.Errorf("expected an *Answer %s, not a %T", m.expectation, actual)
	}
	m.found = m.judge(a)
	return len(m.found) == 0, nil
}

// FailureMessage is what plain Gomega prints.
func (m *matcher) FailureMessage(any) string {
	lines := []string{"expected the answer " + m.expectation}
	for _, d := range m.found {
		lines = append(lines, d.Failure().Message)
	}
	return strings.Join(lines, "\n")
}

// NegatedFailureMessage completes the interface.
func (m *matcher) NegatedFailureMessage(any) string {
	return "expected the answer not " + m.expectation
}

// assertion is Gomega's, with the facts that its matcher finds put into the row.
type assertion struct {
	types.Assertion
	t      *T
	actual any
}

// Expect begins an assertion. Its To records every difference and goes on.
func (t *T) Expect(actual any, extra ...any) types.Assertion {
	return assertion{t.gomega.Expect(actual, extra...), t, actual}
}

// To judges the actual value.
func (a assertion) To(m types.GomegaMatcher, description ...any) bool {
	if own, ok := m.(*matcher); ok && own.provokes {
		a.t.Provoked = true
	}
	a.t.currentMatcher, a.t.currentAnswer = m, nil
	if answer, ok := a.actual.(*Answer); ok {
		a.t.currentAnswer = answer
	}
	return a.Assertion.To(m, description...)
}

// fail is Gomega's fail handler. It records and returns: a check goes on after a failure.
func fail(t *T, message string) {
	if own, ok := t.currentMatcher.(*matcher); ok && len(own.found) > 0 {
		reportAt(t, t.currentAnswer.Answer.Request, own.found...)
		return
	}
	t.Report(result.Difference{Kind: result.KindState, Detail: message})
}
