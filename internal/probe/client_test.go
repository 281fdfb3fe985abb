package probe

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"conformance/internal/contract"
)

// raw listens on a loopback port and has answer write to each connection once the request's head is read.
func raw(t *testing.T, answer func(conn net.Conn, head []string)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	t.Cleanup(func() { l.Close(); done.Wait() })
	done.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			done.Go(func() {
				defer conn.Close()
				in := bufio.NewReader(conn)
				for {
					var head []string
					for {
						line, err := in.ReadString('\n')
						if err != nil {
							return
						}
						if line = strings.TrimRight(line, "\r\n"); line == "" {
							break
						}
						head = append(head, line)
					}
					answer(conn, head)
					if !slices.Contains(head, "X-Keep: yes") {
						return
					}
				}
			})
		}
	})
	return "http://" + l.Addr().String() + "/api/v1"
}

func client(t *testing.T, target string, change ...func(*Options)) *Client {
	t.Helper()
	o := Options{Target: target, UserAgent: "probe/test"}
	for _, c := range change {
		c(&o)
	}
	c, err := New(o, &Redactor{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func within(d time.Duration) func(*Options) { return func(o *Options) { o.Timeout = d } }

// writeUntilRefused writes without end, as long as anybody listens.
func writeUntilRefused(w io.Writer, text string) {
	for chunk := []byte(strings.Repeat(text, 1000)); ; {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

// TestOddAnswers: what a server may send that is not HTTP's usual is taken as it is, within bounds.
func TestOddAnswers(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = io.WriteString(z, `{"success":false}`)
	z.Close()
	for name, c := range map[string]struct {
		answer string
		then   func(conn net.Conn)
		status int
		body   string // "": not looked at
		check  func(a *Answer) bool
	}{
		"endless body": {
			"HTTP/1.1 400 Bad\r\n\r\n", func(conn net.Conn) { writeUntilRefused(conn, "x") }, 400, "",
			func(a *Answer) bool { return a.Truncated && len(a.Body) == maxBody },
		},
		"endless chunks": {
			"HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n",
			func(conn net.Conn) { writeUntilRefused(conn, "1\r\nx\r\n") }, 400, "", func(a *Answer) bool { return a.Truncated },
		},
		"exactly the bound": {
			fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", maxBody, strings.Repeat("x", maxBody)), nil, 200, "",
			func(a *Answer) bool { return !a.Truncated && len(a.Body) == maxBody },
		},
		"HTTP/1.0": {
			"HTTP/1.0 404 Not Found\r\nX-A: b\r\n\r\nuntil the end", nil, 404, "until the end",
			func(a *Answer) bool { return a.Proto == "HTTP/1.0" && a.Get("x-a") == "b" },
		},
		"gzip": {
			"HTTP/1.1 401 No\r\nContent-Encoding: gzip\r\n\r\n" + zipped.String(), nil, 401, `{"success":false}`, nil,
		},
		"no reason":           {"HTTP/1.1 429 \r\nContent-Length: 0\r\n\r\n", nil, 429, "", nil},
		"a status of its own": {"HTTP/1.1 799 What\r\nContent-Length: 0\r\n\r\n", nil, 799, "", nil},
		"information first": {"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: " +
			"2\r\n\r\nok", nil, 200, "ok", nil},
		"no content": {"HTTP/1.1 204 None\r\n\r\n", nil, 204, "", func(a *Answer) bool { return len(a.Body) == 0 }},
		"redirect": {
			"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\nno", nil, 302, "no", nil,
		},
		"redirect to nowhere": {
			"HTTP/1.1 301 Moved\r\nLocation: http://%zz:a/\r\nContent-Length: 2\r\n\r\nno", nil, 301, "no", nil,
		},
		"a header twice": {
			"HTTP/1.1 400 Bad\r\nx-a: 1\r\nX-A: 2\r\nContent-Length: 0\r\n\r\n", nil, 400, "",
			func(a *Answer) bool { return slices.Equal(a.Values("x-A"), []string{"1", "2"}) && a.Get("X-B") == "" },
		},
		"many headers": {
			"HTTP/1.1 400 Bad\r\n" + strings.Repeat("X-A: b\r\n", 1000) + "Content-Length: 0\r\n\r\n", nil, 400, "",
			func(a *Answer) bool { return len(a.Exchange().Response.Headers) == 65 },
		},
		"garbage in a body": {
			"HTTP/1.1 400 Bad\r\nContent-Length: 3\r\n\r\n\xff\x00\xfe", nil, 400, "\xff\x00\xfe",
			func(a *Answer) bool { return a.Exchange().Response.Body == "\uFFFD\x00\uFFFD" },
		},
	} {
		t.Run(name, func(t *testing.T) {
			target := raw(t, func(conn net.Conn, _ []string) {
				_, _ = io.WriteString(conn, c.answer)
				if c.then != nil {
					c.then(conn)
				}
			})
			a, err := client(t, target).Do(t.Context(), &Request{Method: "POST", Path: "/jobs", Unpaced: true})
			if err != nil {
				t.Fatal(err)
			}
			if a.Status != c.status || c.body != "" && string(a.Body) != c.body || c.check != nil && !c.check(a) {
				t.Errorf("got %d %v %.80q (truncated: %v)", a.Status, a.Header, a.Body, a.Truncated)
			}
		})
	}
}

// TestNoAnswer: what is no whole answer is a *TransportError, which says nothing about the contract.
func TestNoAnswer(t *testing.T) {
	stuck := func(conn net.Conn) { _, _ = conn.Read(make([]byte, 1)) } // until the client hangs up
	for name, c := range map[string]struct {
		answer string
		then   func(conn net.Conn)
		want   string
	}{
		"nothing":     {"", nil, "EOF"},
		"silence":     {"", stuck, "timeout: "},
		"half a head": {"HTTP/1.1 200 OK\r\nX-A:", stuck, "timeout: "},
		"a slow body": {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", stuck, "timeout: the answer broke off " +
			"after 3 bytes"},
		"a body cut short": {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", nil, "the answer broke off after 3 " +
			"bytes: unexpected EOF"},
		"a connection reset": {
			"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", func(conn net.Conn) { _ = conn.(*net.TCPConn).SetLinger(0) },
			"the answer broke off after",
		},
		"garbage": {"SSH-2.0-OpenSSH\r\n", nil, "malformed HTTP"},
		"garbage for chunks": {
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", nil, "invalid byte in chunk length",
		},
		"a chunk cut short":   {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc", nil, "unexpected EOF"},
		"a length of no sort": {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", nil, "bad Content-Length"},
		"two lengths":         {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", nil, "Content-Length"},
		"a huge header": {
			"HTTP/1.1 200 OK\r\nX-A: ", func(conn net.Conn) { writeUntilRefused(conn, "x") },
			"response headers exceeded 262144 bytes",
		},
		"endless headers": {
			"HTTP/1.1 200 OK\r\n", func(conn net.Conn) { writeUntilRefused(conn, "X-A: b\r\n") },
			"response headers exceeded 262144 bytes",
		},
		"endless information": {"", func(conn net.Conn) { writeUntilRefused(conn, "HTTP/1.1 103 Early Hints\r\n\r\n") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int32
			target := raw(t, func(conn net.Conn, _ []string) {
				asked.Add(1)
				_, _ = io.WriteString(conn, c.answer)
				if c.then != nil {
					c.then(conn)
				}
			})
			r := &Request{Method: "POST", Path: "/jobs"}
			probe := client(t, target, within(300*time.Millisecond))
			a, err := probe.Do(t.Context(), r)
			var transport *TransportError
			if !errors.As(err, &transport) || transport.Request != r || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v and %v, want a *TransportError with %q", a, err, c.want)
			}
			if !strings.HasPrefix(err.Error(), "no answer: ") || strings.Contains(err.Error(), "http://") {
				t.Errorf("the message is %q", err)
			}
			if asked.Load() != 1 || probe.Requests() != 1 {
				t.Errorf("a write was sent %d times, counted %d", asked.Load(), probe.Requests())
			}
		})
	}
}

// TestUnansweredReadsAreRepeated once, but not what timed out.
func TestUnansweredReadsAreRepeated(t *testing.T) {
	var asked atomic.Int32
	target := raw(t, func(conn net.Conn, _ []string) {
		if asked.Add(1) == 2 {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}
	})
	c := client(t, target)
	if a, err := c.Do(t.Context(), &Request{Method: "GET", Path: "/jobs"}); err != nil || a.Status != 200 ||
		c.Requests() != 2 {
		t.Errorf("got %v, %v after %d requests", a, err, c.Requests())
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	var transport *TransportError
	if _, err := client(t, "http://"+l.Addr().String()).Do(t.Context(),
		&Request{Method: "GET"}); !errors.As(err, &transport) || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("nobody listens: %v", err)
	}
}

// TestTheKeyStaysWithItsHost: a redirect to another host is shown, not followed.
func TestTheKeyStaysWithItsHost(t *testing.T) {
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	for _, status := range []int{300, 301, 302, 303, 307, 308} {
		target := httptest.NewServer(http.RedirectHandler(other.URL+"/stolen", status))
		c := client(t, target.URL)
		for _, method := range []string{"GET", "POST"} {
			key := Credential{{&contract.Scheme{In: "header", Name: "X-Key"}, "secret"}}
			a, err := c.Do(t.Context(), &Request{Method: method, Path: "/jobs", Credential: key, Body: []byte("{}")})
			if err != nil || a.Status != status || a.Get("Location") != other.URL+"/stolen" {
				t.Errorf("%s %d: got %v, %v", method, status, a, err)
			}
		}
		target.Close()
	}
	if elsewhere.Load() > 0 {
		t.Errorf("the other host was asked %d times", elsewhere.Load())
	}
}

// TestCancel: the request under way is seen through, the next is not sent.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		cancel()
		w.WriteHeader(http.StatusCreated)
	}))
	defer target.Close()
	c := client(t, target.URL)
	r := &Request{Method: "POST", Path: "/jobs"}
	if a, err := c.Do(ctx, r); err != nil || a.Status != http.StatusCreated {
		t.Errorf("under way: %v, %v", a, err)
	}
	if a, err := c.Do(ctx, r); !errors.Is(err, context.Canceled) || c.Requests() != 1 {
		t.Errorf("the next: %v, %v after %d requests", a, err, c.Requests())
	}
}

// TestOneClock: what is stored of a request is the time of the client's clock; a stopped one says that it took no time.
func TestOneClock(t *testing.T) {
	clock := NewStopped(time.Unix(1e9, 0))
	c := paced(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/breaks" {
			panic(http.ErrAbortHandler)
		}
		_ = clock.Sleep(r.Context(), 3*time.Second)
	}), clock)
	a, err := c.Do(t.Context(), as("a", "answers"))
	if err != nil || !a.Started.Equal(time.Unix(1e9, 0)) || a.Duration != 3*time.Second {
		t.Errorf("%+v, %v", a, err)
	}
	_, err = c.Do(t.Context(), as("a", "breaks"))
	var broken *TransportError
	if !errors.As(err, &broken) || !broken.Started.Equal(time.Unix(1e9+3, 0)) {
		t.Errorf("%+v", err)
	}
}
