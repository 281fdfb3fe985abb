package check

import (
	"strings"

	"conformance/internal/result"
	"conformance/internal/session"
)

// FullKey is one of the all-scopes keys.
func FullKey(t *T) string {
	key, err := t.Session.Config.Key(session.Own, t.Random.Uint64())
	t.Must(err)
	if len(key) < 8 {
		t.Skip(result.Credential, "credentials.full: a key of %d characters is too short to be varied", len(key))
	}
	return key
}

// MadeUpKey looks like a full key and was never issued: its prefix, and as many random characters of the same alphabet
// as the rest has.
func MadeUpKey(t *T) string {
	key := FullKey(t)
	prefix := key[:strings.LastIndexAny(key, "_-.")+1]
	if len(prefix) > 16 {
		prefix = prefix[:16]
	}
	rest := key[len(prefix):]
	letters := "0123456789abcdef"
	switch {
	case isHex(rest, letters):
	case isHex(rest, strings.ToUpper(letters)):
		letters = strings.ToUpper(letters)
	default:
		letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	}
	made := []byte(prefix)
	for range max(20, len(rest)) {
		made = append(made, letters[t.Random.IntN(len(letters))])
	}
	return string(made)
}

// isHex says that a text consists of these digits.
func isHex(text, digits string) bool {
	return strings.Trim(text, digits) == ""
}
