// Package credential owns the set of keys that a run may use, by what they are good for: how they are written in a
// configuration, which of them can be used, and which one suits a purpose. It must not know contracts, requests, nor
// where a key goes in one.
package credential

import (
	"cmp"
	"slices"
	"strings"
)

// Purpose is what a key is good for, as the configuration names it.
type Purpose string

// The purposes.
const (
	Full        Purpose = "full"         // every scope; several spread the load
	Revoked     Purpose = "revoked"      // it was valid once
	IPDenied    Purpose = "ip_denied"    // its allow-list excludes this machine
	OtherTenant Purpose = "other_tenant" // every scope, another company
	Flood       Purpose = "flood"        // every scope, the company of Full; its quota will be exhausted
	Scoped      Purpose = "scoped"       // some scopes, or none
)

// settings is the prefix of what the configuration calls a purpose.
const settings = "credentials."

// Setting is what the configuration calls the purpose: credentials.full.
func (p Purpose) Setting() string { return settings + string(p) }

// PurposeOf is the purpose that the configuration calls so, and whether there is one.
func PurposeOf(setting string) (Purpose, bool) {
	name, ok := strings.CutPrefix(setting, settings)
	return Purpose(name), ok && variables[Purpose(name)] != ""
}

// variables are what a shell calls the keys that the configuration does not take from a variable.
var variables = map[Purpose]string{
	Full: "KEY_FULL", Revoked: "KEY_REVOKED", IPDenied: "KEY_IP_DENIED",
	OtherTenant: "KEY_OTHER", Flood: "KEY_FLOOD", Scoped: "KEY_SCOPED",
}

// Key is one key: a text that serves wherever an operation asks for one credential, or a text for each of several
// security schemes.
type Key struct {
	Purpose    Purpose
	Secret     string   // empty where there are Parts, or a Command
	Parts      []Part   // by scheme, sorted
	Command    *Command // that prints the one text; nil: none
	Scopes     []string // that a scoped key was given; empty: it has none; nil: nobody said
	Expression string   // the shell expression that the secret was read from; empty: it was written out
	Unusable   string   // why it must not be used; empty: it may be
}

// Part is what a key is to one security scheme.
type Part struct {
	Scheme     string // its name in the contract
	Secret     string
	Expression string // as in Key
}

// For is the key's secret for a scheme; empty: it has none of its own.
func (k Key) For(scheme string) string {
	for _, p := range k.Parts {
		if p.Scheme == scheme {
			return p.Secret
		}
	}
	return ""
}

// Text is the one text of the key, as it is now.
func (k Key) Text() string {
	if k.Command != nil {
		return k.Command.Secret()
	}
	return k.Secret
}

// String shows the key as a configuration has it, secrets included.
func (k Key) String() string {
	if len(k.Parts) == 0 {
		return k.Text()
	}
	var parts []string
	for _, p := range k.Parts {
		parts = append(parts, p.Scheme+": "+p.Secret)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// Secrets are all texts of the key, former ones included.
func (k Key) Secrets() []string {
	if k.Command != nil {
		return k.Command.Seen()
	}
	if len(k.Parts) == 0 {
		return []string{k.Secret}
	}
	var out []string
	for _, p := range k.Parts {
		out = append(out, p.Secret)
	}
	return out
}

// Equal says that both keys have the same texts.
func (k Key) Equal(other Key) bool { return slices.Equal(k.Secrets(), other.Secrets()) }

// ScopeList is the key's scopes in words.
func (k Key) ScopeList() string {
	if len(k.Scopes) == 0 {
		return "no scope"
	}
	return strings.Join(k.Scopes, ", ")
}

// Set is the keys of a run, in the order in which they were configured. No key is ever taken out of it: one that turns
// out not to be what the configuration says is marked, so that it stays known, is kept out of every report, and is not
// used. Methods return copies.
type Set []Key

// With is the set with more keys of one purpose.
func (s Set) With(p Purpose, secrets ...string) Set {
	s = slices.Clone(s)
	for _, secret := range secrets {
		s = append(s, Key{Purpose: p, Secret: secret})
	}
	return s
}

// WithScoped is the set with one more key, which has these scopes.
func (s Set) WithScoped(secret string, scopes ...string) Set {
	return append(slices.Clone(s), Key{Purpose: Scoped, Secret: secret, Scopes: append([]string{}, scopes...)})
}

// Mark is the set with one key unusable: the one of that index among those of the purpose.
func (s Set) Mark(p Purpose, index int, why string) Set {
	s = slices.Clone(s)
	for i := range s {
		if s[i].Purpose == p {
			if index == 0 {
				s[i].Unusable = cmp.Or(s[i].Unusable, why)
			}
			index--
		}
	}
	return s
}

// Of are all keys of the purpose, in the order in which they were configured.
func (s Set) Of(p Purpose) []Key { return s.where(func(k Key) bool { return k.Purpose == p }) }

// Secrets are those of all keys of the purpose that are one text.
func (s Set) Secrets(p Purpose) []string {
	var out []string
	for _, k := range s.Of(p) {
		if len(k.Parts) == 0 {
			out = append(out, k.Text())
		}
	}
	return out
}

// Usable are those of them that may be used.
func (s Set) Usable(p Purpose) []Key {
	return s.where(func(k Key) bool { return k.Purpose == p && k.Unusable == "" })
}

func (s Set) where(want func(Key) bool) []Key {
	var out []Key // not a copy of all to delete from: there can be hundreds, and every request asks
	for _, k := range s {
		if want(k) {
			out = append(out, k)
		}
	}
	return out
}

// Has says whether these secrets, of one request, are all of one key of that purpose.
func (s Set) Has(p Purpose, secrets ...string) bool {
	return len(secrets) > 0 && slices.ContainsFunc(s, func(k Key) bool {
		return k.Purpose == p &&
			!slices.ContainsFunc(secrets, func(one string) bool { return !slices.Contains(k.Secrets(), one) })
	})
}

// Unavailable says why no key of a purpose can be used.
type Unavailable struct {
	Purpose Purpose
	Why     string // empty: none is configured
}

func (u *Unavailable) Error() string {
	if u.Why == "" {
		return u.Purpose.Setting() + " is not configured"
	}
	return u.Purpose.Setting() + " is not usable: " + u.Why
}

// Pick is a usable key of the purpose. Of several, n takes one: the same one for the same n. The error is an
// *Unavailable.
func (s Set) Pick(p Purpose, n uint64) (Key, error) {
	if keys := s.Usable(p); len(keys) > 0 {
		return keys[n%uint64(len(keys))], nil
	}
	why := ""
	if keys := s.Of(p); len(keys) > 0 {
		why = keys[0].Unusable
	}
	return Key{}, &Unavailable{p, why}
}
