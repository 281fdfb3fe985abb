package contract_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
)

func decoded(t *testing.T, text string) any {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestEnvelopeIn: the usual forms of errors, and what is none.
func TestEnvelopeIn(t *testing.T) {
	for body, want := range map[string]string{
		`{"error":{"code":"gone","message":"No such thing."}}`:               "/error/code /error/message",
		`{"errors":[{"code":"gone","detail":"No such thing."}]}`:             "/errors/0/code /errors/0/detail",
		`{"detail":"Not Found"}`:                                             " /detail",
		`{"type":"about:blank","title":"Not Found","status":404}`:            "/type /title",
		`{"timestamp":1,"status":404,"error":"Not Found","path":"/nowhere"}`: " /error",
		`{"code":404,"message":"no"}`:                                        " /message",
		`{"error":"gone"}`:                                                   " /error",
		`{"id":7}`:                                                           " ",
		`[]`:                                                                 " ",
		`"no"`:                                                               " ",
	} {
		e := contract.EnvelopeIn(decoded(t, body))
		if got := fmt.Sprint(e.Code, " ", e.Message); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

// TestIDsIn: lists as they are, below a member and below two; what is no id is left out.
func TestIDsIn(t *testing.T) {
	for body, want := range map[string]string{
		`[{"id":7},{"id":9223372036854775807},{"id":1.5},{"id":null}]`: "[7 9223372036854775807]",
		`{"total":2,"items":[{"orderId":"a-1"},{"orderId":"a-2"}]}`:    "[a-1 a-2]",
		`{"data":{"orders":[{"order_id":"x","id":"y"}]}}`:              "[x]",
		`{"links":["a"],"orders":[{"uuid":"u"}]}`:                      "[u]",
		`{"id":"not a list"}`:                                          "[]",
		`{"orders":[{"name":"n"}]}`:                                    "[]",
		`"text"`:                                                       "[]",
	} {
		if got := fmt.Sprint(contract.IDsIn(decoded(t, body), "orderId")); got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
}

// TestCollectionOf: the read of the same collection, however its path names it.
func TestCollectionOf(t *testing.T) {
	for paths, want := range map[string]string{
		"/orders/{id} /orders":                           "/orders",
		"/order/{id} /orders":                            "/orders",
		"/orders/{id}/ /orders/":                         "/orders/",
		"/v1/category/{id} /shop/categories /categories": "/categories",
		"/orders/{id} /lines":                            "",
		"/orders/{id}/lines /lines":                      "",
		"/teams/{team}/orders/{id} /orders":              "",
		"/{id} /orders":                                  "",
	} {
		text := "openapi: 3.0.3\ninfo: {title: x, version: '1'}\npaths:\n"
		for i, path := range strings.Fields(paths) {
			text += fmt.Sprintf("  %s: {get: {operationId: o%d, responses: {'200': {description: x}}, parameters: [", path, i)
			for _, name := range []string{"id", "team"} {
				if strings.Contains(path, "{"+name+"}") {
					text += "{name: " + name + ", in: path, required: true, schema: {type: string}},"
				}
			}
			text += "]}}\n"
		}
		doc, err := openapi3.NewLoader().LoadFromData([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		c := contract.New(doc, "", nil)
		got := ""
		if list := contract.CollectionOf(c, c.Operation("o0")); list != nil {
			got = list.Path.URL
		}
		if got != want {
			t.Errorf("%s: %q, want %q", paths, got, want)
		}
	}
}
