package contract

import (
	"maps"
	"slices"
)

// KnownScopes is every scope that the document mentions, sorted: those that operations require, and those that imply or
// are implied by others. A key may have any of them.
func (c *Contract) KnownScopes() []string {
	seen := map[string]bool{}
	for _, scope := range c.Scopes {
		seen[scope] = true
	}
	for _, o := range c.Operations {
		if o.Security == nil {
			continue
		}
		for from, implied := range o.Security.Implied {
			seen[from] = true
			for _, scope := range implied {
				seen[scope] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}
