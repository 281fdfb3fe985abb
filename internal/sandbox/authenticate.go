package sandbox

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"conformance/internal/contract"
)

// scheme is where the secret must be that is being looked at, else the first that the request should have; nil for a
// public operation.
func (c *call) scheme() *contract.Scheme {
	if c.asked != nil {
		return c.asked
	}
	if way := c.rules.way(c); way != nil {
		return way[0]
	}
	return nil
}

// wayOf is how the request shows who calls: by the documented way that it has most of, the first of several. Nil: it
// need not.
func wayOf(c *call) contract.Together {
	var operations []*operation
	switch {
	case c.operation != nil:
		operations = []*operation{c.operation}
	case c.address != nil: // no operation claims the request: any way that one there has
		operations = c.address.operations
	default:
		way, _ := mostOf(c, c.model.operations)
		return way
	}
	if operations[0].Security == nil {
		return nil
	}
	way, share := mostOf(c, operations)
	if share == 0 && operations[0].KeyOptional {
		return nil
	}
	return way
}

// mostOf is the way that the request has most of, and how much that is, from 0 to 1. Of two that look for a key in one
// place, the one counts that knows it, or that asks for a longer prefix: without one it may be anything.
func mostOf(c *call, operations []*operation) (best contract.Together, share float64) {
	for _, op := range operations {
		for _, way := range op.Keys {
			n := shareOf(c, way)
			if best == nil || n > share || n == share && n > 0 && samePlace(way, best) && (prefixes(way) > prefixes(best) ||
				knownBy(c, way) && !knownBy(c, best)) {
				best, share = way, n
			}
		}
	}
	return best, share
}

// samePlace says that two ways look for a key in the same place.
func samePlace(a, b contract.Together) bool {
	return len(a) == 1 && len(b) == 1 && a[0].In == b[0].In && strings.EqualFold(a[0].Name, b[0].Name)
}

// knownBy says that every part of the way has a key.
func knownBy(c *call, way contract.Together) bool {
	defer func(asked *contract.Scheme) { c.asked = asked }(c.asked)
	return !slices.ContainsFunc(way, func(s *contract.Scheme) bool {
		c.asked = s
		return known(c, credentialBy(c, s)) == nil
	})
}

func prefixes(way contract.Together) int {
	n := 0
	for _, s := range way {
		n += len(s.Prefix)
	}
	return n
}

// shareOf is how much of what a way needs the request has, from 0 to 1.
func shareOf(c *call, way contract.Together) float64 {
	has := 0
	for _, s := range way {
		if credentialBy(c, s) != "" {
			has++
		}
	}
	return float64(has) / float64(len(way))
}

func authenticate(c *call) *refusal {
	var who *key
	defer func() { c.asked = nil }()
	for _, s := range c.rules.way(c) {
		c.asked = s
		k, refused := identified(c)
		if refused != nil {
			return refused
		}
		if who != nil && who != k {
			return &refusal{situation: contract.InvalidKey, message: "The API keys do not belong together."}
		}
		who = k
	}
	c.key = who
	return nil
}

// identified is the key whose secret is where it must be.
func identified(c *call) (*key, *refusal) {
	text := c.rules.credential(c)
	if text == "" {
		where := placementHint(c.scheme())
		if c.keyMisplaced() {
			return nil, &refusal{situation: contract.MisplacedKey, message: "The API key is in the wrong place; " + where}
		}
		return nil, &refusal{situation: contract.MissingKey, message: "The request carries no API key; " + where}
	}
	k := c.rules.known(c, text)
	if k == nil {
		return nil, &refusal{situation: contract.InvalidKey, message: "The API key is not valid."}
	}
	if c.rules.revoked(c, k) {
		return nil, &refusal{situation: contract.RevokedKey, message: "The API key has been revoked."}
	}
	return k, nil
}

// challenge tells whoever gets a 401 by which schemes of HTTP the operation takes a key.
func challenge(c *call, a *answer) {
	const name = "WWW-Authenticate"
	if a.status != http.StatusUnauthorized || c.operation == nil || a.header.Get(name) != "" {
		return
	}
	for _, way := range c.operation.Keys {
		for _, s := range way {
			if text := challengeOf(s); s.Type == "http" && !slices.Contains(a.header.Values(name), text) {
				a.header.Add(name, text)
			}
		}
	}
	if a.header.Get(name) != "" || a.response == nil {
		return
	}
	for _, h := range a.response.Headers { // an API key has no scheme of HTTP
		if strings.EqualFold(h.Name, name) {
			a.header.Set(name, `ApiKey realm="api"`)
		}
	}
}

