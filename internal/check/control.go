package check

import (
	"errors"
	"slices"
	"strings"

	"conformance/internal/probe"
	"conformance/internal/result"
	"conformance/internal/session"
)

// Where the plain request to an operation is refused, that a bad one is refused proves nothing, nor by which code. Some
// findings need no such control: a bad request that succeeded, a fault of the server, something shown that must not be.

// controlled ends the variant with what kept the plain request from being sent, and notes that it was refused.
func (t *T) controlled(err error) {
	if session.RefusedPlain(t.Operation(), err) == nil {
		t.Must(err)
		return
	}
	_ = errors.As(err, &t.uncontrolled) // it is one
}

// NeedControl says that the variant counts only if the operation accepts some valid request: those of Valid have shown
// that before.
func (t *T) NeedControl() { t.needsControl = true }

// weighControl leaves of a variant whose plain request is refused what needs no control. If that is nothing, the
// variant is skipped.
func weighControl(t *T) {
	if t.needsControl && t.uncontrolled == nil && t.row.Outcome == "" && t.looked && !acceptedPlain(t) {
		if err := session.Accepts(t.Ctx, t.Session, t.Operation()); session.PlainAnswer(t.Operation(), err) != nil {
			_ = errors.As(err, &t.uncontrolled)
		}
	}
	if t.uncontrolled == nil || t.row.Outcome != "" {
		return
	}
	t.row.Differences = slices.DeleteFunc(t.row.Differences, func(d result.Difference) bool {
		return !needsNoControl(d, t.uncontrolled.Answer)
	})
	if len(t.row.Differences) > 0 {
		return
	}
	t.Provoked = false
	t.row.Outcome, t.row.ReasonCode, t.row.Reason = result.Skip, t.uncontrolled.Code, t.uncontrolled.Reason
	t.Answers = append(t.Answers, t.uncontrolled.Answer)
}

// acceptedPlain says that the variant itself had a valid request to its operation accepted.
func acceptedPlain(t *T) bool {
	return slices.ContainsFunc(t.Answers, func(a *probe.Answer) bool {
		return a.Accepted() && a.Request.Group == t.Operation().ID && a.Request.Fault == ""
	})
}

// needsNoControl says that a difference is one, whatever the plain request was answered: but a 5xx shows nothing where
// that was one too.
func needsNoControl(d result.Difference, plain *probe.Answer) bool {
	switch d.Rule {
	case result.MustRefuse:
		return d.Accepted || strings.HasPrefix(d.Got, "5") && plain.Status < 500
	case result.NoServerError:
		return plain.Status < 500
	case result.NothingChanged, result.NothingCreated, result.OwnRecords, result.Succeeds:
		return true
	}
	return d.Kind == result.KindLeak
}
