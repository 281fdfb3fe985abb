package sandbox

import (
	"slices"

	"conformance/internal/contract"
)

func hasUnique(op *operation) bool {
	return slices.ContainsFunc(op.fields, func(f *field) bool { return f.Unique != nil })
}

// uniqueFaults: a unique value is checked too little or too much.
func uniqueFaults(m *model) []Fault {
	faults := []Fault{must("duplicate-accepted", "", contract.Duplicate, "Values that must be unique are not checked.",
		changeTaken(func(*call, *field, string, bool) bool { return false }))}
	for _, op := range m.operationsWith(hasUnique) {
		faults = append(faults,
			must("duplicate-accepted", op.ID, contract.Duplicate, "A value that must be unique is not checked.",
				changeTaken(func(c *call, _ *field, _ string, correct bool) bool {
					return correct && !c.at(op.ID)
				})),
			must("duplicate-case-accepted", op.ID, contract.Duplicate, "A value in use is accepted in another letter case.",
				changeTaken(func(c *call, f *field, value string, correct bool) bool {
					return correct && (!c.at(op.ID) || sameText(c, f, value))
				})),
		)
	}
	return append(faults,
		must("duplicate-case-accepted", "", contract.Duplicate, "A value in use is accepted in another letter case.",
			changeTaken(func(c *call, f *field, value string, correct bool) bool {
				return correct && sameText(c, f, value)
			})),
		must("own-value-refused", "", contract.Duplicate, "A record may not keep its own value.",
			changeTaken(func(c *call, f *field, value string, correct bool) bool {
				return correct || c.store.holder(targetCollection(c), f.Name, value) != nil
			})),
		must("unique-across-companies", "", contract.Duplicate, "A value that another company uses is taken.",
			changeTaken(func(c *call, f *field, value string, correct bool) bool {
				return correct || slices.ContainsFunc(c.ring.companies, func(owner *company) bool {
					return owner != c.company() && c.store.holder(collection{owner, targetCollection(c).kind}, f.Name, value) != nil
				})
			})),
		must("value-stays-taken", "", contract.Duplicate, "A value that its record gave up stays taken.",
			valueStaysTaken),
		must("duplicate-overwrites", "", contract.Duplicate, "A refused create overwrites the record that has the value.",
			changeTaken(func(c *call, f *field, value string, correct bool) bool {
				if correct && c.operation.creates {
					c.update(c.store.holder(targetCollection(c), f.Name, value))
				}
				return correct
			})),
		must("duplicate-merged", "", contract.Duplicate, "A create with a value in use changes the record that has it.",
			duplicateMerged),
		must("duplicate-served", "", contract.Duplicate,
			"A create with a value in use is answered with the record that has it.",
			replaceRefusal(func(c *call, r *refusal) bool {
				return r.situation == contract.Duplicate && c.operation.creates
			}, holderInstead)),
	)
}

// changeTaken changes what counts as a value that another record has.
func changeTaken(how func(c *call, f *field, value string, correct bool) bool) func(*rules) {
	return func(b *rules) {
		correct := b.taken
		b.taken = func(c *call, f *field, value string) bool { return how(c, f, value, correct(c, f, value)) }
	}
}

// valueStaysTaken remembers every record that had a value.
func valueStaysTaken(b *rules) {
	correct, users := b.taken, map[claim]*record{} // only asked under the store's lock
	b.taken = func(c *call, f *field, value string) bool {
		at := claim{targetCollection(c), f.Name, value}
		if holder := c.store.holder(at.collection, f.Name, value); holder != nil {
			users[at] = holder
		}
		if r := c.subject(); r != nil && r.claims[f.Name].field != "" {
			users[r.claims[f.Name]] = r // it may give this up now
		}
		return correct(c, f, value) || users[at] != nil && users[at] != c.subject()
	}
}

// duplicateMerged updates the record that has the value.
func duplicateMerged(b *rules) {
	create := b.commit
	b.taken = func(c *call, f *field, value string) bool { return taken(c, f, value) && !c.operation.creates }
	b.commit = func(c *call) *answer {
		for _, f := range c.operation.fields {
			value := c.body[f.Name]
			if f.Unique == nil || value == nil || !c.operation.creates {
				continue
			}
			if holder := c.store.holder(targetCollection(c), f.Name, uniqueText(value, f.Unique.IgnoreCase)); holder != nil {
				c.update(holder)
				return c.succeed(holder.raw)
			}
		}
		return create(c)
	}
}

// holderInstead answers with the record that has the value.
func holderInstead(c *call, _ *refusal) *answer {
	c.store.mu.RLock()
	defer c.store.mu.RUnlock()
	for _, f := range c.operation.fields {
		if value := c.body[f.Name]; f.Unique != nil && value != nil {
			if holder := c.store.holder(targetCollection(c), f.Name, uniqueText(value, f.Unique.IgnoreCase)); holder != nil {
				return c.succeed(holder.raw)
			}
		}
	}
	return nil
}

// sameText says whether the record that has a unique value spells it as the request does.
func sameText(c *call, f *field, value string) bool {
	holder := c.store.holder(targetCollection(c), f.Name, value)
	return holder != nil && uniqueText(holder.values[f.Name], false) == uniqueText(c.body[f.Name], false)
}
