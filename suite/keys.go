package suite

import (
	"fmt"
	"slices"
	"strings"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/result"
	"conformance/internal/session"
)

// 401 in each of the ways in which an operation lets a caller show who it is.

var missingKey = check.Check{
	ID: "AUTH-001", Level: result.Must, Situation: contract.MissingKey,
	Title: "a request without a key is refused",
	Clause: "The key is missing, or its place is there and empty; or one part is missing where several belong together. " +
		"Nothing may be read or changed without one.",
	Over: check.Operations((*contract.Operation).Secured),
	Variants: func(_ *contract.Contract, s check.Subject) []check.Variant {
		refused := func(name string, change func(*session.Request) *session.Request) check.Variant {
			return check.Variant{Name: name, Run: func(t *check.T) {
				t.Expect(t.Send(change(t.Valid()))).To(check.BeRefused())
			}}
		}
		out := []check.Variant{
			refused("none", func(r *session.Request) *session.Request { return r.WithoutKey("without a key") }),
			refused("empty", func(r *session.Request) *session.Request { return r.WithSecrets("", "with an empty key") }),
			refused("blank", func(r *session.Request) *session.Request { return r.WithSecrets("   ", "with a blank key") }),
		}
		for _, p := range partsOf(s.Operation) {
			if len(p.way) > 1 {
				out = append(out, check.Variant{Name: "without " + p.name, Run: func(t *check.T) {
					r := t.ValidBy(p.way)
					t.Expect(t.Send(r.WithoutSecret(p.scheme, "without "+p.scheme.ID))).To(check.BeRefused())
				}})
			}
		}
		return out
	},
}

var invalidKey = check.Check{
	ID: "AUTH-002", Level: result.Must, Situation: contract.InvalidKey,
	Title: "a request with a key that does not exist is refused",
	Clause: "Only the exact key is accepted, not one that is made up, truncated, extended or in another letter case. " +
		"Comparing prefixes or truncating keys breaks this. Where several parts belong together, each is tried alone; " +
		"where a key is optional, a wrong one may also be ignored: then this only warns.",
	Over: check.Operations(contract.LooksAtKeys),
	Variants: func(_ *contract.Contract, s check.Subject) []check.Variant {
		var out []check.Variant
		for i, p := range partsOf(s.Operation) {
			ways, before := fewInvalidSecrets, p.name+": " // the rest of what is wrong with keys shows by the first
			if i == 0 {
				ways = invalidSecrets
			}
			if i == 0 && len(s.Operation.Keys[0]) == 1 {
				before = ""
			}
			if p.scheme.HTTP == "basic" {
				ways = append(slices.Clip(ways), unknownUser)
			}
			for _, way := range ways {
				name := before + way.name
				out = append(out, check.Variant{Name: name, Assumed: !s.Operation.Secured() || way.assumed, Run: func(t *check.T) {
					way.run(t, t.ValidBy(p.way), p.scheme)
				}})
			}
		}
		return out
	},
}

// keyPart is one of the secrets that an operation cannot do without in one of its ways.
type keyPart struct {
	name   string // unique within the operation
	way    contract.Together
	scheme *contract.Scheme
}

func partsOf(o *contract.Operation) []keyPart {
	var out []keyPart
	for _, way := range o.Keys {
		for _, s := range way.NeededBy(o) {
			name := s.ID
			if slices.ContainsFunc(o.Keys, func(other contract.Together) bool {
				return slices.Contains(other, s) && !slices.Equal(other, way)
			}) {
				name += " of " + way.Name()
			}
			out = append(out, keyPart{name, way, s})
		}
	}
	return out
}

// neededScheme is one that the request's key is not accepted without.
func neededScheme(t *check.T, r *session.Request) *contract.Scheme {
	needed := wayOf(r).NeededBy(t.Operation())
	if len(needed) == 0 {
		t.Skip(result.NotApplicable, "no part of the key is needed")
	}
	return needed[0]
}

// wayOf are the schemes by which a request shows who calls.
func wayOf(r *session.Request) contract.Together {
	var way contract.Together
	for _, p := range r.Sent.Credential {
		way = append(way, p.Scheme)
	}
	return way
}

// invalidSecret is a way of sending by a scheme what is no key.
type invalidSecret struct {
	name    string
	run     func(t *check.T, r *session.Request, s *contract.Scheme)
	assumed bool
}

var malformedSecret = invalidSecret{name: "malformed", run: func(t *check.T, r *session.Request, s *contract.Scheme) {
	expectKeyRefused(t, r, s, check.AsUser(s, "not a key "+t.RandomWord(24)), "with a malformed key")
}}

// unknownUser is one of basic authentication. Some servers look at the password alone, and no document says so.
var unknownUser = invalidSecret{"unknown user", func(t *check.T, r *session.Request, s *contract.Scheme) {
	secret := check.SecretOf(t, r, s).Whole()
	_, password, _ := strings.Cut(secret, ":")
	if password == "" {
		t.Skip(result.NotApplicable, "the user is the key")
	}
	expectKeyRefused(t, r, s, "conformance-"+t.RandomWord(12)+":"+password, "as a user that does not exist")
}, true}

