package reliability

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"conformance/internal/config"
	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/sandbox"
)

// wire is a server of the notes that answers by hand where it is to break, and by a sandbox elsewhere.
type wire struct {
	t        *testing.T
	sandbox  *sandbox.Server
	listener net.Listener
	fault    func(*call) // writes whatever it likes; the connection is closed when it returns, unless it keeps it
	accept   func(net.Conn, <-chan struct{})
	which    share
	keyed    atomic.Bool
	requests atomic.Int64
	stop     chan struct{}
	all      sync.WaitGroup
	mu       sync.Mutex
	open     []net.Conn
}

// share says which answers of a target are broken.
type share int

const (
	always   share = iota // every answer
	refusals              // answers to what comes without a key, once a key was seen
	seldom                // one answer of twenty
	refused               // every answer that refuses
)

func (s share) String() string {
	return [...]string{"always", "refusals", "at 5 %", "every refusal"}[s]
}

// call is one request of which the answer is to be broken.
type call struct {
	net.Conn
	request *http.Request
	proper  func(*http.Request) (*http.Response, string)
	good    *http.Response // see real
	body    string
	keep    bool // the connection goes on
	stop    <-chan struct{}
}

// real lets the sandbox answer, once: good and body are what it says. Until then the request's body is unread.
func (c *call) real() *call {
	if c.good == nil {
		c.good, c.body = c.proper(c.request)
	}
	return c
}

// status is the status line of the sandbox's answer.
func (c *call) status() string {
	return fmt.Sprintf("HTTP/1.1 %d %s\n", c.real().good.StatusCode, http.StatusText(c.good.StatusCode))
}

// say writes a text with the line ends of HTTP.
func (c *call) say(format string, args ...any) {
	_, _ = io.WriteString(c.Conn, strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "\r\n"))
}

// answer writes these header lines and body under the sandbox's status. Unless the lines say another length, the
// connection goes on after it.
func (c *call) answer(lines, body string) {
	if !strings.Contains(lines, "Content-Length") && !strings.Contains(lines, "Transfer-Encoding") {
		lines += fmt.Sprintf("Content-Length: %d\n", len(body))
		c.keep = !strings.Contains(lines, "Connection: close")
	}
	if !strings.Contains(lines, "Content-Type") {
		lines += "Content-Type: application/json\n"
	}
	c.say("%s%s\n", c.status(), lines)
	_, _ = io.WriteString(c.Conn, body)
}

// flow writes the text until nobody reads any more.
func (c *call) flow(text string) {
	for {
		if _, err := io.WriteString(c.Conn, text); err != nil {
			return
		}
	}
}

var notes = sync.OnceValue(func() *contract.Contract {
	c, err := contract.Load(notesDocument())
	if err != nil {
		panic(err)
	}
	return c
})

const notesFile = "testdata/notes.yaml"

func newWire(t *testing.T, which share, fault func(*call), prepare ...func(*wire)) *wire {
	t.Helper()
	s, err := sandbox.New(notes(), sandbox.Options{Limit: 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{t: t, sandbox: s, which: which, fault: fault, stop: make(chan struct{})}
	if w.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	for _, f := range prepare {
		f(w)
	}
	t.Cleanup(w.close)
	w.all.Go(w.serve)
	return w
}

func (w *wire) url() string { return "http://" + w.listener.Addr().String() + w.sandbox.BasePath() }

// config is a configuration with keys for the wire, without those that a broken target would make preflight complain
// of.
func (w *wire) config(target string) *config.File {
	f := sandbox.Configuration(w.sandbox)
	return &config.File{Target: target, Credentials: f.Credentials.Of(credential.Full)[:1], Writes: f.Writes}
}

// wholeConfig is the configuration with every key.
func (w *wire) wholeConfig() *config.File {
	f := sandbox.Configuration(w.sandbox)
	f.Target = w.url()
	return f
}

func (w *wire) close() {
	close(w.stop)
	_ = w.listener.Close()
	w.mu.Lock()
	for _, c := range w.open {
		_ = c.Close()
	}
	w.open = nil
	w.mu.Unlock()
	w.all.Wait()
}

func (w *wire) serve() {
	for {
		c, err := w.listener.Accept()
		if err != nil {
			return
		}
		w.mu.Lock()
		w.open = append(w.open, c)
		w.mu.Unlock()
		w.all.Go(func() {
			defer c.Close()
			if w.accept != nil {
				w.accept(c, w.stop)
				return
			}
			w.converse(c)
		})
	}
}

func (w *wire) converse(c net.Conn) {
	in := bufio.NewReader(c)
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		n := w.requests.Add(1)
		r.RemoteAddr = c.RemoteAddr().String()
		if w.breaks(r, n) {
			k := &call{Conn: c, request: r, stop: w.stop, proper: w.proper}
			if w.which == refused && k.real().good.StatusCode < http.StatusBadRequest {
				if k.good.Write(c) != nil {
					return
				}
				continue
			}
			w.fault(k)
			if !k.keep {
				return
			}
			_, _ = io.Copy(io.Discard, r.Body)
			continue
		}
		res, _ := w.proper(r)
		if res.Write(c) != nil {
			return
		}
	}
}

// breaks says whether the answer to the n-th request is to be broken.
func (w *wire) breaks(r *http.Request, n int64) bool {
	if r.Header.Get("X-Key") != "" {
		w.keyed.Store(true)
		return w.which == always || w.which == refused || w.which == seldom && n%20 == 0
	}
	return w.which == always || w.which == refused ||
		w.which == refusals && w.keyed.Load() || w.which == seldom && n%20 == 0
}

// proper is what the sandbox answers.
func (w *wire) proper(r *http.Request) (*http.Response, string) {
	rec := httptest.NewRecorder()
	w.sandbox.ServeHTTP(rec, r)
	_, _ = io.Copy(io.Discard, r.Body)
	res := rec.Result()
	res.ContentLength = int64(rec.Body.Len())
	return res, rec.Body.String()
}

// lines are the header lines of a good answer, but for its length.
func (c *call) lines() string {
	var b strings.Builder
	for name, values := range c.real().good.Header {
		if name != "Content-Length" && name != "Date" {
			fmt.Fprintf(&b, "%s: %s\n", name, strings.Join(values, ", "))
		}
	}
	return b.String()
}

// forever waits until the test is over.
func (c *call) forever() { <-c.stop }

// trickle writes one byte after the other, slowly.
func (c *call) trickle(text string, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for i := range len(text) {
		select {
		case <-c.stop:
			return
		case <-tick.C:
			if _, err := io.WriteString(c.Conn, text[i:i+1]); err != nil {
				return
			}
		}
	}
}
