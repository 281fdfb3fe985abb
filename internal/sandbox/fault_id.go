package sandbox

import (
	"fmt"
	"strconv"
	"strings"

	"conformance/internal/contract"
)

// identifiers: an id that cannot be one, or that nothing has.

func (k *catalogue) identifiers() {
	invalid := func(where func(*call) bool, test func(string) bool) func(*call, *refusal) bool {
		return func(c *call, r *refusal) bool { return r.situation == contract.InvalidID && where(c) && test(r.value) }
	}
	all := func(string) bool { return true }
	for _, one := range []struct {
		name string
		test func(string) bool
	}{
		{"text", func(s string) bool { return strings.Trim(s, "-.0123456789") != "" }},
		{"zero", func(s string) bool { return s == "0" }},
		{"negative", func(s string) bool { return strings.HasPrefix(s, "-") }},
		{"fraction", func(s string) bool { return strings.Contains(s, ".") }},
		{"beyond-64-bits", func(s string) bool { return number(s) && len(s) > 19 }},
	} {
		description := fmt.Sprintf("An id that is not valid (%s) ", one.name)
		k.must("invalid-id-crashes", one.name, contract.InvalidID, description+"makes the server fail.", answering(invalid(anywhere, one.test), crash))
		k.must("invalid-id-lists", one.name, contract.InvalidID, description+"is answered with the list.", answering(invalid(anywhere, one.test), listInstead))
		k.must("invalid-id-first", one.name, contract.InvalidID, description+"is answered with the first record.", firstInstead(anywhere, one.test))
	}
	k.must("invalid-id-cut", "", contract.InvalidID, "Of an id the digits at its beginning are read and the rest is ignored.", func(b *rules) {
		sound := b.identifier
		b.identifier = func(c *call, id *identifier, text string) (string, bool) {
			if i := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' }); i > 0 && numeric(id.Schema) {
				return text[:i], true
			}
			return sound(c, id, text)
		}
	})
	k.should("invalid-id-notation", "", contract.InvalidID, "An id may be written as any number of a programming language.", func(b *rules) {
		sound := b.identifier
		b.identifier = func(c *call, id *identifier, text string) (string, bool) {
			if n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(text), ".0"), 0, 64); err == nil && n > 0 && numeric(id.Schema) {
				return strconv.FormatInt(n, 10), true
			}
			return sound(c, id, text)
		}
	})
	k.should("part-under-another-parent", "", contract.UnknownRecord, "A part of a record is found whatever parent the address names.", func(b *rules) {
		sound := b.identifier
		b.identifier = func(c *call, id *identifier, text string) (string, bool) {
			spelt, ok := sound(c, id, text)
			if id.target == nil {
				return spelt, ok
			}
			c.store.mu.RLock()
			defer c.store.mu.RUnlock()
			if r := c.store.lookup(id.target, spelt, c.company()); r != nil {
				for i, n := range c.named {
					if n.target == nil {
						continue
					}
					addressed := c.store.lookup(n.target, n.id, c.company())
					if parent, made := r.parents[n.targetKind()]; made && addressed != nil && addressed.company == r.company && r.company == c.company() {
						c.named[i].id = parent
					}
				}
			}
			return spelt, ok
		}
	})
	k.must("invalid-id-empty", "", contract.InvalidID, "An id that is not valid is answered with success and nothing.", answering(invalid(anywhere, all), empty(map[string]any{})))
	ops := k.operationsWith(hasID)
	for i, op := range spread(ops, 6) {
		if i%2 == 0 {
			k.must("invalid-id-first", op.ID, contract.InvalidID, "An id that is not valid is answered with the first record.", firstInstead(at(op), all))
		} else {
			k.must("invalid-id-crashes", op.ID, contract.InvalidID, "An id that is not valid makes the server fail.", answering(invalid(at(op), all), crash))
		}
	}
	k.unknownRecords(ops)
}

// listInstead answers with the list of the same URL.
func listInstead(c *call, _ *refusal) *answer {
	for _, op := range c.address.operations {
		if op.Reads() && op.list && !hasID(op) && len(op.Selectors()) == 0 && c.operation.Reads() {
			c.operation, c.named = op, nil
			c.store.mu.RLock()
			defer c.store.mu.RUnlock()
			return commit(c)
		}
	}
	return nil
}

// firstInstead takes an id that is not valid for that of the oldest record.
func firstInstead(where func(*call) bool, test func(string) bool) func(*rules) {
	return func(b *rules) {
		sound := b.identifier
		b.identifier = func(c *call, id *identifier, text string) (string, bool) {
			spelt, ok := sound(c, id, text)
			if ok || id.target == nil || !where(c) || !test(text) {
				return spelt, ok
			}
			c.store.mu.RLock()
			defer c.store.mu.RUnlock()
			for at, r := range c.company().order[id.target.kind] {
				c.named = append(c.named, named{identifier: id, id: r.id})
				under := c.under(r, len(c.named)-1)
				c.named = c.named[:len(c.named)-1]
				if under {
					return c.company().order[id.target.kind][at].id, true
				}
			}
			return spelt, false
		}
	}
}

