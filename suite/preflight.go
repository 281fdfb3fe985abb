package suite

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/judge"
	"conformance/internal/probe"
)

// Preflight proves what must be so for a run to mean anything. What does not hold is returned, a line each with the remedy; a credential
// or fixture that is not what the configuration says is forgotten, so that what depends on it is skipped instead of judged wrongly.
// That a key can do too much is no matter of preflight: it is a violation, and the checks find it. The error is the transport's.
func (s *Session) Preflight(ctx context.Context) ([]string, error) {
	p := &preflight{session: s, ctx: ctx}
	for _, step := range []func() error{p.full, p.others, p.scoped, p.fixtures} {
		if err := step(); err != nil {
			return p.notes, err
		}
	}
	return p.notes, nil
}

type preflight struct {
	session *Session
	ctx     context.Context
	notes   []string
}

func (p *preflight) note(format string, args ...any) {
	p.notes = append(p.notes, p.session.Client.Redactor().String(fmt.Sprintf(format, args...)))
}

// cheap is a read that needs no record, and of those with that scope where one is asked for; or nil.
func (p *preflight) cheap(want func(*contract.Operation) bool) *contract.Operation {
	for _, o := range p.session.Contract.Operations {
		if o.Reads() && o.Security != nil && len(o.Identifiers()) == 0 && want(o) {
			return o
		}
	}
	return nil
}

// ask sends the operation's plain request with a key.
func (p *preflight) ask(o *contract.Operation, secret string) (*probe.Answer, error) {
	return p.session.Client.Do(p.ctx, p.session.request(o, nil).As(secret, "").build())
}

func (p *preflight) full() error {
	s := p.session
	o := p.cheap(everything)
	if o == nil {
		return nil // nothing can be read without a record: the controls will tell
	}
	var good []string
	for i, key := range s.Config.Credentials.Full {
		a, err := p.ask(o, key)
		if err != nil {
			return err
		}
		if i == 0 {
			p.clock(a)
		}
		if a.Status/100 == 2 {
			good = append(good, key)
			continue
		}
		p.note("credentials.full (%s) is answered %s by %s: give a key with every scope.", key, p.said(a), o.ID)
	}
	s.Config.Credentials.Full = good
	return nil
}

