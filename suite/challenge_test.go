package suite_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"conformance/internal/config"
	"conformance/internal/contract"
	"conformance/internal/document"
	"conformance/internal/generate"
	"conformance/internal/runner"
	"conformance/suite"
)

// TestChallenge: what a 401 says of how to call, and where nothing is asked of it.
func TestChallenge(t *testing.T) {
	const (
		bearer     = "{type: http, scheme: bearer}"
		apiKey     = "{type: apiKey, in: header, name: Authorization, x-prefix: 'Bearer '}"
		plain      = "{description: Who}"
		documented = "{description: Who, headers: {WWW-Authenticate: {schema: {type: string}}}}"
	)
	for name, k := range map[string]struct {
		scheme, answer string
		status         int
		challenges     []string
		want           string // the row's outcome; empty: there is none
	}{
		"the scheme":               {bearer, plain, 401, []string{`Bearer realm="pens"`}, "pass"},
		"in another letter case":   {bearer, plain, 401, []string{`bearer`}, "pass"},
		"the second of two":        {bearer, plain, 401, []string{`Basic realm="a, b", Bearer`}, "pass"},
		"in a line of its own":     {bearer, plain, 401, []string{`Basic realm="a"`, `Bearer error="x"`}, "pass"},
		"another scheme":           {bearer, plain, 401, []string{`Basic realm="bearer"`}, "warn"},
		"a longer word":            {bearer, plain, 401, []string{`BearerX`}, "warn"},
		"nothing":                  {bearer, plain, 401, nil, "warn"},
		"no 401":                   {bearer, plain, 403, nil, "skip"},
		"a key without a scheme":   {apiKey, plain, 401, nil, ""},
		"documented, there":        {apiKey, documented, 401, []string{`Pen`}, "pass"},
		"documented and not there": {apiKey, documented, 401, nil, "warn"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := document.Parse("pens.yaml", fmt.Appendf(nil, `
openapi: 3.0.3
info: {title: Pens, version: "1"}
security: [{key: []}]
components: {securitySchemes: {key: %s}}
paths: {/pens: {get: {operationId: listPens, responses: {"200": {description: Pens.}, "401": %s, "403": {description: No.}}}}}
`, k.scheme, k.answer))
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer pen-") {
					w.Header()["Www-Authenticate"] = k.challenges
					w.WriteHeader(k.status)
				}
			}))
			defer server.Close()
			file, err := config.Parse("conformance.yaml", []byte("credentials: {full: pen-0123456789}"), nil)
			if err != nil {
				t.Fatal(err)
			}
			c := contract.New(d.Doc, d.SHA256, generate.Fitting)
			plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Full, Only: []string{"AUTH-008"}})
			run, err := runner.Judge(t.Context(), runner.Target{URL: server.URL, File: file}, plan, runner.Options{Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, row := range run.Checks {
				if row.ID == "AUTH-008" {
					got = string(row.Outcome)
				}
			}
			if got != k.want {
				t.Errorf("got %q, want %q", got, k.want)
			}
		})
	}
}
