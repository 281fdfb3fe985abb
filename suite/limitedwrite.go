package suite

import (
	"net/http"
	"strings"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/result"
	"conformance/internal/session"
)

// 429, and nothing changed: what a refused write of the flood left behind.

var limitedWrite = check.Check{
	ID: "RATE-007", Level: result.Must, Situation: contract.Flood, Source: check.Ours,
	Title:  "a write that is refused with 429 changes nothing",
	Clause: "A client sends it again: if it had taken effect, it would take effect twice.",
	Over: func(c *contract.Contract) []check.Subject {
		return check.Operations(func(o *contract.Operation) bool {
			return o.Limited() && !o.Reads() &&
				(o == c.Flooded(o.Tier) || o.Body != nil && (c.CreatesListed(o) || len(c.Observers(o)) > 0))
		})(c)
	},
	Floods: true,
	Run: func(t *check.T) {
		f, o := floodOf(t), t.Operation()
		if o != f.Operation {
			a := f.ProbeAnswers[o.ID]
			if a == nil || a.Status != http.StatusTooManyRequests {
				t.Skip(result.NotVerifiable, "no %s was refused with 429", o.ID)
			}
			t.Show(a)
			if t.Session.Contract.CreatesListed(o) {
				t.Looked()
				list, made := t.Session.Contract.ListOf(o), session.Mark(f.ProbeRequests[o.ID], o.Body.Label())
				if strings.Contains(check.Scan(t, t.RequestTo(list, nil), ""), made) {
					t.Report(recordMade(list, made))
				}
				return
			}
			expectNothingLeft(t, f.ProbeRequests[o.ID])
			return
		}
		if f.WriteAnswer == nil || f.WriteAnswer.Status != http.StatusTooManyRequests {
			t.Skip(result.NotVerifiable, "no write that would have changed something was refused with 429")
		}
		if len(t.Session.Contract.Observers(o)) == 0 {
			t.Skip(result.NotVerifiable, "no operation reads back what %s writes", o.ID)
		}
		t.Show(f.WriteAnswer)
		t.Looked()
		for _, a := range f.ChangeShownBy {
			t.Show(a)
			t.Report(tookEffect(o.Body.Label().Name, "", session.Mark(f.WriteRequest, o.Body.Label())))
		}
	},
}

// expectNothingLeft looks for what a refused write would have left: the status that it asked for, or its mark. That it
// would show is seen by the status that the record has, or by the mark of a write that is accepted.
func expectNothingLeft(t *check.T, r *session.Request) {
	o := t.Operation()
	view := check.Read(t, check.Observers(t, o, r.Fields))
	asked, shows := session.Mark(r, o.Body.Label()), false
	if f := o.StatusField(); f != nil {
		has := t.Session.Status(session.RecordOf(o, r.Fields), f)
		asked = generate.Text(r.Body[f.Name])
		shows = view.Shows(has) && asked != has
	} else if asked != "" {
		good := t.RequestTo(o, r.Fields)
		shows = t.Send(good).Accepted() &&
			check.Read(t, check.Observers(t, o, r.Fields)).Shows(session.Mark(good, o.Body.Label()))
	}
	if !shows {
		t.Skip(result.NotVerifiable, "an accepted %s is not visible in what can be read, so a refused one would not be "+
			"either", o.ID)
	}
	t.Looked()
	if view.Shows(asked) {
		t.Report(tookEffect(t.Operation().ID, "", asked))
	}
}
