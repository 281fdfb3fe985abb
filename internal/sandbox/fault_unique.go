package sandbox

import (
	"slices"
	"strconv"
	"sync"
	"time"

	"conformance/internal/contract"
)

// conflicts: a value that must be unique is not, or more than it must be.

func hasUnique(op *operation) bool {
	return slices.ContainsFunc(op.fields, func(f *field) bool { return f.Unique != nil })
}

func (k *catalogue) conflicts() {
	taking := func(how func(c *call, f *field, value string, sound bool) bool) func(*rules) {
		return func(b *rules) {
			sound := b.taken
			b.taken = func(c *call, f *field, value string) bool { return how(c, f, value, sound(c, f, value)) }
		}
	}
	k.must("duplicate-accepted", "", contract.Duplicate, "Values that must be unique are not judged.", taking(func(*call, *field, string, bool) bool { return false }))
	for _, op := range k.operationsWith(hasUnique) {
		k.must("duplicate-accepted", op.ID, contract.Duplicate, "A value that must be unique is not judged.", taking(func(c *call, _ *field, _ string, sound bool) bool {
			return sound && !c.at(op.ID)
		}))
		k.must("duplicate-case-accepted", op.ID, contract.Duplicate, "A value in use is accepted in another letter case.", taking(func(c *call, f *field, value string, sound bool) bool {
			return sound && (!c.at(op.ID) || c.sameText(f, value))
		}))
	}
	k.must("duplicate-case-accepted", "", contract.Duplicate, "A value in use is accepted in another letter case.", taking(func(c *call, f *field, value string, sound bool) bool {
		return sound && c.sameText(f, value)
	}))
	k.must("own-value-refused", "", contract.Duplicate, "A record may not keep its own value.", taking(func(c *call, f *field, value string, sound bool) bool {
		return sound || c.store.holder(c.written(), f.Name, value) != nil
	}))
	k.must("unique-across-companies", "", contract.Duplicate, "A value that another company uses is taken.", taking(func(c *call, f *field, value string, sound bool) bool {
		return sound || slices.ContainsFunc(c.ring.companies, func(owner *company) bool {
			return owner != c.company() && c.store.holder(shelf{owner, c.written().kind}, f.Name, value) != nil
		})
	}))
	k.must("value-stays-taken", "", contract.Duplicate, "A value that its record gave up stays taken.", func(b *rules) {
		sound, users := b.taken, map[claim]*record{} // only asked under the store's lock
		b.taken = func(c *call, f *field, value string) bool {
			at := claim{c.written(), f.Name, value}
			if holder := c.store.holder(at.shelf, f.Name, value); holder != nil {
				users[at] = holder
			}
			if r := c.subject(); r != nil && r.claims[f.Name].field != "" {
				users[r.claims[f.Name]] = r // it may give this up now
			}
			return sound(c, f, value) || users[at] != nil && users[at] != c.subject()
		}
	})
	k.must("duplicate-overwrites", "", contract.Duplicate, "A refused create overwrites the record that has the value.", taking(func(c *call, f *field, value string, sound bool) bool {
		if sound && c.operation.creates {
			c.update(c.store.holder(c.written(), f.Name, value))
		}
		return sound
	}))
	k.must("duplicate-merged", "", contract.Duplicate, "A create with a value in use changes the record that has it.", func(b *rules) {
		create := b.commit
		b.taken = func(c *call, f *field, value string) bool { return taken(c, f, value) && !c.operation.creates }
		b.commit = func(c *call) *answer {
			for _, f := range c.operation.fields {
				value := c.body[f.Name]
				if f.Unique == nil || value == nil || !c.operation.creates {
					continue
				}
				if holder := c.store.holder(c.written(), f.Name, uniqueText(value, f.Unique.IgnoreCase)); holder != nil {
					c.update(holder)
					return c.succeed(holder.raw)
				}
			}
			return create(c)
		}
	})
	k.must("duplicate-served", "", contract.Duplicate, "A create with a value in use is answered with the record that has it.", answering(func(c *call, r *refusal) bool {
		return r.situation == contract.Duplicate && c.operation.creates
	}, func(c *call, _ *refusal) *answer {
		c.store.mu.RLock()
		defer c.store.mu.RUnlock()
		for _, f := range c.operation.fields {
			if value := c.body[f.Name]; f.Unique != nil && value != nil {
				if holder := c.store.holder(c.written(), f.Name, uniqueText(value, f.Unique.IgnoreCase)); holder != nil {
					return c.succeed(holder.raw)
				}
			}
		}
		return nil
	}))
}

// sameText says whether the record that has a unique value spells it as the request does.
func (c *call) sameText(f *field, value string) bool {
	holder := c.store.holder(c.written(), f.Name, value)
	return holder != nil && uniqueText(holder.values[f.Name], false) == uniqueText(c.body[f.Name], false)
}

// between is how long a server that looks first and writes later takes in between.
const between = 25 * time.Millisecond

