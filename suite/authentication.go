package suite

import (
	"encoding/base64"
	"strings"
	"unicode"

	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/result"
)

// 401: who calls is unknown.

var missingKey = Check{
	ID: "AUTH-001", Level: result.Must, Situation: contract.MissingKey, Source: errorCodes + "401",
	Title:  "a request without a key is refused",
	Clause: "The key is missing, or the header is there and empty. Nothing may be read or changed without one.",
	Over:   over(secured),
	Variants: variants(
		Variant{Name: "none", Run: func(t *T) {
			t.Expect(t.Send(t.Valid().WithoutKey("without a key"))).To(BeRefused())
		}},
		Variant{Name: "empty", Run: func(t *T) {
			t.Expect(t.Send(t.Valid().As("", "with an empty key"))).To(BeRefused())
		}},
		Variant{Name: "blank", Run: func(t *T) {
			t.Expect(t.Send(t.Valid().As("   ", "with a blank key"))).To(BeRefused())
		}},
	),
}

var invalidKey = Check{
	ID: "AUTH-002", Level: result.Must, Situation: contract.InvalidKey, Source: errorCodes + "401",
	Title:  "a request with a key that does not exist is refused",
	Clause: "Only the whole key opens: one made up, cut, extended or in another letter case is no key. Comparing prefixes or truncating keys breaks this.",
	Over:   over(secured),
	Variants: variants(
		Variant{Name: "malformed", Run: func(t *T) {
			t.Expect(t.Send(t.Valid().As("not a key "+t.Word(24), "with a malformed key"))).To(BeRefused())
		}},
		Variant{Name: "unknown", Run: func(t *T) {
			t.Expect(t.Send(t.Valid().As(t.madeUpKey(), "with a well-formed key that was never issued"))).To(BeRefused())
		}},
		Variant{Name: "cut", Run: func(t *T) {
			key := t.fullKey()
			t.Expect(t.Send(t.Valid().As(t.derived(key, key[:len(key)-4], "%????"), "with a key that lacks its last four characters"))).To(BeRefused())
			t.Expect(t.Send(t.Valid().As(t.derived(key, key[:len(key)-1], "%?"), "with a key that lacks its last character"))).To(BeRefused())
		}},
		Variant{Name: "other letter case", Run: func(t *T) {
			key := t.fullKey()
			if swapped(key) == key {
				t.Skip(result.NotVerifiable, "credentials.full: a key without letters has no other letter case")
			}
			t.Expect(t.Send(t.Valid().As(t.derived(key, swapped(key), "^^"), "with a key in capitals"))).To(BeRefused())
		}},
		Variant{Name: "with a word before it", Run: func(t *T) {
			t.Expect(t.Send(t.Valid().As("Bearer "+t.fullKey(), "with a key behind the word Bearer, where the key alone belongs"))).To(BeRefused())
		}},
		Variant{Name: "very long", Run: func(t *T) {
			t.Expect(t.Send(t.Valid().As(t.madeUpKey()+t.Word(1000), "with a made-up key of a thousand characters"))).To(BeRefused())
		}},
		Variant{Name: "words of programs", Run: func(t *T) {
			for _, word := range []string{"constructor", "__proto__", "null", "' OR '1'='1"} {
				t.Expect(t.Send(t.Valid().As(word, "with the key "+word))).To(BeRefused())
			}
		}},
		Variant{Name: "beside a good one elsewhere", Run: func(t *T) {
			key := t.fullKey()
			r := t.Valid().misplacing(key)
			for _, name := range queryNames(t.Operation().Security) {
				r = r.WithQuery(name, key, "")
			}
			if !isAuthorization(t.Operation().Security) {
				r = r.WithHeader("Authorization", "Bearer "+key, "")
			}
			t.Expect(t.Send(r.As(t.madeUpKey(), "with a key that was never issued in its place, and a good one in the query and as bearer token"))).To(BeRefused())
		}},
		Variant{Name: "extended", Run: func(t *T) {
			t.Expect(t.Send(t.Valid().As(t.fullKey()+"x", "with a key that has one character more"))).To(BeRefused())
		}},
	),
}

