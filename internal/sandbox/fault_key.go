package sandbox

import (
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strings"

	"conformance/internal/contract"
)

// keys: who calls is not judged, or judged wrongly.

func (k *catalogue) keys() {
	k.must("no-key-accepted", "", contract.MissingKey, "A request without a key is served.", absentKey(anywhere))
	for _, op := range spread(k.operationsWith(secured), 4) {
		k.must("no-key-accepted", op.ID, contract.MissingKey, "The operation is served without a key.", absentKey(at(op)))
	}
	k.must("empty-key-accepted", "", contract.MissingKey, "A request with an empty or blank key is served.", crediting(func(c *call, text string) string {
		if text == "" && c.presents() {
			return c.ring.public.Full[0]
		}
		return text
	}))
	k.knownKeys()
	k.must("revoked-key-accepted", "", contract.RevokedKey, "A revoked key still works.", func(b *rules) {
		b.revoked = func(*call, *key) bool { return false }
	})
	k.must("revoked-key-reads", "", contract.RevokedKey, "A revoked key may still read.", func(b *rules) {
		b.revoked = func(c *call, k *key) bool { return k.revoked && !(c.operation != nil && c.operation.Reads()) }
	})
	k.must("revoked-key-writes", "", contract.RevokedKey, "A revoked key may still write.", func(b *rules) {
		b.revoked = func(c *call, k *key) bool { return k.revoked && (c.operation == nil || c.operation.Reads()) }
	})
	for _, op := range spread(k.operationsWith(secured), 3) {
		k.must("revoked-key-accepted", op.ID, contract.RevokedKey, "A revoked key still works for the operation.", func(b *rules) {
			b.revoked = func(c *call, k *key) bool { return k.revoked && !c.at(op.ID) }
		})
	}
	for _, one := range []struct {
		name, description string
		test              func(text string) bool
	}{
		{"long-key-crashes", "A key that is longer than its column makes the server fail.", func(text string) bool { return len(text) > 255 }},
		{"word-as-key-crashes", "A key that is the name of something in every program makes the server fail.", func(text string) bool { return text == "constructor" }},
		{"quoted-key-crashes", "A key with a quote in it makes the server fail.", func(text string) bool { return strings.Contains(text, "'") }},
	} {
		k.must(one.name, "", contract.InvalidKey, one.description, answering(func(c *call, r *refusal) bool {
			return r.situation == contract.InvalidKey && one.test(c.sentKey())
		}, crash))
	}
	k.must("good-key-elsewhere-taken", "", contract.InvalidKey, "A key that does not exist is passed over where a good one stands in the query.", crediting(func(c *call, text string) string {
		for _, values := range c.query {
			if text != "" && c.ring.keys[text] == nil && c.ring.keys[values[0]] != nil {
				return values[0]
			}
		}
		return text
	}))
	k.misplacements()
	k.headerCase()
}

// crediting changes what counts as the request's key.
func crediting(how func(c *call, text string) string) func(*rules) {
	return func(b *rules) {
		sound := b.credential
		b.credential = func(c *call) string { return how(c, sound(c)) }
	}
}

func absentKey(where func(*call) bool) func(*rules) {
	return crediting(func(c *call, text string) string {
		// A good key in the wrong place is a fault of its own.
		if text == "" && where(c) && !c.presents() && !c.misplaced() {
			return c.ring.public.Full[0]
		}
		return text
	})
}

// presents says whether there is anything, if only emptiness, where the key belongs.
func (c *call) presents() bool {
	scheme := c.scheme()
	switch {
	case scheme.In == "query":
		return c.query.Has(scheme.Name)
	case scheme.In == "cookie":
		_, err := c.request.Cookie(scheme.Name)
		return err == nil
	}
	return len(c.request.Header.Values(scheme.Name)) > 0
}

// knownKeys: texts that are no key open like one.
func (k *catalogue) knownKeys() {
	const shortest = len(keyPrefix) + 4 // of what still looks like the beginning of a key
	for _, one := range []struct {
		name, description string
		opens             func(text, key string) bool
	}{
		{"any-key-accepted", "Any text in the key's place opens.", func(string, string) bool { return true }},
		{"well-formed-key-accepted", "Whatever looks like a key opens, though it was never issued.", func(text, key string) bool {
			return strings.HasPrefix(text, keyPrefix) && len(text) == len(key)
		}},
		{"malformed-key-accepted", "A text that does not look like a key at all opens.", func(text, _ string) bool { return !strings.HasPrefix(text, keyPrefix) }},
		{"cut-key-accepted", "The beginning of a key opens.", func(text, key string) bool { return len(text) >= shortest && strings.HasPrefix(key, text) }},
		{"word-before-key-ignored", "A word before a key is ignored.", func(text, key string) bool { return strings.HasSuffix(text, " "+key) }},
		{"last-of-key-ignored", "The last character of a key is not looked at.", func(text, key string) bool { return text == key[:len(key)-1] }},
		{"extended-key-accepted", "A key with something behind it opens.", func(text, key string) bool { return strings.HasPrefix(text, key) }},
	} {
		k.must(one.name, "", contract.InvalidKey, one.description, func(b *rules) {
			sound := b.known
			b.known = func(c *call, text string) *key {
				if found := sound(c, text); found != nil {
					return found
				}
				for _, full := range c.ring.public.Full {
					if one.opens(text, full) {
						return c.ring.keys[full]
					}
				}
				return nil
			}
		})
	}
	for _, op := range spread(k.operationsWith(secured), 2) {
		k.must("any-key-accepted", op.ID, contract.InvalidKey, "Any text in the key's place opens the operation.", func(b *rules) {
			sound := b.known
			b.known = func(c *call, text string) *key {
				if found := sound(c, text); found != nil || !c.at(op.ID) {
					return found
				}
				return c.ring.keys[c.ring.public.Full[0]]
			}
		})
	}
}

