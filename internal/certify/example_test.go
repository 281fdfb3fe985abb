package certify

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestREADME compares the description of a bundle with a real one: every file has its line, and no other file has one.
func TestREADME(t *testing.T) {
	const page = "../../reports/certified/README.md"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "example")
	if err := bundle(t, pair(t), product, nil).Write(dir); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{KeyFile}
	for _, e := range entries {
		want = append(want, e.Name())
	}
	var named []string
	for line := range strings.Lines(string(text)) {
		if cell, _, found := strings.Cut(strings.TrimPrefix(line, "| "), " |"); found && strings.HasPrefix(cell, "`") {
			named = append(named, strings.Split(strings.Trim(cell, "`"), "`, `")...)
		}
	}
	slices.Sort(want)
	slices.Sort(named)
	if !slices.Equal(named, want) {
		t.Errorf("%s names the files %q, a bundle and its key are %q", page, named, want)
	}
}

// An implementation of DSSE that is not ours reads the same statement from the envelope, and refuses an altered one.
func TestIndependentVerification(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node on PATH")
	}
	modules, err := filepath.Abs("../../.dsse/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(modules); err != nil {
		t.Skip("no .dsse/node_modules; scripts/setup-dsse.sh installs them")
	}
	private, public, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	key, err := ParsePrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	b := bundle(t, key, product, nil)
	_, payload, err := openEnvelope(b.Files[StatementFile])
	if err != nil {
		t.Fatal(err)
	}
	ask := func(envelope []byte) ([]byte, error) {
		dir := t.TempDir()
		for name, data := range map[string][]byte{"envelope.json": envelope, "key.pem": public} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.CommandContext(t.Context(), node, "testdata/independent.cjs", filepath.Join(dir, "envelope.json"),
			filepath.Join(dir, "key.pem"))
		cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
		return cmd.Output()
	}
	if said, err := ask(b.Files[StatementFile]); err != nil || !bytes.Equal(said, payload) {
		t.Errorf("the envelope is refused: %v", err)
	}
	if _, err := ask(withPayload(t, b, bytes.Replace(payload, []byte("Partner"), []byte("partner"), 1))); err == nil {
		t.Error("an altered statement is taken")
	}
}
