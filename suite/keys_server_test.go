package suite_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"conformance/internal/config"
	"conformance/internal/contract"
	"conformance/internal/document"
	"conformance/internal/generate"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/suite"
)

const tills = `
openapi: 3.0.3
info: {title: Tills, version: "1"}
security: [{key: [], app: []}, {login: []}, {session: []}]
components:
  securitySchemes:
    key: {type: apiKey, in: query, name: key}
    app: {type: apiKey, in: header, name: X-App}
    login: {type: http, scheme: basic}
    session: {type: apiKey, in: cookie, name: SID}
    token: {type: http, scheme: Token}
paths:
  /tills:
    get:
      operationId: listTills
      responses: {"200": {description: Tills.}, "401": {description: Unknown.}}
  /open:
    get:
      operationId: listOpen
      security: [{}, {token: []}]
      responses: {"200": {description: Tills.}, "401": {description: Unknown.}}
`

// tillsKeys is the configuration of the servers below.
const tillsKeys = `
credentials:
  full: {key: key/of+tills 0123, app: app-of-tills, login: "ann:pass:word of ann", session: sid-of-ann-0123, token: tok-0123456789}
`

// till is a server of that document; each of its fields is a mistake.
type till struct {
	anyApp, noApp, noLogin, anyPassword, anyUser, noSession, anyToken bool
}

func (s till) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status := http.StatusOK
	authorization := r.Header.Get("Authorization")
	user, password, basic := r.BasicAuth()
	session, _ := r.Cookie("SID")
	app := r.Header.Get("X-App")
	switch r.URL.Path {
	default:
		status = http.StatusNotFound
	case "/open":
		if authorization != "" && authorization != "Token tok-0123456789" && !s.anyToken {
			status = http.StatusUnauthorized
		}
	case "/tills":
		switch {
		case basic && !s.noLogin && (user == "ann" || s.anyUser) && (password == "pass:word of ann" || s.anyPassword):
		case session != nil && session.Value == "sid-of-ann-0123" && !s.noSession:
		case r.URL.Query().Get("key") == "key/of+tills 0123" && (app == "app-of-tills" || s.anyApp && app != "" ||
			s.noApp && app == ""):
		default:
			status = http.StatusUnauthorized
		}
	}
	if status == http.StatusOK && r.Method != http.MethodGet {
		status = http.StatusMethodNotAllowed
	}
	w.WriteHeader(status)
}

// TestKeysOnAServer: whatever a server does wrong with one part of a key, or with one of several ways, some row finds,
// and nothing else fails; a server without a mistake passes each row.
func TestKeysOnAServer(t *testing.T) {
	for name, k := range map[string]struct {
		server till
		want   []string // the rows that do not pass
	}{
		"no mistake": {},
		"an app that is not looked at": {till{anyApp: true}, []string{
			"AUTH-002 app: extended", "AUTH-002 app: malformed", "AUTH-002 app: other letter case",
			"AUTH-002 app: reserved words", "AUTH-002 app: truncated", "AUTH-002 app: unknown",
			"AUTH-002 app: valid key in another place", "AUTH-002 app: very long", "AUTH-002 app: with the prefix Bearer",
		}},
		"an app that may be missing": {till{noApp: true}, []string{"AUTH-001 without app"}},
		"a login that is ignored":    {till{noLogin: true}, []string{"AUTH-007 login"}},
		"a session that is ignored":  {till{noSession: true}, []string{"AUTH-007 session"}},
		"any password": {till{anyPassword: true}, []string{
			"AUTH-002 login: extended", "AUTH-002 login: truncated", "AUTH-002 login: unknown",
		}},
		"any user": {till{anyUser: true}, []string{"AUTH-002 login: unknown user"}},
		"any optional token": {till{anyToken: true}, []string{
			"AUTH-002 extended", "AUTH-002 malformed", "AUTH-002 other letter case", "AUTH-002 reserved words",
			"AUTH-002 truncated", "AUTH-002 unknown", "AUTH-002 valid key in another place", "AUTH-002 very long",
			"AUTH-002 with the prefix Bearer",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var found []string
			for _, row := range judgeTills(t, k.server, tillsKeys) {
				if row.Outcome != result.Pass {
					found = append(found, row.ID+" "+row.Variant)
				}
			}
			if slices.Sort(found); !slices.Equal(found, k.want) {
				t.Errorf("not passed: %q, want %q", found, k.want)
			}
		})
	}
}

// TestKeysThatAreNotConfigured: a way that the configuration has no secrets for is skipped, with the line to add. What
// it has secrets for is judged.
func TestKeysThatAreNotConfigured(t *testing.T) {
	for configured, k := range map[string]struct{ judged, skipped, why string }{
		"{login: 'ann:pass:word of ann'}": {
			"AUTH-002 login: unknown", "AUTH-001 without app",
			`credentials.full has no secret for app + key; add to the configuration, under credentials: full: {"app": ..., "key": ...}`,
		},
		"{app: app-of-tills, key: key/of+tills 0123}": {
			"AUTH-001 without app", "AUTH-007 login",
			`credentials.full has no secret for login; add to the configuration, under credentials: full: {"login": ...}`,
		},
		"'ann:pass:word of ann'": { // one text serves for the first way that needs one secret
			"AUTH-002 login: truncated", "AUTH-007 session",
			`credentials.full has no secret for session; add to the configuration, under credentials: full: {"session": ...}`,
		},
		"[{session: sid-of-ann-0123}, {login: 'ann:pass:word of ann'}]": {
			"AUTH-007 login", "AUTH-007 app + key", "credentials.full has no secret for app + key",
		},
	} {
		t.Run(configured, func(t *testing.T) {
			t.Parallel()
			judged, skipped := false, false
			for _, row := range judgeTills(t, till{}, "credentials: {full: "+configured+"}") {
				switch name := row.ID + " " + row.Variant; {
				case row.Operation == "listOpen": // there the text would have to be a token
				case name == k.judged:
					judged = row.Outcome == result.Pass
				case name == k.skipped:
					skipped = row.Outcome == result.Skip && row.ReasonCode == result.Credential && strings.Contains(row.Reason, k.why)
					if !skipped {
						t.Errorf("%s: %s %s %s", name, row.Outcome, row.ReasonCode, row.Reason)
					}
				case row.Outcome != result.Pass && row.ReasonCode != result.Credential:
					t.Errorf("%s: %s %s", name, row.Outcome, row.Reason)
				}
			}
			if !judged || !skipped {
				t.Errorf("%s passed: %t; %s skipped: %t", k.judged, judged, k.skipped, skipped)
			}
		})
	}
}

// judgeTills are the rows about keys of a server.
func judgeTills(t *testing.T, handler http.Handler, configured string) []result.Check {
	t.Helper()
	d, err := document.Parse("tills.yaml", []byte(tills))
	if err != nil {
		t.Fatal(err)
	}
	c := contract.New(d.Doc, d.SHA256, generate.Fitting)
	server := httptest.NewServer(handler)
	defer server.Close()
	file, err := config.Parse("conformance.yaml", []byte(configured), nil)
	if err != nil {
		t.Fatal(err)
	}
	plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Core, Only: []string{"AUTH-*"}})
	run, err := runner.Judge(t.Context(), runner.Target{URL: server.URL, File: file}, plan, runner.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	rows := slices.DeleteFunc(run.Checks, func(row result.Check) bool { return row.ReasonCode == result.Deselected })
	if len(rows) == 0 {
		t.Fatal("there is no row")
	}
	return rows
}