// misplacements: a good key opens from where it must not stand.
func (k *catalogue) misplacements() {
	if k.scheme == nil {
		return
	}
	add := func(name, subject, description string, find func(*call) string) {
		k.must(name, subject, contract.MisplacedKey, description, crediting(func(c *call, text string) string {
			if text == "" && !c.presents() {
				if found := find(c); c.ring.keys[found] != nil {
					return found
				}
			}
			return text
		}))
	}
	for _, name := range []string{k.scheme.Name, "api_key", "apikey", "key", "token", "access_token"} {
		if k.scheme.In != "query" || name != k.scheme.Name {
			add("key-in-query", name, "A key in the query parameter "+name+" opens.", func(c *call) string { return c.query.Get(name) })
		}
	}
	for _, name := range []string{"X-API-Token", "Api-Key", "X-Auth-Token"} {
		add("key-in-header", name, "A key in the header "+name+" opens.", func(c *call) string { return c.request.Header.Get(name) })
	}
	if k.scheme.HTTP != "bearer" {
		add("bearer-accepted", "", "A key opens as bearer token.", func(c *call) string {
			kind, rest, _ := strings.Cut(c.request.Header.Get("Authorization"), " ")
			if !strings.EqualFold(kind, "bearer") {
				return ""
			}
			return rest
		})
	}
	if k.scheme.HTTP != "basic" {
		add("basic-accepted", "", "A key opens as user of basic authentication.", func(c *call) string {
			user, _, _ := c.request.BasicAuth()
			return user
		})
	}
	if !strings.EqualFold(k.scheme.Name, "Authorization") {
		add("key-in-header", "Authorization", "A bare key in Authorization opens.", func(c *call) string { return c.request.Header.Get("Authorization") })
	}
	for _, name := range []string{k.scheme.Name, "api_key"} {
		if k.scheme.In != "cookie" || k.scheme.Name != name {
			add("key-in-cookie", name, "A key in the cookie "+name+" opens.", func(c *call) string {
				if cookie, err := c.request.Cookie(name); err == nil {
					return cookie.Value
				}
				return ""
			})
		}
	}
	add("key-in-body", "", "A key in the body opens.", func(c *call) string {
		var body map[string]any
		_ = json.Unmarshal(c.load(), &body) // what is no object has no key in it
		for _, value := range body {
			if text, ok := value.(string); ok && c.ring.keys[text] != nil {
				return text
			}
		}
		return ""
	})
}

func (k *catalogue) headerCase() {
	if k.scheme == nil || k.scheme.In != "header" {
		return
	}
	name := k.scheme.Name
	usual := []string{name, http.CanonicalHeaderKey(name)}
	k.must("header-case", "", contract.MissingKey, "The header of the key is only found in its usual spelling.", func(b *rules) {
		b.listen = func(l net.Listener) net.Listener { return &deaf{l, name, usual} }
	})
	k.must("header-lower-case", "", contract.MissingKey, "The header of the key is not found in lower case.", func(b *rules) {
		b.listen = func(l net.Listener) net.Listener {
			return &deaf{l, name, []string{usual[0], usual[1], strings.ToUpper(name)}}
		}
	})
}

// precedence: something is judged before the key or the scope.
func (k *catalogue) precedence() {
	early := func(other string, names ...string) func(*rules) {
		return func(b *rules) {
			b.steps = before(b.steps, other, names...)
			for i, s := range b.steps {
				if slices.Contains(names, s.name) {
					b.steps[i].judge = func(c *call) *refusal {
						if c.operation == nil {
							return nil // what goes nowhere has nothing to be judged by
						}
						if c.key == nil && c.scheme() != nil {
							c.key = c.ring.keys[credential(c)] // whose records these are is known before it is judged who asks
							defer func() { c.key = nil }()
						}
						return s.judge(c)
					}
				}
			}
		}
	}
	k.should("body-before-key", "", contract.MissingKey, "The body is judged before the key.", early("authenticate", "decode", "validateBody"))
	k.should("record-before-key", "", contract.MissingKey, "Whether the record exists is judged before the key.", early("authenticate", "identify", "find"))
	k.should("parameters-before-key", "", contract.MissingKey, "The query is judged before the key.", early("authenticate", "validateParameters"))
	k.should("parameters-before-scope", "", contract.MissingScope, "The query is judged before the scope.", early("authorize", "validateParameters"))
	k.should("body-before-scope", "", contract.MissingScope, "The body is judged before the scope.", early("authorize", "decode", "validateBody"))
	k.should("record-before-scope", "", contract.MissingScope, "Whether the record exists is judged before the scope.", early("authorize", "identify", "find"))
}