// fewInvalidSecrets are those by which a server shows that it looks at a secret, and at all of it.
var fewInvalidSecrets = []invalidSecret{
	malformedSecret,
	{name: "unknown", run: func(t *check.T, r *session.Request, s *contract.Scheme) {
		expectKeyRefused(t, r, s, check.MadeUp(t, r, s), "with a well-formed key that was never issued")
	}},
	{name: "truncated", run: func(t *check.T, r *session.Request, s *contract.Scheme) {
		key := check.SecretOf(t, r, s)
		for _, cut := range []struct {
			n             int
			suffix, fault string
		}{{4, "%????", "last four characters"}, {1, "%?", "last character"}} {
			shorter := key.With(key.Text[:len(key.Text)-cut.n])
			expectKeyRefused(t, r, s, derived(t, key.Whole(), shorter, cut.suffix), "with a key that lacks its "+cut.fault)
		}
	}},
	{name: "extended", run: func(t *check.T, r *session.Request, s *contract.Scheme) {
		key := check.SecretOf(t, r, s)
		expectKeyRefused(t, r, s, key.With(key.Text+"x"), "with a key that has one character more")
	}},
}

var invalidSecrets = []invalidSecret{
	fewInvalidSecrets[0],
	fewInvalidSecrets[1],
	fewInvalidSecrets[2],
	{name: "other letter case", run: func(t *check.T, r *session.Request, s *contract.Scheme) {
		key := check.SecretOf(t, r, s)
		if swapCase(key.Text) == key.Text {
			t.Skip(result.NotVerifiable, "credentials.full: a key without letters has no other letter case")
		}
		expectKeyRefused(t, r, s, derived(t, key.Whole(), key.With(swapCase(key.Text)), "^^"), "with a key in capitals")
	}},
	{name: "with the prefix Bearer", run: func(t *check.T, r *session.Request, s *contract.Scheme) {
		expectKeyRefused(t, r, s, "Bearer "+check.SecretOf(t, r, s).Whole(),
			"with a key behind the word Bearer, where the key alone belongs")
	}},
	{name: "very long", run: func(t *check.T, r *session.Request, s *contract.Scheme) {
		expectKeyRefused(t, r, s, check.AsUser(s, t.RandomWord(1000)), "with a made-up key of a thousand characters")
	}},
	{name: "reserved words", run: func(t *check.T, r *session.Request, s *contract.Scheme) {
		for _, word := range []string{"constructor", "__proto__", "null", "' OR '1'='1"} {
			expectKeyRefused(t, r, s, check.AsUser(s, word), "with the key "+word)
		}
	}},
	{name: "valid key in another place", run: func(t *check.T, r *session.Request, s *contract.Scheme) {
		key, made := check.SecretOf(t, r, s).Whole(), check.MadeUp(t, r, s)
		way := wayOf(r)
		r = r.WithMisplaced(s, key)
		for _, name := range queryNames(s, way) {
			r = r.WithQuery(name, key, "")
		}
		if !slices.ContainsFunc(way, isAuthorization) {
			r = r.WithHeader("Authorization", "Bearer "+key, "")
		}
		expectKeyRefused(t, r, s, made, "with a key that was never issued in its place, and a good one in the query and as "+
			"bearer token")
	}},
	fewInvalidSecrets[3],
}

func expectKeyRefused(t *check.T, r *session.Request, s *contract.Scheme, key, fault string) {
	t.Expect(t.Send(r.WithSecret(s, key, fault))).To(check.BeRefused())
}

// plainRequest is a valid request that may be accepted. Where it needs no record it is not one that has succeeded
// before, which it would not where the way is ignored by which requests are usually sent.
func plainRequest(t *check.T) *session.Request {
	if o := t.Operation(); o.Reads() && !o.HasID() {
		return t.RequestTo(o, nil)
	}
	return expendable(t)
}

var eachWay = check.Check{
	ID: "AUTH-007", Level: result.Must, Situation: contract.MissingKey, Source: check.Part("security"), Writes: true,
	Title: "each documented way of showing who calls is accepted",
	Clause: "Where a document names several ways, a client takes the one that it has a key for. One that is documented " +
		"and ignored locks out whoever relies on it.",
	Over: check.Operations(func(o *contract.Operation) bool { return o.Secured() && len(o.Keys) > 1 }),
	Variants: func(_ *contract.Contract, s check.Subject) []check.Variant {
		var out []check.Variant
		for _, way := range s.Operation.Keys {
			out = append(out, check.Variant{Name: way.Name(), Run: func(t *check.T) {
				key, err := t.Session.Config.KeyBy(t.Operation(), way, t.Random.Uint64())
				t.Must(err)
				t.Expect(t.Send(plainRequest(t).By(way, key, fmt.Sprintf("with %s alone", way.Name())))).To(check.BeAccepted())
			}})
		}
		return out
	},
}