// said is an answer in a few words.
func (p *preflight) said(a *probe.Answer) string {
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

// clock compares the target's time with ours.
func (p *preflight) clock(a *probe.Answer) {
	date, err := http.ParseTime(a.Get("Date"))
	if err != nil {
		return
	}
	if skew := date.Sub(p.session.Client.Clock().Now()); skew.Abs() > 30*time.Second {
		p.note("The target's clock differs from this machine's by %s: set one of them right, or waits for its limits will be wrong.", skew.Round(time.Second))
	}
}

// others proves the keys that have one purpose each.
func (p *preflight) others() error {
	s, o := p.session, p.cheap(everything)
	c := &s.Config.Credentials
	if o == nil || len(c.Full) == 0 {
		return nil
	}
	for _, k := range []struct {
		name string
		key  *string
	}{{"credentials.other_tenant", &c.OtherTenant}, {"credentials.flood", &c.Flood}} {
		if *k.key == "" {
			continue
		}
		if slices.Contains(c.Full, *k.key) {
			p.note("%s is also among credentials.full: give a key of its own.", k.name)
			*k.key = ""
			continue
		}
		a, err := s.Client.Do(p.ctx, s.request(o, nil).As(*k.key, "").unpaced().build())
		if err != nil {
			return err
		}
		if a.Status/100 != 2 && a.Status != http.StatusTooManyRequests {
			p.note("%s is answered %s by %s, not 2xx: what depends on it is skipped.", k.name, p.said(a), o.ID)
			*k.key = ""
		}
	}
	return p.ipDenied(o)
}

// ipDenied tells a key that is denied from one that is simply unknown: the latter is answered like a made-up one.
func (p *preflight) ipDenied(o *contract.Operation) error {
	s := p.session
	key := &s.Config.Credentials.IPDenied
	if *key == "" {
		return nil
	}
	denied, err := p.ask(o, *key)
	if err != nil {
		return err
	}
	made, err := p.ask(o, "conformance-"+s.RunID+"-was-never-issued")
	if err != nil {
		return err
	}
	if denied.Status == http.StatusUnauthorized && p.likeness(denied) == p.likeness(made) {
		p.note("credentials.ip_denied is answered like a key that does not exist (%s): give one that exists and whose allow-list excludes this machine.", p.said(denied))
		*key = ""
	}
	return nil
}

func (p *preflight) likeness(a *probe.Answer) string {
	body, _ := judge.Decode(a.Body)
	return p.said(a) + " " + judge.Show(body, p.session.Contract.Envelope.Message)
}

// scoped proves that each key can do something that its scopes are for.
func (p *preflight) scoped() error {
	c := &p.session.Config.Credentials
	var good []ScopedKey
	for i, k := range c.Scoped {
		works, why, err := p.works(k)
		if err != nil {
			return err
		}
		if works {
			good = append(good, k)
			continue
		}
		p.note("credentials.scoped[%d] (%s) does nothing that its scopes allow (%s): correct its key or its scopes; it is not used.", i, strings.Join(k.Scopes, ", "), why)
	}
	c.Scoped = good
	p.unlacked()
	return nil
}

// unlacked names the scopes that every scoped key has: nothing shows that an operation asks for them.
func (p *preflight) unlacked() {
	s := p.session
	if len(s.Config.Credentials.Scoped) == 0 {
		return // each check says so
	}
	seen := map[string]bool{}
	for _, o := range s.Contract.Operations {
		needed := strings.Join(o.RequiredScopes, ", ")
		if !scoped(o) || seen[needed] || len(s.fewest(o)) > 0 {
			continue
		}
		seen[needed] = true
		also := ""
		for _, scope := range o.RequiredScopes {
			for _, from := range impliers(o.Security, scope) {
				also += fmt.Sprintf(" (%s includes it)", from)
			}
		}
		p.note("credentials.scoped holds no key without %s%s: add one, or it stays open whether %s and others ask for it.", needed, also, o.ID)
	}
}

// works asks one cheap thing after the other until one is neither unauthorized nor forbidden. Where no read does, a write that is wrong
// in every other respect will do.
func (p *preflight) works(k ScopedKey) (bool, string, error) {
	if len(k.Scopes) == 0 { // good for nothing but being refused: it must only exist
		o := p.session.Contract.Operations[slices.IndexFunc(p.session.Contract.Operations, secured)]
		a, err := p.session.Client.Do(p.ctx, p.harmless(o).As(k.Key, "").build())
		if err != nil {
			return false, "", err
		}
		return a.Status != http.StatusUnauthorized, p.said(a) + " by " + o.ID, nil
	}
	why := "it has none that this contract knows"
	for _, o := range p.session.Contract.Operations {
		if o.Security == nil || len(o.RequiredScopes) == 0 || !sufficient(o, k.Scopes) || o.Reads() && len(o.Identifiers()) > 0 {
			continue
		}
		if !o.Reads() && slices.ContainsFunc(p.session.Contract.Operations, func(r *contract.Operation) bool {
			return r.Reads() && len(r.Identifiers()) == 0 && len(r.RequiredScopes) > 0 && sufficient(r, k.Scopes)
		}) {
			continue
		}
		a, err := p.session.Client.Do(p.ctx, p.harmless(o).As(k.Key, "").build())
		if err != nil {
			return false, "", err
		}
		if a.Status != http.StatusUnauthorized && a.Status != http.StatusForbidden {
			return true, "", nil
		}
		why = p.said(a) + " by " + o.ID
		if a.Status == http.StatusUnauthorized {
			return false, why, nil
		}
	}
	return false, why, nil
}

// harmless is a read, or a write that no correct server carries out: to no record, and with a body that is none.
func (p *preflight) harmless(o *contract.Operation) *Request {
	fields := map[string]any{}
	for _, id := range o.Identifiers() {
		fields[id.Name] = 2_000_000_000
	}
	r := p.session.request(o, fields)
	if o.Body != nil {
		r = r.WithRaw([]byte("[]"), "preflight: a body that must be refused")
	}
	return r
}

// fixtures proves that the records which the configuration names are there.
func (p *preflight) fixtures() error {
	s := p.session
	if len(s.Config.Credentials.Full) == 0 {
		return nil
	}
	for _, o := range s.Contract.Operations {
		for _, id := range o.Identifiers() {
			name := o.ID + "." + id.Name
			reader := p.readerOf(id)
			if len(s.Config.Fixtures[name]) == 0 || reader == nil {
				continue
			}
			var good []any
			for _, v := range s.Config.Fixtures[name] {
				r := s.request(reader, map[string]any{reader.Identifiers()[0].Name: v})
				a, err := s.Client.Do(p.ctx, r.As(s.Config.Credentials.Full[0], "").build())
				if err != nil {
					return err
				}
				if a.Status/100 == 2 {
					good = append(good, v)
					continue
				}
				p.note("fixtures.%s: %v is answered %s by %s: name a record that exists.", name, v, p.said(a), reader.ID)
			}
			s.Config.Fixtures[name] = good
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
