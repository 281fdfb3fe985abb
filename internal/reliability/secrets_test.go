package reliability

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"conformance/internal/cli"
	"conformance/internal/config"
	"conformance/internal/credential"
	"conformance/internal/result"
	"conformance/internal/sandbox"
)

// shortest is how much of a secret reveals nothing: a part that is longer must not be shown.
const shortest = 12

// canaries are the secrets of a configuration, by their role.
type canaries struct {
	names map[string]string // canary to role
	real  map[string]string // canary to the sandbox's own key
	parts map[string]string // every part of every form, in lower case, to the role
}

// newCanaries gives every credential of a configuration a canary for a key. Some have what encodings write differently.
func newCanaries(f *config.File) *canaries {
	c := &canaries{map[string]string{}, map[string]string{}, map[string]string{}}
	give := func(role, key string) string {
		canary := "fsm_live_" + letters(role)
		if len(c.names)%3 == 1 {
			canary = "fsm_live_" + letters(role + "1")[:14] + `/+="<&>'\%` + letters(role + "2")[:14]
		}
		c.names[canary], c.real[canary] = role, key
		for _, form := range formsOf(strings.TrimPrefix(canary, "fsm_live_")) {
			for i := 0; i+shortest <= len(form); i++ {
				c.parts[strings.ToLower(form[i:i+shortest])] = role
			}
		}
		return canary
	}
	for i := range f.Credentials {
		k := &f.Credentials[i]
		k.Secret = give(fmt.Sprint(k.Purpose, i), k.Secret)
	}
	return c
}

// letters are 32 that look random and are the same every time.
func letters(role string) string {
	out, state := make([]byte, 32), uint64(14695981039346656037)
	for range 4 {
		for i := range role {
			state = (state ^ uint64(role[i])) * 1099511628211
		}
	}
	for i := range out {
		state = state*6364136223846793005 + 1442695040888963407
		out[i] = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"[(state>>33)%57]
	}
	return string(out)
}

// formsOf are the ways in which a server may write a secret. Base64 depends on what precedes it: the ends that others
// share are left out.
func formsOf(secret string) []string {
	plain, _ := json.Marshal(secret)
	out := []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), html.EscapeString(secret), string(plain[1 : len(plain)-1]),
		strings.ReplaceAll(string(plain), "/", `\/`), hex.EncodeToString([]byte(secret)),
	}
	for before := range 3 {
		for _, e := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			text := e.EncodeToString([]byte(strings.Repeat("\x00", before) + secret + "\x00\x00\x00"))
			out = append(out, text[(before*8+5)/6:(before+len(secret))*8/6])
		}
	}
	return out
}

// found are the roles whose secrets, or parts of them, are in the text.
func (c *canaries) found(text string) []string {
	low := strings.ToLower(text)
	var out []string
	for i := 0; i+shortest <= len(low); i++ {
		if role, ok := c.parts[low[i:i+shortest]]; ok {
			out = append(out, fmt.Sprintf("%s in …%q…", role, text[max(0, i-60):min(len(text), i+60)]))
			if len(out) == 5 {
				break
			}
			i += 60
		}
	}
	return out
}

// absent insists that no secret is in what a run said and in what it left.
func (c *canaries) absent(t *testing.T, e *ended) {
	t.Helper()
	c.absentFrom(t, "stdout", e.stdout)
	c.absentFrom(t, "stderr", e.stderr)
	files, _ := filepath.Glob(filepath.Join(e.reports, "*"))
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c.absentFrom(t, filepath.Base(file), string(data))
	}
}

func (c *canaries) absentFrom(t *testing.T, where, text string) {
	t.Helper()
	for _, found := range c.found(text) {
		t.Errorf("%s: %s", where, found)
	}
}

// TestCanariesAreFound: what looks for secrets finds them.
func TestCanariesAreFound(t *testing.T) {
	f := &config.File{Credentials: credential.Set{}.With(credential.Full, "a", "b")}
	c := newCanaries(f)
	key := f.Credentials[1].Secret
	for _, text := range []string{
		"x" + key, strings.ToUpper(key), key[9:21], url.QueryEscape(key), html.EscapeString(key),
		base64.StdEncoding.EncodeToString([]byte("X-Key: " + key)),
		base64.RawURLEncoding.EncodeToString([]byte("Key: " + key)), hex.EncodeToString([]byte(key)),
	} {
		if len(c.found(text)) == 0 {
			t.Errorf("nothing is found in %q", text)
		}
	}
	if found := c.found("fsm_live_ and nothing else " + key[:11]); len(found) > 0 {
		t.Errorf("found %v", found)
	}
}