var revokedKey = Check{
	ID: "AUTH-003", Level: result.Must, Situation: contract.RevokedKey, Source: errorCodes + "401, check your key",
	Title:  "a revoked key is refused",
	Clause: "A revoked key stops working at once, everywhere. From outside it looks like an unknown one: that it was revoked is the operator's word.",
	Over:   over(secured),
	Run: func(t *T) {
		key := t.Need(t.Credentials().Revoked, "credentials.revoked")
		t.Expect(t.Send(t.Valid().As(key, "with a key that the configuration calls revoked"))).To(BeRefused())
	},
}

var misplacedKey = Check{
	ID: "AUTH-004", Level: result.Must, Situation: contract.MisplacedKey, Source: errorCodes + "FAQ, 401 although the key looks correct",
	Title:    "a good key in another place than the documented one is refused",
	Clause:   "A key in a URL ends up in logs and histories, so it must not work there, nor in the body or in another header.",
	Over:     over(secured),
	Variants: misplacements,
}

// misplacements are the places where keys are often, but by this contract wrongly, looked for.
func misplacements(_ *contract.Contract, s Subject) []Variant {
	var out []Variant
	scheme := s.Operation.Security
	add := func(place string, send func(t *T, r *Request, key string) *Request) {
		out = append(out, Variant{Name: place, Run: func(t *T) {
			key := t.fullKey()
			t.Expect(t.Send(send(t, t.Valid().misplacing(key), key))).To(BeRefused())
		}})
	}
	for _, name := range queryNames(scheme) {
		add("query "+name, func(_ *T, r *Request, key string) *Request {
			return r.WithQuery(name, key, "with the key in the query as "+name)
		})
	}
	authorization := func(variant string, value func(key string) string, fault string) {
		add(variant, func(_ *T, r *Request, key string) *Request { return r.WithHeader("Authorization", value(key), fault) })
	}
	if !isAuthorization(scheme) || scheme.HTTP == "basic" {
		authorization("bearer", func(key string) string { return "Bearer " + key }, "with the key as bearer token")
	}
	if !isAuthorization(scheme) || scheme.HTTP == "bearer" {
		authorization("basic", func(key string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(key+":")) },
			"with the key as user of basic authentication")
	}
	if !isAuthorization(scheme) {
		authorization("authorization", func(key string) string { return key }, "with the bare key in Authorization")
	}
	for _, name := range []string{"X-API-Token", "Api-Key", "X-Auth-Token"} {
		add("header "+name, func(_ *T, r *Request, key string) *Request {
			return r.WithHeader(name, key, "with the key in the header "+name)
		})
	}
	cookie := func(variant, name string) {
		add(variant, func(_ *T, r *Request, key string) *Request {
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
		add("body", func(_ *T, r *Request, key string) *Request {
			for _, name := range []string{scheme.Name, "api_key", "apiKey", "key", "token"} {
				r = r.WithField(name, key, "")
			}
			return r.with("with the key in the body", "body", func(*Request) {})
		})
	}
	return out
}

func isAuthorization(s *contract.Scheme) bool {
	return s.In == "header" && strings.EqualFold(s.Name, "Authorization")
}

// queryNames are names under which a key is looked for in the query, but the documented one.
func queryNames(scheme *contract.Scheme) []string {
	var names []string
	for _, name := range []string{scheme.Name, "api_key", "apikey", "key", "token", "access_token"} {
		if scheme.In != "query" || !strings.EqualFold(scheme.Name, name) {
			names = append(names, name)
		}
	}
	return names
}

var headerCase = Check{
	ID: "AUTH-005", Level: result.Must, Situation: contract.MissingKey, Source: rfc9110 + "5.1",
	Title:  "the key's header works in any letter case",
	Clause: "Header names are compared without case; clients and proxies rewrite it, HTTP/2 sends them in lower case only.",
	Over: over(func(o *contract.Operation) bool {
		return secured(o) && o.Reads() && o.Security.In == "header"
	}),
	Variants: variants(
		Variant{Name: "lower", Run: func(t *T) { t.keyIn(strings.ToLower) }},
		Variant{Name: "upper", Run: func(t *T) { t.keyIn(strings.ToUpper) }},
		Variant{Name: "mixed", Run: func(t *T) { t.keyIn(mixed) }},
	),
}

func (t *T) keyIn(rename func(string) string) {
	name := rename(t.Operation().Security.Name)
	r := t.Valid()
	value := r.sent.Credential.Value()
	t.Expect(t.Send(r.WithoutKey("").WithHeader(name, value, "with the key in the header "+name))).To(BeAccepted())
}

func mixed(s string) string {
	upper := false
	return strings.Map(func(r rune) rune {
		upper = !upper
		if upper {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

var keyFirst = Check{
	ID: "AUTH-006", Level: result.Should, Situation: contract.MissingKey, Source: errorCodes + "401", Convention: "precedence",
	Title:    "without a key nothing else is judged",
	Clause:   "Authentication comes before everything: else a stranger learns which records, fields and methods there are.",
	Over:     over(secured),
	Variants: besides(func(_ *T, r *Request) *Request { return r.WithoutKey("without a key") }),
}

// besides makes a variant of each other fault that a request may have beside the one of who asks.
func besides(who func(*T, *Request) *Request) func(*contract.Contract, Subject) []Variant {
	return func(_ *contract.Contract, s Subject) []Variant {
		var out []Variant
		add := func(name string, fault func(*T, *Request) *Request) {
			out = append(out, Variant{Name: name, Run: func(t *T) { t.Expect(t.Send(who(t, fault(t, t.Valid())))).To(BeRefused()) }})
		}
		for _, p := range s.Operation.Identifiers() {
			add("unknown "+p.Name, func(t *T, r *Request) *Request { return r.WithParameter(p, t.unknownID(p), "unknown "+p.Name) })
		}
		if s.Operation.Body != nil {
			add("bad body", func(_ *T, r *Request) *Request { return r.WithRaw([]byte("[]"), "body: an array") })
		}
		for _, p := range s.Operation.Inputs() {
			if wrong := generate.InvalidTexts(p); len(wrong) > 0 {
				add("bad "+p.Name, func(_ *T, r *Request) *Request { return r.WithParameter(p, wrong[0].Text, p.Name+"="+wrong[0].Text) })
				break
			}
		}
		return out
	}
}

// variants gives every subject the same variants.
func variants(vs ...Variant) func(*contract.Contract, Subject) []Variant {
	return func(*contract.Contract, Subject) []Variant { return vs }
}

// fullKey is one of the all-scopes keys.
func (t *T) fullKey() string {
	key, err := t.session.key(own, t.random.Uint64())
	t.must(err)
	if len(key) < 8 {
		t.Skip(result.Credential, "credentials.full: a key of %d characters is too short to be varied", len(key))
	}
	return key
}

// madeUpKey looks like a full key and was never issued: its prefix, and as many random characters of the same alphabet as the rest has.
func (t *T) madeUpKey() string {
	key := t.fullKey()
	prefix := key[:strings.LastIndexAny(key, "_-.")+1]
	if len(prefix) > 16 {
		prefix = prefix[:16]
	}
	rest := key[len(prefix):]
	letters := "0123456789abcdef"
	switch {
	case isHex(rest, letters):
	case isHex(rest, strings.ToUpper(letters)):
		letters = strings.ToUpper(letters)
	default:
		letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	}
	made := []byte(prefix)
	for range max(20, len(rest)) {
		made = append(made, letters[t.random.IntN(len(letters))])
	}
	return string(made)
}

// isHex says that a text consists of these digits.
func isHex(text, digits string) bool {
	return strings.Trim(text, digits) == ""
}

// derived makes a secret known that was made of a key; the suffix is the shell's expression for what was done to it.
func (t *T) derived(key, secret, suffix string) string {
	redact := t.session.Client.Redactor()
	label := redact.String(key)
	redact.Add(strings.TrimSuffix(label, "}")+suffix+"}", secret)
	return secret
}