// unknownRecords: there is no such record, and the answer does not say so.
func (k *catalogue) unknownRecords(ops []*operation) {
	kinds := []struct {
		name, description string
		with              func(*call, *refusal) *answer
	}{
		{"null", "is answered with success and null", empty(nil)},
		{"empty", "is answered with success and an empty object", empty(map[string]any{})},
		{"crash", "makes the server fail", crash},
		{"first", "is answered with another record", func(c *call, _ *refusal) *answer {
			if c.operation.subject < 0 || !c.operation.Reads() {
				return nil
			}
			c.store.mu.RLock()
			defer c.store.mu.RUnlock()
			for _, r := range c.company().order[c.operation.identifiers[c.operation.subject].target.kind] {
				if c.operation.kind == r.kind {
					return c.succeed(r.raw)
				}
			}
			return nil
		}},
		{"invalid", "is answered like bad data", as(contract.InvalidField)},
		{"forbidden", "is answered like a missing scope", as(contract.MissingScope)},
	}
	unknown := func(where func(*call) bool) func(*call, *refusal) bool {
		return func(c *call, r *refusal) bool { return r.situation == contract.UnknownRecord && where(c) }
	}
	for _, one := range kinds {
		k.must("unknown-record-"+one.name, "", contract.UnknownRecord, "An id that nothing has "+one.description+".", answering(unknown(anywhere), one.with))
	}
	for i, op := range spread(ops, 9) {
		one := kinds[i%3]
		k.must("unknown-record-"+one.name, op.ID, contract.UnknownRecord, "An id that nothing has "+one.description+".", answering(unknown(at(op)), one.with))
	}
	k.must("unknown-record-listed", "", contract.UnknownRecord, "The list that belongs to a record is empty where there is no such record.",
		answering(unknown(func(c *call) bool { return c.operation != nil && c.operation.list }), func(c *call, _ *refusal) *answer {
			return c.succeedWithList(nil, 1, 1, 0)
		}))
}

// strangers: another company's record is not out of reach.
func (k *catalogue) strangers() {
	owning := func(where func(*call) bool) func(*rules) {
		return func(b *rules) {
			sound := b.owned
			b.owned = func(c *call, r *record) bool {
				// What a body refers to is a fault of its own; the stage find asks before there is a body.
				return sound(c, r) || c.body == nil && where(c)
			}
		}
	}
	ops := k.operationsWith(hasID)
	k.must("foreign-record-served", "", contract.ForeignRecord, "Another company's records are served like one's own.", owning(func(*call) bool { return true }))
	k.must("foreign-record-read", "", contract.ForeignRecord, "Another company's records may be read.", owning(func(c *call) bool { return c.operation.Reads() }))
	k.must("foreign-record-written", "", contract.ForeignRecord, "Another company's records may be changed.", owning(func(c *call) bool { return !c.operation.Reads() }))
	for _, op := range spread(ops, 10) {
		k.must("foreign-record-served", op.ID, contract.ForeignRecord, "Another company's record is served like one's own.", owning(at(op)))
	}
	foreign := of(contract.ForeignRecord)
	k.must("foreign-record-forbidden", "", contract.ForeignRecord, "Another company's record is answered like a missing scope.", answering(foreign, as(contract.MissingScope)))
	k.must("foreign-record-empty", "", contract.ForeignRecord, "Another company's record is answered with success and nothing.", answering(foreign, empty(map[string]any{})))
	k.must("foreign-record-null", "", contract.ForeignRecord, "Another company's record is answered with success and null.", answering(foreign, empty(nil)))
	for _, op := range spread(ops, 4) {
		k.must("foreign-record-forbidden", op.ID, contract.ForeignRecord, "Another company's record is answered like a missing scope.", answering(func(c *call, r *refusal) bool {
			return foreign(c, r) && c.at(op.ID)
		}, as(contract.MissingScope)))
	}
	message := k.contract.Envelope.Message
	k.should("foreign-record-told", "", contract.ForeignRecord, "The message tells that the record is another company's.", saying(foreign, func(_ *call, _ *refusal, a *answer) {
		put(a.envelope(), message, "This record belongs to another company.")
	}))
	k.should("foreign-record-hinted", "", contract.ForeignRecord, "A member tells another company's record from an unknown one.", saying(foreign, func(_ *call, r *refusal, a *answer) {
		put(a.envelope(), message, "You have no access to "+strconv.Quote(r.value)+".")
	}))
}