// races: of several equal requests at once not exactly one wins.
func (k *catalogue) races() {
	racing := func(check stage, after ...stage) func(*rules) {
		return func(b *rules) {
			settle := slices.IndexFunc(b.steps, func(s step) bool { return s.name == "settle" })
			whole := b.steps[settle].judge
			b.steps = slices.Clone(b.steps)
			b.steps[settle].judge = func(c *call) *refusal {
				if !c.operation.creates || !hasUnique(c.operation) {
					return whole(c)
				}
				if r := check(c); r != nil {
					return r
				}
				time.Sleep(between)
				return atomically(after...)(c)
			}
		}
	}
	look := atomically(present, refer, unique)
	k.must("race-all-win", "", contract.Duplicate, "Of several equal creates at once all win: the server looks first and writes later.", racing(look, present, transit, apply))
	k.must("race-losers-crash", "", contract.Duplicate, "Of several equal creates at once the losers make the server fail.", racing(look, present, func(c *call) *refusal {
		if unique(c) != nil {
			return serverFault()
		}
		return nil
	}, transit, apply))
	k.must("race-none-wins", "", contract.Duplicate, "Of several equal creates at once none wins.", func(b *rules) {
		var mu sync.Mutex
		rivals := map[claim]int{}
		claims := func(c *call) (all []claim) {
			for _, f := range c.operation.fields {
				if value := c.body[f.Name]; f.Unique != nil && value != nil {
					all = append(all, claim{c.written(), f.Name, uniqueText(value, f.Unique.IgnoreCase)})
				}
			}
			return all
		}
		racing(func(c *call) *refusal {
			mu.Lock()
			for _, one := range claims(c) {
				rivals[one]++
			}
			mu.Unlock() // before the store is locked: below it is the other way round
			return look(c)
		}, present, func(c *call) *refusal {
			mu.Lock()
			defer mu.Unlock()
			for _, one := range claims(c) {
				if rivals[one] > 1 {
					return &refusal{situation: contract.Duplicate, message: "Another request is creating the same record."}
				}
			}
			return nil
		}, transit, apply)(b)
	})
}

// effects: a refused request changes something.
func (k *catalogue) effects() {
	if slices.ContainsFunc(k.operations, func(op *operation) bool { return op.creates && hasUnique(op) }) {
		k.must("refused-create-claims", "", contract.InvalidField, "A create that is refused takes its unique value from others.", claimedByRefused)
	}
	for _, op := range k.operationsWith(func(op *operation) bool { return op.creates && hasUnique(op) }) {
		k.must("name-taken", op.ID, contract.Duplicate, "A record is a duplicate if it is like another one in a text that need not be unique.", nameTaken(op))
	}
	k.must("refused-update-inserts", "", contract.UnknownRecord, "An update of a record that does not exist is refused and makes it.", answering(func(c *call, r *refusal) bool {
		return r.situation == contract.UnknownRecord && c.operation != nil && writes(c.operation) && c.operation.subject >= 0
	}, insertNevertheless))
	for _, id := range []contract.SituationID{
		contract.MissingKey, contract.InvalidKey, contract.RevokedKey, contract.MisplacedKey, contract.MissingScope, contract.DeniedIP,
		contract.MissingField, contract.InvalidField, contract.MalformedBody, contract.UnknownReference, contract.ForeignRecord, contract.Duplicate, contract.Flood,
	} {
		for _, one := range []struct {
			name, description string
			test              func(*operation) bool
		}{
			{"refused-create-made", "A create that is refused is made nevertheless.", func(op *operation) bool { return op.creates }},
			{"refused-update-applied", "An update that is refused is applied as far as it is good.", func(op *operation) bool { return op.subject >= 0 && writes(op) }},
		} {
			if id == contract.MalformedBody && one.name == "refused-update-applied" {
				continue // such a body holds nothing to apply
			}
			k.must(one.name, string(id), id, one.description, heeding(late, func(c *call, r *refusal) bool {
				return r.situation == id && c.operation != nil && one.test(c.operation)
			}))
		}
	}
}

// claimedByRefused reserves unique values before the rest of the body is judged.
func claimedByRefused(b *rules) {
	var reserved sync.Map // claim to true
	refuse, sound := b.refuse, b.taken
	b.refuse = func(c *call, r *refusal) *answer {
		if r.situation == contract.InvalidField && c.operation.creates {
			for _, f := range c.operation.fields {
				if text, ok := c.body[f.Name].(string); ok && f.Unique != nil {
					reserved.Store(claim{c.written(), f.Name, uniqueText(text, f.Unique.IgnoreCase)}, true)
				}
			}
		}
		return refuse(c, r)
	}
	b.taken = func(c *call, f *field, value string) bool {
		_, early := reserved.Load(claim{c.written(), f.Name, value})
		return early || sound(c, f, value)
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
	target.kind.complete(values, c.now)
	c.store.mu.Lock()
	defer c.store.mu.Unlock()
	made := &record{shelf: shelf{c.company(), target.kind}, parents: map[*recordType]string{}}
	made.values = values
	c.store.insert(made)
	return nil
}

// nameTaken takes the first text that is required, and not unique, for unique.
func nameTaken(op *operation) func(*rules) {
	return func(b *rules) {
		var seen sync.Map
		sound := b.taken
		b.taken = func(c *call, f *field, value string) bool {
			for _, name := range op.Body.Schema.Required {
				if text, ok := c.body[name].(string); ok && c.at(op.ID) && name != f.Name {
					_, before := seen.LoadOrStore(claim{c.written(), name, text}, true)
					return before || sound(c, f, value)
				}
			}
			return sound(c, f, value)
		}
	}
}