func challengeOf(s *contract.Scheme) string {
	return strings.TrimSpace(s.Prefix) + ` realm="api"`
}

func placementHint(s *contract.Scheme) string {
	if s.Type == "http" {
		return fmt.Sprintf("send it in the header %s with the scheme %s.", s.Name, s.HTTP)
	}
	part := s.In
	if part == "query" {
		part = "query parameter"
	}
	return fmt.Sprintf("send it in the %s %s.", part, s.Name)
}

// presented reads the key from where the scheme wants it and from nowhere else.
func presented(c *call) string { return credentialBy(c, c.scheme()) }

func credentialBy(c *call, scheme *contract.Scheme) string {
	text := c.request.Header.Get(scheme.Name)
	switch {
	case scheme.Type == "http":
		return ofHTTP(scheme, text)
	case scheme.In == "query":
		text = c.query.Get(scheme.Name)
	case scheme.In == "cookie":
		text = ""
		if cookie, err := c.request.Cookie(scheme.Name); err == nil {
			text = cookie.Value
		}
	}
	if key, ok := strings.CutPrefix(text, scheme.Prefix); ok {
		return key
	}
	return ""
}

// ofHTTP is what a header has behind the scheme's word, of basic authentication the user with the password.
func ofHTTP(scheme *contract.Scheme, header string) string {
	kind, rest, _ := strings.Cut(header, " ")
	if !strings.EqualFold(kind, scheme.HTTP) {
		return ""
	}
	rest = strings.Trim(rest, " ")
	if pair, err := base64.StdEncoding.DecodeString(rest); err == nil && scheme.HTTP == "basic" {
		return string(pair)
	}
	return rest
}

// known is the key that has this secret for the scheme.
func known(c *call, text string) *key {
	if k := c.ring.keys[text]; k != nil && k.secret(c.scheme()) == text {
		return k
	}
	return nil
}

// keyMisplaced reports whether a valid key is somewhere else in a request that has none in the right place.
func (c *call) keyMisplaced() bool {
	for _, values := range c.query {
		for _, v := range values {
			if c.ring.containsKey([]byte(v)) {
				return true
			}
		}
	}
	for _, values := range c.request.Header {
		for _, v := range values {
			if c.ring.containsKey([]byte(v)) {
				return true
			}
			if _, basic, ok := strings.Cut(v, " "); ok {
				if plain, err := base64.StdEncoding.DecodeString(basic); err == nil && c.ring.containsKey(plain) {
					return true
				}
			}
		}
	}
	return c.model.tellsMisplaced && c.ring.containsKey(glance(c))
}

// containsKey says whether a text contains one of the keys.
func (k *keyring) containsKey(text []byte) bool {
	for {
		at := bytes.Index(text, []byte(keyPrefix))
		if at < 0 {
			return false
		}
		text = text[at:]
		if len(text) >= keySize && k.starts[string(text[:keySize])] {
			return true
		}
		text = text[1:]
	}
}

func allowAddress(c *call) *refusal {
	if c.key == nil || c.rules.listed(c, c.key) {
		return nil
	}
	return &refusal{situation: contract.DeniedIP, message: "The API key may not be used from this IP address."}
}

// listed goes by the connection's address: a header that claims another one is the client's word.
func listed(c *call, k *key) bool {
	if len(k.allowed) == 0 {
		return true
	}
	from, err := netip.ParseAddrPort(c.request.RemoteAddr)
	if err != nil {
		return false
	}
	for _, network := range k.allowed {
		if network.Contains(from.Addr().Unmap()) {
			return true
		}
	}
	return false
}

func authorize(c *call) *refusal {
	if c.key == nil {
		return nil
	}
	for _, scope := range c.operation.RequiredScopes {
		if !c.rules.granted(c, scope) {
			return &refusal{situation: contract.MissingScope, message: fmt.Sprintf("The API key lacks the scope %s.", scope)}
		}
	}
	return nil
}
