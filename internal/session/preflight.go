package session

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/generate"
	"conformance/internal/judge"
	"conformance/internal/probe"
)

// Finding is one thing that preflight found not to be as it should be.
type Finding struct {
	// Field is the credential or fixture as the configuration names it, without an index: credentials.scoped,
	// fixtures.operationId.name. It is empty where the finding is about the target itself.
	Field    string
	Index    int    // which of the field's values, counted from 0
	Answer   string // what the target answered, as "401 unauthorized"; empty where nothing was asked
	Unusable bool   // what depends on the value would be judged wrongly
	Text     string // for people, redacted, with the remedy
}

// Preflight finds out what must hold for a run to mean anything. It changes nothing: the caller decides what to do
// about a finding, by Config.Without for one. That a key can do too much is no finding: it is a violation, and the
// checks find it. The error is the transport's, an *OtherAPIError or a *LimitedError; what was found before it is
// returned too.
func (s *Session) Preflight(ctx context.Context) ([]Finding, error) {
	p := &preflight{session: s, ctx: ctx, keys: s.Config.Credentials}
	for _, step := range []func() error{p.recognise, p.fullKeys, p.otherTenant, p.scoped, p.fixtures} {
		if err := step(); err != nil {
			return p.found, err
		}
	}
	return p.found, nil
}

// why is the finding as the reason for which a key is not used.
func (f Finding) why() string {
	if f.Answer == "" {
		return "preflight says why"
	}
	return "preflight was answered " + f.Answer
}

// Without is a configuration in which what the findings call unusable is not used: keys are marked, fixtures are left
// out.
func (c Config) Without(found []Finding) Config {
	for _, f := range found {
		if purpose, ok := credential.PurposeOf(f.Field); ok && f.Unusable {
			c.Credentials = c.Credentials.Mark(purpose, f.Index, f.why())
		}
	}
	fixtures := map[string]Fixture{}
	for name, f := range c.Fixtures {
		f.Values = usable(found, "fixtures."+name, f.Values)
		fixtures[name] = f
	}
	c.Fixtures = fixtures
	return c
}

// usable are those of a field's values that no finding calls unusable.
func usable[V any](found []Finding, field string, values []V) []V {
	var out []V
	for i, v := range values {
		if !slices.ContainsFunc(found, func(f Finding) bool { return f.Unusable && f.Field == field && f.Index == i }) {
			out = append(out, v)
		}
	}
	return out
}

type preflight struct {
	session *Session
	ctx     context.Context
	keys    credential.Set // with those marked that were found unusable
	found   []Finding
	first   *probe.Answer       // to the first key's first good read; nil: none was sent yet
	firstOf *contract.Operation // that it was sent to
	nowhere *probe.Answer       // to a read of a path that does not exist; nil: none was sent yet

	mu       sync.Mutex
	silences map[*contract.Operation]bool // those that were not answered in time
}

// note keeps a finding with its text.
func (p *preflight) note(f Finding, format string, args ...any) {
	f.Text = p.session.Client.Redactor().String(fmt.Sprintf(format, args...))
	p.found = append(p.found, f)
	if purpose, ok := credential.PurposeOf(f.Field); ok && f.Unusable {
		p.keys = p.keys.Mark(purpose, f.Index, f.why())
	}
}

// plain is a valid request to the operation with an all-scopes key that has not been found unusable, if there is one.
func (p *preflight) plain(o *contract.Operation, fields map[string]any) *Request {
	r := p.session.Request(o, fields)
	for _, key := range p.keys.Usable(credential.Full) {
		if placed(o, key) != nil {
			return r.As(key, "")
		}
	}
	return r
}

// takes says which operations the key can be shown to.
func takes(key credential.Key) func(*contract.Operation) bool {
	return func(o *contract.Operation) bool { return placed(o, key) != nil }
}

// cheapRead is a read that needs no record, and of those one that the function wants; or nil. Where a key is optional,
// a wrong one may be as good: such a read is the last choice.
func (p *preflight) cheapRead(want func(*contract.Operation) bool) *contract.Operation {
	for _, needed := range []bool{true, false} {
		for _, o := range p.session.Contract.Operations {
			if o.Reads() && o.Security != nil && o.Secured() == needed && len(o.Identifiers()) == 0 &&
				want(o) && p.answers(o) {
				return o
			}
		}
	}
	return nil
}

// askWithKey sends the operation's plain request with a key.
func (p *preflight) askWithKey(o *contract.Operation, key credential.Key) (*probe.Answer, error) {
	return p.sendWithRetry(p.session.Request(o, nil).As(key, ""))
}

func (p *preflight) fullKeys() error {
	for i, key := range p.keys.Of(credential.Full) {
		o := p.cheapRead(takes(key))
		if o == nil {
			continue // nothing can be read without a record: the controls will tell
		}
		a, err := p.first, error(nil)
		if i > 0 || p.firstOf != o {
			a, err = p.askWithKey(o, key)
		}
		if err != nil {
			return err
		}
		if i == 0 {
			p.clockSkew(a)
		}
		if !a.Accepted() {
			p.note(Finding{Field: credential.Full.Setting(), Index: i, Answer: p.describeAnswer(a), Unusable: true},
				"credentials.full (%s) is answered %s by %s: give a key with every scope.",
				key, p.describeAnswer(a), o.ID)
		}
	}
	return nil
}

