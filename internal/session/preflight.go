package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"conformance/internal/contract"
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
// checks find it. The error is the transport's; what was found before it is returned too.
func (s *Session) Preflight(ctx context.Context) ([]Finding, error) {
	p := &preflight{session: s, ctx: ctx}
	for _, step := range []func() error{p.fullKeys, p.otherTenant, p.scoped, p.fixtures} {
		if err := step(); err != nil {
			return p.found, err
		}
	}
	return p.found, nil
}

// Without is a configuration that lacks what the findings call unusable.
func (c Config) Without(found []Finding) Config {
	keys := &c.Credentials
	keys.Full = usable(found, "credentials.full", keys.Full)
	keys.Scoped = usable(found, "credentials.scoped", keys.Scoped)
	for name, key := range map[string]*string{
		"credentials.other_tenant": &keys.OtherTenant, "credentials.flood": &keys.Flood,
		"credentials.ip_denied": &keys.IPDenied,
	} {
		if len(usable(found, name, []string{*key})) == 0 {
			*key = ""
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
	found   []Finding
}

// note keeps a finding with its text.
func (p *preflight) note(f Finding, format string, args ...any) {
	f.Text = p.session.Client.Redactor().String(fmt.Sprintf(format, args...))
	p.found = append(p.found, f)
}

// key is an all-scopes key that has been found usable, or empty.
func (p *preflight) key() string {
	for _, key := range usable(p.found, "credentials.full", p.session.Config.Credentials.Full) {
		return key
	}
	return ""
}

// cheapRead is a read that needs no record, and of those with that scope where one is asked for; or nil.
func (p *preflight) cheapRead(want func(*contract.Operation) bool) *contract.Operation {
	for _, o := range p.session.Contract.Operations {
		if o.Reads() && o.Security != nil && len(o.Identifiers()) == 0 && want(o) {
			return o
		}
	}
	return nil
}

// maxAttempts is how often preflight asks where no answer comes.
const maxAttempts = 3

// sendWithRetry sends a request, and again where the connection breaks: none of preflight's requests does anything, so that they may be repeated, and
// one reset must not end a run. What timed out is not asked again: a target that hangs would be waited for three times.
func (p *preflight) sendWithRetry(r *Request) (*probe.Answer, error) {
	for n := 1; ; n++ {
		a, err := p.once(r)
		var transport *probe.TransportError
		if n == maxAttempts || !errors.As(err, &transport) || transport.Timeout {
			return a, err
		}
	}
}

// once sends a request. That nobody has the unguessable ids of a write is not looked up: no key is proven yet to do so.
func (p *preflight) once(r *Request) (*probe.Answer, error) {
	if r.Operation.HasID() && p.session.isUnguessable(r) && r.Operation.NotJudged == "" && !p.session.Config.NoWrites {
		return p.session.Client.Do(p.ctx, r.Build())
	}
	return p.session.Do(p.ctx, r)
}

// askWithKey sends the operation's plain request with a key.
func (p *preflight) askWithKey(o *contract.Operation, secret string) (*probe.Answer, error) {
	return p.sendWithRetry(p.session.Request(o, nil).As(secret, ""))
}

func (p *preflight) fullKeys() error {
	s := p.session
	o := p.cheapRead((*contract.Operation).Any)
	if o == nil {
		return nil // nothing can be read without a record: the controls will tell
	}
	for i, key := range s.Config.Credentials.Full {
		a, err := p.askWithKey(o, key)
		if err != nil {
			return err
		}
		if i == 0 {
			p.clockSkew(a)
		}
		if a.Status/100 != 2 {
			p.note(Finding{Field: "credentials.full", Index: i, Answer: p.describeAnswer(a), Unusable: true},
				"credentials.full (%s) is answered %s by %s: give a key with every scope.", key, p.describeAnswer(a), o.ID)
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
		p.note(Finding{}, "The target's clock differs from this machine's by %s: correct one of them, or waits for its limits "+
			"will be wrong.", skew.Round(time.Second))
	}
}

// otherTenant proves the keys that have one purpose each.
func (p *preflight) otherTenant() error {
	s, o := p.session, p.cheapRead((*contract.Operation).Any)
	c := s.Config.Credentials
	if o == nil || p.key() == "" {
		return nil
	}
	for _, k := range []struct{ name, key string }{
		{"credentials.other_tenant", c.OtherTenant}, {"credentials.flood", c.Flood},
	} {
		if k.key == "" {
			continue
		}
		if slices.Contains(usable(p.found, "credentials.full", c.Full), k.key) {
			p.note(Finding{Field: k.name, Unusable: true},
				"%s is also among credentials.full: give a key of its own.", k.name)
			continue
		}
		a, err := p.sendWithRetry(s.Request(o, nil).As(k.key, "").Unpaced())
		if err != nil {
			return err
		}
		if a.Status/100 != 2 && a.Status != http.StatusTooManyRequests {
			p.note(Finding{Field: k.name, Answer: p.describeAnswer(a), Unusable: true},
				"%s is answered %s by %s, not 2xx: what depends on it is skipped.", k.name, p.describeAnswer(a), o.ID)
		}
	}
	return p.ipDenied(o)
}

// ipDenied distinguishes a key that is denied from one that is unknown: the latter is answered like a made-up one.
func (p *preflight) ipDenied(o *contract.Operation) error {
	s := p.session
	key := s.Config.Credentials.IPDenied
	if key == "" {
		return nil
	}
	denied, err := p.askWithKey(o, key)
	if err != nil {
		return err
	}
	made, err := p.askWithKey(o, "conformance-"+s.RunID+"-was-never-issued")
	if err != nil {
		return err
	}
	if denied.Status == http.StatusUnauthorized && p.fingerprint(denied) == p.fingerprint(made) {
		p.note(Finding{Field: "credentials.ip_denied", Answer: p.describeAnswer(denied), Unusable: true},
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
	key := p.key()
	if key == "" {
		return nil
	}
	for _, o := range s.Contract.Operations {
		for _, id := range o.Identifiers() {
			name := o.ID + "." + id.Name
			reader := p.readerOf(id)
			if reader == nil {
				continue
			}
			for i, v := range s.Config.Fixtures[name].Values {
				r := s.Request(reader, map[string]any{reader.Identifiers()[0].Name: v})
				a, err := p.sendWithRetry(r.As(key, ""))
				if err != nil {
					return err
				}
				if a.Status/100 != 2 {
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
		if o.Reads() && len(ids) == 1 && ids[0].Reference.From == id.Reference.From && ids[0].Reference.At == id.Reference.At {
			return o
		}
	}
	return nil
}
