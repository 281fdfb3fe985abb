package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// shownNames is how many names a message lists where none of them is near.
const shownNames = 8

// unknownName says that a name is not among the known ones: the closest of them where one is near, else some of them.
// A name that is near none is not repeated: it may be a key in the wrong place.
func unknownName(what, name string, known []string) string {
	if near, ok := nearest(name, known); ok {
		return fmt.Sprintf("%s %q; did you mean %q?", what, name, near)
	}
	what += " of that name; "
	switch {
	case len(known) == 0:
		return what + "it has none: take it out"
	case len(known) > shownNames:
		return what + fmt.Sprintf("it has %s and %d more", strings.Join(known[:shownNames], ", "), len(known)-shownNames)
	}
	return what + "it has " + strings.Join(known, ", ")
}

// nearest is the known name with the fewest edits between it and another, and whether it is near: one edit, or at most
// a third of the longer name is edited. Case counts for nothing.
func nearest(name string, known []string) (string, bool) {
	best, fewest := "", -1
	for _, candidate := range known {
		if n := edits(strings.ToLower(name), strings.ToLower(candidate)); fewest < 0 || n < fewest {
			best, fewest = candidate, n
		}
	}
	return best, fewest >= 0 && fewest <= max(1, max(len(name), len(best))/3)
}

// edits is how many bytes must be added, taken out, changed or swapped with their neighbours to make one text of the
// other, each place changed once (optimal string alignment).
func edits(a, b string) int {
	const longest = 200 // of a name; the time goes by the product of the lengths
	if len(a) > longest || len(b) > longest {
		return max(len(a), len(b))
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			n := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				n++
			}
			n = min(n, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				n = min(n, rows[i-2][j-2]+1)
			}
			rows[i][j] = n
		}
	}
	return rows[len(a)][len(b)]
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
