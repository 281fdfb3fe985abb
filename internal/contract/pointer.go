package contract

import (
	"fmt"
	"strconv"
	"strings"
)

// Pointer is a JSON pointer (RFC 6901) into a decoded JSON value.
type Pointer string

// UnmarshalText refuses what is no JSON pointer.
func (p *Pointer) UnmarshalText(text []byte) error {
	if len(text) > 0 && text[0] != '/' {
		return fmt.Errorf("%q is no JSON pointer; it starts with /", text)
	}
	*p = Pointer(text)
	return nil
}

// Tokens are the unescaped reference tokens; none for the whole document.
func (p Pointer) Tokens() []string {
	if p == "" {
		return nil
	}
	tokens := strings.Split(strings.TrimPrefix(string(p), "/"), "/")
	for i, t := range tokens {
		tokens[i] = unescape.Replace(t)
	}
	return tokens
}

var (
	escape   = strings.NewReplacer("~", "~0", "/", "~1")
	unescape = strings.NewReplacer("~1", "/", "~0", "~")
)

// Get returns the value the pointer names inside v, made of map[string]any and []any, and whether there is one.
func (p Pointer) Get(v any) (any, bool) {
	for _, token := range p.Tokens() {
		switch at := v.(type) {
		case map[string]any:
			next, ok := at[token]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(at) || strconv.Itoa(i) != token {
				return nil, false
			}
			v = at[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// Items returns what the pointer names inside v for every item of the list whose first item it goes through; nil if it goes through none.
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
func Escape(name string) string {
	return escape.Replace(name)
}
