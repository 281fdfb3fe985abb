package sandbox

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"io"
	"net/netip"
	"slices"

	"conformance/internal/contract"
	"conformance/internal/credential"
)

// keyPrefix distinguishes a sandbox's keys from real ones wherever they appear.
const keyPrefix = "sandbox_"

// keySize is the length of a secret, in bytes; a colon makes one of basic authentication longer.
const keySize = len(keyPrefix) + 32

// unreachablePrefix is a range that no request comes from (RFC 5737): a key that allows only it is always denied.
var unreachablePrefix = netip.MustParsePrefix("203.0.113.0/24")

// company is a tenant.
type company struct {
	order map[*recordType][]*record // oldest first
}

type key struct {
	secrets map[string]string // by the name of the scheme; of a contract with one scheme there is one
	company *company
	scopes  []string        // that it was given
	granted map[string]bool // by those, directly or by what they imply
	revoked bool
	allowed []netip.Prefix     // empty: from everywhere
	windows map[string]*window // by tier
}

// keyring has every key. It does not change after it was made.
type keyring struct {
	companies []*company
	keys      map[string]*key // by each of its secrets
	starts    map[string]bool // what every secret begins with, keySize bytes
	full      []*key          // with every scope, of the first company
	public    credential.Set
	model     *model
	options   Options
	rules     rules
	err       error
}

func newKeyring(m *model, r rules, o Options) (*keyring, error) {
	k := &keyring{keys: map[string]*key{}, starts: map[string]bool{}, model: m, options: o, rules: r}
	for range 2 {
		k.companies = append(k.companies, &company{order: map[*recordType][]*record{}})
	}
	first, second := k.companies[0], k.companies[1]
	give := func(p credential.Purpose, owner *company) *key {
		issued := k.issue(owner, m.all)
		k.public = append(k.public, k.written(issued, credential.Key{Purpose: p}))
		return issued
	}
	for range 8 {
		k.full = append(k.full, give(credential.Full, first))
	}
	give(credential.Revoked, first).revoked = true
	give(credential.IPDenied, first).allowed = []netip.Prefix{unreachablePrefix}
	give(credential.OtherTenant, second)
	give(credential.Flood, first)
	for _, set := range m.scoped {
		one := credential.Key{Purpose: credential.Scoped, Scopes: append([]string{}, set.scopes...)}
		k.public = append(k.public, k.written(k.issue(first, set), one))
	}
	return k, k.err
}

// scopeSet is what a key may have, with all that follows from it. It is never changed.
type scopeSet struct {
	scopes  []string
	granted map[string]bool
}

func newScopeSet(c *contract.Contract, scopes []string) scopeSet {
	set := scopeSet{scopes, map[string]bool{}}
	for _, o := range c.Operations {
		for _, scope := range o.RequiredScopes {
			if _, known := set.granted[scope]; !known {
				set.granted[scope] = o.Security == nil || o.Security.Grants(scopes, scope)
			}
		}
	}
	return set
}

func (k *keyring) issue(owner *company, set scopeSet) *key {
	issued := &key{
		secrets: map[string]string{}, company: owner, scopes: set.scopes, granted: set.granted, windows: map[string]*window{},
	}
	schemes := k.model.schemes
	if len(schemes) == 0 {
		schemes = []*contract.Scheme{{}}
	}
	for _, s := range schemes {
		text := k.newSecret(s)
		issued.secrets[s.ID] = text
		k.keys[text], k.starts[text[:keySize]] = issued, true
	}
	for _, tier := range k.model.tiers {
		issued.windows[tier] = newWindow(k.options, k.rules.allowance(tier, k.options.Limit))
	}
	return issued
}

// newSecret is a text that a scheme can send: of basic authentication a user with a password.
func (k *keyring) newSecret(s *contract.Scheme) string {
	raw := make([]byte, 16)
	if _, err := io.ReadFull(k.options.Rand, raw); err != nil && k.err == nil {
		k.err = fmt.Errorf("sandbox: no randomness for keys: %w", err)
	}
	text := keyPrefix + hex.EncodeToString(raw)
	if s.HTTP == "basic" {
		return text[:keySize-20] + ":" + text[keySize-20:]
	}
	return text
}

// secret is what the key is to a scheme.
func (k *key) secret(s *contract.Scheme) string { return k.secrets[s.ID] }

// good is a key with every scope: that of which the request has another part, else the first.
func (k *keyring) good(c *call) *key {
	for _, s := range wayOf(c) {
		if found := k.keys[credentialBy(c, s)]; found != nil && s != c.scheme() && slices.Contains(k.full, found) {
			return found
		}
	}
	return k.full[0]
}

// written is the key as a configuration has it.
func (k *keyring) written(one *key, as credential.Key) credential.Key {
	for scheme, secret := range one.secrets {
		as.Parts = append(as.Parts, credential.Part{Scheme: scheme, Secret: secret})
	}
	if len(as.Parts) == 1 {
		as.Secret, as.Parts = as.Parts[0].Secret, nil
	}
	slices.SortFunc(as.Parts, func(a, b credential.Part) int { return cmp.Compare(a.Scheme, b.Scheme) })
	return as
}

// chooseKeys settles what keys there are, apart from their texts.
func (m *model) chooseKeys() {
	c := m.contract
	m.all = newScopeSet(c, c.Scopes)
	for _, scopes := range scopeSets(c) {
		m.scoped = append(m.scoped, newScopeSet(c, scopes))
	}
	m.tiers = []string{""}
	for _, o := range c.Operations {
		m.tiers = append(m.tiers, o.Tier)
	}
	m.tiers = distinct(m.tiers)
}

// scopeSets are those that show each scope at work: readers, writers, each scope missing, each scope alone. Where every
// scope grants one of them, the set without that one is empty: a key without any scope.
func scopeSets(c *contract.Contract) [][]string {
	var readers, writers []string
	grants := func(have, want string) bool { return have == want }
	for _, o := range c.Operations {
		if o.Security != nil {
			grants = func(have, want string) bool { return o.Security.Grants([]string{have}, want) }
		}
		if o.Reads() {
			readers = append(readers, o.RequiredScopes...)
		} else {
			writers = append(writers, o.RequiredScopes...)
		}
	}
	sets := [][]string{distinct(readers), distinct(writers)}
	for _, scope := range c.Scopes {
		without := slices.DeleteFunc(slices.Clone(c.Scopes), func(s string) bool { return grants(s, scope) })
		sets = append(sets, without)
	}
	for _, scope := range c.KnownScopes() { // also one that no operation asks for: it may imply one
		sets = append(sets, []string{scope})
	}
	return sets
}

func distinct(scopes []string) []string {
	slices.Sort(scopes)
	return slices.Compact(scopes)
}

// Keys returns the server's keys, by what they are good for.
func (s *Server) Keys() credential.Set { return slices.Clone(s.ring.public) }
