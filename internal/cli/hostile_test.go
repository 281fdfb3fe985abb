package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"conformance/internal/cli"
)

// hostile is a text that gives orders to CIs and to terminals.
const hostile = "x\n::set-output name=a::b\n  ::error::c\r::warning::d\n" +
	"##[command]e ##vso[task.setvariable variable=f]g\n\x1b[2J\x1b]0;h\a\u009b3J"

// obeyed is what a CI or a terminal would carry out. GitHub trims a line before it looks; the others search it.
var obeyed = regexp.MustCompile(`(?m)^[\s\x{00a0}]*::|##[A-Za-z]*\[|[\x00-\x08\x0b-\x1f\x7f]|\x{009b}`)

// TestNothingForeignIsObeyed runs every command that shows what is another's: the title of a contract, its names, what
// a target answers, what a file of results says.
func TestNothingForeignIsObeyed(t *testing.T) {
	dir := t.TempDir()
	name := func(n string) string { return filepath.Join(dir, n) }
	write := func(n, text string) string {
		if err := os.WriteFile(name(n), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name(n)
	}
	data, err := os.ReadFile("../certify/testdata/tickets.yaml")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir) // some commands write where they are
	quoted := quotedYAML(hostile)
	replaced := strings.NewReplacer("title: Tickets", "title: "+quoted, "from: createTicket", "from: "+quoted,
		"operationId: createTicket", "operationId: "+quoted,
		"A null is a wrong type.", quoted, "[slow_down]", "["+quoted+"]")
	contract := write("contract.yaml", replaced.Replace(string(data)))
	broken := write("broken.yaml",
		strings.Replace(replaced.Replace(string(data)), "from: getTicket", "from: "+quotedYAML(hostile+"!"), 1))
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Note", "::error::x ##[error]y")
		if r.URL.Path == "/api/v1/tickets" && r.Header.Get("X-Key") == "some-key-of-length" {
			fmt.Fprint(w, `{"tickets": [], "total": 0, "pages": 1}`)
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"success": false, "error": %s, "message": %[1]s}`, quotedYAML(hostile))
	}))
	defer target.Close()
	config := write("conformance.yaml", "target: "+target.URL+"/api/v1\ncredentials: {full: some-key-of-length, "+
		"revoked: revoked-key-of-length, scoped: [{key: scoped-key-of-length, scopes: []}]}\nwrites: [all]\n")
	wrong := write("wrong.yaml",
		"target: "+target.URL+"/api/v1\ncredentials: {full: some-key-of-length}\nfixtures: {"+quoted+": 1}\n")
	reports := name("reports")
	seen := false
	for _, args := range [][]string{
		{"contract", "check", contract},
		{"contract", "check", broken},
		{"explain", "RATE-001", "--contract", contract},
		{"list", "--json", "--contract", contract},
		{"run", "--contract", contract, "--config", config, "--dry-run", "--only", "AUTH-*"},
		{"run", "--contract", contract, "--config", wrong, "--reports", reports},
		{"run", "--contract", contract, "--sandbox", "--reports", name("clean"), "--no-flood"},
		{"run", "--contract", contract, "--config", config, "--reports", reports, "--no-flood"},
		{"run", "--only", hostile}, {hostile}, {"run", "--" + hostile}, {"explain", hostile},
		{"render", filepath.Join(reports, "results.json"), "--as", "markdown"},
		{"render", filepath.Join(reports, "results.json"), "--as", "junit"},
		{"compare", filepath.Join(name("clean"), "results.json"), filepath.Join(reports, "results.json")},
		{"merge", filepath.Join(reports, "results.json")},
		{"cleanup", filepath.Join(reports, "ledger.jsonl"), "--contract", contract, "--config", config},
		{"certify", "--contract", contract, "--config", config, "--subject", "Tickets 1", "--out", name("bundle"),
			"--flood-max-wait", "1s"},
		{"selftest", "--contract", contract, "--sample", "1"},
		{"serve", "--contract", contract, "--addr", "127.0.0.1:0"},
	} {
		ctx, stop := context.WithCancel(t.Context())
		if args[0] == "serve" {
			stopped := time.AfterFunc(500*time.Millisecond, stop)
			defer stopped.Stop()
		}
		var out bytes.Buffer
		code := cli.Run(ctx, args, func(string) (string, bool) { return "", false }, &out, &out)
		stop()
		seen = seen || strings.Contains(out.String(), "set-output")
		for _, at := range obeyed.FindAllStringIndex(out.String(), 3) {
			t.Errorf("%.80q (status %d) prints %q", args, code, out.String()[max(0, at[0]-20):min(out.Len(), at[1]+20)])
		}
	}
	if !seen {
		t.Error("no command shows the hostile text: this test proves nothing")
	}
}

// quotedYAML is a text as JSON and YAML write it.
func quotedYAML(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if r < 0x20 || r >= 0x7f || r == '"' || r == '\\' {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}
