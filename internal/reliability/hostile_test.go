package reliability

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"conformance/internal/result"
)

var update = flag.Bool("update", false, "write docs/reliability.md's table again")

func notesDocument() []byte {
	data, err := os.ReadFile(notesFile)
	if err != nil {
		panic(err)
	}
	return data
}

// hostile is a target that breaks, and what a run makes of it: where every answer is broken, and where only the
// refusals are that a check provokes on a target that is correct otherwise.
type hostile struct {
	name   string // as docs/reliability.md has it
	script func(*call)
	accept func(net.Conn, <-chan struct{})
	whole  ending
	part   ending
	heavy  bool // memory is looked at
}

// ending is how a run ends: the outcome of the check's rows ("none": it was not tried), the exit status and what is
// said.
type ending struct {
	outcome string
	status  int
	reason  string
}

// patience is short where a timeout is what must happen, and else so long that a slow machine makes none.
func (e ending) patience() string {
	if strings.Contains(e.reason, "timeout") || strings.HasPrefix(e.reason, "the answer broke off") {
		return "800ms"
	}
	return "10s"
}

const (
	passes = "pass"
	fails  = "fail"
	errs   = "error"
	mixed  = "pass or error"
	skips  = "skip"
	none   = "none"
)

func unreached(said string) ending { return ending{none, 3, said} }
func unproven(said string) ending  { return ending{skips, 3, said} }
func violates(said string) ending  { return ending{fails, 1, said} }
func breaks(said string) ending    { return ending{errs, 3, said} }

var conforms = ending{passes, 0, "CONFORMANT"}

// bomb is 100 MB when unpacked.
var bomb = sync.OnceValue(func() string {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	block := make([]byte, 1<<20)
	for range 100 {
		_, _ = z.Write(block)
	}
	_ = z.Close()
	return b.String()
})

const notTheKey = "is answered 401"

