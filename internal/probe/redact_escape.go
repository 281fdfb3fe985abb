package probe

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// escapedWhole are the forms of a secret in which every character is written as an escape, needed or not: in JSON, in a
// URL, and as a reference of HTML. Some servers write what they repeat so.
func escapedWhole(secret string) []string {
	var out []string
	for _, form := range []string{`\u%04x`, `\u%04X`} {
		out = append(out, each(utf16.Encode([]rune(secret)), form))
	}
	for _, form := range []string{"%%%02x", "%%%02X"} {
		out = append(out, each([]byte(secret), form))
	}
	for _, form := range []string{"&#%d;", "&#%03d;", "&#x%x;", "&#x%X;", "&#X%X;", "&#x%02x;", "&#x%02X;"} {
		out = append(out, each([]rune(secret), form))
	}
	return out
}

// each writes every item in a form.
func each[T any](items []T, form string) string {
	var b strings.Builder
	for _, item := range items {
		fmt.Fprintf(&b, form, item)
	}
	return b.String()
}
