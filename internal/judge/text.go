package judge

import (
	"bytes"
	"maps"
	"slices"
	"strings"
)

// Text is what a body says: names and texts of its JSON, each on a line of its own, without JSON's escapes. `\/` and
// `/` are the same text (RFC 8259, 7), so nothing is searched for in a body as it is written. What is no JSON stays as
// it is.
func Text(body []byte) string {
	if !bytes.ContainsRune(body, '\\') {
		return string(body) // nothing is escaped
	}
	v, err := Decode(body)
	if err != nil {
		return string(body)
	}
	var b strings.Builder
	write(&b, v)
	return b.String()
}

func write(b *strings.Builder, v any) {
	switch v := v.(type) {
	case string:
		b.WriteString(v + "\n")
	case []any:
		for _, item := range v {
			write(b, item)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			b.WriteString(name + "\n")
			write(b, v[name])
		}
	}
}
