package reliability

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"conformance/internal/result"
	"conformance/internal/sandbox"
)

// jsonText is a text of JSON, in its quotes.
var jsonText = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// escapedText writes every letter of a JSON text as an escape, which is the same text (RFC 8259, 7).
func escapedText(quoted string) string {
	var text string
	if json.Unmarshal([]byte(quoted), &text) != nil {
		return quoted
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '/':
			b.WriteString(`\/`)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return `"` + b.String() + `"`
}

// respelled serves what a sandbox answers in another spelling of the same: each text escaped, and the whole compressed.
func respelled(t *testing.T, o sandbox.Options) string {
	t.Helper()
	s := newSandbox(t, o)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := httptest.NewRecorder()
		s.ServeHTTP(a, r)
		maps.Copy(w.Header(), a.Header())
		w.Header().Del("Content-Length")
		if r.Method == http.MethodHead || a.Body.Len() == 0 {
			w.WriteHeader(a.Code)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(a.Code)
		z := gzip.NewWriter(w)
		_, _ = z.Write([]byte(jsonText.ReplaceAllStringFunc(a.Body.String(), escapedText)))
		_ = z.Close()
	}))
	t.Cleanup(server.Close)
	f := sandbox.Configuration(s)
	f.Target = server.URL + s.BasePath()
	return configure(t, f)
}

// TestSpelling: a correct server may compress its answers and escape its texts; what an incorrect one shows is found in
// any spelling.
func TestSpelling(t *testing.T) {
	e := runCommand(t, t.Context(), "--config", respelled(t, sandbox.Options{}), "--profile", "quick", "--no-flood")
	if failed := e.rows(result.Fail); len(failed) > 0 || len(e.rows(result.Pass)) == 0 {
		t.Errorf("a correct server is judged wrongly: %s", e.notesAndRows())
	}
	for fault, id := range map[string]string{
		"lists-foreign-records:listJobs":    "FOUND-006",
		"refused-create-made:invalid-field": "STATE-002",
	} {
		e := runCommand(t, t.Context(), "--config", respelled(t, sandbox.Options{Fault: fault}), "--only", id)
		if len(e.rows(result.Fail)) == 0 {
			t.Errorf("%s is not found by %s: %s", fault, id, e.notesAndRows())
		}
		for _, row := range e.rows(result.Fail) {
			for _, x := range row.Exchanges {
				if x.Response != nil && x.Response.Body != "" && x.Response.Coding != "gzip" {
					t.Errorf("the exchange of %s does not name the coding: %+v", row.ID, x.Response)
				}
			}
		}
	}
}
