package sandbox

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"

	"conformance/internal/contract"
)

// scheme is where the request's credential must be; nil for a public operation.
func (c *call) scheme() *contract.Scheme {
	switch {
	case c.operation != nil:
		return c.operation.Security
	case c.address != nil:
		return presentedBy(c, c.address.operations)
	}
	return presentedBy(c, c.model.operations)
}

// presentedBy is the scheme by which a request that no operation claims carries a credential: any that some operation
// there has. If it carries none, that is the first one's.
func presentedBy(c *call, operations []*operation) *contract.Scheme {
	var first *contract.Scheme
	for i, op := range operations {
		switch {
		case op.Security == nil && i == 0 && c.address != nil:
			return nil
		case op.Security == nil || op.Security == first:
			continue
		case credentialBy(c, op.Security) != "":
			return op.Security
		}
		first = cmp.Or(first, op.Security)
	}
	return first
}

func authenticate(c *call) *refusal {
	scheme := c.scheme()
	if scheme == nil {
		return nil
	}
	text := c.rules.credential(c)
	if text == "" {
		if c.keyMisplaced() {
			return &refusal{
				situation: contract.MisplacedKey, message: "The API key is in the wrong place; " + placementHint(scheme),
			}
		}
		return &refusal{situation: contract.MissingKey, message: "The request carries no API key; " + placementHint(scheme)}
	}
	k := c.rules.known(c, text)
	if k == nil {
		return &refusal{situation: contract.InvalidKey, message: "The API key is not valid."}
	}
	if c.rules.revoked(c, k) {
		return &refusal{situation: contract.RevokedKey, message: "The API key has been revoked."}
	}
	c.key = k
	return nil
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
	switch {
	case scheme.Type == "http":
		kind, rest, _ := strings.Cut(c.request.Header.Get(scheme.Name), " ")
		if !strings.EqualFold(kind, scheme.HTTP) {
			return ""
		}
		return strings.Trim(rest, " ")
	case scheme.In == "query":
		return c.query.Get(scheme.Name)
	case scheme.In == "cookie":
		if cookie, err := c.request.Cookie(scheme.Name); err == nil {
			return cookie.Value
		}
		return ""
	}
	return c.request.Header.Get(scheme.Name)
}

func known(c *call, text string) *key {
	if s := c.scheme(); s.Type == "http" && s.HTTP == "basic" {
		// A key is one word: it is the user without a password, or the other way round.
		plain, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil
		}
		text = strings.TrimSuffix(strings.TrimPrefix(string(plain), ":"), ":")
	}
	return c.ring.keys[text]
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
	size := len(keyPrefix) + hex.EncodedLen(16)
	for {
		at := bytes.Index(text, []byte(keyPrefix))
		if at < 0 {
			return false
		}
		text = text[at:]
		if len(text) >= size && k.keys[string(text[:size])] != nil {
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
