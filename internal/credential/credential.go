// Package credential owns the set of keys that a run may use, by what they are good for: how they are written in a
// configuration, which of them can be used, and which one suits a purpose. It must not know contracts, requests, nor
// where a key goes in one.
package credential

import (
	"cmp"
	"fmt"
	"iter"
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

// Key is one key.
type Key struct {
	Purpose    Purpose
	Secret     string
	Scopes     []string // that a scoped key was given; empty: it has none; nil: nobody said
	Expression string   // the shell expression that the secret was read from; empty: it was written out
	Unusable   string   // why it must not be used; empty: it may be
}

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

// Secrets are those of all keys of the purpose.
func (s Set) Secrets(p Purpose) []string {
	var out []string
	for _, k := range s.Of(p) {
		out = append(out, k.Secret)
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

// Has says whether the secret is a key of that purpose.
func (s Set) Has(p Purpose, secret string) bool {
	return slices.ContainsFunc(s, func(k Key) bool { return k.Purpose == p && k.Secret == secret })
}

// Issued says whether somebody has issued the secret, whatever it is good for now: also a revoked key, and one that
// must not be used.
func (s Set) Issued(secret string) bool {
	return secret != "" && slices.ContainsFunc(s, func(k Key) bool { return k.Secret == secret })
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

// Labels are the secrets, each with the shell expression that replaces it wherever it must not be shown.
func (s Set) Labels() iter.Seq2[string, string] {
	return func(yield func(label, secret string) bool) {
		seen := map[Purpose]int{}
		for _, k := range s {
			seen[k.Purpose]++
			name := variables[k.Purpose]
			if n := seen[k.Purpose]; n > 1 || k.Purpose == Scoped {
				name = fmt.Sprint(name, "_", n)
			}
			if !yield(cmp.Or(k.Expression, "${"+name+"}"), k.Secret) {
				return
			}
		}
	}
}
