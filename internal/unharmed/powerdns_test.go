package unharmed

import (
	"bytes"
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

// installed is where scripts/setup-powerdns.sh unpacks the packages.
const installed = "../../.powerdns"

const apiKey = "a-key-of-the-name-server-0123456789"

// program is one of the unpacked packages, which finds its libraries next to it.
func program(t *testing.T, path string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(installed, path), args...)
	cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+libraries(t))
	return cmd
}

// libraries is the folder of the unpacked libraries. The test is skipped where there is none.
func libraries(t *testing.T) string {
	t.Helper()
	found, _ := filepath.Glob(filepath.Join(installed, "usr/lib/*/pdns"))
	if len(found) == 0 {
		t.Skip("PowerDNS is not there; scripts/setup-powerdns.sh fetches it")
	}
	dir, err := filepath.Abs(filepath.Dir(found[0]))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// newDatabase is the file of a database without records.
func newDatabase(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "powerdns.db")
	schema := filepath.Join(installed, "usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql")
	if out, err := program(t, "usr/bin/sqlite3", file, ".read "+schema).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return file
}

// powerDNS is a running server.
type powerDNS struct {
	url      string // with the base path of the contract
	database string
	stop     func()
}

// nothingCached lets the server show what is in its database, not what was there a minute ago.
var nothingCached = []string{
	"--cache-ttl=0", "--query-cache-ttl=0", "--negquery-cache-ttl=0", "--domain-metadata-cache-ttl=0",
	"--dnssec-key-cache-ttl=0", "--zone-cache-refresh-interval=0",
}

// start runs the server on a database. It listens on loopback only and ends with the test, or with stop.
func start(t *testing.T, database string) *powerDNS {
	t.Helper()
	dir, err := os.MkdirTemp("", "powerdns-") //nolint:usetesting // its socket needs a short path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.WriteFile(filepath.Join(dir, "pdns.conf"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	port := realserver.FreePort(t)
	cmd := program(t, "usr/sbin/pdns_server", append([]string{
		"--config-dir=" + dir, "--socket-dir=" + dir, "--module-dir=" + filepath.Join(libraries(t), "pdns"),
		"--launch=gsqlite3", "--gsqlite3-database=" + database, "--gsqlite3-dnssec=yes",
		"--local-address=127.0.0.1:0", "--security-poll-suffix=", "--guardian=no", "--daemon=no", "--disable-syslog=yes",
		"--webserver=yes", "--webserver-address=127.0.0.1", "--webserver-allow-from=127.0.0.1",
		"--webserver-port=" + port,
		"--api=yes", "--api-key=" + apiKey,
	}, nothingCached...)...)
	return &powerDNS{
		url: "http://127.0.0.1:" + port + "/api/v1/servers/localhost", database: database,
		stop: realserver.Start(t, cmd, "ready to distribute questions"),
	}
}

// ask sends a request with the key and returns the body of the answer, or in place of a refusal its status.
func (s *powerDNS) ask(t *testing.T, method, path, body string) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-API-Key", apiKey)
	r.Header.Set("Accept", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode/100 != 2 {
		return []byte(answer.Status)
	}
	return data
}

// seeded are the records of somebody who does not know of the run.
var seeded = []struct{ method, path, body string }{
	{"POST", "/zones", `{"name":"alpha.example.","kind":"Native","account":"payroll","nameservers":["ns.example."]}`},
	{"PATCH", "/zones/alpha.example.", `{"rrsets":[
		{"name":"www.alpha.example.","type":"A","ttl":300,"changetype":"REPLACE",
		 "records":[{"content":"192.0.2.7","disabled":false}],
		 "comments":[{"content":"ask before you touch it","account":"payroll","modified_at":1700000000}]},
		{"name":"alpha.example.","type":"MX","ttl":3600,"changetype":"REPLACE",
		 "records":[{"content":"10 mx.alpha.example.","disabled":false}]}]}`},
	{"POST", "/zones/alpha.example./metadata", `{"kind":"X-OWNER","metadata":["payroll"]}`},
	{"POST", "/zones", `{"name":"beta.example.","kind":"Master","account":"sales","nameservers":["ns1.beta.example."]}`},
	{"POST", "/zones/beta.example./cryptokeys", `{"keytype":"ksk","active":true,"algorithm":"ecdsa256"}`},
	{"POST", "/tsigkeys", `{"name":"transfer","algorithm":"hmac-sha256"}`},
	{"POST", "/tsigkeys", `{"name":"update","algorithm":"hmac-sha512"}`},
}

// seed is the file of a database with these records.
func seed(t *testing.T) string {
	t.Helper()
	s := start(t, newDatabase(t))
	for _, r := range seeded {
		if answer := s.ask(t, r.method, r.path, r.body); len(answer) > 0 && !json.Valid(answer) {
			t.Fatalf("%s %s: %s", r.method, r.path, answer)
		}
	}
	s.stop()
	// The server keeps what is new in a second file (WAL). Here it goes into the first, which is copied.
	if out, err := program(t, "usr/bin/sqlite3", s.database, "PRAGMA journal_mode=delete").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return s.database
}

// copied is a database of its own with the same records.
func copied(t *testing.T, database string) string {
	t.Helper()
	data, err := os.ReadFile(database)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "powerdns.db")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// rows are what is in the database, as one statement per row. Nothing of it is left out for the sake of the clock: the
// server changes nothing by itself, as no zone has anybody to notify or to ask.
func (s *powerDNS) rows(t *testing.T) []string {
	t.Helper()
	out, err := program(t, "usr/bin/sqlite3", "-readonly", s.database, ".dump").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(bytes.TrimSpace(out)), "\n")
}
