package session

import (
	"cmp"
	"slices"

	"conformance/internal/contract"
)

// ScopedKey is a key with the scopes that it was given.
type ScopedKey struct {
	Key    string
	Scopes []string
}

// Credentials are the keys a run may use. Empty ones are missing: the checks that need them are skipped.
type Credentials struct {
	Full        []string // every scope; several spread the load
	Revoked     string
	IPDenied    string // its allow-list excludes this machine
	OtherTenant string // every scope, another company
	Flood       string // every scope, the company of Full; its quota will be exhausted
	Scoped      []ScopedKey
}

// Tenant says in whose name set-up happens.
type Tenant string

// The companies of a run.
const (
	Own     Tenant = "own"     // the company that the run acts for
	Foreign Tenant = "foreign" // the other company
)

// Key is an all-scopes key of the tenant. Of several, pick takes one: the same one in every run with the same seed.
func (c Credentials) Key(who Tenant, pick uint64) (string, error) {
	if who == Foreign {
		if c.OtherTenant == "" {
			return "", Missing("credentials.other_tenant")
		}
		return c.OtherTenant, nil
	}
	full := c.Full
	if len(full) == 0 {
		return "", Missing("credentials.full")
	}
	return full[pick%uint64(len(full))], nil
}

// all are the keys that somebody has issued, the revoked one too.
func (c Credentials) all() []string {
	out := append([]string{c.Revoked, c.IPDenied, c.OtherTenant, c.Flood}, c.Full...)
	for _, k := range c.Scoped {
		out = append(out, k.Key)
	}
	return slices.DeleteFunc(out, func(key string) bool { return key == "" })
}

// keysLackingScopes are those of the keys that do not suffice for the operation.
func keysLackingScopes(keys []ScopedKey, o *contract.Operation) []ScopedKey {
	return slices.DeleteFunc(slices.Clone(keys), func(k ScopedKey) bool { return o.Sufficient(k.Scopes) })
}

// KeysWithout returns scoped keys that do not suffice for the operation: as few as together have every scope that such keys have, those
// with most scopes first.
func (c Credentials) KeysWithout(o *contract.Operation) []ScopedKey {
	rest := keysLackingScopes(c.Scoped, o)
	var chosen []ScopedKey
	covered := map[string]bool{}
	adds := func(k ScopedKey) (n int) {
		for _, scope := range k.Scopes {
			if !covered[scope] {
				n++
			}
		}
		return n
	}
	for len(rest) > 0 {
		best := slices.MaxFunc(rest, func(a, b ScopedKey) int { return cmp.Compare(adds(a), adds(b)) })
		if len(chosen) > 0 && adds(best) == 0 {
			break
		}
		chosen = append(chosen, best)
		for _, scope := range best.Scopes {
			covered[scope] = true
		}
	}
	return chosen
}

// NarrowestWithout returns the scoped key with fewest scopes that does not suffice for the operation.
func (c Credentials) NarrowestWithout(o *contract.Operation) []ScopedKey {
	rest := keysLackingScopes(c.Scoped, o)
	slices.SortStableFunc(rest, func(a, b ScopedKey) int { return cmp.Compare(len(a.Scopes), len(b.Scopes)) })
	return rest[:min(1, len(rest))]
}

// NarrowestFor returns the scoped key with the fewest scopes that suffice for the operation.
func (c Credentials) NarrowestFor(o *contract.Operation, literal bool) (ScopedKey, bool) {
	var best ScopedKey
	found := false
	for _, k := range c.Scoped {
		has := !slices.ContainsFunc(o.RequiredScopes, func(scope string) bool { return !slices.Contains(k.Scopes, scope) })
		if o.Sufficient(k.Scopes) && has == literal && (!found || len(k.Scopes) < len(best.Scopes)) {
			best, found = k, true
		}
	}
	return best, found
}
