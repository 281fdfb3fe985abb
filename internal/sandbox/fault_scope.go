package sandbox

import (
	"fmt"
	"slices"

	"conformance/internal/contract"
)

// scopeFaults: the scopes of a key are not checked, or checked wrongly.
func scopeFaults(m *model) []Fault {
	scoped := m.operationsWith(func(op *operation) bool { return len(op.RequiredScopes) > 0 })
	faults := []Fault{must("unguarded-scope", "", contract.MissingScope, "No operation asks for its scope.",
		changeGranted(func(*call, string, bool) bool { return true }))}
	for _, op := range scoped {
		faults = append(faults,
			must("unguarded-scope", op.ID, contract.MissingScope, "The operation does not ask for its scope.",
				changeGranted(func(c *call, _ string, granted bool) bool {
					return granted || c.at(op.ID)
				})))
	}
	faults = append(faults,
		must("read-scope-writes", "", contract.MissingScope,
			"A scope that is for reading suffices for writing on the same path.",
			changeGranted(func(c *call, _ string, granted bool) bool {
				return granted || slices.ContainsFunc(scopesOnSameURL(m, c.operation, true),
					func(s string) bool { return c.key.granted[s] })
			})),
		must("any-scope-of-path", "", contract.MissingScope,
			"Any scope that some operation on the path asks for suffices for all of them.",
			changeGranted(func(c *call, _ string, granted bool) bool {
				return granted || slices.ContainsFunc(scopesOnSameURL(m, c.operation, false),
					func(s string) bool { return c.key.granted[s] })
			})),
		must("any-scope", "", contract.MissingScope, "A key with any scope at all may do everything.",
			changeGranted(func(c *call, _ string, granted bool) bool {
				return granted || len(c.key.scopes) > 0
			})),
		must("all-scopes-of-path", "", contract.MissingScope, "An operation asks for every scope that its path knows.",
			changeGranted(func(c *call, _ string, granted bool) bool {
				return granted && !slices.ContainsFunc(scopesOnSameURL(m, c.operation, false),
					func(s string) bool { return !c.key.granted[s] })
			})),
		must("all-scopes", "", contract.MissingScope, "Only a key with every scope may do anything.",
			changeGranted(func(c *call, _ string, granted bool) bool {
				return granted && len(c.key.scopes) == len(m.contract.Scopes)
			})),
	)
	faults = append(faults, impliedScopeFaults(m, scoped)...)
	faults = append(faults, wrongScopeFaults(m, scoped)...)
	return append(faults, allowListFaults(m)...)
}

func changeGranted(how func(c *call, scope string, granted bool) bool) func(*rules) {
	return func(b *rules) {
		correct := b.granted
		b.granted = func(c *call, scope string) bool { return how(c, scope, correct(c, scope)) }
	}
}

// scopesOnSameURL are the scopes of the operations on the same URL: of those that read, or of all.
func scopesOnSameURL(m *model, op *operation, reading bool) []string {
	var scopes []string
	for _, other := range m.operations {
		if other.Path.URL == op.Path.URL && (!reading || other.Reads()) {
			scopes = append(scopes, other.RequiredScopes...)
		}
	}
	return distinct(scopes)
}

// impliedScopeFaults: a scope includes another against the contract, or does not although it should.
func impliedScopeFaults(m *model, scoped []*operation) []Fault {
	var faults []Fault
	if m.scheme != nil && len(m.scheme.Implied) > 0 {
		faults = append(faults,
			must("implication-missing", "", contract.MissingScope, "A scope does not include those that it implies.",
				changeGranted(func(c *call, scope string, granted bool) bool {
					return granted && slices.Contains(c.key.scopes, scope)
				})))
	}
	type pair struct{ has, wants string }
	var pairs []pair
	for _, op := range scoped {
		for _, has := range scopesOnSameURL(m, op, false) {
			for _, wants := range op.RequiredScopes {
				one := pair{has, wants}
				if has != wants && !slices.Contains(pairs, one) && (op.Security == nil ||
					!op.Security.Grants([]string{has}, wants)) {
					pairs = append(pairs, one)
				}
			}
		}
	}
	for _, one := range sampleEvenly(pairs, 8) {
		faults = append(faults,
			must("extra-implication", one.has+"-as-"+one.wants, contract.MissingScope,
				fmt.Sprintf("The scope %s includes %s.", one.has, one.wants),
				changeGranted(func(c *call, scope string, granted bool) bool {
					return granted || scope == one.wants && slices.Contains(c.key.scopes, one.has)
				})))
	}
	return faults
}

// wrongScopeFaults: an operation asks for the scope of its neighbour.
func wrongScopeFaults(m *model, scoped []*operation) []Fault {
	var ops []*operation
	for _, op := range scoped {
		if len(scopesOnSameURL(m, op, false)) > 1 {
			ops = append(ops, op)
		}
	}
	var faults []Fault
	for _, op := range sampleEvenly(ops, 4) {
		others := slices.DeleteFunc(scopesOnSameURL(m, op, false),
			func(s string) bool { return slices.Contains(op.RequiredScopes, s) })
		if len(others) == 0 {
			continue
		}
		wrong := others[len(others)-1]
		faults = append(faults,
			must("wrong-scope", op.ID, contract.MissingScope, "The operation asks for "+wrong+" in place of its scope.",
				changeGranted(func(c *call, _ string, granted bool) bool {
					if c.at(op.ID) {
						return c.key.granted[wrong]
					}
					return granted
				})))
	}
	return faults
}

// allowListFaults: the allow-list is not checked.
func allowListFaults(m *model) []Fault {
	changeListed := func(free func(*call) bool) func(*rules) {
		return func(b *rules) {
			correct := b.listed
			b.listed = func(c *call, k *key) bool { return free(c) || correct(c, k) }
		}
	}
	faults := []Fault{
		must("allow-list-ignored", "", contract.DeniedIP, "A key's allow-list is not checked.", changeListed(anywhere)),
		must("allow-list-ignored-on-writes", "", contract.DeniedIP, "A key's allow-list is not checked for writes.",
			changeListed(func(c *call) bool {
				return c.operation != nil && !c.operation.Reads()
			})),
		must("allow-list-ignored-on-reads", "", contract.DeniedIP, "A key's allow-list is not checked for reads.",
			changeListed(func(c *call) bool {
				return c.operation != nil && c.operation.Reads()
			})),
	}
	for _, op := range sampleEvenly(m.operationsWith(secured), 3) {
		faults = append(faults,
			must("allow-list-ignored", op.ID, contract.DeniedIP, "A key's allow-list is not checked for the operation.",
				changeListed(at(op))))
	}
	return faults
}
