package suite

import (
	"fmt"
	"net/http"
	"slices"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/result"
	"conformance/internal/session"
)

var changesAtOnce = check.Check{
	ID: "STATUS-004", Level: result.Must, Situation: contract.IllegalTransition, Source: check.Part("x-transitions"),
	Writes: true,
	Title:  "of two status changes at once that exclude each other at most one succeeds",
	Clause: "Both are legal from the record's status, and neither from where the other one leads: whichever comes " +
		"second is illegal. A server that looks at the status first and writes later accepts both, and misleads one client.",
	Over: check.Operations(func(o *contract.Operation) bool {
		return o.ChangesStatus() && exclusiveChanges(o.StatusField().Transitions) != nil
	}),
	Variants: func(_ *contract.Contract, s check.Subject) []check.Variant {
		tr := s.Operation.StatusField().Transitions
		e := exclusiveChanges(tr)
		return []check.Variant{{
			Name: fmt.Sprintf("%s → %s and %s", e.from, e.to[0], e.to[1]), Assumed: tr.Assumed(e.from),
			Run: func(t *check.T) {
				const rounds = 3 // one may be won by luck
				for range rounds {
					if bothChange(t, e) {
						return
					}
				}
			},
		}}
	},
}

// exclusive are two changes from one status of which only one can be made.
type exclusive struct {
	from string
	to   [2]string
}

// exclusiveChanges are those that a new record reaches soonest; nil: there are none.
func exclusiveChanges(tr *contract.Transitions) *exclusive {
	var best *exclusive
	for _, from := range tr.Statuses {
		steps := tr.Path(from)
		if steps == nil || best != nil && len(steps) >= len(tr.Path(best.from)) {
			continue
		}
		targets := slices.DeleteFunc(slices.Clone(tr.To[from]), func(to string) bool { return to == from })
		for i, a := range targets {
			j := slices.IndexFunc(targets[:i], func(b string) bool { return !tr.Legal(a, b) && !tr.Legal(b, a) })
			if j >= 0 {
				best = &exclusive{from, [2]string{targets[j], a}}
				break
			}
		}
	}
	return best
}

// bothChange has both changes of a new record tried at once, and says whether both were accepted. Each is sent twice:
// the same one again may be accepted, as it changes nothing.
func bothChange(t *check.T, e *exclusive) bool {
	f := t.Operation().StatusField()
	fields := t.Fresh().Fields
	status := t.Session.Status(session.RecordOf(t.Operation(), fields), f)
	accepted := map[string]bool{}
	moveThrough(t, fields, f.Transitions.Steps(status, e.from), func(r *session.Request) {
		var requests []*session.Request
		for _, to := range []string{e.to[0], e.to[1], e.to[0], e.to[1]} {
			requests = append(requests, r.WithField(f.Name, to, fmt.Sprintf("%s from %s to %s, and to the other one at once",
				f.Name, e.from, to)))
		}
		warmConnections(t, len(requests))
		for _, a := range sendAll(t, requests) {
			switch to, _ := a.Request.Body[f.Name].(string); {
			case a.Status >= http.StatusInternalServerError:
				t.Expect(a).To(check.BeRefused())
			case a.Accepted() && a.Status != http.StatusAccepted: // 202 promises nothing yet
				t.Looked()
				accepted[to] = true
			}
		}
	})
	if len(accepted) < len(e.to) {
		return false
	}
	t.Report(result.Difference{
		Kind: result.KindState, Rule: result.OneChanges, At: f.Name, Got: e.to[0] + " and " + e.to[1],
		Detail: e.from,
	})
	return true
}
