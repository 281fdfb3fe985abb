package cli

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"conformance/internal/setup"
)

// TestInitTarget: what init finds out by reads, and nothing but reads, of servers that are not as their document says.
func TestInitTarget(t *testing.T) {
	info := func(text string) string { return strings.Replace(crates, "INFO", fmt.Sprintf("%q", text), 1) }
	for name, k := range map[string]struct {
		document, base, given, key string
		guard                      func(http.ResponseWriter, *http.Request) int
		config, overlay, printed   []string // expressions
		not                        []string // in neither file
	}{
		"as the document says": {
			document: info(""), base: "/v1", given: "/v1", guard: nobodyGuards,
			config: []string{
				`target: "http://127.0.0.1:\d+/v1"`, `  crates.read.id: \[7, 8\]`, `  #locks.state.lock: \[ID\]`,
				`#  - crates.make # POST /crates\n#  - crates.drop # DELETE`, `credentials: \{\}`,
			},
			overlay: []string{
				`the answers with 400 404 have`, `  #- \{target: "\$", update: \{x-error-envelope: \{code: "/error/code", message: "/error/message"\}\}\}`,
				`  #- \{target: "\$", update: \{x-rate-limit: \{limit: "X-Ratelimit-Limit", remaining: "X-Ratelimit-Remaining"`,
				`  #- \{target: .*locks.*, update: \{x-value: VALUE\}\}`,
			},
			printed: []string{`base path /v1/ answers`, `keys +as the document says`, `code at /error/code`},
			not:     []string{"securitySchemes"},
		},
		"another base path": {
			document: info(""), base: "/v1", given: "", guard: nobodyGuards,
			config:  []string{`target: "http://127.0.0.1:\d+/v1"`},
			printed: []string{`/v1/ answers, a path of the document's servers; what was given does\n +not`},
		},
		"the document's path below what was given": {
			document: info(""), base: "/proxy/v1", given: "/proxy", guard: nobodyGuards,
			config: []string{`target: "http://127.0.0.1:\d+/proxy/v1"`},
		},
		"not the document's path": {
			document: info(""), base: "", given: "/v1", guard: nobodyGuards,
			config: []string{`target: "http://127.0.0.1:\d+"`},
		},
		"everything is refused, and no path was given": {
			document: info(""), base: "", given: "", guard: inHeader("X-Unsaid", ""),
			config: []string{`target: "http://127.0.0.1:\d+/v1"`}, printed: []string{`base path not certain`},
		},
		"nowhere": {
			document: info(""), base: "/elsewhere", given: "/api", guard: nobodyGuards,
			config:  []string{`target: "http://127.0.0.1:\d+/api"`},
			printed: []string{`base path not certain`},
		},
		"a bearer token that nobody mentions": {
			document: info(""), base: "/v1", given: "/v1", guard: bearer,
			config: []string{`  full: \$\{KEY_FULL\}`},
			overlay: []string{
				`  - \{target: "\$", update: \{security: \[\{key: \[\]\}\], components: \{securitySchemes: \{key: \{type: http, ` +
					`scheme: bearer\}\}\}\}\}`, `Security: 2 of 2 reads`,
			},
			printed: []string{`2 of 2 reads without a key are answered 401 or 403`, `export KEY_FULL=`},
		},
		"a bearer token, and the key": {
			document: info(""), base: "/v1", given: "/v1", guard: bearer, key: secretKey,
			config:  []string{`  full: \$\{KEY_FULL\}`, `crates.read.id: \[7, 8\]`},
			overlay: []string{`scheme: bearer`, `A read with KEY_FULL in that place was let in`, `\n  #- .*x-error-envelope`},
			printed: []string{`KEY_FULL is\s+accepted`},
		},
		"a bearer token, and another key": {
			document: info(""), base: "/v1", given: "/v1", guard: bearer, key: "an-0ther-s3cret",
			config: []string{`  #full: \$\{KEY_FULL\}`}, overlay: []string{`  #- .*scheme: bearer`},
			printed: []string{`KEY_FULL is\s+refused`},
		},
		"a header that the text mentions, and the key": {
			document: info("Send an Idempotency-Key. Get an account, then send your `X-Depot-Key`."), base: "/v1",
			given: "/v1", guard: inHeader("X-Depot-Key", ""), key: secretKey,
			config: []string{`  full: \$\{KEY_FULL\}`}, overlay: []string{`  - .*in: header, name: "X-Depot-Key"`},
		},
		"a header that the text mentions": {
			document: info("Send your `X-Depot-Key`."), base: "/v1", given: "/v1", guard: inHeader("X-Depot-Key", ""),
			config: []string{`  #full: \$\{KEY_FULL\}`}, overlay: []string{`  #- .*in: header, name: "X-Depot-Key"`},
		},
		"a prefix of its own": {
			document: info("Send `Authorization: Token KEY`."), base: "/v1", given: "/v1",
			guard: inHeader("Authorization", "Token "), key: secretKey,
			config: []string{`  full: \$\{KEY_FULL\}`}, overlay: []string{`  - .*\{type: http, scheme: Token\}`},
		},
		"no word about the key": {
			document: info(""), base: "/v1", given: "/v1", guard: inHeader("X-Unsaid", ""), key: secretKey,
			config: []string{`  #full: \$\{KEY_FULL\}`}, overlay: []string{`  #- .*name: "HEADER-NAME"`},
		},
		"a scheme that is declared and not used": {
			document: info("") + `
components: {securitySchemes: {depotKey: {type: apiKey, in: query, name: depot_key}}}
`, base: "/v1", given: "/v1", key: secretKey, guard: func(_ http.ResponseWriter, r *http.Request) int {
				if r.FormValue("depot_key") == secretKey {
					return 0
				}
				return http.StatusUnauthorized
			},
			config: []string{`  full: \$\{KEY_FULL\}`}, overlay: []string{`  - .*update: \{security: \[\{depotKey: \[\]\}\]\}`},
			not: []string{"securitySchemes"},
		},
		"a scheme that is declared, and another that is wanted": {
			document: info("") + `
components: {securitySchemes: {depotKey: {type: apiKey, in: query, name: depot_key}}}
`, base: "/v1", given: "/v1", guard: bearer,
			overlay: []string{`  - .*scheme: bearer`, `Also named: query depot_key, as depotKey`},
		},
		"a scheme that is declared and wanted": {
			document: info("") + `
components: {securitySchemes: {a: {type: apiKey, in: query, name: depot_key}, b: {type: oauth2, flows: {}}}}
`, base: "/v1", given: "/v1", guard: bearer, overlay: []string{`  - .*update: \{security: \[\{b: \[\]\}\]\}`},
		},
		"some reads are open": {
			document: info(""), base: "/v1", given: "/v1", guard: func(w http.ResponseWriter, r *http.Request) int {
				if strings.HasSuffix(r.URL.Path, "/health") {
					return 0
				}
				return bearer(w, r)
			},
			config: []string{`  #full: \$\{KEY_FULL\}`}, overlay: []string{
				`1 reads need no key`, `  #- .*scheme: bearer.*\n  #- \{target: "\$.paths\['/health'\].get", update: \{security: \[\]\}\}`,
			},
		},
		"nothing can be read without an id": {
			document: idsAlone, base: "/v1", given: "/v1", guard: bearer, key: secretKey,
			config: []string{`  full: \$\{KEY_FULL\}`}, overlay: []string{`  - .*scheme: bearer`},
		},
		"Swagger 2.0": {
			document: swagger, base: "/v1", given: "/v1", guard: bearer, key: secretKey,
			config: []string{`  full: \$\{KEY_FULL\}`},
			overlay: []string{
				`  - .*securityDefinitions: \{key: \{type: apiKey, in: header, name: "Authorization", x-prefix: "Bearer "\}\}`,
			},
		},
		"it asks for patience": {
			document: info(""), base: "/v1", given: "/v1", guard: func(w http.ResponseWriter, _ *http.Request) int {
				w.Header().Set("Retry-After", "3600")
				return http.StatusTooManyRequests
			},
			printed: []string{`: 1 reads, nothing else`, `answered 429`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &recorder{next: crateServer(k.base, k.guard)}
			listener := httptest.NewServer(server)
			defer listener.Close()
			dir, printed := initAt(t, k.document, listener.URL+k.given, k.key, 0)
			config, overlay := written(t, dir, configName), written(t, dir, overlayName)
			for text, want := range map[string][]string{config: k.config, overlay: k.overlay, printed: k.printed} {
				for _, one := range want {
					if !regexp.MustCompile(one).MatchString(text) {
						t.Errorf("%s is not in:\n%s", one, text)
					}
				}
			}
			for _, one := range k.not {
				if strings.Contains(config+overlay, one) {
					t.Errorf("%s is in:\n%s%s", one, config, overlay)
				}
			}
			server.safe(t)
			if k.key != "" && strings.Contains(config+overlay+printed, k.key) {
				t.Error("the key is shown")
			}
			if n := strings.Count(printed, "\n"); n > 24 {
				t.Errorf("%d lines are printed", n)
			}
			readable(t, dir)
		})
	}
}

