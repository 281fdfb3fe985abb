package suite

import (
	"slices"

	"conformance/internal/check"
	"conformance/internal/judge"
)

// Whether what is read before and after a refused write is the same.

// changed is the first place where two views differ, what is volatile aside; "" if there is none.
func changed(b *check.LaneRecord, before, after check.View) string {
	for _, at := range differing(before, after) {
		if !b.Volatile[at] {
			return at
		}
	}
	return ""
}

// ignore notes what differs between two readings with nothing in between.
func ignore(b *check.LaneRecord, first, second check.View) {
	b.Volatile = map[string]bool{}
	for _, at := range differing(first, second) {
		b.Volatile[at] = true
	}
}

// differing are the places where two views differ, sorted.
func differing(a, b check.View) []string {
	var out []string
	for at, v := range a {
		if w, ok := b[at]; !ok || w != v {
			out = append(out, at)
		}
	}
	for at := range b {
		if _, ok := a[at]; !ok {
			out = append(out, at)
		}
	}
	slices.Sort(out)
	return out
}

// orAbsent is the value at a place of a view, or "absent".
func orAbsent(v check.View, at string) string {
	if text, ok := v[at]; ok {
		return judge.Short(text)
	}
	return "absent"
}

// prepared calls prepare for what a lane shares. Where that ends the variant, it ends each later one of the lane in the
// same way.
func prepared(b *check.LaneRecord, prepare func()) {
	if b.Stopped == nil {
		defer func() {
			if b.Stopped = recover(); b.Stopped != nil {
				panic(b.Stopped)
			}
		}()
		prepare()
		return
	}
	panic(b.Stopped)
}
