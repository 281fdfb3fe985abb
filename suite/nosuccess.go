package suite

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/judge"
	"conformance/internal/probe"
	"conformance/internal/result"
	"conformance/internal/session"
)

// An operation that is documented to succeed, and whose plain request does not. The key, the record or a value may be
// what is wrong: the target is to blame only where other operations accept them all.

// judgeNoSuccess judges an answer to the plain request that is not a success.
func judgeNoSuccess(t *check.T, a *probe.Answer) {
	o := t.Operation()
	p := newProof(t, a)
	p.look()
	missing := p.missing()
	got := judge.Acceptance(t.Session.Contract, o, a)[0].Got
	documented := fmt.Sprint(o.Success().Status)
	if missing != "" {
		t.Skip(result.Control, "%s is documented to succeed, but this could not be made to: its plain request was answered "+
			"%s; %s", o.ID, got, missing)
	}
	t.Report(result.Difference{
		Kind: result.KindStatus, Rule: result.Succeeds, At: "status", Want: []string{documented}, Got: got,
		Detail: "other operations accept what it was sent: " + strings.Join(p.by, ", "),
	})
}

// proof is what other operations show of the key, the records and the values of a request that was not accepted.
type proof struct {
	t       *check.T
	answer  *probe.Answer
	fields  map[string]any            // the ids that the request was sent with
	records map[contract.IDSource]any // that it names; nil: another operation has accepted them, all in one request
	key     bool                      // the key was accepted
	rights  bool                      // an all-scopes key was, by an operation that asks for the same rights
	by      []string                  // operations that accepted something of it
}

func newProof(t *check.T, a *probe.Answer) *proof {
	p := &proof{t: t, answer: a, key: a.Request.Credential == nil, rights: a.Request.Credential == nil}
	p.fields, _ = t.Session.Control(t.Ctx, t.Operation())
	if p.records = recordsOf(t.Operation(), p.fields); len(p.records) == 0 {
		p.records = nil
	}
	return p
}

// recordsOf are the records that a request to the operation with these ids names, wherever it does.
func recordsOf(o *contract.Operation, fields map[string]any) map[contract.IDSource]any {
	out := map[contract.IDSource]any{}
	_ = o.EachReference(func(name string, r *contract.Reference) error {
		if v, ok := fields[name]; ok {
			out[r.IDSource()] = v
		}
		return nil
	})
	return out
}

// look has the plain requests to other operations that can show something succeed, reads first, until all is shown.
func (p *proof) look() {
	all := slices.Clone(p.t.Session.Contract.Operations)
	slices.SortStableFunc(all, func(a, b *contract.Operation) int {
		return cmp.Compare(order(a), order(b))
	})
	for _, o := range all {
		if p.key && p.rights && p.records == nil {
			return
		}
		if o != p.t.Operation() && o.NotJudged == "" && (p.namesAll(sourcesOf(o)) || !p.key && o.Reads() ||
			!p.rights && p.sameRights(o)) {
			p.ask(o)
		}
	}
}

func order(o *contract.Operation) int {
	if o.Reads() {
		return 0
	}
	return 1
}

// sourcesOf are where the records come from that a request to the operation names.
func sourcesOf(o *contract.Operation) map[contract.IDSource]any {
	out := map[contract.IDSource]any{}
	_ = o.EachReference(func(_ string, r *contract.Reference) error {
		out[r.IDSource()] = nil
		return nil
	})
	return out
}

// namesAll says that records are open, and each of their kinds is among others.
func (p *proof) namesAll(others map[contract.IDSource]any) bool {
	for at := range p.records {
		if _, ok := others[at]; !ok {
			return false
		}
	}
	return p.records != nil
}

// sameRights says that who may use the other operation may use this one.
func (p *proof) sameRights(other *contract.Operation) bool {
	this := p.t.Operation()
	sameKeys := slices.EqualFunc(other.Keys, this.Keys, func(a, b contract.Together) bool { return slices.Equal(a, b) })
	return sameKeys && other.KeyOptional == this.KeyOptional && !slices.ContainsFunc(this.RequiredScopes,
		func(scope string) bool { return !slices.Contains(other.RequiredScopes, scope) })
}

