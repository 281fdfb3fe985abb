package probe

import (
	"encoding/base64"
	"slices"
	"strings"

	"conformance/internal/contract"
)

// Where the secrets of a request go.

// Credential is how a request shows who calls: the secrets that go together, each with its scheme.
type Credential []Part

// Part is one secret and where it goes.
type Part struct {
	Scheme *contract.Scheme
	Secret string
}

// Secrets are all of them.
func (c Credential) Secrets() []string {
	var out []string
	for _, p := range c {
		out = append(out, p.Secret)
	}
	return out
}

// String is all of them as one text, which differs for different keys; empty: there is none. It is a secret.
func (c Credential) String() string { return strings.Join(c.Secrets(), "\x00") }

// Of is the part that a scheme has; nil: none.
func (c Credential) Of(s *contract.Scheme) *Part {
	for i := range c {
		if c[i].Scheme == s {
			return &c[i]
		}
	}
	return nil
}

// Value is the secret in the form in which its scheme sends it.
func (p Part) Value() string {
	if p.Scheme.HTTP == "basic" { // user and password with a colon between them (RFC 7617, 2)
		return p.Scheme.Prefix + base64.StdEncoding.EncodeToString([]byte(p.Secret))
	}
	return p.Scheme.Prefix + p.Secret
}

// withCredential appends to pairs what of the credential goes there.
func (r *Request) withCredential(in string, pairs []Pair) []Pair {
	pairs = slices.Clip(pairs)
	for _, p := range r.Credential {
		if p.Scheme.In == in {
			pairs = append(pairs, Pair{p.Scheme.Name, p.Value()})
		}
	}
	return pairs
}
