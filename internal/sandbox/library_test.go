package sandbox_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"conformance/internal/contract"
	"conformance/internal/credential"
)

func library(t *testing.T) *harness {
	t.Helper()
	data, err := os.ReadFile("testdata/library.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := contract.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, c)
}

func (h *harness) bearer(key, method, path string, body any) *exchange {
	return h.send(draft{method: method, path: path, header: http.Header{"Authorization": {"Bearer " + key}}, body: body})
}

// TestAnotherAPI serves a contract that has made every choice differently.
func TestAnotherAPI(t *testing.T) {
	h := library(t)
	if h.BasePath() != "/v2" {
		t.Errorf("base path %q", h.BasePath())
	}
	key, other := h.Keys().Secrets(credential.Full)[0], h.Keys().Secrets(credential.OtherTenant)[0]
	shelf := h.bearer(key, "POST", "/shelves", map[string]any{"label": "Poetry"})
	if shelf.status != 201 || shelf.header.Get("Quota-Left") == "" {
		t.Fatal(shelf)
	}
	home := "/shelves/" + shelf.at("/code").(string)
	second := "/shelves/" + h.bearer(key, "POST", "/shelves", map[string]any{"label": "Prose"}).at("/code").(string)
	foreign := "/shelves/" + h.bearer(other, "POST", "/shelves", map[string]any{"label": "Poetry"}).at("/code").(string)
	book := h.bearer(key, "POST", home+"/books", map[string]any{
		"title": "Leaves", "beside": shelf.at("/code"), "size": map[string]any{"pages": 9},
	})
	if book.status != 201 || book.at("/state") != "in" || book.at("/code") != shelf.at("/code") ||
		!strings.HasPrefix(fmt.Sprint(book.at("/number")), "B-") {
		t.Fatal(book)
	}
	number := "/books/" + book.at("/number").(string)

	for _, c := range []struct {
		key, method, path string
		body              any
		status            int
		code              string
	}{
		{key, "GET", home + number, nil, 200, ""},
		{key, "GET", second + number, nil, 404, "missing"},
		{key, "GET", foreign + number, nil, 404, "missing"},
		{other, "GET", home + number, nil, 404, "missing"},
		{key, "GET", home + "/books/B-9999", nil, 404, "missing"},
		{key, "GET", home + "/books/x", nil, 404, "missing"},
		{key, "GET", "/shelves/x" + number, nil, 404, "missing"},
		{key, "GET", "/shelves", nil, 200, ""},
		{key, "GET", "/shelves/new", nil, 200, ""},
		{key, "GET", "/shelves/new/books", nil, 405, "method"},
		{key, "GET", "/shelves//books", nil, 404, "missing"},
		{key, "PUT", home + number, nil, 405, "method"},
		{"", "GET", "/about", nil, 200, ""},
		{"", "POST", "/about", nil, 405, "method"},
		{"", "GET", "/shelves", nil, 401, "auth"},
		{"x", "GET", "/shelves", nil, 401, "auth"},
		{key, "POST", "/shelves", map[string]any{"label": "Poetry"}, 409, "taken"},
		{key, "POST", "/shelves", map[string]any{"label": "poetry"}, 201, ""},
		{key, "POST", "/shelves", "{", 400, "unreadable"},
		{key, "POST", "/shelves", map[string]any{}, 422, "invalid"},
		{key, "POST", home + "/books", map[string]any{"title": "x", "size": map[string]any{}}, 422, "invalid"},
		{key, "POST", home + "/books", map[string]any{"title": "x", "beside": "nowhere"}, 422, "invalid"},
		{key, "PATCH", home + number, map[string]any{"state": "lost"}, 409, "stuck"},
		{key, "PATCH", home + number, map[string]any{"state": "out"}, 200, ""},
		{key, "PATCH", home + number, map[string]any{"state": "lost"}, 200, ""},
		{key, "PATCH", home + number, map[string]any{"state": "burnt"}, 422, "invalid"},
		{key, "DELETE", home + number, nil, 204, ""},
		{key, "DELETE", home + number, nil, 404, "missing"},
	} {
		x := h.bearer(c.key, c.method, c.path, c.body)
		if code, _ := x.at("/error/type").(string); x.status != c.status || code != c.code {
			t.Errorf("%s, want %d %s", x, c.status, c.code)
		}
		if c.code != "" && (x.at("/error/detail/text") == nil || x.at("/id") != "e-1") {
			t.Errorf("%s: the envelope is not whole", x)
		}
	}
	if x := h.bearer("", "GET", "/shelves", nil); x.header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("%v: no challenge", x.header)
	}
	if x := h.bearer("unknown", "GET", "/shelves", nil); x.header.Get("Quota") == "" {
		t.Errorf("%v: the contract does not excuse an invalid key from the limiter's headers", x.header)
	}
}

// TestSchemes puts the key where each scheme wants it, and where another would.
func TestSchemes(t *testing.T) {
	data, err := os.ReadFile("testdata/library.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const bearer = "{type: http, scheme: bearer,"
	for name, c := range map[string]struct {
		scheme string
		put    func(d *draft, key string)
	}{
		"bearer": {bearer, func(d *draft, key string) { d.header.Set("Authorization", "bearer "+key) }},
		"basic": {"{type: http, scheme: Basic,", func(d *draft, key string) {
			r := http.Request{Header: d.header}
			user, password, _ := strings.Cut(key, ":")
			r.SetBasicAuth(user, password)
		}},
		"header": {
			"{type: apiKey, in: header, name: X-Library,", func(d *draft, key string) { d.header.Set("x-library", key) },
		},
		"query": {"{type: apiKey, in: query, name: key,", func(d *draft, key string) { d.query.Set("key", key) }},
		"cookie": {
			"{type: apiKey, in: cookie, name: key,", func(d *draft, key string) { d.header.Set("Cookie", "a=b; key="+key) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			loaded, err := contract.Load([]byte(strings.Replace(string(data), bearer, c.scheme, 1)))
			if err != nil {
				t.Fatal(err)
			}
			h := serve(t, loaded)
			for key, want := range map[string]int{
				h.Keys().Secrets(credential.Full)[0]: 200, h.Keys().Secrets(credential.Full)[0][1:]: 401, "": 401,
				h.Keys().Secrets(credential.Revoked)[0]: 401, h.Keys().Secrets(credential.IPDenied)[0]: 403,
			} {
				d := draft{method: "GET", path: "/shelves", query: map[string][]string{}, header: http.Header{}}
				c.put(&d, key)
				if x := h.send(d); x.status != want {
					t.Errorf("%s, want %d", x, want)
				}
			}
			d := draft{
				method: "GET", path: "/shelves", header: http.Header{"X-Elsewhere": {h.Keys().Secrets(credential.Full)[0]}},
			}
			if x := h.send(d); x.status != 401 {
				t.Errorf("%s, want 401", x)
			}
		})
	}
}
