package foreign

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"conformance/internal/realserver"
)

const (
	// installed is where scripts/setup-alertmanager.sh unpacks the package.
	installed = "../../.alertmanager"
	vendors   = installed + "/openapi.yaml"
	ours      = "testdata/alertmanager/"
	// unchanged is the SHA-256 of the document that the vendor publishes with version 0.25.0.
	unchanged = "9cab89e8f7728ecd0b1d2399e4e07e06d90eee8f79f9096437e819cca9afd650"
)

// needAlertmanager skips the test where the server is not there, and makes sure that nobody edited its document.
func needAlertmanager(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: the server is another process, which no detector of races looks into")
	}
	if _, err := os.Stat(installed + "/complete"); err != nil {
		t.Skip("Alertmanager is not there; scripts/setup-alertmanager.sh fetches it")
	}
	text, err := os.ReadFile(vendors)
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != unchanged {
		t.Fatalf("%s is not the vendor's document of version 0.25.0", vendors)
	}
}

// alertmanager is a running server.
type alertmanager struct {
	url string // with the base path of the document
}

// startAlertmanager runs a server with a data directory of its own and the records of somebody who does not know of the
// run.
func startAlertmanager(t *testing.T) alertmanager {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "alertmanager.yml")
	if err := os.WriteFile(config, []byte("route: {receiver: none}\nreceivers: [{name: none}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	address := "127.0.0.1:" + realserver.FreePort(t)
	cmd := exec.CommandContext(t.Context(), installed+"/usr/bin/prometheus-alertmanager",
		"--config.file="+config, "--storage.path="+filepath.Join(dir, "data"), "--web.listen-address="+address,
		"--cluster.listen-address=") // without it a port on every address is opened
	realserver.Start(t, cmd, "Listening on")
	a := alertmanager{url: "http://" + address + "/api/v2"}
	for _, record := range seeded {
		a.ask(t, "POST", record.path, record.body)
	}
	return a
}

// seeded are alerts that end late, else they would go while the test runs, and silences in each state but expired.
var seeded = []struct{ path, body string }{
	{"/alerts", `[
		{"labels":{"alertname":"DiskFull","team":"storage"},"annotations":{"summary":"ask before you touch it"},
		 "startsAt":"2025-01-01T00:00:00Z","endsAt":"2036-01-01T00:00:00Z"},
		{"labels":{"alertname":"HighLoad","team":"payroll"},"startsAt":"2025-01-01T00:00:00Z","endsAt":"2036-01-01T00:00:00Z"}]`},
	{"/silences", `{"matchers":[{"name":"team","value":"storage","isRegex":false}],"createdBy":"storage",
		"comment":"known","startsAt":"2025-01-01T00:00:00Z","endsAt":"2036-01-01T00:00:00Z"}`},
	{"/silences", `{"matchers":[{"name":"team","value":"pay.*","isRegex":true}],"createdBy":"payroll",
		"comment":"planned","startsAt":"2035-01-01T00:00:00Z","endsAt":"2036-01-01T00:00:00Z"}`},
}

// ask sends a request that must succeed, and returns the body of the answer.
func (a alertmanager) ask(t *testing.T, method, path, body string) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, a.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s %v", method, path, answer.Status, err)
	}
	return data
}

// records are all alerts and silences that the server shows, each by its id and as it was written.
func (a alertmanager) records(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, path := range []string{"/alerts", "/silences"} {
		var items []json.RawMessage
		if err := json.Unmarshal(a.ask(t, "GET", path, ""), &items); err != nil {
			t.Fatal(err)
		}
		for _, item := range items {
			var record struct{ ID, Fingerprint string }
			if err := json.Unmarshal(item, &record); err != nil {
				t.Fatal(err)
			}
			out[path+" "+record.ID+record.Fingerprint] = string(item)
		}
	}
	return out
}
