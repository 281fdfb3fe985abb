package check

import (
	"strings"

	"conformance/internal/contract"
	"conformance/internal/result"
	"conformance/internal/session"
)

// ValidBy is Valid with a key that is sent in this way of the operation's. It has none where the operation needs none
// and none is configured.
func (t *T) ValidBy(way contract.Together) *session.Request {
	r := t.Valid()
	key, err := t.Session.Config.KeyBy(t.Operation(), way, t.Random.Uint64())
	if err != nil && !t.Operation().Secured() && len(r.Sent.Credential) == 0 {
		return r
	}
	t.Must(err)
	return r.By(way, key, "")
}

// SecretOf is what a valid request sends by a scheme, or ends the variant where that is too short to be varied.
func SecretOf(t *T, r *session.Request, s *contract.Scheme) string {
	part := r.Sent.Credential.Of(s)
	if part == nil {
		t.Skip(result.Credential, "credentials.full is not configured")
	}
	if len(part.Secret) < 8 {
		t.Skip(result.Credential, "credentials.full: a key of %d characters is too short to be varied", len(part.Secret))
	}
	return part.Secret
}

// MadeUp looks like what a valid request sends by a scheme and was never issued. Of basic authentication only the
// password is made up. Where the request sends nothing, it looks like no key in particular.
func MadeUp(t *T, r *session.Request, s *contract.Scheme) string {
	if r.Sent.Credential.Of(s) == nil && !t.Operation().Secured() {
		return AsUser(s, madeUp(t, ""))
	}
	secret := SecretOf(t, r, s)
	if user, password, isPair := strings.Cut(secret, ":"); isPair && s.HTTP == "basic" {
		return user + ":" + madeUp(t, password)
	}
	return madeUp(t, secret)
}

// AsUser is a text that is no key as the scheme could send it: in basic authentication it is a user and a password.
func AsUser(s *contract.Scheme, text string) string {
	if s.HTTP == "basic" && !strings.Contains(text, ":") {
		return text + ":" + text
	}
	return text
}

// madeUp has the key's prefix, and as many random characters of the same alphabet as the rest has.
func madeUp(t *T, key string) string {
	prefix := key[:strings.LastIndexAny(key, "_-. ")+1]
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
