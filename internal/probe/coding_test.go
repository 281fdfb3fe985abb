package probe_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"

	"conformance/internal/probe"
)

// coded is a text in a content coding.
func coded(t *testing.T, coding, text string) string {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "br":
		w = brotli.NewWriter(&b)
	case "deflate":
		w = zlib.NewWriter(&b)
	case "bare deflate":
		w, _ = flate.NewWriter(&b, flate.BestSpeed)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestCodings: requests ask for no content coding; one that comes all the same is undone, within the bounds of any
// body.
func TestCodings(t *testing.T) {
	const text = `{"success":true}`
	bomb := strings.Repeat("0", 64<<20)
	for name, v := range map[string]struct {
		header, body string
		want         string // the body, or what could not be undone
		cut          bool
	}{
		"none":             {"", text, text, false},
		"gzip":             {"GZIP", coded(t, "gzip", text), text, false},
		"br":               {"br", coded(t, "br", text), text, false},
		"deflate":          {"deflate", coded(t, "deflate", text), text, false},
		"a bare stream":    {"deflate", coded(t, "bare deflate", text), text, false},
		"two":              {"br, gzip", coded(t, "gzip", coded(t, "br", text)), text, false},
		"an empty body":    {"gzip", "", "", false},
		"a bomb":           {"gzip", coded(t, "gzip", bomb), bomb[:1<<20], true},
		"a bomb in a bomb": {"br, gzip", coded(t, "gzip", coded(t, "br", bomb)), bomb[:1<<20], true},
		"not what it says": {"gzip", text, "gzip: gzip: invalid header", false},
		"cut off":          {"gzip", coded(t, "gzip", text)[:20], "gzip: unexpected EOF", false},
		"unknown":          {"zstd", text, "zstd: not a coding that this suite can read", false},
		"too many":         {"gzip,gzip,gzip,gzip", text, "it has 4 codings, more than 3", false},
	} {
		t.Run(name, func(t *testing.T) {
			asked := ""
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked = r.Header.Get("Accept-Encoding")
				if v.header != "" {
					w.Header().Set("Content-Encoding", v.header)
				}
				_, _ = io.WriteString(w, v.body)
			}))
			defer server.Close()
			c, err := probe.New(probe.Options{Target: server.URL}, probe.NewRedactor(nil))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			a, err := c.Do(context.Background(), &probe.Request{Method: http.MethodGet, Path: "/"})
			if err != nil {
				t.Fatal(err)
			}
			got := string(a.Body)
			if a.Undecoded != "" {
				got = a.Undecoded
				if string(a.Body) != v.body {
					t.Error("what cannot be decoded is not kept as it came")
				}
			}
			if got != v.want || a.Truncated != v.cut {
				t.Errorf("read %.80q, cut %v; want %.80q, cut %v", got, a.Truncated, v.want, v.cut)
			}
			if asked != "identity" {
				t.Errorf("asked with Accept-Encoding %q", asked)
			}
			if x := a.Exchange(); v.body != "" && strings.ToLower(v.header) != strings.ReplaceAll(x.Response.Coding, " ", "") &&
				strings.ToLower(v.header) != x.Response.Coding {
				t.Errorf("the exchange names the coding %q", x.Response.Coding)
			}
		})
	}
}
