package check

import (
	"fmt"
	"slices"

	"conformance/internal/probe"
	"conformance/internal/result"
	"conformance/internal/session"
)

// A row that fails is tried again before it counts: what a network, a proxy or a restart makes of one answer is
// not what the target does.

// wantsSecondTry says that a row failed by what one answer may show by chance. An effect that is proven, foreign
// data and a bad request that succeeded need no second try; but over a connection that others had used, what
// succeeded may have been an answer left over from another request.
func wantsSecondTry(t *T) bool {
	if t.row.Outcome != result.Fail && t.row.Outcome != result.Warn {
		return false
	}
	if t.Check.Floods || t.Check.Last {
		return false // it judges what was kept of the run: a second look shows the same
	}
	if t.leftover {
		return !slices.ContainsFunc(t.row.Differences, result.Difference.Effect)
	}
	return !slices.ContainsFunc(t.row.Differences, result.Difference.ProvenAtOnce)
}

// noteLeftover notes that a bad request succeeded over a connection that others had used before.
func (t *T) noteLeftover(a *probe.Answer, found []result.Difference) {
	t.leftover = t.leftover || a.Reused && slices.ContainsFunc(found, func(d result.Difference) bool { return d.Accepted })
}

// settleTries is the row of a variant that failed, after its second try. If that found the same, the row fails;
// what kept it from being tried again says nothing against the first one.
func settleTries(first, second *T) result.Check {
	row := *first.row
	row.DurationMS += second.row.DurationMS
	unmet := second.row.Outcome == result.Skip && second.row.ReasonCode != result.NotApplicable
	if unmet || result.Confirms(row, *second.row) {
		return row
	}
	row.Outcome = result.Flaky
	row.Reason = "it failed, and the same again did not: " + seen(second)
	row.Exchanges = slices.Clone(row.Exchanges)
	for _, x := range secondExchanges(second) {
		x.Second = true
		row.Exchanges = append(row.Exchanges, x)
	}
	return row
}

// secondExchanges are those of a second try, whether it passed or not.
func secondExchanges(t *T) []result.Exchange {
	if t.row.Outcome == result.Pass {
		return exchanges(t, maxExchanges)
	}
	return t.row.Exchanges
}

// seen says in a few words how a second try ended.
func seen(t *T) string {
	switch {
	case t.row.Outcome == result.Pass:
		return "the second try passed"
	case len(t.row.Differences) > 0:
		return "the second try found something else: " + t.row.Differences[0].Failure().Message
	default:
		return "the second try could not be judged: " + t.row.Reason
	}
}

// Instance names records that only this try of the variant uses, apart from those of its first try.
func (t *T) Instance(name string) string {
	if t.second {
		return fmt.Sprint(name, " again ", t.Variant.Name)
	}
	return name
}

// own are the ids of a record of the second try's own, in place of those that others share; where none can be made, the
// shared ones.
func (t *T) own(shared map[string]any) map[string]any {
	if !t.second || !t.Operation().HasID() {
		return shared
	}
	if fields, err := t.Session.Fresh(t.Ctx, t.Operation()); err == nil {
		return fields
	}
	return shared
}

// connected is the request over a connection of its own, where the try wants that.
func (t *T) connected(r *session.Request) *session.Request {
	if !t.newConnection {
		return r
	}
	return r.With("", "", func(c *session.Request) { c.Sent.NewConnection = true })
}