// ask notes what the plain request to another operation shows. A read that was sent with another key is sent again.
func (p *proof) ask(o *contract.Operation) {
	t := p.t
	fields, err := t.Session.Control(t.Ctx, o)
	if err != nil {
		return
	}
	a, key := t.Session.ControlAnswer(o), p.answer.Request.Credential
	if a == nil {
		return
	}
	if key != nil && o.Reads() && o.Security != nil && !slices.Equal(a.Request.Credential, key) {
		r, err := t.Session.With(o, fields, 0)
		if err != nil {
			return
		}
		r = r.With("", "", func(c *session.Request) { c.Sent.Credential = key })
		if a, err = t.Session.Send(t.Ctx, r); err != nil || !a.Accepted() {
			return
		}
	}
	shown, named := false, recordsOf(o, fields)
	if p.namesAll(named) && !slices.ContainsFunc(slices.Collect(maps.Keys(p.records)), func(at contract.IDSource) bool {
		return generate.Text(named[at]) != generate.Text(p.records[at])
	}) {
		p.records, shown = nil, true
	}
	if !p.key && a.Request.Credential != nil && slices.Equal(a.Request.Credential, key) {
		p.key, shown = true, true
	}
	if !p.rights && p.sameRights(o) {
		p.rights, shown = true, true
	}
	if shown {
		p.by = append(p.by, o.ID)
		t.Show(a)
	}
}

// missing says what is not shown, of what the status of the answer may be about; empty: nothing.
func (p *proof) missing() string {
	o := p.t.Operation()
	const records = "no other operation accepts the records that it names in one request"
	switch {
	case o.Success().Status == 0:
		return "the contract gives no status for it"
	case !p.key:
		return "no other operation accepts the key"
	}
	switch p.answer.Status {
	case http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusUnsupportedMediaType,
		http.StatusNotImplemented: // about no record and no value
		return ""
	case http.StatusInternalServerError:
		if p.records != nil && !p.madeAll() {
			return records
		}
		return ""
	case http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity:
		if p.records != nil {
			return records
		}
		return p.missingData()
	}
	return "such an answer may be about the state of the record, or of the account"
}

// madeAll says that the run has made all records that the request names.
func (p *proof) madeAll() bool {
	for at, v := range p.records {
		if !session.Made(p.t.Session, at, v) {
			return false
		}
	}
	return true
}

// missingData says what of a request, apart from its records, nobody else has accepted.
func (p *proof) missingData() string {
	t, o := p.t, p.t.Operation()
	if said, listed := t.Session.Contract.Situations[contract.InvalidField]; !listed || said.Assumed {
		return "the contract does not say what a valid request needs" // documents seldom give all rules
	}
	if p.sendsInputs() {
		return "nothing shows that its parameters are valid"
	}
	if p.answer.Status == http.StatusNotFound {
		if !p.rights { // what a key may not see, some servers say is not there
			return "no other operation that asks for the same rights accepts the key"
		}
		return ""
	}
	if o.Body == nil && !o.Reads() {
		return "such an answer may be about the state of the record"
	}
	if o.Body != nil && (o.Body.Example == nil || !p.allAccepted()) {
		return "no other write accepts the values of its body"
	}
	return ""
}

// sendsInputs says that the plain request has parameters that name no record.
func (p *proof) sendsInputs() bool {
	return slices.ContainsFunc(p.t.Operation().Inputs(), func(in *contract.Parameter) bool {
		return in.Valid != nil || len(p.t.Session.Config.Fixtures[p.t.Operation().ID+"."+in.Name].Values) > 0
	})
}

// allAccepted says that other writes accept all values of the body, the ids of records aside.
func (p *proof) allAccepted() bool {
	t, o := p.t, p.t.Operation()
	for name, value := range o.Body.Example {
		f := o.Body.Field(name)
		if f != nil && f.Reference != nil && p.fields[name] != nil {
			continue
		}
		if f == nil || f.Transitions != nil || len(t.Session.Config.Fixtures[o.ID+"."+name].Values) > 0 ||
			!slices.ContainsFunc(t.Session.Contract.Operations, func(other *contract.Operation) bool {
				return other != o && !other.Reads() && other.Body != nil && other.NotJudged == "" &&
					reflect.DeepEqual(other.Body.Example[name], value) && p.accepted(other)
			}) {
			return false
		}
	}
	return true
}

// accepted says that the plain request to an operation succeeds.
func (p *proof) accepted(o *contract.Operation) bool {
	_, err := p.t.Session.Control(p.t.Ctx, o)
	return err == nil && p.t.Session.ControlAnswer(o) != nil
}
