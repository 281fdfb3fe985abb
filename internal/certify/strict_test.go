package certify

import (
	"bytes"
	"strings"
	"testing"
)

func TestStrictJSON(t *testing.T) {
	for _, c := range []struct{ document, want string }{
		{`{"a": [1, {"a": null}], "b": {"a": "a"}}`, ""},
		{"[]\n", ""},
		{`{"a": 1, "b": 2, "a": 3}`, `has the member "a" twice`},
		{`{"a": 1, "\u0061": 3}`, `has the member "a" twice`},
		{`{"a": {"b": [{"c": 1, "C": 2}]}}`, `has the member "C" twice`},
		{`{"kind": 1, "ſ": 2, "s": 2}`, `has the member "s" twice`},
		{`{} {}`, "is not one JSON document, at byte"},
		{`{}x`, "is not one JSON document, at byte"},
		{``, "is not one JSON document"},
		{`{"a":}`, "is not one JSON document, at byte"},
		{"\"\xff\"", "is not UTF-8"},
		{strings.Repeat("[", 40) + strings.Repeat("]", 40), "nests values more than 32 deep"},
		{strings.Repeat("[", 1<<20), "is not one JSON document"},
	} {
		err := strictJSON([]byte(c.document))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%.40q: %v, want %q", c.document, err, c.want)
		}
	}
}

func TestKeys(t *testing.T) {
	private, public, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	key, err := ParsePrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	pub, err := ParsePublicKey(public)
	if err != nil || pub.ID() != key.ID() || len(pub.ID()) != 64 {
		t.Fatalf("%v: %q and %q", err, pub.ID(), key.ID())
	}
	for name, data := range map[string][]byte{
		"empty": nil, "text": []byte("key"), "two": append(bytes.Clone(private), private...), "public": public,
		"another kind": []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
	} {
		if _, err := ParsePrivateKey(data); err == nil {
			t.Errorf("%s is taken for a private key", name)
		}
	}
	for name, data := range map[string][]byte{"empty": nil, "private": private, "more": append(bytes.Clone(public), 'x')} {
		if _, err := ParsePublicKey(data); err == nil {
			t.Errorf("%s is taken for a public key", name)
		}
	}
}

// What an envelope may not be, even if its signature is good.
func TestEnvelope(t *testing.T) {
	key := pair(t)
	good, err := seal(t.Context(), []byte(`{"a":1}`), key)
	if err != nil {
		t.Fatal(err)
	}
	if _, payload, err := openEnvelope(good); err != nil || string(payload) != `{"a":1}` {
		t.Fatalf("%q: %v", payload, err)
	}
	text := string(good)
	for name, c := range map[string]struct{ data, want string }{
		"a member twice": {strings.Replace(text, `"payload":`, `"payload": "e30=", "payload":`, 1), "twice"},
		"bytes after it": {text + "{}", "not one JSON document"},
		"a line more":    {text + "\n", "not written as certify writes it"},
		"a member more": {
			strings.Replace(text, `"payload":`, `"more": 1, "payload":`, 1), "not written as certify writes it",
		},
		"another type":      {strings.Replace(text, "in-toto", "in-tote", 1), "not application/vnd.in-toto+json"},
		"base64 with a gap": {strings.Replace(text, `"payload": "`, `"payload": "\n`, 1), "canonical form"},
		"two signatures":    {twice(t, text), "has 2 signatures"},
		"an array":          {"[]\n", "is not a DSSE envelope"},
	} {
		if _, _, err := openEnvelope([]byte(c.data)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func twice(t *testing.T, text string) string {
	e, _, err := openEnvelope([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	e.Signatures = append(e.Signatures, e.Signatures[0])
	data, err := encodeEnvelope(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
