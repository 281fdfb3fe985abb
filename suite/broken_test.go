package suite_test

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"conformance/internal/cli"
	"conformance/internal/config"
	"conformance/internal/credential"
)

// TestBrokenTargets runs the command against real listeners, each of which breaks one clause: it exits 1 and names the
// check, the operation and the difference.
func TestBrokenTargets(t *testing.T) {
	for _, broken := range []struct {
		fault string
		only  string   // the situation, so that the test is quick
		says  []string // what the terminal must show
	}{
		{"no-auth-on-get-asset", "missing-key", []string{"AUTH-001", "getAsset", "401 unauthorized"}},
		{"unknown-key-works", "invalid-key", []string{"AUTH-002", "401 unauthorized"}},
		{"revoked-key-reads", "revoked-key", []string{"AUTH-003", "401 unauthorized"}},
		{"key-accepted-in-query", "misplaced-key", []string{"AUTH-004", "in the query"}},
		{
			"write-scope-not-checked-on-transfer", "missing-scope",
			[]string{"SCOPE-001", "transferAsset", "403 forbidden | scope_not_authorized"},
		},
		{"missing-job-title-accepted", "missing-field", []string{"VALID-001", "createJob", "job_title"}},
		{"zip-not-anchored", "invalid-field", []string{"VALID-002", "createCustomerLocation", "zip"}},
		{"foreign-job-readable", "foreign-record", []string{"FOUND-003", "getJob", "404 not_found"}},
		{
			"illegal-transition-409", "illegal-transition",
			[]string{"STATUS-001", "updateJobStatus", "400 invalid_status_transition"},
		},
		{"405-empty-body", "wrong-method", []string{"METHOD-001", "one JSON document", "it is empty"}},
		{"duplicate-400", "duplicate", []string{"UNIQUE-001", "createCustomer", "409 duplicate_customer"}},
		{"flood-503", "flood", []string{"RATE-001", "429 rate_limit_exceeded"}},
	} {
		t.Run(broken.fault, func(t *testing.T) {
			t.Parallel()
			code, out := runAgainst(t, newIndependent(independentOptions{Fault: broken.fault, Limit: 300, Window: time.Second}),
				"--only", broken.only)
			if code != 1 {
				t.Fatalf("exit status %d, not 1:\n%s", code, out)
			}
			for _, text := range broken.says {
				if !strings.Contains(out, text) {
					t.Errorf("%q is not said:\n%s", text, out)
				}
			}
		})
	}
}

// TestSoundTarget is the counterpart: the same server without a fault is conformant through the command, over a real
// listener.
func TestSoundTarget(t *testing.T) {
	code, out := runAgainst(t, newIndependent(independentOptions{Dialect: "other", Limit: 1000, Window: time.Second}))
	if code != 0 {
		t.Errorf("exit status %d, not 0:\n%s", code, out)
	}
}

// runAgainst runs the command and returns its exit status and what it printed.
func runAgainst(t *testing.T, s *independent, args ...string) (int, string) {
	t.Helper()
	server := httptest.NewServer(s)
	defer server.Close()
	dir := t.TempDir()
	file := filepath.Join(dir, "conformance.yaml")
	text, err := yaml.Marshal(configurationOf(s, server.URL+indBase))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	all := append([]string{"run", "--config", file, "--reports", filepath.Join(dir, "reports")}, args...)
	code := cli.Run(context.Background(), all, func(string) (string, bool) { return "", false }, &out, &out)
	return code, out.String()
}

func configurationOf(s *independent, target string) *config.File {
	keys := s.keys()
	set := credential.Set{}.With(credential.Full, keys.full...).With(credential.Revoked, keys.revoked).
		With(credential.IPDenied, keys.ipDenied).With(credential.OtherTenant, keys.other).With(credential.Flood, keys.flood)
	for _, k := range keys.scoped {
		set = set.WithScoped(k.key, k.scopes...)
	}
	return &config.File{
		Target: target, Writes: config.Texts{"all"}, Credentials: set,
		Fixtures: map[string]config.Fixture{"createAssetMeterReading.id": {
			Values: s.meteredAssets("A"), OtherTenant: s.meteredAssets("B"), Disposable: true,
		}},
	}
}