// initAt runs init for a document and a target, and wants an exit status.
func initAt(t *testing.T, document, target, key string, want int) (dir, printed string) {
	t.Helper()
	keys := map[string]string{}
	if key != "" {
		keys[setup.KeyVariable] = key
	}
	return initWith(t, document, target, keys, want)
}

// initWith does so with these variables in the environment.
func initWith(t *testing.T, document, target string, keys map[string]string, want int) (dir, printed string) {
	t.Helper()
	dir = t.TempDir()
	file := filepath.Join(dir, "vendor.yaml")
	if err := os.WriteFile(file, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	lookup := func(name string) (string, bool) {
		key, ok := keys[name]
		return key, ok
	}
	var out, wrong strings.Builder
	code := Run(t.Context(), []string{"init", file, "--out", dir, "--target", target}, lookup, &out, &wrong)
	if code != want {
		t.Fatalf("exit status %d: %s", code, wrong.String())
	}
	return dir, out.String() + wrong.String()
}

// readable wants both files to be taken as they are, for a run.
func readable(t *testing.T, dir string) {
	t.Helper()
	config := filepath.Join(dir, configName)
	for _, args := range [][]string{
		{"contract", "check", "--config", config}, {"run", "--dry-run", "--profile", "quick", "--config", config},
	} {
		var out, wrong strings.Builder
		if code := Run(t.Context(), args, nobody, &out, &wrong); code != 0 || args[0] == "contract" &&
			!strings.HasPrefix(out.String(), "Crates 1") {
			t.Errorf("%v: exit status %d: %s%s", args, code, out.String(), wrong.String())
		}
	}
}

func written(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestInitSeveralSchemes: each scheme has a variable of its own, and what must be sent together is. Reads that are not
// guarded as the document says are named.
func TestInitSeveralSchemes(t *testing.T) {
	document := crates + `
security: [{app: [], user-token: []}]
components:
  securitySchemes:
    app: {type: apiKey, in: header, name: X-App}
    user-token: {type: http, scheme: bearer}
`
	document = strings.Replace(document, "operationId: crates.list", "operationId: crates.list\n      security: []", 1)
	keys := map[string]string{"KEY_FULL_APP": "the-app-s3cret", "KEY_FULL_USER_TOKEN": secretKey}
	server := &recorder{next: crateServer("/v1", func(w http.ResponseWriter, r *http.Request) int {
		if strings.HasSuffix(r.URL.Path, "/health") || r.Header.Get("X-App") == keys["KEY_FULL_APP"] {
			return 0
		}
		return bearer(w, r)
	})}
	listener := httptest.NewServer(server)
	defer listener.Close()
	dir, printed := initWith(t, document, listener.URL+"/v1", keys, 0)
	config, overlay := written(t, dir, configName), written(t, dir, overlayName)
	for _, want := range []string{
		"  full:\n    app: ${KEY_FULL_APP}\n    user-token: ${KEY_FULL_USER_TOKEN}\n",
		"  crates.read.id: [7, 8] # from GET /crates\n",
		`  #other_tenant: {app: "${KEY_OTHER_APP}", user-token: "${KEY_OTHER_USER_TOKEN}"}`,
	} {
		if !strings.Contains(config, want) {
			t.Errorf("%s is not in:\n%s", want, config)
		}
	}
	if want := `  - {target: "$.paths['/crates'].get", update: {security: [{app: [], user-token: []}]}}`; !strings.Contains(
		overlay, want) {
		t.Errorf("%s is not in:\n%s", want, overlay)
	}
	if !regexp.MustCompile(`(?s)1\s+reads\s+need\s+a\s+key\s+by\s+the\s+document.*health`).MatchString(printed) {
		t.Error(printed)
	}
	for _, key := range keys {
		if strings.Contains(config+overlay+printed, key) {
			t.Error("a key is shown")
		}
	}
	server.safe(t)
	readable(t, dir)
}

// TestInitRedirects: nothing is sent to where a target sends its readers; it is named.
func TestInitRedirects(t *testing.T) {
	other := &recorder{next: crateServer("/v1", nobodyGuards)}
	elsewhere := httptest.NewServer(other)
	defer elsewhere.Close()
	listener := httptest.NewServer(http.RedirectHandler(elsewhere.URL+"/v1/crates", http.StatusFound))
	defer listener.Close()
	_, printed := initAt(t, crates, listener.URL+"/v1", secretKey, 0)
	if len(other.seen) > 0 {
		t.Error(other.seen)
	}
	if !strings.Contains(printed, "they are redirected to") {
		t.Error(printed)
	}
}

// TestInitSilent: where nobody answers, the files are written as without a target, and the exit status says so.
func TestInitSilent(t *testing.T) {
	listener := httptest.NewServer(http.NotFoundHandler())
	listener.Close()
	dir, printed := initAt(t, crates, listener.URL+"/v1", "", exitInconclusive)
	readable(t, dir)
	if !strings.Contains(printed, "no answer to a read") {
		t.Error(printed)
	}
}
