package contract

import (
	"slices"
	"strings"
)

// Scheme is where the credential of a request goes (a security scheme that plain OpenAPI describes).
type Scheme struct {
	ID      string // its key in components.securitySchemes
	Type    string // apiKey or http; OAuth2 and OpenID Connect are bearer tokens
	In      string // header, query or cookie, of an apiKey
	Name    string // of the header, query parameter or cookie; Authorization for http
	HTTP    string // bearer, basic or another word, in lower case, of type http
	Prefix  string // what comes before the secret: "Bearer "
	Scoped  bool   // the list under security names scopes
	Implied map[string][]string
	Pointer string
}

// Together are the schemes that one way of showing who calls needs, sorted by name. There is at least one.
type Together []*Scheme

// Name is the names of the schemes.
func (t Together) Name() string {
	names := make([]string, len(t))
	for i, s := range t {
		names[i] = s.ID
	}
	return strings.Join(names, " + ")
}

// without is what remains without one of them.
func (t Together) without(s *Scheme) Together {
	return slices.DeleteFunc(slices.Clone(t), func(other *Scheme) bool { return other == s })
}

// covers says that whoever has these has all of the others.
func (t Together) covers(others Together) bool {
	return !slices.ContainsFunc(others, func(s *Scheme) bool { return !slices.Contains(t, s) })
}

// Grants says whether a key with these scopes may do what requires that one.
func (s *Scheme) Grants(scopes []string, required string) bool {
	seen := map[string]bool{}
	var reach func(string) bool
	reach = func(scope string) bool {
		if scope == required {
			return true
		}
		if seen[scope] {
			return false
		}
		seen[scope] = true
		return slices.ContainsFunc(s.Implied[scope], reach)
	}
	return slices.ContainsFunc(scopes, reach)
}
