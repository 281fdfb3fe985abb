package contract_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
)

// TestWaysOfShowingWhoCalls: alternatives, combinations and keys that are optional, as the document has them; what the
// suite cannot send a part of is no way, and a gap only where there is no other.
func TestWaysOfShowingWhoCalls(t *testing.T) {
	for security, want := range map[string]struct{ ways, questions, pairs, gap string }{
		"[{a: []}]":                     {"a", "secured, looks", "invalid-key missing-key", ""},
		"[{b: [], a: []}]":              {"a + b", "secured, looks", "invalid-key missing-key", ""},
		"[{b: []}, {a: [], basic: []}]": {"b; a + basic", "secured, looks", "invalid-key missing-key", ""},
		"[{a: []}, {}]":                 {"a", "looks", "invalid-key", ""},
		"[{}, {a: []}]":                 {"a", "looks", "invalid-key", ""},
		"[{cert: []}, {a: []}]":         {"a", "secured, looks", "invalid-key missing-key", ""},
		"[{cert: [], a: []}]":           {"", "", "", "is mutualTLS"},
		"[{cert: []}, {}]":              {"", "", "", ""},
		"[{}]":                          {"", "", "", ""},
		"[]":                            {"", "", "", ""},
	} {
		t.Run(security, func(t *testing.T) {
			c := keysOf(t, security, `"401": {description: who?}`)
			o := c.Operation("read")
			var ways, questions, pairs, gaps []string
			for _, way := range o.Keys {
				ways = append(ways, way.Name())
			}
			if o.Secured() {
				questions = append(questions, "secured")
			}
			if contract.LooksAtKeys(o) {
				questions = append(questions, "looks")
			}
			for _, p := range c.Pairs() {
				if strings.HasSuffix(string(p.Situation), "-key") {
					pairs = append(pairs, string(p.Situation))
				}
			}
			for _, g := range c.Gaps {
				if strings.Contains(g.Pointer, "securitySchemes") {
					gaps = append(gaps, g.Message)
				}
			}
			got := []string{strings.Join(ways, "; "), strings.Join(questions, ", "), strings.Join(pairs, " ")}
			if fmt.Sprint(got) != fmt.Sprint([]string{want.ways, want.questions, want.pairs}) {
				t.Errorf("got %q, want %q", got, want)
			}
			if (want.gap == "") != (len(gaps) == 0) || !strings.Contains(strings.Join(gaps, " "), want.gap) {
				t.Errorf("gaps: %q, want %q", gaps, want.gap)
			}
		})
	}
	if contract.LooksAtKeys(keysOf(t, "[{a: []}, {}]", `"400": {description: bad}`).Operation("read")) {
		t.Error("where no 401 is written out, a key that is optional need not be looked at")
	}
}

func keysOf(t *testing.T, security, errors string) *contract.Contract {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(`
openapi: 3.1.0
info: {title: Keys, version: "1"}
security: ` + security + `
components:
  securitySchemes:
    a: {type: apiKey, in: header, name: X-A}
    b: {type: apiKey, in: query, name: b}
    basic: {type: http, scheme: basic}
    cert: {type: mutualTLS}
paths:
  /it: {get: {operationId: read, responses: {"200": {description: it}, ` + errors + `}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	return contract.New(doc, "", nil)
}
