package reliability

import (
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"conformance/internal/config"
	"conformance/internal/credential"
	"conformance/internal/result"
)

// special is a target that a script over one connection cannot show.
type special struct {
	name string
	run  func(*testing.T) *ended
	want ending
}

var specials = []special{
	{
		"redirects to another host: never followed, the key never goes there", elsewhere,
		violates("the answer is 307 Temporary Redirect"),
	},
	{"is the same for requests with a key", elsewhereWithKey, unproven("is answered 307")},
	{
		"speaks HTTP/2 over TLS, `--ca-file` given",
		func(t *testing.T) *ended { return overTLS(t, "2", "127.0.0.1", trusted) }, conforms,
	},
	{
		"breaks off HTTP/2 streams", func(t *testing.T) *ended { return overTLS(t, "2 broken", "127.0.0.1", trusted) },
		violates("stream error"),
	},
	{
		"has a certificate of an unknown authority", func(t *testing.T) *ended { return overTLS(t, "1", "127.0.0.1", nil) },
		unreached("certificate signed by unknown authority"),
	},
	{
		"is the same, with `--ca-file`", func(t *testing.T) *ended { return overTLS(t, "1", "127.0.0.1", trusted) }, conforms,
	},
	{"is the same, with `--insecure`", func(t *testing.T) *ended { return overTLS(t, "1", "127.0.0.1", insecurely) },
		ending{passes, 0, "was not checked. Who answered is not known."}},
	{
		"has a certificate for another host", func(t *testing.T) *ended { return overTLS(t, "1", "localhost", trusted) },
		unreached("certificate is valid for"),
	},
	{
		"speaks TLS, and the URL says http", func(t *testing.T) *ended { return overTLS(t, "1 plain", "127.0.0.1", nil) },
		unproven("is answered 400"),
	},
	{"speaks no TLS, and the URL says https", plainOverTLS, unreached("the server speaks plain HTTP, and the URL says " +
		"https")},
	{"is not there", func(t *testing.T) *ended { return absent(t) }, unreached("connection refused")},
	{
		"is not there, with `--wait 600ms`", func(t *testing.T) *ended { return absent(t, "--wait", "600ms") },
		unreached("connection refused"),
	},
	{"has a name that nobody knows", nameless, unreached("no such host")},
	{"starts while `--wait` waits", late, conforms},
}

func TestSpecial(t *testing.T) {
	for _, s := range specials {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.run(t).check(t, "run", s.want)
		})
	}
}

// elsewhere redirects refusals to a second listener, which must never be asked.
func elsewhere(t *testing.T) *ended        { return redirected(t, refusals) }
func elsewhereWithKey(t *testing.T) *ended { return redirected(t, always) }

func redirected(t *testing.T, which share) *ended {
	asked := atomic.Int64{}
	other := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		t.Errorf("the other host was asked %s %s with %v", r.Method, r.URL, r.Header)
	}))
	other.Config.ConnState = func(net.Conn, http.ConnState) { asked.Add(1) }
	other.Start()
	t.Cleanup(other.Close)
	w := newWire(t, which, func(c *call) {
		c.keep = true
		c.say("HTTP/1.1 307 Temporary Redirect\nLocation: %s%s\nContent-Length: 0\n\n", other.URL, c.request.URL)
	})
	e := runCommand(t, t.Context(), short(configure(t, w.config(w.url())))...)
	if n := asked.Load(); n > 0 {
		t.Errorf("the other host was connected to %d times", n)
	}
	return e
}

// trusted names the server's authority, insecurely looks away.
func trusted(t *testing.T, s *httptest.Server) []string {
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	return []string{"--ca-file", written(t, "ca.pem", cert)}
}

func insecurely(*testing.T, *httptest.Server) []string { return []string{"--insecure"} }

// overTLS puts a sandbox behind TLS, with HTTP/1 or 2.
func overTLS(t *testing.T, how, host string, trust func(*testing.T, *httptest.Server) []string) *ended {
	w := newWire(t, refusals, func(*call) {}) // for its sandbox and keys alone
	keyed := atomic.Bool{}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if how[:1] == "2" && r.ProtoMajor != 2 {
			t.Errorf("spoken to in %s", r.Proto)
		}
		if strings.TrimSpace(r.Header.Get("X-Key")) != "" {
			keyed.Store(true)
		} else if keyed.Load() && strings.HasSuffix(how, "broken") {
			panic(http.ErrAbortHandler)
		}
		w.sandbox.ServeHTTP(out, r)
	}))
	s.EnableHTTP2 = how[:1] == "2"
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	url := strings.Replace(s.URL, "127.0.0.1", host, 1)
	if strings.HasSuffix(how, "plain") {
		url = strings.Replace(url, "https:", "http:", 1)
	}
	var more []string
	if trust != nil {
		more = trust(t, s)
	}
	e := runCommand(t, t.Context(), short(configure(t, w.config(url+w.sandbox.BasePath())), more...)...)
	if len(more) == 1 {
		html, _ := os.ReadFile(filepath.Join(e.reports, "report.html"))
		if !strings.Contains(e.stdout, "--insecure") || !strings.Contains(string(html), "--insecure") {
			t.Error("--insecure is not reported loudly")
		}
	}
	return e
}

func plainOverTLS(t *testing.T) *ended {
	w := newWire(t, refusals, func(*call) {})
	s := httptest.NewServer(w.sandbox)
	t.Cleanup(s.Close)
	return runCommand(t, t.Context(), short(configure(t, w.config(strings.Replace(s.URL, "http:", "https:", 1))))...)
}

// free is an address on which nobody listens.
func free(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func absent(t *testing.T, more ...string) *ended {
	f := &config.File{
		Target:      "http://" + free(t) + "/api",
		Credentials: credential.Set{}.With(credential.Full, "a-key-that-is-long-enough"),
	}
	return runCommand(t, t.Context(), short(configure(t, f), more...)...)
}

func nameless(t *testing.T) *ended {
	f := &config.File{
		Target:      "http://conformance.invalid/api",
		Credentials: credential.Set{}.With(credential.Full, "a-key-that-is-long-enough"),
	}
	return runCommand(t, t.Context(), short(configure(t, f), "--timeout", "5s")...)
}

// late answers only from its second connection on: the first is closed at once.
func late(t *testing.T) *ended {
	var seen atomic.Int64
	w := newWire(t, refusals, func(c *call) { c.answer(c.lines(), c.real().body) }, func(w *wire) {
		w.accept = func(c net.Conn, _ <-chan struct{}) {
			if seen.Add(1) > 4 { // a read is asked twice before it counts as unanswered
				w.converse(c)
			}
		}
	})
	started := time.Now()
	e := runCommand(t, t.Context(), short(configure(t, w.config(w.url())), "--wait", "30s")...)
	if seen.Load() < 5 || time.Since(started) > 20*time.Second {
		t.Errorf("%d connections, %s", seen.Load(), time.Since(started))
	}
	if len(e.rows(result.Error)) > 0 {
		t.Error("rows broke although the target was up")
	}
	return e
}
