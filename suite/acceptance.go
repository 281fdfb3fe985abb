package suite

import (
	"fmt"

	"github.com/onsi/gomega/types"

	"conformance/internal/result"
)

// BeAccepted succeeds if an *Answer is any 2xx: what the contract allows must work.
func BeAccepted() types.GomegaMatcher { return accepted{} }

type accepted struct{}

// Match judges an *Answer.
func (accepted) Match(actual any) (bool, error) {
	a, ok := actual.(*Answer)
	if !ok {
		return false, fmt.Errorf("BeAccepted judges an *Answer, not a %T", actual)
	}
	if a.Status/100 == 2 {
		return true, nil
	}
	got := fmt.Sprint(a.Status)
	if body, err := decode(a.Body); err == nil && a.t.session.Contract.Envelope.Code != "" {
		got += " " + at(body, a.t.session.Contract.Envelope.Code)
	}
	a.t.pending = []result.Failure{{
		Kind: result.KindStatus, Expected: "2xx", Actual: got,
		Message: fmt.Sprintf("the request is good by the contract and was refused with %s", got),
	}}
	return false, nil
}

// FailureMessage is what plain Gomega would print.
func (accepted) FailureMessage(any) string { return "expected the request to be accepted" }

// NegatedFailureMessage completes the interface.
func (accepted) NegatedFailureMessage(any) string { return "expected the request not to be accepted" }
