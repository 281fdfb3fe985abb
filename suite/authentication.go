package suite

import (
	"encoding/base64"
	"slices"
	"strings"
	"unicode"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/generate"
	"conformance/internal/result"
	"conformance/internal/session"
)

// 401: who calls is unknown. What is sent in each of the documented ways is in keys.go.

// derived makes a secret known that was made of a key; the suffix is the shell's expression for what was done to it.
func derived(t *check.T, key, secret, suffix string) string {
	redact := t.Session.Client.Redactor()
	label := redact.String(key)
	redact.Add(strings.TrimSuffix(label, "}")+suffix+"}", secret)
	return secret
}

var revokedKey = check.Check{
	ID: "AUTH-003", Level: result.Must, Situation: contract.RevokedKey,
	Title: "a revoked key is refused",
	Clause: "A revoked key stops working at once, everywhere. From outside it looks like an unknown one; only the " +
		"configuration says that it was revoked.",
	Over: check.Operations((*contract.Operation).Secured),
	Run: func(t *check.T) {
		key := t.Need(credential.Revoked)
		t.Expect(t.Send(t.Valid().As(key, "with a key that the configuration calls revoked"))).To(check.BeRefused())
	},
}

var misplacedKey = check.Check{
	ID: "AUTH-004", Level: result.Must, Situation: contract.MisplacedKey,
	Title: "a valid key in another place than the documented one is refused",
	Clause: "A key in a URL ends up in logs and histories, so it must not work there, nor in the body or in another " +
		"header.",
	Over:     check.Operations((*contract.Operation).Secured),
	Variants: misplacements,
}

// misplacements are the places where keys are often, but by this contract wrongly, looked for.
func misplacements(_ *contract.Contract, s check.Subject) []check.Variant {
	var out []check.Variant
	scheme := s.Operation.Security
	add := func(place string, send func(t *check.T, r *session.Request, key string) *session.Request) {
		out = append(out, check.Variant{Name: place, Run: func(t *check.T) {
			r := t.ValidBy(s.Operation.Keys[0])
			key := check.SecretOf(t, r, scheme).Whole()
			t.Expect(t.Send(send(t, r.WithMisplaced(scheme, key), key))).To(check.BeRefused())
		}})
	}
	for _, name := range queryNames(scheme, s.Operation.Keys[0]) {
		add("query "+name, func(_ *check.T, r *session.Request, key string) *session.Request {
			return r.WithQuery(name, key, "with the key in the query as "+name)
		})
	}
	authorization := func(variant string, value func(key string) string, fault string) {
		add(variant, func(_ *check.T, r *session.Request, key string) *session.Request {
			return r.WithHeader("Authorization", value(key), fault)
		})
	}
	if !isAuthorization(scheme) || scheme.HTTP == "basic" {
		authorization("bearer", func(key string) string { return "Bearer " + key }, "with the key as bearer token")
	}
	if !isAuthorization(scheme) || scheme.HTTP == "bearer" {
		authorization("basic", func(key string) string {
			return "Basic " + base64.StdEncoding.EncodeToString([]byte(key+":"))
		},
			"with the key as user of basic authentication")
	}
	if !isAuthorization(scheme) {
		authorization("authorization", func(key string) string { return key }, "with the bare key in Authorization")
	}
	for _, name := range []string{"X-API-Token", "Api-Key", "X-Auth-Token"} {
		add("header "+name, func(_ *check.T, r *session.Request, key string) *session.Request {
			return r.WithHeader(name, key, "with the key in the header "+name)
		})
	}
	cookie := func(variant, name string) {
		add(variant, func(_ *check.T, r *session.Request, key string) *session.Request {
			return r.WithHeader("Cookie", name+"="+key, "with the key in a cookie")
		})
	}
	if scheme.In != "cookie" {
		cookie("cookie", scheme.Name)
	}
	if scheme.In != "cookie" || scheme.Name != "api_key" {
		cookie("cookie api_key", "api_key")
	}
	if s.Operation.Body != nil {
		add("body", func(_ *check.T, r *session.Request, key string) *session.Request {
			for _, name := range []string{scheme.Name, "api_key", "apiKey", "key", "token"} {
				r = r.WithField(name, key, "")
			}
			return r.With("with the key in the body", "body", func(*session.Request) {})
		})
	}
	return out
}

