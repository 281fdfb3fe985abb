package contract

import (
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// security reads the ways in which the operation lets a caller show who it is: those of which the suite can send every
// part.
func (l *load) security(op *openapi3.Operation, o *Operation) {
	requirements := l.doc.Security
	if op.Security != nil {
		requirements = *op.Security
	}
	var refused []Problem
	var first []string // what the first way needs
	optional := false
	for _, requirement := range requirements {
		if len(requirement) == 0 {
			optional = true
			continue
		}
		way, scopes, problem := together(l, requirement)
		if problem != nil {
			refused = append(refused, *problem)
			continue
		}
		if len(o.Keys) == 0 {
			first = scopes
		}
		o.Keys = append(o.Keys, way)
	}
	if len(o.Keys) == 0 {
		if !optional {
			l.problems = append(l.problems, refused...)
		}
		return
	}
	o.Security, o.KeyOptional = o.Keys[0][0], optional
	if len(o.RequiredScopes) == 0 && !optional { // else whoever has no key at all is served
		o.RequiredScopes = first
	}
}

// together reads what must be sent together, and the scopes that it must have.
func together(l *load, requirement openapi3.SecurityRequirement) (Together, []string, *Problem) {
	var way Together
	var scopes []string
	for _, id := range slices.Sorted(maps.Keys(requirement)) {
		found, problem := scheme(l, id)
		if problem != nil {
			return nil, nil, problem
		}
		if found.Scoped {
			scopes = append(scopes, requirement[id]...)
		}
		way = append(way, found)
	}
	return way, scopes, nil
}

// exchanged are schemes of HTTP by which a client answers a challenge, or proves that it has a key without sending it:
// there is no text that could be sent.
var exchanged = []string{
	"digest", "dpop", "gnap", "hoba", "mutual", "negotiate", "ntlm", "oauth", "privatetoken", "scram-sha-1",
	"scram-sha-256", "vapid", "concealed",
}

// Exchanged says that a scheme of HTTP, in lower case, has no text that could be sent.
func Exchanged(http string) bool { return slices.Contains(exchanged, http) }

// scheme reads a security scheme, once per document. What plain OpenAPI says of OAuth2 and OpenID Connect is how a
// token is got; it is sent as a bearer token (RFC 6750, 2.1).
func scheme(l *load, id string) (*Scheme, *Problem) {
	if s := l.schemes[id]; s != nil {
		return s, nil
	}
	pointer := "#/components/securitySchemes/" + Escape(id)
	var ref *openapi3.SecuritySchemeRef
	if l.doc.Components != nil {
		ref = l.doc.Components.SecuritySchemes[id]
	}
	if ref == nil || ref.Value == nil {
		return nil, &Problem{Pointer: pointer, Message: "is required by an operation and does not exist; describe it or " +
			"fix the name under security"}
	}
	v := ref.Value
	s := &Scheme{
		ID: id, Type: v.Type, In: v.In, Name: v.Name, HTTP: strings.ToLower(v.Scheme), Implied: map[string][]string{},
		Pointer: pointer,
	}
	switch {
	case s.Type == "http" && s.HTTP != "" && !Exchanged(s.HTTP):
		s.In, s.Name = "header", "Authorization"
		s.Scoped = s.HTTP == "bearer" // from OpenAPI 3.1 on roles may be listed there
	case s.Type == "oauth2" || s.Type == "openIdConnect":
		s.Type, s.HTTP, s.In, s.Name, s.Scoped = "http", "bearer", "header", "Authorization", true
	case s.Type != "apiKey":
		return nil, &Problem{
			Pointer: pointer,
			Message: "is " + strings.TrimSpace(v.Type+" "+v.Scheme) + "; the suite can send apiKey, http " +
				"bearer and basic, http with any other word before the secret, oauth2 and openIdConnect",
		}
	}
	if _, said := v.Extensions["x-prefix"]; said && s.HTTP != "" {
		l.problem(pointer+"/x-prefix", "is for an apiKey; a scheme of HTTP has its own word before the secret: take it out")
	}
	switch s.HTTP {
	case "":
		l.keyword(v.Extensions, "x-prefix", pointer, &s.Prefix)
	case "bearer":
		s.Prefix = "Bearer "
	case "basic":
		s.Prefix = "Basic "
	default:
		s.Prefix = v.Scheme + " "
	}
	l.keyword(v.Extensions, "x-implied-scopes", pointer, &s.Implied)
	if l.schemes == nil {
		l.schemes = map[string]*Scheme{}
	}
	l.schemes[id] = s
	return s, nil
}
