package reliability

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"conformance/internal/config"
	"conformance/internal/sandbox"
)

// sent is what a run sent to a fresh sandbox, with keys by their role, and ids and the run's marker replaced.
type sent struct {
	mu       sync.Mutex
	requests []string
	roles    *strings.Replacer
}

var (
	ownMark = regexp.MustCompile(`(?i)conformance[-+][0-9a-f]{1,8}(-[0-9]+)?`)
	number  = regexp.MustCompile(`\b(0x[0-9a-f]{3,8}|[0-9]{4,9}(abc)?)\b`)
)

func (s *sent) plain(text string) string {
	text = ownMark.ReplaceAllString(s.roles.Replace(text), "MARK")
	return number.ReplaceAllStringFunc(text, func(n string) string {
		if id, _ := strconv.ParseInt(strings.TrimSuffix(n, "abc"), 0, 64); id > firstID && id < firstID+10_000 {
			return "ID"
		}
		return n
	})
}

// moves finds the status that a status change asks for: a legal one from where the record is, which what ran before has
// brought it to.
var moves = regexp.MustCompile(`"(job|asset)_status":"[A-Z][A-Za-z -]+"`)

func (s *sent) record(r *http.Request, body []byte) {
	var lines []string
	if r.Method == http.MethodPatch {
		body = moves.ReplaceAll(body, []byte("STATUS"))
	}
	r.Header.Del("Content-Length") // follows from the body, marks and ids and all
	for name, values := range r.Header {
		lines = append(lines, name+": "+strings.Join(values, " | "))
	}
	slices.Sort(lines)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, s.plain(r.Method+" "+r.RequestURI+"\n"+strings.Join(lines, "\n")+"\n\n"+string(body)))
}

// roles replaces each key by what it is for.
func roles(f *config.File) *strings.Replacer {
	var pairs []string
	for i, k := range f.Credentials {
		pairs = append(pairs, k.Secret, fmt.Sprint("<", k.Purpose, i, ">"))
	}
	return strings.NewReplacer(pairs...)
}

// withSeed runs against a fresh sandbox and returns what was sent, sorted, and the results without what differs by
// nature.
func withSeed(t *testing.T, seed, concurrency string) ([]string, string) {
	// the same in every sandbox: derived keys too
	keys := bytes.NewReader(bytes.Repeat([]byte("0123456789abcdefghijklmnopqrstuvwxyz!$%&/()=?"), 1000))
	box := newSandbox(t, sandbox.Options{Rand: keys, Fault: "message-empty:invalid-key"})
	f := sandbox.Configuration(box)
	s := &sent{roles: roles(f)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.record(r, body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		box.ServeHTTP(w, r)
	}))
	defer server.Close()
	f.Target = server.URL + box.BasePath()
	// Which of two changes at once wins is a matter of time, and decides how their record is brought to rest.
	e := runCommand(t, t.Context(), "--config", configure(t, f), "--no-flood", "--profile", "full", "--seed", seed,
		"--concurrency", concurrency, "--skip", "STATUS-004=a race")
	slices.Sort(s.requests)
	return s.requests, s.results(t, e, server.URL)
}

var when = regexp.MustCompile(
	`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT`,
)

// results is results.json without times, durations, ids, marks, the address, and what counts requests.
func (s *sent) results(t *testing.T, e *ended, address string) string {
	data, err := json.Marshal(e.run)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	forget(v)
	data, err = json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(data), strings.TrimPrefix(address, "http://"), "HOST")
	text = when.ReplaceAllString(text, "WHEN")
	return s.plain(text)
}

// forget takes out what no two runs share.
func forget(v any) {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "duration_ms")
		delete(v, "started")
		if name, ok := v["name"].(string); ok {
			if low := strings.ToLower(name); strings.HasPrefix(low, "x-ratelimit") || low == "content-length" {
				v["value"] = ""
			}
		}
		for _, member := range v {
			forget(member)
		}
	case []any:
		for _, item := range v {
			forget(item)
		}
	}
}

// TestSeed: the same seed sends the same requests, whatever the concurrency; another seed sends others.
func TestSeed(t *testing.T) {
	requests, results := withSeed(t, "7", "16")
	if len(requests) < 3000 {
		t.Fatalf("only %d requests", len(requests))
	}
	for _, concurrency := range []string{"16", "1"} {
		if concurrency == "1" && !thoroughRequested() {
			continue
		}
		again, same := withSeed(t, "7", concurrency)
		compare(t, "requests with concurrency "+concurrency, requests, again)
		compare(t, "results with concurrency "+concurrency, strings.Split(results, "\n"), strings.Split(same, "\n"))
	}
	if !thoroughRequested() {
		return
	}
	if other, _ := withSeed(t, "8", "16"); slices.Equal(other, requests) {
		t.Error("another seed sends the same requests")
	}
}

// compare shows the first few differences of two sorted lists.
func compare(t *testing.T, what string, a, b []string) {
	t.Helper()
	count := map[string]int{}
	for _, line := range a {
		count[line]++
	}
	for _, line := range b {
		count[line]--
	}
	shown := 0
	for _, line := range slices.Concat(a, b) {
		if n := count[line]; n != 0 {
			if shown++; shown < 9 {
				t.Errorf("%s: %+d times\n%s", what, -n, line[:min(len(line), 600)])
			}
			count[line] = 0
		}
	}
	if shown > 0 {
		t.Errorf("%s: %d differences of %d and %d", what, shown, len(a), len(b))
	}
}