var hostiles = []hostile{
	{name: "sends a body that never ends", heavy: true,
		script: func(c *call) {
			c.say("HTTP/1.1 401 Unauthorized\nContent-Type: application/json\n\n")
			c.flow(strings.Repeat("a", 64<<10))
		},
		whole: unproven(notTheKey), part: violates("longer than 1 MiB")},
	{name: "sends a body of 1 GB", heavy: true,
		script: func(c *call) { c.answer("Content-Length: 1073741824\n", ""); c.flow(strings.Repeat(" ", 64<<10)) },
		whole:  unproven(notTheKey), part: violates("longer than 1 MiB")},
	{name: "sends a gzip bomb nobody asked for (100 MB in 450 kB)", heavy: true,
		script: func(c *call) { c.answer("Content-Encoding: gzip\n", bomb()) },
		whole:  unproven(notTheKey), part: violates("longer than 1 MiB")},
	{name: "sends its body one byte at a time, for ever",
		script: func(c *call) {
			c.answer("Content-Length: 1000\n", "")
			c.trickle(strings.Repeat(" ", 1000), 50*time.Millisecond)
		},
		whole: unreached("the answer broke off after"), part: breaks("timeout: the answer broke off after")},
	{name: "sends a header of 1 MB", heavy: true,
		script: func(c *call) { c.answer(c.lines()+"X-Long: "+strings.Repeat("x", 1<<20)+"\n", c.body) },
		whole:  unreached("server response headers exceeded 262144 bytes"), part: breaks("server response headers exceeded " +
			"262144 bytes")},
	{name: "sends 10,000 headers", heavy: true,
		script: func(c *call) {
			lines := ""
			var b strings.Builder
			for i := range 10_000 {
				fmt.Fprintf(&b, "X-%d: v\n", i)
			}
			lines = b.String()
			c.answer(c.lines()+lines, c.body)
		},
		whole: unproven(notTheKey), part: conforms},
	{name: "redirects to itself",
		script: func(c *call) {
			c.keep = true
			c.say("HTTP/1.1 302 Found\nLocation: %s\nContent-Length: 0\n\n", c.request.URL)
		},
		whole: unproven("is answered 302"), part: violates("the answer is 302 Found")},
	{name: "announces a longer body than it sends",
		script: func(c *call) { c.answer(c.lines()+"Content-Length: 4000\n", c.body) },
		whole:  unreached("unexpected EOF"), part: breaks("the answer broke off after")},
	{name: "announces a shorter body than it sends",
		script: func(c *call) { c.answer(c.lines()+"Content-Length: 9\n", c.body) },
		whole:  unproven(notTheKey), part: violates("the body is not one JSON document")},
	{name: "closes the connection within the status line",
		script: func(c *call) { c.say("HTTP/1.1 401 Unau") },
		whole:  unreached("unexpected EOF"), part: breaks("unexpected EOF")},
	{name: "closes the connection instead of answering",
		script: func(*call) {},
		whole:  unreached("EOF"), part: violates("3 times in a row (EOF)")},
	{name: "resets the connection instead of answering",
		script: func(c *call) { _ = c.Conn.(*net.TCPConn).SetLinger(0) },
		whole:  unreached("connection reset"), part: violates("connection reset")},
	{name: "closes the connection after each answer",
		script: func(c *call) { c.answer(c.lines()+"Connection: close\n", c.body) },
		whole:  unproven(notTheKey), part: conforms},
	{name: "closes the connection after each answer without a word",
		script: func(c *call) { c.answer(c.lines(), c.body); c.keep = false },
		whole:  unproven(notTheKey), part: ending{mixed, -1, ""}},
	{name: "answers twice",
		script: func(c *call) { c.answer(c.lines(), c.body); c.answer(c.lines(), c.body) },
		whole:  unproven(notTheKey), part: ending{mixed, -1, ""}},
	{name: "sends garbage for chunks",
		script: func(c *call) { c.answer("Transfer-Encoding: chunked\n", "zz\r\ngarbage\r\n") },
		whole:  unreached("invalid byte in chunk length"), part: breaks("invalid byte in chunk length")},
	{name: "speaks HTTP/1.0",
		script: func(c *call) { c.say("HTTP/1.0 401 Unauthorized\n%s\n%s", c.lines(), c.body) },
		whole:  unproven(notTheKey), part: conforms},
	{name: "answers without any length, and closes",
		script: func(c *call) { c.say("HTTP/1.1 401 Unauthorized\n%s\n%s", c.lines(), c.body) },
		whole:  unproven(notTheKey), part: conforms},
	{name: "has a status line without a number",
		script: func(c *call) { c.say("HTTP/1.1 no way\nContent-Length: 0\n\n") },
		whole:  unreached("malformed HTTP"), part: breaks("malformed HTTP")},
	{name: "has a status that HTTP does not know (999)",
		script: func(c *call) { c.keep = true; c.say("HTTP/1.1 999 Odd\nContent-Length: 0\n\n") },
		whole:  unproven("is answered 999"), part: violates("the answer is 999")},
	{name: "has invalid UTF-8 in its JSON",
		script: func(c *call) {
			c.answer(c.lines(), "{\"success\":false,\"error\":\"unauthorized\",\"message\":\"No\xff key\"}")
		},
		whole: unproven(notTheKey), part: violates("it is not valid UTF-8")},
	{name: "has a NUL in its JSON",
		script: func(c *call) {
			c.answer(c.lines(), "{\"success\":false,\"error\":\"unauthorized\",\"message\":\"No\x00 key\"}")
		},
		whole: unproven(notTheKey), part: violates(`invalid character '\x00'`)},
	{name: "has an escaped NUL in its message, and HTML",
		script: func(c *call) {
			c.answer(c.lines(), `{"success":false,"error":"unauthorized","message":"No\u0000 <b>key</b> ]]>"}`)
		},
		whole: unproven(notTheKey), part: violates("of the refusal holds HTML")},
	{name: "nests its JSON 100,000 levels deep", heavy: true,
		script: func(c *call) {
			c.answer(c.lines(), `{"success":false,"error":"unauthorized","message":"No key","more":`+strings.Repeat("[",
				100_000)+strings.Repeat("]", 100_000)+"}")
		},
		whole: unproven(notTheKey), part: violates("exceeded max depth")},
	{name: "has the same JSON key twice (the last one counts)",
		script: func(c *call) {
			c.answer(c.lines(), `{"success":false,"error":"unauthorized","error":"other","message":"No key"}`)
		},
		whole: unproven(notTheKey), part: violates(`the code is "other"`)},
	{name: "sits behind a proxy that answers in HTML",
		script: func(c *call) {
			const page = "<html><body><h1>502 Bad Gateway</h1></body></html>"
			c.keep = true
			c.say("HTTP/1.1 502 Bad Gateway\nContent-Type: text/html\nContent-Length: %d\n\n%s", len(page), page)
		},
		whole: unreached("502 Bad Gateway in HTML"), part: violates("502 Bad Gateway in HTML")},
	{name: "sits behind a captive portal: 200 and HTML for everything",
		script: func(c *call) {
			const page = "<html><body>Please log in</body></html>"
			c.keep = true
			c.say("HTTP/1.1 200 OK\nContent-Type: text/html\nContent-Length: %d\n\n%s", len(page), page)
		},
		whole: unproven("the success answer of listNotes is not JSON"), part: violates("the request was accepted (200")},
	{name: "says 100 Continue and no more",
		script: func(c *call) { c.say("HTTP/1.1 100 Continue\n\n"); c.forever() },
		whole:  unreached("timeout"), part: breaks("timeout")},
	{name: "says 100 Continue for ever",
		script: func(c *call) { c.flow("HTTP/1.1 100 Continue\r\n\r\n") },
		whole:  unreached("response headers exceeded"), part: breaks("response headers exceeded")},
	{name: "says 103 Early Hints for ever",
		script: func(c *call) { c.flow("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n") },
		whole:  unreached("response headers exceeded"), part: breaks("response headers exceeded")},
	{name: "answers 101 Switching Protocols, which nobody asked for",
		script: func(c *call) {
			c.say("HTTP/1.1 101 Switching Protocols\nUpgrade: x\nConnection: Upgrade\n\n")
			c.forever()
		},
		whole: unreached("101 Switching Protocols"), part: breaks("101 Switching Protocols")},
	{name: "answers before it has read the body, and closes",
		script: func(c *call) { c.answer(c.lines()+"Connection: close\n", c.body) },
		whole:  unproven(notTheKey), part: conforms},
	{name: "accepts the connection and never answers",
		script: func(c *call) { c.forever() },
		whole:  unreached("timeout"), part: breaks("timeout")},
	{name: "is not an HTTP server (an SSH banner)",
		accept: func(c net.Conn, _ <-chan struct{}) { _, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.6\r\n") },
		whole:  unreached("malformed HTTP” or “not an HTTP server: it sent data before the request")},
	{name: "listens and says nothing at all",
		accept: func(_ net.Conn, stop <-chan struct{}) { <-stop },
		whole:  unreached("timeout")},
}

// short are the flags that keep a run against a broken target short.
func short(file string, more ...string) []string {
	return append([]string{
		"--contract", notesFile, "--config", file, "--only", "AUTH-001", "--timeout", "10s", "--no-flood",
	}, more...)
}

// TestHostile meets each target twice and compares what the run makes of it.
func TestHostile(t *testing.T) {
	bomb() // takes longer than a request may
	for _, h := range hostiles {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			for where, want := range map[string]ending{"every answer": h.whole, "refusals": h.part} {
				if want.outcome == "" {
					continue
				}
				w := newWire(t, where == "every answer", h.script, func(w *wire) { w.accept = h.accept })
				e := runCommand(t, t.Context(), short(configure(t, w.config(w.url())), "--timeout", want.patience())...)
				e.check(t, where, want)
			}
		})
	}
}

