package contract

import (
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// security is where the operation wants its key, nil where none is wanted: of several alternatives the first that the
// suite can send.
func (l *load) security(op *openapi3.Operation, o *Operation, pointer string) *Scheme {
	requirements := l.doc.Security
	if pointer = pointer + "/security"; op.Security == nil {
		pointer = "#/security"
	} else {
		requirements = *op.Security
	}
	if slices.ContainsFunc(requirements, func(r openapi3.SecurityRequirement) bool { return len(r) == 0 }) {
		if len(requirements) > 1 {
			l.problem(pointer, "has {} beside other schemes: a request without a key is as good as one with it, so keys "+
				"are not judged here; take {} out if a key is needed")
		}
		return nil
	}
	var refused []Problem
	for _, requirement := range requirements {
		if len(requirement) > 1 {
			refused = append(refused, Problem{Pointer: pointer, Message: "asks for several credentials at once, which the " +
				"suite cannot send; name an alternative with one scheme"})
			continue
		}
		for id, scopes := range requirement {
			found, problem := scheme(l, id)
			if problem != nil {
				refused = append(refused, *problem)
				continue
			}
			if len(o.RequiredScopes) == 0 && found.Scoped {
				o.RequiredScopes = slices.Clone(scopes)
			}
			return found
		}
	}
	l.problems = append(l.problems, refused...)
	return nil
}

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
	case s.Type == "http" && (s.HTTP == "bearer" || s.HTTP == "basic"):
		s.In, s.Name = "header", "Authorization"
		s.Scoped = s.HTTP == "bearer" // from OpenAPI 3.1 on roles may be listed there
	case s.Type == "oauth2" || s.Type == "openIdConnect":
		s.Type, s.HTTP, s.In, s.Name, s.Scoped = "http", "bearer", "header", "Authorization", true
	case s.Type != "apiKey":
		return nil, &Problem{
			Pointer: pointer,
			Message: "is " + strings.TrimSpace(v.Type+" "+v.Scheme) + "; the suite can send apiKey, http " +
				"bearer and basic, oauth2 and openIdConnect",
		}
	}
	l.keyword(v.Extensions, "x-implied-scopes", pointer, &s.Implied)
	if l.schemes == nil {
		l.schemes = map[string]*Scheme{}
	}
	l.schemes[id] = s
	return s, nil
}
