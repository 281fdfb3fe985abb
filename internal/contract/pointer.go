package contract

import (
	"fmt"
	"strings"

	"github.com/kaptinlin/jsonpointer"
)

// Pointer is a JSON pointer (RFC 6901) into a decoded JSON value.
type Pointer string

// UnmarshalText refuses what is not a JSON pointer.
func (p *Pointer) UnmarshalText(text []byte) error {
	if _, err := jsonpointer.Parse(string(text)); err != nil {
		return fmt.Errorf("%q is not a JSON pointer: it starts with /, and a name in it has ~0 for ~ and ~1 for /", text)
	}
	*p = Pointer(text)
	return nil
}

// Tokens are the unescaped reference tokens; none for the whole document, and none of what is not a pointer.
func (p Pointer) Tokens() []string {
	parsed, _ := jsonpointer.Parse(string(p))
	return parsed.Tokens()
}

// Get returns the value the pointer names inside v, made of map[string]any and []any, and whether there is one.
func (p Pointer) Get(v any) (any, bool) {
	found, err := jsonpointer.Value(v, string(p))
	return found, err == nil
}

// Items returns what the pointer names inside v for every item of the list whose first item it goes through; nil if it
// goes through none.
func (p Pointer) Items(v any) []any {
	list, rest, ok := strings.Cut(string(p), "/0/")
	if !ok {
		return nil
	}
	items, _ := Pointer(list).Get(v)
	all, _ := items.([]any)
	var out []any
	for _, item := range all {
		if value, ok := Pointer("/" + rest).Get(item); ok {
			out = append(out, value)
		}
	}
	return out
}

// Escape makes a reference token of a name.
func Escape(name string) string { return jsonpointer.EscapeToken(name) }
