package credential_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"conformance/internal/credential"
)

// TestCommand: a key is what a program prints; it is asked for again when it was refused, not more than once a minute,
// and whoever keeps secrets hears of each before it is used.
func TestCommand(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Unix(1e9, 0)
	c := &credential.Command{Line: []string{"cat", file}, Now: func() time.Time { return now }}
	k := credential.Key{Purpose: credential.Full, Command: c}
	write("  first-token\n")
	if err := (credential.Set{k}).Start(t.Context()); err != nil || k.Text() != "first-token" {
		t.Fatalf("%q, %v", k.Text(), err)
	}
	var known []string
	c.Notice(func(secret string) { known = append(known, secret) })
	write("second-token\n")
	if got := c.Renew(t.Context(), "first-token"); got != "first-token" {
		t.Errorf("asked again at once: %q", got)
	}
	now = now.Add(2 * time.Minute)
	if got := c.Renew(t.Context(), "first-token"); got != "second-token" || k.Text() != "second-token" {
		t.Errorf("after two minutes: %q", got)
	}
	now = now.Add(2 * time.Minute)
	write("third-token\n")
	if got := c.Renew(t.Context(), "first-token"); got != "second-token" {
		t.Errorf("what came since the refused key is not tried: %q", got)
	}
	write("")
	if got := c.Renew(t.Context(), "second-token"); got != "second-token" {
		t.Errorf("nothing was printed: %q", got)
	}
	if got := strings.Join(known, " "); got != "first-token second-token" {
		t.Errorf("known: %s", got)
	}
	if set := (credential.Set{k}); !set.Has(credential.Full, "first-token") || !set.Has(credential.Full, "second-token") {
		t.Error("a former secret is not the key's any more")
	}
	if strings.Join(labels(credential.Set{k}), " ") != "${KEY_FULL} ${KEY_FULL}" {
		t.Errorf("labels: %q", labels(credential.Set{k}))
	}
}

// TestCommandFails: what is wrong with a command is said without what it printed.
func TestCommandFails(t *testing.T) {
	for want, line := range map[string][]string{
		"credentials.flood: command: exit status 7; run it by hand": {"sh", "-c", "echo canary; echo canary >&2; exit 7"},
		"credentials.flood: command: printed nothing":               {"true"},
		"credentials.flood: command: printed more than one line":    {"printf", `canary\nb`},
		"credentials.flood: command: is empty":                      nil,
		"executable file not found":                                 {"conformance-no-such-program"},
	} {
		k := credential.Key{Purpose: credential.Flood, Command: &credential.Command{Line: line, Now: time.Now}}
		err := credential.Set{k}.Start(context.Background())
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