// mirror repeats whatever it is sent, in every encoding, around what a sandbox answers.
type mirror struct {
	canaries *canaries
	sandbox  http.Handler
	fault    func(*http.Request, int) int // the status to answer with instead
}

func (m *mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	dump, _ := httputil.DumpRequest(r, true)
	var keys []string
	for name, values := range r.Header {
		for i, v := range values {
			if key, ok := m.canaries.real[v]; ok {
				r.Header[name][i] = key
			}
			if strings.Contains(strings.ToLower(v), "fsm_") {
				keys = append(keys, v)
			}
		}
	}
	rec := httptest.NewRecorder()
	m.sandbox.ServeHTTP(rec, r)
	status := m.fault(r, rec.Code)
	for name, values := range rec.Header() {
		w.Header()[name] = values
	}
	w.Header().Del("Content-Length")
	body := map[string]any{}
	if json.Unmarshal(rec.Body.Bytes(), &body) != nil {
		w.WriteHeader(status)
		_, _ = w.Write(rec.Body.Bytes())
		return
	}
	for i, key := range keys {
		w.Header().Set(fmt.Sprint("X-Echo-", i), key)
		w.Header().Set(fmt.Sprint("X-Upper-", i), strings.ToUpper(key))
		w.Header().Set(fmt.Sprint("X-Base64-", i), base64.StdEncoding.EncodeToString([]byte("key="+key)))
		if len(key) > 20 {
			w.Header().Set(fmt.Sprint("X-Part-", i), key[:20]+"...")
			body["part"+fmt.Sprint(i)] = "…" + key[len(key)-16:]
		}
		body["key"+fmt.Sprint(i)] = key
		if status >= 400 {
			body["message"] = fmt.Sprint("The key ", key, " is not good. ", strings.Repeat("x", 170), key)
		}
	}
	if status >= 400 {
		text := string(dump)
		inner, _ := json.Marshal(text)
		for name, v := range map[string]string{
			"raw": text, "base64": base64.StdEncoding.EncodeToString(dump),
			"base64url": base64.RawURLEncoding.EncodeToString(dump),
			"percent":   url.QueryEscape(text), "html": html.EscapeString(text), "json": string(inner),
			"upper": strings.ToUpper(text), "lower": strings.ToLower(text),
		} {
			body["a_"+name] = v
		}
	}
	data, _ := json.Marshal(body)
	w.WriteHeader(status)
	_, _ = w.Write(data)
}

func TestNoSecretIsTold(t *testing.T) {
	for name, fault := range map[string]func(*http.Request, int) int{ // in the quick profile, but for the first
		"a mirror": func(_ *http.Request, status int) int { return status },
		"a mirror that refuses with 418": func(_ *http.Request, status int) int {
			if status >= 400 && status != http.StatusTooManyRequests {
				return http.StatusTeapot
			}
			return status
		},
		"a mirror that refuses everything": func(*http.Request, int) int { return http.StatusUnauthorized },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t, sandbox.Options{})
			f := sandbox.Configuration(s)
			c := newCanaries(f)
			server := httptest.NewServer(&mirror{c, s, fault})
			defer server.Close()
			f.Target = server.URL + s.BasePath()
			profile := "quick"
			if name == "a mirror" && thoroughRequested() || soakRequested() {
				profile = "core"
			}
			e := runCommand(t, t.Context(), "--config", configure(t, f), "--no-flood", "--profile", profile)
			if failed := len(e.rows(result.Fail)) + len(e.rows(result.Skip)); failed < 50 {
				t.Errorf("only %d rows failed or were skipped: that shows nothing\n%s", failed, e.stdout)
			}
			c.absent(t, e)
		})
	}
}

// TestNoSecretIsToldByEchoes runs against the sandbox's own faults that have to do with keys.
func TestNoSecretIsToldByEchoes(t *testing.T) {
	for _, fault := range sandbox.Faults(embedded()) {
		if !strings.HasPrefix(fault.Name, "key-echoed") || !soakRequested() && fault.Name != "key-echoed" {
			continue
		}
		t.Run(fault.Name, func(t *testing.T) {
			s := newSandbox(t, sandbox.Options{Fault: fault.Name})
			server := httptest.NewServer(s)
			defer server.Close()
			f := sandbox.Configuration(s)
			f.Target = server.URL + s.BasePath()
			c := known(f)
			profile := map[bool]string{false: "quick", true: "core"}[soakRequested()]
			e := runCommand(t, t.Context(), "--config", configure(t, f), "--no-flood", "--profile", profile)
			if e.status != 1 {
				t.Errorf("exit status %d: the fault shows nothing", e.status)
			}
			c.absent(t, e)
		})
	}
}

