package sandbox_test

import (
	"net/http"
	"testing"

	"conformance/internal/credential"
)

// TestMisplacedKeyNames: a server that searches a part of the request for the key accepts names that no check sends.
func TestMisplacedKeyNames(t *testing.T) {
	query := func(name string) func(*draft, string) { return func(d *draft, key string) { d.query.Set(name, key) } }
	header := func(name string) func(*draft, string) { return func(d *draft, key string) { d.header.Set(name, key) } }
	cookie := func(name string) func(*draft, string) {
		return func(d *draft, key string) { d.header.Set("Cookie", name+"="+key) }
	}
	for _, tc := range []struct {
		fault, where string
		put          func(*draft, string)
		status       int
	}{
		{"", "query auth", query("auth"), http.StatusUnauthorized},
		{"key-in-query", "query auth", query("auth"), http.StatusOK},
		{"key-in-query", "header Auth", header("Auth"), http.StatusUnauthorized},
		{"key-in-query:api_key", "query myApi-Key", query("myApi-Key"), http.StatusOK},
		{"key-in-query:api_key", "query auth", query("auth"), http.StatusUnauthorized},
		{"key-in-query:token", "query sessionToken", query("sessionToken"), http.StatusOK},
		{"key-in-query:token", "query api_key", query("api_key"), http.StatusUnauthorized},
		{"key-in-query:X-API-Key", "query x-api-key", query("x-api-key"), http.StatusOK},
		{"key-in-query:X-API-Key", "query x-api-key2", query("x-api-key2"), http.StatusUnauthorized},
		{"key-in-header", "header Auth", header("Auth"), http.StatusOK},
		{"key-in-header", "query auth", query("auth"), http.StatusUnauthorized},
		{"key-in-header:api_key", "header Apikey", header("Apikey"), http.StatusOK},
		{"key-in-header:token", "header Session_Token", header("Session_Token"), http.StatusOK},
		{"key-in-header:token", "header Auth", header("Auth"), http.StatusUnauthorized},
		{"key-in-cookie", "cookie session", cookie("session"), http.StatusOK},
		{"key-in-cookie", "query session", query("session"), http.StatusUnauthorized},
		{"key-in-cookie:X-API-Key", "cookie session", cookie("session"), http.StatusUnauthorized},
	} {
		h := start(t, withFault(tc.fault))
		key := h.Keys().Secrets(credential.Full)[0]
		d := h.valid(h.contract.Operation("listJobs"), key, ids{})
		d.header.Del("X-API-Key")
		tc.put(&d, key)
		if x := h.send(d); x.status != tc.status {
			t.Errorf("%s: %s: %d, want %d", tc.fault, tc.where, x.status, tc.status)
		}
	}
}
