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

// Secret is what a request sends by a scheme. Of basic authentication, only the password is varied; where that is empty
// the user is the key, and only it is looked at.
type Secret struct{ before, Text, after string }

// With is the secret with another text in place of its own.
func (s Secret) With(text string) string { return s.before + text + s.after }

// Whole is the secret as it is.
func (s Secret) Whole() string { return s.With(s.Text) }

// SecretOf is what a valid request sends by a scheme, or ends the variant where that is too short to be varied.
func SecretOf(t *T, r *session.Request, s *contract.Scheme) Secret {
	part := r.Sent.Credential.Of(s)
	if part == nil {
		t.Skip(result.Credential, "credentials.full has no secret for %s", s.ID)
	}
	secret := Secret{Text: part.Secret}
	if user, password, isPair := strings.Cut(part.Secret, ":"); isPair && s.HTTP == "basic" {
		secret = Secret{user + ":", password, ""}
		if password == "" {
			secret = Secret{"", user, ":"}
		}
	}
	if len(secret.Text) < 8 {
		t.Skip(result.Credential, "credentials.full: a key of %d characters is too short to be varied", len(secret.Text))
	}
	return secret
}

// MadeUp looks like what a valid request sends by a scheme and was never issued. Where the request sends nothing, it
// looks like no key in particular.
func MadeUp(t *T, r *session.Request, s *contract.Scheme) string {
	if r.Sent.Credential.Of(s) == nil && !t.Operation().Secured() {
		return AsUser(s, madeUp(t, ""))
	}
	secret := SecretOf(t, r, s)
	return secret.With(madeUp(t, secret.Text))
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
