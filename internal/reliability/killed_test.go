package reliability

import (
	"bytes"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"conformance/internal/cli"
	"conformance/internal/contract"
	"conformance/internal/sandbox"
)

// TestKilledThenCleanedUp kills the program with its requests under way: cleanup deletes what it made, what it never
// learned of included, and nothing else.
func TestKilledThenCleanedUp(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts the program")
	}
	data, err := os.ReadFile(depot)
	if err != nil {
		t.Fatal(err)
	}
	// No list shows loans, so a lost one could not be found.
	lend := []byte("operationId: lend\n")
	data = bytes.Replace(data, lend, append(lend, "      x-not-judged: no list shows it\n"...), 1)
	c, err := contract.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	s, err := sandbox.New(c, sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if createRecords(t, c, s) < 4 {
		t.Fatal("the companies have made hardly any records")
	}
	before := s.Snapshot()
	var cmd *exec.Cmd
	var accepted atomic.Int64
	started := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-started
		if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/crates") {
			s.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		s.ServeHTTP(answer, r)
		if answer.Code/100 == 2 && accepted.Add(1) == 12 { // it is made, and no answer says so
			_ = cmd.Process.Kill()
			return
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}))
	defer server.Close()
	f := sandbox.Configuration(s)
	f.Target = server.URL + s.BasePath()
	dir := t.TempDir()
	ledger := filepath.Join(dir, "reports", "ledger.jsonl")
	again := []string{"--config", configure(t, f), "--contract", written(t, "depot.yaml", data)}
	args := append([]string{"run", "--profile", "full", "--reports", filepath.Join(dir, "reports")}, again...)
	cmd = exec.CommandContext(t.Context(), binary(t), args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	close(started)
	_ = cmd.Wait()
	made := before.Added()
	if cmd.ProcessState.Exited() || len(made) < 10 {
		t.Fatalf("it was not killed in the middle: %v, %d records", cmd.ProcessState, len(made))
	}
	if text, err := os.ReadFile(ledger); err != nil || bytes.Contains(text, []byte(`"ended"`)) {
		t.Fatalf("the ledger of a killed run: %v, %d bytes", err, len(text))
	}
	var out bytes.Buffer
	status := cli.Run(t.Context(), append([]string{"cleanup", ledger}, again...), emptyEnvironment, &out, &out)
	if left := before.Added(); status != 0 || len(left) > 0 {
		t.Errorf("exit status %d, left of %d records: %v\n%s", status, len(made), left, out.String())
	}
	if changed := before.Changed(); len(changed) > 0 {
		t.Errorf("changed: %v", changed)
	}
	status = cli.Run(t.Context(), append([]string{"cleanup", ledger}, again...), emptyEnvironment, &out, &out)
	if status != 0 || !strings.HasSuffix(out.String(), "0 deleted, 0 left\n") {
		t.Errorf("a second time: exit status %d, %s", status, out.String())
	}
}
