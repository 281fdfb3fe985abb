package sandbox

import (
	"slices"

	"conformance/internal/contract"
)

// precedenceFaults: something is judged before the key or the scope.
func precedenceFaults(*model) []Fault {
	early := func(other string, names ...string) func(*rules) {
		return func(b *rules) {
			b.steps = before(b.steps, other, names...)
			for i, s := range b.steps {
				if slices.Contains(names, s.name) {
					b.steps[i].judge = func(c *call) *refusal {
						if c.operation == nil {
							return nil // no operation, so no rules to judge by
						}
						if c.key == nil && c.scheme() != nil {
							c.key = c.ring.keys[presented(c)] // the records depend on the company
							defer func() { c.key = nil }()
						}
						return s.judge(c)
					}
				}
			}
		}
	}
	return []Fault{
		should("body-before-key", "", contract.MissingKey, "The body is checked before the key.",
			early("authenticate", "decode", "validateBody")),
		should("record-before-key", "", contract.MissingKey, "Whether the record exists is checked before the key.",
			early("authenticate", "identify", "find")),
		should("parameters-before-key", "", contract.MissingKey, "The query is checked before the key.",
			early("authenticate", "validateParameters")),
		should("parameters-before-scope", "", contract.MissingScope, "The query is checked before the scope.",
			early("authorize", "validateParameters")),
		should("body-before-scope", "", contract.MissingScope, "The body is checked before the scope.",
			early("authorize", "decode", "validateBody")),
		should("record-before-scope", "", contract.MissingScope, "Whether the record exists is checked before the scope.",
			early("authorize", "identify", "find")),
	}
}