// describeAnswer is an answer in a few words.
func (p *preflight) describeAnswer(a *probe.Answer) string {
	out := fmt.Sprint(a.Status)
	if code := p.session.Contract.Envelope.Code; code != "" {
		if body, err := judge.Decode(a.Body); err == nil {
			if v, ok := code.Get(body); ok {
				out += " " + generate.Text(v)
			}
		}
	}
	return out
}

// clockSkew compares the target's time with ours.
func (p *preflight) clockSkew(a *probe.Answer) {
	date, err := http.ParseTime(a.Get("Date"))
	if err != nil {
		return
	}
	if skew := date.Sub(p.session.Client.Clock().Now()); skew.Abs() > 30*time.Second {
		p.note(Finding{}, "The target's clock differs from this machine's by %s: correct one of them, or waits for its "+
			"limits will be wrong.", skew.Round(time.Second))
	}
}

// otherTenant proves the keys that have one purpose each.
func (p *preflight) otherTenant() error {
	if len(p.keys.Usable(credential.Full)) == 0 {
		return nil
	}
	for _, purpose := range []credential.Purpose{credential.OtherTenant, credential.Flood} {
		for i, k := range p.keys.Of(purpose) {
			if o := p.cheapRead(takes(k)); o != nil {
				if err := p.apart(o, k, i); err != nil {
					return err
				}
			}
		}
	}
	return p.ipDenied()
}

// apart proves a key that must work and be none of the run's own.
func (p *preflight) apart(o *contract.Operation, k credential.Key, index int) error {
	name := k.Purpose.Setting()
	isOwn := func(full credential.Key) bool { return full.Equal(k) }
	if slices.ContainsFunc(p.keys.Usable(credential.Full), isOwn) {
		p.note(Finding{Field: name, Index: index, Unusable: true},
			"%s is also among credentials.full: give a key of its own.", name)
		return nil
	}
	a, err := p.sendWithRetry(p.session.Request(o, nil).As(k, "").Unpaced())
	if err != nil {
		return err
	}
	if !a.Accepted() && a.Status != http.StatusTooManyRequests {
		p.note(Finding{Field: name, Index: index, Answer: p.describeAnswer(a), Unusable: true},
			"%s is answered %s by %s, not 2xx: what depends on it is skipped.", name, p.describeAnswer(a), o.ID)
	}
	return nil
}

// ipDenied distinguishes a key that is denied from one that is unknown: the latter is answered like a made-up one.
func (p *preflight) ipDenied() error {
	s := p.session
	keys := p.keys.Usable(credential.IPDenied)
	if len(keys) == 0 {
		return nil // each check says so
	}
	o := p.cheapRead(takes(keys[0]))
	if o == nil {
		return nil
	}
	r := s.Request(o, nil).As(keys[0], "")
	denied, err := p.sendWithRetry(r)
	if err != nil {
		return err
	}
	made, err := p.sendWithRetry(r.WithSecrets("conformance-"+s.RunID+"-was-never-issued", ""))
	if err != nil {
		return err
	}
	if denied.Status == http.StatusUnauthorized && p.fingerprint(denied) == p.fingerprint(made) {
		p.note(Finding{Field: credential.IPDenied.Setting(), Answer: p.describeAnswer(denied), Unusable: true},
			"credentials.ip_denied is answered like a key that does not exist (%s): give one that exists "+
				"and whose allow-list excludes this machine.", p.describeAnswer(denied))
	}
	return nil
}

func (p *preflight) fingerprint(a *probe.Answer) string {
	body, _ := judge.Decode(a.Body)
	return p.describeAnswer(a) + " " + judge.Show(body, p.session.Contract.Envelope.Message)
}

// fixtures proves that the records which the configuration names are there.
func (p *preflight) fixtures() error {
	s := p.session
	if len(p.keys.Usable(credential.Full)) == 0 {
		return nil
	}
	for _, o := range s.Contract.Operations {
		for _, id := range o.Identifiers() {
			name := o.ID + "." + id.Name
			reader := p.readerOf(id)
			if reader == nil || !p.answers(reader) {
				continue
			}
			for i, v := range s.Config.Fixtures[name].Values {
				a, err := p.sendWithRetry(p.plain(reader, map[string]any{reader.Identifiers()[0].Name: v}))
				if p.silent(reader, err) {
					break // the checks will say so; what it reads may be right
				}
				if err != nil {
					return err
				}
				if !a.Accepted() {
					p.note(Finding{Field: "fixtures." + name, Index: i, Answer: p.describeAnswer(a), Unusable: true},
						"fixtures.%s: %v is answered %s by %s: name a record that exists.",
						name, v, p.describeAnswer(a), reader.ID)
				}
			}
		}
	}
	return nil
}

// readerOf is a read by that id alone, or nil.
func (p *preflight) readerOf(id *contract.Parameter) *contract.Operation {
	for _, o := range p.session.Contract.Operations {
		ids := o.Identifiers()
		if o.Reads() && len(ids) == 1 && ids[0].Reference.From == id.Reference.From &&
			ids[0].Reference.At == id.Reference.At {
			return o
		}
	}
	return nil
}
