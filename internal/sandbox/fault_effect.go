package sandbox

import (
	"slices"
	"strconv"
	"sync"

	"conformance/internal/contract"
)

// sideEffectFaults: a refused request changes something.
func sideEffectFaults(m *model) []Fault {
	var faults []Fault
	if slices.ContainsFunc(m.operations, func(op *operation) bool { return op.creates && hasUnique(op) }) {
		faults = append(faults,
			must("refused-create-claims", "", contract.InvalidField,
				"A create that is refused takes its unique value from others.",
				claimedByRefused))
	}
	for _, op := range m.operationsWith(func(op *operation) bool { return op.creates && hasUnique(op) }) {
		faults = append(faults,
			must("name-taken", op.ID, contract.Duplicate,
				"A record is a duplicate if it is like another one in a text that need not be unique.",
				nameTaken(op)))
	}
	faults = append(faults,
		must("refused-update-inserts", "", contract.UnknownRecord,
			"An update of a record that does not exist is refused but creates it.",
			replaceRefusal(func(c *call, r *refusal) bool {
				return r.situation == contract.UnknownRecord && c.operation != nil && writes(c.operation) &&
					c.operation.subject >= 0
			}, insertNevertheless)))
	for _, id := range []contract.SituationID{
		contract.MissingKey, contract.InvalidKey, contract.RevokedKey, contract.MisplacedKey, contract.MissingScope,
		contract.DeniedIP,
		contract.MissingField, contract.InvalidField, contract.MalformedBody, contract.UnknownReference,
		contract.ForeignRecord, contract.Duplicate, contract.Flood,
	} {
		for _, one := range []struct {
			name, description string
			test              func(*operation) bool
		}{
			{"refused-create-made", "A refused create creates the record.",
				func(op *operation) bool { return op.creates }},
			{"refused-update-applied", "An update that is refused is applied as far as it is good.",
				func(op *operation) bool { return op.subject >= 0 && writes(op) }},
		} {
			if id == contract.MalformedBody && one.name == "refused-update-applied" {
				continue // such a body holds nothing to apply
			}
			faults = append(faults,
				must(one.name, string(id), id, one.description, changeEffect(afterEffect, func(c *call, r *refusal) bool {
					return r.situation == id && c.operation != nil && one.test(c.operation)
				})))
		}
	}
	return faults
}

// claimedByRefused reserves unique values before the rest of the body is judged.
func claimedByRefused(b *rules) {
	var reserved sync.Map // claim to true
	refuse, correct := b.refuse, b.taken
	b.refuse = func(c *call, r *refusal) *answer {
		if r.situation == contract.InvalidField && c.operation.creates {
			for _, f := range c.operation.fields {
				if text, ok := c.body[f.Name].(string); ok && f.Unique != nil {
					reserved.Store(claim{targetCollection(c), f.Name, uniqueText(text, f.Unique.IgnoreCase)}, true)
				}
			}
		}
		return refuse(c, r)
	}
	b.taken = func(c *call, f *field, value string) bool {
		_, early := reserved.Load(claim{targetCollection(c), f.Name, value})
		return early || correct(c, f, value)
	}
}

// insertNevertheless makes the record that was not found, and leaves the refusal as it is.
func insertNevertheless(c *call, r *refusal) *answer {
	target := c.operation.identifiers[c.operation.subject].target
	id, err := strconv.ParseInt(r.value, 10, 64)
	if target == nil || err != nil {
		return nil
	}
	values := map[string]any{target.kind.id: id}
	target.kind.setDefaults(values, c.now)
	c.store.mu.Lock()
	defer c.store.mu.Unlock()
	made := &record{collection: collection{c.company(), target.kind}, parents: map[*recordType]string{}}
	made.values = values
	c.store.insert(made)
	return nil
}

// nameTaken takes the first text that is required, and not unique, for unique.
func nameTaken(op *operation) func(*rules) {
	return func(b *rules) {
		var seen sync.Map
		correct := b.taken
		b.taken = func(c *call, f *field, value string) bool {
			for _, name := range op.Body.Schema.Required {
				if text, ok := c.body[name].(string); ok && c.at(op.ID) && name != f.Name {
					_, before := seen.LoadOrStore(claim{targetCollection(c), name, text}, true)
					return before || correct(c, f, value)
				}
			}
			return correct(c, f, value)
		}
	}
}