func isAuthorization(s *contract.Scheme) bool {
	return s.In == "header" && strings.EqualFold(s.Name, "Authorization")
}

// queryNames are names under which a key is looked for in the query, but those that are documented for what is sent.
func queryNames(scheme *contract.Scheme, way contract.Together) []string {
	var names []string
	for _, name := range []string{scheme.Name, "api_key", "apikey", "key", "token", "access_token"} {
		if !slices.ContainsFunc(way, func(s *contract.Scheme) bool {
			return s.In == "query" && strings.EqualFold(s.Name, name)
		}) {
			names = append(names, name)
		}
	}
	return names
}

var headerCase = check.Check{
	ID: "AUTH-005", Level: result.Must, Situation: contract.MissingKey, Source: check.RFC(9110, "5.1"),
	Title: "the key's header works in any letter case",
	Clause: "Header names are compared without case; clients and proxies rewrite it, HTTP/2 sends them in lower case " +
		"only.",
	Over: check.Operations(func(o *contract.Operation) bool {
		return o.Secured() && o.Reads() && o.Security.In == "header"
	}),
	Variants: variants(
		check.Variant{Name: "lower", Run: func(t *check.T) { keyIn(t, strings.ToLower) }},
		check.Variant{Name: "upper", Run: func(t *check.T) { keyIn(t, strings.ToUpper) }},
		check.Variant{Name: "mixed", Run: func(t *check.T) { keyIn(t, mixedCase) }},
	),
}

func keyIn(t *check.T, rename func(string) string) {
	scheme := t.Operation().Security
	renamed := *scheme
	renamed.Name = rename(scheme.Name)
	r := t.ValidBy(t.Operation().Keys[0])
	t.Expect(t.Send(r.With("with the key in the header "+renamed.Name, "header:"+renamed.Name, func(r *session.Request) {
		r.Sent.Credential.Of(scheme).Scheme = &renamed
	}))).To(check.BeAccepted())
}

func mixedCase(s string) string {
	upper := false
	return strings.Map(func(r rune) rune {
		upper = !upper
		if upper {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

var keyFirst = check.Check{
	ID: "AUTH-006", Level: result.Should, Situation: contract.MissingKey, Source: check.Ours, Convention: "precedence",
	Title:  "without a key nothing else is checked",
	Clause: "Authentication comes first. Otherwise anyone can find out which records, fields and methods exist.",
	Over:   check.Operations((*contract.Operation).Secured),
	Variants: withSecondFault(func(_ *check.T, r *session.Request) *session.Request {
		return r.WithoutKey("without a key")
	}),
}

// withSecondFault makes a variant of each other fault that a request may have in addition to that of the caller.
func withSecondFault(
	who func(*check.T, *session.Request) *session.Request,
) func(*contract.Contract, check.Subject) []check.Variant {
	return func(_ *contract.Contract, s check.Subject) []check.Variant {
		var out []check.Variant
		add := func(name string, fault func(*check.T, *session.Request) *session.Request) {
			out = append(out, check.Variant{
				Name: name, Run: func(t *check.T) { t.Expect(t.Send(who(t, fault(t, t.Valid())))).To(check.BeRefused()) },
			})
		}
		for _, p := range s.Operation.Identifiers() {
			add("unknown "+p.Name, func(t *check.T, r *session.Request) *session.Request {
				return r.WithParameter(p, check.UnknownID(t, p), "unknown "+p.Name)
			})
		}
		if s.Operation.Body != nil {
			add("invalid body", func(_ *check.T, r *session.Request) *session.Request {
				return r.WithRaw([]byte("[]"), "body: an array")
			})
		}
		for _, p := range s.Operation.Inputs() {
			if wrong := generate.InvalidTexts(p); len(wrong) > 0 {
				add("invalid "+p.Name, func(_ *check.T, r *session.Request) *session.Request {
					return r.WithParameter(p, wrong[0].Text, p.Name+"="+wrong[0].Text)
				})
				break
			}
		}
		return out
	}
}

// variants gives every subject the same variants.
func variants(vs ...check.Variant) func(*contract.Contract, check.Subject) []check.Variant {
	return func(*contract.Contract, check.Subject) []check.Variant { return vs }
}
