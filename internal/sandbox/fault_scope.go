package sandbox

import (
	"fmt"
	"slices"

	"conformance/internal/contract"
)

// scopes: what a key may do is not judged, or judged wrongly.

func (k *catalogue) scopes() {
	scoped := k.operationsWith(func(op *operation) bool { return len(op.RequiredScopes) > 0 })
	k.must("unguarded-scope", "", contract.MissingScope, "No operation asks for its scope.", granting(func(*call, string, bool) bool { return true }))
	for _, op := range scoped {
		k.must("unguarded-scope", op.ID, contract.MissingScope, "The operation does not ask for its scope.", granting(func(c *call, _ string, granted bool) bool {
			return granted || c.at(op.ID)
		}))
	}
	k.must("read-scope-writes", "", contract.MissingScope, "A scope that is for reading suffices for writing on the same path.", granting(func(c *call, _ string, granted bool) bool {
		return granted || slices.ContainsFunc(k.beside(c.operation, true), func(s string) bool { return c.key.granted[s] })
	}))
	k.must("any-scope-of-path", "", contract.MissingScope, "Any scope that some operation on the path asks for suffices for all of them.", granting(func(c *call, _ string, granted bool) bool {
		return granted || slices.ContainsFunc(k.beside(c.operation, false), func(s string) bool { return c.key.granted[s] })
	}))
	k.must("any-scope", "", contract.MissingScope, "A key with any scope at all may do everything.", granting(func(c *call, _ string, granted bool) bool {
		return granted || len(c.key.scopes) > 0
	}))
	k.must("all-scopes-of-path", "", contract.MissingScope, "An operation asks for every scope that its path knows.", granting(func(c *call, _ string, granted bool) bool {
		return granted && !slices.ContainsFunc(k.beside(c.operation, false), func(s string) bool { return !c.key.granted[s] })
	}))
	k.must("all-scopes", "", contract.MissingScope, "Only a key with every scope may do anything.", granting(func(c *call, _ string, granted bool) bool {
		return granted && len(c.key.scopes) == len(k.contract.Scopes)
	}))
	k.implications(scoped)
	k.swaps(scoped)
	k.allowLists()
}

func granting(how func(c *call, scope string, granted bool) bool) func(*rules) {
	return func(b *rules) {
		sound := b.granted
		b.granted = func(c *call, scope string) bool { return how(c, scope, sound(c, scope)) }
	}
}

// beside are the scopes of the operations on the same URL: of those that read, or of all.
func (k *catalogue) beside(op *operation, reading bool) []string {
	var scopes []string
	for _, other := range k.operations {
		if other.Path.URL == op.Path.URL && (!reading || other.Reads()) {
			scopes = append(scopes, other.RequiredScopes...)
		}
	}
	return distinct(scopes)
}

// implications: a scope includes another against the contract, or does not although it should.
func (k *catalogue) implications(scoped []*operation) {
	if k.scheme != nil && len(k.scheme.Implied) > 0 {
		k.must("implication-missing", "", contract.MissingScope, "A scope does not include those that it implies.", granting(func(c *call, scope string, granted bool) bool {
			return granted && slices.Contains(c.key.scopes, scope)
		}))
	}
	type pair struct{ has, wants string }
	var pairs []pair
	for _, op := range scoped {
		for _, has := range k.beside(op, false) {
			for _, wants := range op.RequiredScopes {
				one := pair{has, wants}
				if has != wants && !slices.Contains(pairs, one) && (op.Security == nil || !op.Security.Grants([]string{has}, wants)) {
					pairs = append(pairs, one)
				}
			}
		}
	}
	for _, one := range spread(pairs, 8) {
		k.must("extra-implication", one.has+"-as-"+one.wants, contract.MissingScope, fmt.Sprintf("The scope %s includes %s.", one.has, one.wants), granting(func(c *call, scope string, granted bool) bool {
			return granted || scope == one.wants && slices.Contains(c.key.scopes, one.has)
		}))
	}
}

// swaps: an operation asks for the scope of its neighbour.
func (k *catalogue) swaps(scoped []*operation) {
	var ops []*operation
	for _, op := range scoped {
		if len(k.beside(op, false)) > 1 {
			ops = append(ops, op)
		}
	}
	for _, op := range spread(ops, 4) {
		others := slices.DeleteFunc(k.beside(op, false), func(s string) bool { return slices.Contains(op.RequiredScopes, s) })
		if len(others) == 0 {
			continue
		}
		wrong := others[len(others)-1]
		k.must("wrong-scope", op.ID, contract.MissingScope, "The operation asks for "+wrong+" in place of its scope.", granting(func(c *call, _ string, granted bool) bool {
			if c.at(op.ID) {
				return c.key.granted[wrong]
			}
			return granted
		}))
	}
}

// allowLists: the allow-list is not judged.
func (k *catalogue) allowLists() {
	listing := func(free func(*call) bool) func(*rules) {
		return func(b *rules) {
			sound := b.listed
			b.listed = func(c *call, k *key) bool { return free(c) || sound(c, k) }
		}
	}
	k.must("allow-list-ignored", "", contract.DeniedIP, "A key's allow-list is not judged.", listing(anywhere))
	k.must("allow-list-ignored-on-writes", "", contract.DeniedIP, "A key's allow-list is not judged for writes.", listing(func(c *call) bool {
		return c.operation != nil && !c.operation.Reads()
	}))
	k.must("allow-list-ignored-on-reads", "", contract.DeniedIP, "A key's allow-list is not judged for reads.", listing(func(c *call) bool {
		return c.operation != nil && c.operation.Reads()
	}))
	for _, op := range spread(k.operationsWith(secured), 3) {
		k.must("allow-list-ignored", op.ID, contract.DeniedIP, "A key's allow-list is not judged for the operation.", listing(at(op)))
	}
}
