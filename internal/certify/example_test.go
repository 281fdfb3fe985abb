package certify

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// exampleDir holds a bundle of the sandbox for readers of the repository. What it was certified for changes with the contract and with what
// the suite plans, not with every commit.
const exampleDir = "../../reports/certified/example"

func TestExample(t *testing.T) {
	b, err := Read(exampleDir)
	if err != nil {
		t.Fatalf("%v: scripts/example-certificate.sh makes it anew", err)
	}
	data, err := os.ReadFile(filepath.Join(exampleDir, KeyFile))
	if err != nil {
		t.Fatal(err)
	}
	key, err := ParsePublicKey(data)
	if err != nil {
		t.Fatal(err)
	}
	e := clean(t)
	for _, p := range Verify(t.Context(), e.reference, b, Options{Key: key, Now: time.Now()}) { // of any age: it is an example
		if p.State != Proven {
			t.Errorf("%s is %s: %s", p.Name, p.State, p.Text)
		}
	}
	if t.Failed() {
		t.Log("the contract or the suite has changed since: scripts/example-certificate.sh makes the example anew")
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
		cmd := exec.CommandContext(t.Context(), node, "testdata/independent.cjs", filepath.Join(dir, "envelope.json"), filepath.Join(dir, "key.pem"))
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