// check compares a run against a broken target with what must become of it.
func (e *ended) check(t *testing.T, where string, want ending) {
	t.Helper()
	if want.status >= 0 && e.status != want.status {
		t.Errorf("%s: exit status %d, want %d", where, e.status, want.status)
	}
	if !slices.ContainsFunc(strings.Split(want.reason, "” or “"), func(said string) bool {
		return strings.Contains(e.notesAndRows(), said)
	}) {
		t.Errorf("%s: %q is not said", where, want.reason)
	}
	if e.took > 20*time.Second {
		t.Errorf("%s: took %s", where, e.took)
	}
	if strings.Contains(e.terminalText(), "panic") || strings.Contains(e.terminalText(), "goroutine ") {
		t.Errorf("%s: something panicked", where)
	}
	tried := 0
	for _, row := range e.run.Checks {
		if row.ReasonCode == result.Deselected {
			continue
		}
		tried++
		if ok := string(row.Outcome) == want.outcome ||
			want.outcome == mixed && (row.Outcome == result.Pass || row.Outcome == result.Error); !ok {
			t.Errorf("%s: %s %s %s is %s, want %s", where, row.ID, row.Operation, row.Variant, row.Outcome, want.outcome)
			break
		}
	}
	if (tried == 0) != (want.outcome == none) {
		t.Errorf("%s: %d rows, want %s", where, tried, want.outcome)
	}
	if t.Failed() {
		t.Logf("%s: exit %d after %s\n%s", where, e.status, e.took, e.notesAndRows())
	}
}

// TestMemory meets the targets that send much with the real binary, and looks at the most memory that it ever had.
func TestMemory(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("no /proc to read the peak of memory from")
	}
	if testing.Short() {
		t.Skip("the real binary is not what -race looks at")
	}
	program := binary(t)
	for _, h := range hostiles {
		if !h.heavy {
			continue
		}
		t.Run(h.name, func(t *testing.T) {
			w := newWire(t, false, h.script)
			args := short(configure(t, w.config(w.url())), "--reports", filepath.Join(t.TempDir(), "reports"))
			cmd := exec.CommandContext(t.Context(), program, append([]string{"run"}, args...)...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			over := make(chan struct{})
			go func() {
				defer close(over)
				_ = cmd.Wait() // its status is TestHostile's matter
			}()
			peak := 0
			for sample := time.NewTicker(2 * time.Millisecond); ; {
				peak = max(peak, highWater(cmd.Process.Pid))
				select {
				case <-sample.C:
					continue
				case <-over:
					sample.Stop()
				}
				break
			}
			t.Logf("%d MB", peak>>10)
			if peak == 0 || peak > 200<<10 {
				t.Errorf("the run had %d kB at its peak", peak)
			}
		})
	}
}

// highWater is the most memory that a process has had, in kB; 0 where that cannot be read any more.
func highWater(pid int) int {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kb, _ := strconv.Atoi(strings.TrimSpace(strings.SplitN(rest, "kB", 2)[0]))
	return kb
}