// known takes the keys of a configuration as they are for canaries.
func known(f *config.File) *canaries {
	c := &canaries{map[string]string{}, map[string]string{}, map[string]string{}}
	add := func(role, key string) {
		for _, form := range formsOf(strings.TrimPrefix(key, "sandbox_")) {
			for i := 0; i+shortest <= len(form); i++ {
				c.parts[strings.ToLower(form[i:i+shortest])] = role
			}
		}
	}
	for i, k := range f.Credentials {
		add(fmt.Sprint(k.Purpose, i), k.Secret)
	}
	return c
}

// TestNoSecretIsToldElsewhere: a target that is down, a configuration that is wrong, commands that send nothing.
func TestNoSecretIsToldElsewhere(t *testing.T) {
	f := &config.File{
		Target: "http://" + free(t) + "/api",
		Credentials: credential.Set{}.With(credential.Full, "a", "b").With(credential.Revoked, "c").With(credential.Flood,
			"d"),
	}
	c := newCanaries(f)
	key := f.Credentials[0].Secret
	good := configure(t, f)
	bad := func(text string) string {
		return written(t, "conformance.yaml", []byte(strings.ReplaceAll(text, "KEY", key)))
	}
	for name, args := range map[string][]string{
		"down":                {"run", "--config", good},
		"down, waiting":       {"run", "--config", good, "--wait", "300ms"},
		"dry run":             {"run", "--config", good, "--dry-run", "--only", "AUTH-00*"},
		"list":                {"list"},
		"explain":             {"explain", "AUTH-001"},
		"a mapping for a key": {"run", "--config", bad("credentials: {full: {KEY: KEY}}")},
		"a list of lists":     {"run", "--config", bad("credentials: {full: [[KEY]]}")},
		"a key for a mapping": {"run", "--config", bad("credentials: KEY")},
		"a key for the file":  {"run", "--config", bad("KEY")},
		"a key for a name":    {"run", "--config", bad("credentials: {KEY: x}")},
		"broken YAML":         {"run", "--config", bad("credentials: {full: 'KEY")},
		"a key for an alias":  {"run", "--config", bad("credentials: {full: *KEY}")},
		"a key for a tag":     {"run", "--config", bad("credentials: {full: !KEY x}")},
		"a key for a target":  {"run", "--config", bad("target: KEY\ncredentials: {full: KEY}")},
		"a key in the target": {"run", "--config", bad("target: http://KEY@host/api\ncredentials: {full: KEY}")},
		"a key in a query":    {"run", "--config", bad("target: 'http://host/api?key=KEY'\ncredentials: {full: KEY}")},
		"a key in a port":     {"run", "--config", bad("target: http://host:KEY/\ncredentials: {full: KEY}")},
		"a key in the path":   {"run", "--config", bad("target: http://127.0.0.1:1/KEY\ncredentials: {full: KEY}")},
		"a key for a host":    {"run", "--config", bad("target: http://KEY.invalid/\ncredentials: {full: KEY}")},
		"a key in a scope": {"run", "--config", bad("target: http://127.0.0.1:1\ncredentials: {full: of-length, scoped: " +
			"[{key: KEY, scopes: [KEY]}]}")},
		"a key for scopes":      {"run", "--config", bad("credentials: {full: x, scoped: [{key: x, scopes: KEY}]}")},
		"a key in the triggers": {"run", "--config", bad("credentials: {full: x}\ntriggers: {server_fault: KEY}")},
		"a key as --known":      {"run", "--config", good, "--known", written(t, "known.yaml", []byte("- "+key))},
		"a key as a contract":   {"run", "--config", good, "--contract", written(t, "openapi.yaml", []byte(key))},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if args[0] == "run" {
				args = append(args, "--reports", dir, "--timeout", "2s")
			}
			var stdout, stderr bytes.Buffer
			status := cli.Run(t.Context(), args, emptyEnvironment, &stdout, &stderr)
			c.absent(t, &ended{stdout: stdout.String(), stderr: stderr.String(), reports: dir})
			t.Logf("exit %d: %s", status, stderr.String())
		})
	}
}
