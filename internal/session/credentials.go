package session

import (
	"errors"
	"fmt"
	"slices"

	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/probe"
	"conformance/internal/result"
)

// Tenant says in whose name set-up happens.
type Tenant string

// The companies of a run.
const (
	Own     Tenant = "own"     // the company that the run acts for
	Foreign Tenant = "foreign" // the other company
)

// purposes are what the tenants' all-scopes keys are configured for.
var purposes = map[Tenant]credential.Purpose{Own: credential.Full, Foreign: credential.OtherTenant}

// Key is an all-scopes key of the tenant that serves for the operation. Of several, pick takes one: the same one in
// every run with the same seed. The error is a *NotJudged.
func (c Config) Key(o *contract.Operation, who Tenant, pick uint64) (credential.Key, error) {
	p := purposes[who]
	if len(o.Keys) == 0 {
		return c.OfPurpose(p, pick)
	}
	return c.fitting(p, pick, o.Keys[0], func(k credential.Key) bool { return placed(o, k) != nil })
}

// KeyBy is such a key of the run's own company that serves for one of the operation's ways.
func (c Config) KeyBy(o *contract.Operation, way contract.Together, pick uint64) (credential.Key, error) {
	return c.fitting(credential.Full, pick, way, func(k credential.Key) bool { return placedBy(o, way, k) != nil })
}

// fitting is one of the purpose's keys that serve; where none does, the error says what the first lacks for the way.
func (c Config) fitting(
	p credential.Purpose, pick uint64, way contract.Together, serves func(credential.Key) bool,
) (credential.Key, error) {
	all := c.Credentials.Usable(p)
	if len(all) == 0 {
		return c.OfPurpose(p, pick)
	}
	for i := range uint64(len(all)) { // from the picked one on: nearly always it serves itself
		if k := all[(pick%uint64(len(all))+i)%uint64(len(all))]; serves(k) {
			return k, nil
		}
	}
	return credential.Key{}, lacksFor(way, all[0])
}

// AnyKey is what an all-scopes key is sent as where no operation says how: as the first that asks for one wants it.
// Nil: none does. Of several keys, pick takes one.
func (c Config) AnyKey(of *contract.Contract, pick uint64) (probe.Credential, error) {
	o := of.Secured()
	if o == nil {
		return nil, nil
	}
	key, err := c.Key(o, Own, pick)
	return placed(o, key), err
}

// OfPurpose is a usable key of that purpose. Of several, pick takes one. The error is a *NotJudged.
func (c Config) OfPurpose(p credential.Purpose, pick uint64) (credential.Key, error) {
	key, err := c.Credentials.Pick(p, pick)
	var none *credential.Unavailable
	if errors.As(err, &none) {
		return key, &NotJudged{Code: result.Credential, Reason: none.Error()}
	}
	return key, err
}

// placed is how the key shows to the operation who calls: by the first of its ways that the key has all secrets for.
// Nil: by none.
func placed(o *contract.Operation, k credential.Key) probe.Credential {
	for _, way := range o.Keys {
		if c := placedBy(o, way, k); c != nil {
			return c
		}
	}
	return nil
}

// placedBy does so by one way. A key that is one text is good for the first way that needs one secret.
func placedBy(o *contract.Operation, way contract.Together, k credential.Key) probe.Credential {
	if len(k.Parts) == 0 {
		single := slices.IndexFunc(o.Keys, func(w contract.Together) bool { return len(w) == 1 })
		if single < 0 || !slices.Equal(o.Keys[single], way) {
			return nil
		}
		return probe.Credential{{Scheme: way[0], Secret: k.Text()}}
	}
	var out probe.Credential
	for _, s := range way {
		secret := k.For(s.ID)
		if secret == "" {
			return nil
		}
		out = append(out, probe.Part{Scheme: s, Secret: secret})
	}
	return out
}

// lacksFor says what a key would need to show by a way who calls.
func lacksFor(way contract.Together, k credential.Key) *NotJudged {
	add := ""
	for i, s := range way {
		if i > 0 {
			add += ", "
		}
		add += fmt.Sprintf("%q: ...", s.ID)
	}
	at := k.Purpose.Setting()
	return &NotJudged{Code: result.Credential, Reason: fmt.Sprintf(
		"%s has no secret for %s; add to the configuration, under credentials: %s: {%s}", at, way.Name(), k.Purpose, add)}
}

// place names where a scheme's secret goes, in the terms of result.Request.
func place(s *contract.Scheme) string { return s.In + ":" + s.Name }

// keyAt names the place of the operation's key: of the first part where it has several.
func (r *Request) keyAt() string {
	switch {
	case len(r.Sent.Credential) > 0:
		return place(r.Sent.Credential[0].Scheme)
	case r.Operation == nil || r.Operation.Security == nil:
		return ""
	}
	return place(r.Operation.Security)
}

// As sends the key where the operation wants it, in the first way that the key has all secrets for. An operation that
// takes no key gets none.
func (r *Request) As(key credential.Key, fault string) *Request {
	if r.Operation == nil || len(r.Operation.Keys) == 0 {
		return r.WithoutKey(fault)
	}
	c := r.with(placed(r.Operation, key), fault)
	if c.Sent.Credential == nil {
		c.unmet = lacksFor(r.Operation.Keys[0], key)
	}
	return c
}

// By sends the key in one of the operation's ways.
func (r *Request) By(way contract.Together, key credential.Key, fault string) *Request {
	c := r.with(placedBy(r.Operation, way, key), fault)
	if c.Sent.Credential == nil {
		c.unmet = lacksFor(way, key)
	}
	return c
}

// WithSecret sends another secret by one scheme, and leaves what is sent by the others.
func (r *Request) WithSecret(s *contract.Scheme, secret, fault string) *Request {
	return r.With(fault, place(s), func(c *Request) {
		if part := c.Sent.Credential.Of(s); part != nil {
			part.Secret = secret
			return
		}
		c.Sent.Credential = append(c.Sent.Credential, probe.Part{Scheme: s, Secret: secret})
	})
}

// WithSecrets sends the same text by every scheme of which a secret is sent; by the operation's first where none is.
func (r *Request) WithSecrets(secret, fault string) *Request {
	parts := slices.Clone(r.Sent.Credential)
	if len(parts) == 0 && r.Operation != nil && r.Operation.Security != nil {
		parts = probe.Credential{{Scheme: r.Operation.Security}}
	}
	for i := range parts {
		parts[i].Secret = secret
	}
	return r.with(parts, fault)
}

// WithoutSecret sends no secret by one scheme, and leaves what is sent by the others.
func (r *Request) WithoutSecret(s *contract.Scheme, fault string) *Request {
	return r.With(fault, place(s), func(c *Request) {
		c.Sent.Credential = slices.DeleteFunc(c.Sent.Credential, func(p probe.Part) bool { return p.Scheme == s })
	})
}

// WithoutKey sends no credential.
func (r *Request) WithoutKey(fault string) *Request { return r.with(nil, fault) }

func (r *Request) with(credential probe.Credential, fault string) *Request {
	return r.With(fault, r.keyAt(), func(c *Request) { c.Sent.Credential, c.unmet = credential, nil })
}

// WithMisplaced sends no secret by that scheme, and says that it will be elsewhere.
func (r *Request) WithMisplaced(s *contract.Scheme, secret string) *Request {
	c := r.WithoutSecret(s, "")
	c.Sent.Misplaced = secret
	return c
}
