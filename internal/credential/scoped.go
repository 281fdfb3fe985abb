package credential

import (
	"cmp"
	"slices"
)

// Which of the scoped keys to use for an operation. What its scopes suffice for is the caller's question.

// Scoped are the usable keys whose scopes are accepted.
func (s Set) Scoped(accept func(scopes []string) bool) []Key {
	return s.where(func(k Key) bool { return k.Purpose == Scoped && k.Unusable == "" && accept(k.Scopes) })
}

// Narrowest is the one of them with the fewest scopes, and whether there is one.
func (s Set) Narrowest(accept func(scopes []string) bool) (Key, bool) {
	keys := s.Scoped(accept)
	if len(keys) == 0 {
		return Key{}, false
	}
	return slices.MinFunc(keys, func(a, b Key) int { return cmp.Compare(len(a.Scopes), len(b.Scopes)) }), true
}

// Cover are as few of them as together have every scope that they have, those that add most first.
func (s Set) Cover(accept func(scopes []string) bool) []Key {
	rest := s.Scoped(accept)
	var chosen []Key
	covered := map[string]bool{}
	adds := func(k Key) (n int) {
		for _, scope := range k.Scopes {
			if !covered[scope] {
				n++
			}
		}
		return n
	}
	for len(rest) > 0 {
		best := slices.MaxFunc(rest, func(a, b Key) int { return cmp.Compare(adds(a), adds(b)) })
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
