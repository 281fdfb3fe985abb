package sandbox

import (
	"slices"
	"strings"

	"conformance/internal/contract"
)

// keyFaults: the key is not checked, or checked wrongly.
func keyFaults(m *model) []Fault {
	faults := absentKeyFaults(m)
	faults = append(faults, inventedKeyFaults(m)...)
	faults = append(faults,
		must("revoked-key-accepted", "", contract.RevokedKey, "A revoked key still works.", func(b *rules) {
			b.revoked = func(*call, *key) bool { return false }
		}),
		must("revoked-key-reads", "", contract.RevokedKey, "A revoked key may still read.", func(b *rules) {
			b.revoked = func(c *call, k *key) bool { return k.revoked && !(c.operation != nil && c.operation.Reads()) }
		}),
		must("revoked-key-writes", "", contract.RevokedKey, "A revoked key may still write.", func(b *rules) {
			b.revoked = func(c *call, k *key) bool { return k.revoked && (c.operation == nil || c.operation.Reads()) }
		}),
	)
	for _, op := range sampleEvenly(m.operationsWith(secured), 3) {
		faults = append(faults,
			must("revoked-key-accepted", op.ID, contract.RevokedKey, "A revoked key still works for the operation.",
				func(b *rules) {
					b.revoked = func(c *call, k *key) bool { return k.revoked && !c.at(op.ID) }
				}))
	}
	for _, one := range []struct {
		name, description string
		test              func(text string) bool
	}{
		{"long-key-crashes", "A key that is longer than its column makes the server fail.",
			func(text string) bool { return len(text) > 255 }},
		{"word-as-key-crashes", "A key that is a reserved word makes the server fail.",
			func(text string) bool {
				word, _, _ := strings.Cut(text, ":") // of basic authentication the user
				return slices.Contains(inherited, word)
			}},
		{"quoted-key-crashes", "A key with a quote in it makes the server fail.",
			func(text string) bool { return strings.Contains(text, "'") }},
	} {
		faults = append(faults,
			must(one.name, "", contract.InvalidKey, one.description, replaceRefusal(func(c *call, r *refusal) bool {
				return r.situation == contract.InvalidKey && one.test(sentKey(c))
			}, crash)))
	}
	faults = append(faults,
		must("good-key-elsewhere-taken", "", contract.InvalidKey,
			"A key that does not exist is ignored where a valid one is in the query.",
			changeCredential(func(c *call, text string) string {
				for _, values := range c.query {
					if text != "" && c.ring.keys[text] == nil && c.ring.keys[values[0]] != nil {
						return values[0]
					}
				}
				return text
			})))
	faults = append(faults, misplacedKeyFaults(m)...)
	faults = append(faults, headerCaseFaults(m)...)
	faults = append(faults, keyWayFaults(m)...)
	return append(faults, challengeFaults(m)...)
}

// absentKeyFaults: a request without a key is served where one is needed.
func absentKeyFaults(m *model) []Fault {
	if m.scheme == nil {
		return nil
	}
	faults := []Fault{
		must("no-key-accepted", "", contract.MissingKey, "A request without a key is served.", absentKey(anywhere)),
	}
	for _, op := range sampleEvenly(m.operationsWith(secured), 4) {
		faults = append(faults,
			must("no-key-accepted", op.ID, contract.MissingKey, "The operation is served without a key.", absentKey(at(op))))
	}
	return append(faults,
		must("empty-key-accepted", "", contract.MissingKey, "A request with an empty or blank key is served.",
			changeCredential(func(c *call, text string) string {
				if text == "" && presentsKey(c) {
					return c.ring.good(c).secret(c.scheme())
				}
				return text
			})))
}

// changeCredential changes what counts as the request's key.
func changeCredential(how func(c *call, text string) string) func(*rules) {
	return func(b *rules) {
		correct := b.credential
		b.credential = func(c *call) string { return how(c, correct(c)) }
	}
}

func absentKey(where func(*call) bool) func(*rules) {
	return changeCredential(func(c *call, text string) string {
		// A good key in the wrong place is a fault of its own.
		if text == "" && where(c) && !presentsKey(c) && !c.keyMisplaced() {
			return c.ring.good(c).secret(c.scheme())
		}
		return text
	})
}

// presentsKey says whether the place of the key is there, even if it is empty.
func presentsKey(c *call) bool {
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

// inventedKeyFaults: a text that is not a key is accepted as one.
func inventedKeyFaults(m *model) []Fault {
	const shortest = len(keyPrefix) + 4 // of what still looks like the beginning of a key
	var faults []Fault
	for _, one := range []struct {
		name, description string
		opens             func(text, key string) bool
	}{
		{"any-key-accepted", "Any text in the key's place is accepted.", func(string, string) bool { return true }},
		{"well-formed-key-accepted", "Whatever looks like a key is accepted, although it was never issued.",
			func(text, key string) bool {
				return strings.HasPrefix(text, keyPrefix) && len(text) == len(key)
			}},
		{"malformed-key-accepted", "A text that does not look like a key at all is accepted.",
			func(text, _ string) bool { return !strings.HasPrefix(text, keyPrefix) }},
		{"cut-key-accepted", "The beginning of a key is accepted.",
			func(text, key string) bool { return len(text) >= shortest && strings.HasPrefix(key, text) }},
		{"word-before-key-ignored", "A word before a key is ignored.",
			func(text, key string) bool { return strings.HasSuffix(text, " "+key) }},
		{"last-of-key-ignored", "The last character of a key is not looked at.",
			func(text, key string) bool { return text == key[:len(key)-1] }},
		{"extended-key-accepted", "A key with trailing text is accepted.",
			func(text, key string) bool { return strings.HasPrefix(text, key) }},
	} {
		faults = append(faults, must(one.name, "", contract.InvalidKey, one.description, func(b *rules) {
			correct := b.known
			b.known = func(c *call, text string) *key {
				if found := correct(c, text); found != nil {
					return found
				}
				for _, full := range append([]*key{c.ring.good(c)}, c.ring.full...) {
					if one.opens(text, full.secret(c.scheme())) {
						return full
					}
				}
				return nil
			}
		}))
	}
	for _, op := range sampleEvenly(m.operationsWith(secured), 2) {
		faults = append(faults,
			must("any-key-accepted", op.ID, contract.InvalidKey, "Any text in the key's place is accepted by the operation.",
				func(b *rules) {
					correct := b.known
					b.known = func(c *call, text string) *key {
						if found := correct(c, text); found != nil || !c.at(op.ID) {
							return found
						}
						return c.ring.good(c)
					}
				}))
	}
	return faults
}
