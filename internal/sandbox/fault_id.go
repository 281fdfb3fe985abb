package sandbox

import (
	"fmt"
	"strconv"
	"strings"

	"conformance/internal/contract"
)

// idFaults: an id is not valid, or no record has it, and the answer does not say so.
func idFaults(m *model) []Fault {
	invalid := func(where func(*call) bool, test func(string) bool) func(*call, *refusal) bool {
		return func(c *call, r *refusal) bool { return r.situation == contract.InvalidID && where(c) && test(r.value) }
	}
	all := func(string) bool { return true }
	var faults []Fault
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
		faults = append(faults,
			must("invalid-id-crashes", one.name, contract.InvalidID, description+"makes the server fail.",
				replaceRefusal(invalid(anywhere, one.test), crash)),
			must("invalid-id-lists", one.name, contract.InvalidID, description+"is answered with the list.",
				replaceRefusal(invalid(anywhere, one.test), listInstead)),
			must("invalid-id-first", one.name, contract.InvalidID, description+"is answered with the first record.",
				firstInstead(anywhere, one.test)),
		)
	}
	faults = append(faults,
		must("invalid-id-cut", "", contract.InvalidID,
			"Of an id the digits at its beginning are read and the rest is ignored.",
			cutID),
		should("invalid-id-notation", "", contract.InvalidID, "An id may be written as any number of a programming language.",
			anyNotation),
		should("part-under-another-parent", "", contract.UnknownRecord,
			"A part of a record is found whatever parent the address names.",
			anyParent),
		must("invalid-id-empty", "", contract.InvalidID, "An id that is not valid is answered with success and nothing.",
			replaceRefusal(invalid(anywhere, all), empty(map[string]any{}))),
	)
	ops := m.operationsWith(hasID)
	for i, op := range sampleEvenly(ops, 6) {
		if i%2 == 0 && op.Reads() { // nobody may try a write with such an id: it would change the first record
			faults = append(faults,
				must("invalid-id-first", op.ID, contract.InvalidID, "An id that is not valid is answered with the first record.",
					firstInstead(at(op), all)))
		} else {
			faults = append(faults,
				must("invalid-id-crashes", op.ID, contract.InvalidID, "An id that is not valid makes the server fail.",
					replaceRefusal(invalid(at(op), all), crash)))
		}
	}
	return append(faults, unknownRecordFaults(ops)...)
}

// cutID takes the digits at the beginning of an id for the id.
func cutID(b *rules) {
	correct := b.identifier
	b.identifier = func(c *call, id *identifier, text string) (string, bool) {
		if i := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' }); i > 0 && numeric(id.Schema) {
			return text[:i], true
		}
		return correct(c, id, text)
	}
}

// anyNotation reads an id as Go reads a number: with a base, blanks or a zero fraction.
func anyNotation(b *rules) {
	correct := b.identifier
	b.identifier = func(c *call, id *identifier, text string) (string, bool) {
		if n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(text), ".0"), 0, 64); err == nil && n > 0 &&
			numeric(id.Schema) {
			return strconv.FormatInt(n, 10), true
		}
		return correct(c, id, text)
	}
}

// anyParent finds a part whatever parent the address names.
func anyParent(b *rules) {
	correct := b.identifier
	b.identifier = func(c *call, id *identifier, text string) (string, bool) {
		spelt, ok := correct(c, id, text)
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
				if parent, made := r.parents[n.targetKind()]; made && addressed != nil && addressed.company == r.company &&
					r.company == c.company() {
					c.named[i].id = parent
				}
			}
		}
		return spelt, ok
	}
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
		correct := b.identifier
		b.identifier = func(c *call, id *identifier, text string) (string, bool) {
			spelt, ok := correct(c, id, text)
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

// unknownRecordFaults: there is no such record, and the answer does not say so.
func unknownRecordFaults(ops []*operation) []Fault {
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
	var faults []Fault
	for _, one := range kinds {
		faults = append(faults,
			must("unknown-record-"+one.name, "", contract.UnknownRecord, "An id that nothing has "+one.description+".",
				replaceRefusal(unknown(anywhere), one.with)))
	}
	for i, op := range sampleEvenly(ops, 9) {
		one := kinds[i%3]
		faults = append(faults,
			must("unknown-record-"+one.name, op.ID, contract.UnknownRecord, "An id that nothing has "+one.description+".",
				replaceRefusal(unknown(at(op)), one.with)))
	}
	return append(faults,
		must("unknown-record-listed", "", contract.UnknownRecord,
			"The list that belongs to a record is empty where there is no such record.",
			replaceRefusal(unknown(func(c *call) bool { return c.operation != nil && c.operation.list }),
				func(c *call, _ *refusal) *answer {
					return c.succeedWithList(nil, 1, 1, 0)
				})))
}
