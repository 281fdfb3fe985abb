package reliability

import (
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// fixed answers every request with the same.
func fixed(status, header, body string) func(*call) {
	return func(c *call) {
		c.real()
		c.keep = true
		c.say("HTTP/1.1 %s\n%sContent-Length: %d\n\n%s", status, header, len(body), body)
	}
}

// withHeader answers as the sandbox does, with more header lines.
func withHeader(lines string) func(*call) {
	return func(c *call) { c.answer(c.lines()+lines, c.real().body) }
}

// chunked answers as the sandbox does, in chunks that are written by hand.
func chunked(chunks func(body string) string) func(*call) {
	return func(c *call) {
		c.real()
		c.answer(c.lines()+"Transfer-Encoding: chunked\n", chunks(c.body))
		c.keep = true
	}
}

func chunk(s string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(s), s) }

const outrageous = "server response headers exceeded 262144 bytes"

var headers = []hostile{
	{name: "sends a header of 1 MB", heavy: true, script: withHeader("X-Long: " + strings.Repeat("x", 1<<20) + "\n"),
		always: unreached(outrageous), part: breaks(outrageous)},
	{name: "sends a header of 200 KB", heavy: true, script: withHeader("X-Long: " + strings.Repeat("x", 200_000) + "\n"),
		part: conforms},
	{name: "sends 10,000 headers", heavy: true, script: func(c *call) {
		var b strings.Builder
		for i := range 10_000 {
			fmt.Fprintf(&b, "X-%d: v\n", i)
		}
		c.answer(c.lines()+b.String(), c.real().body)
	}, part: conforms},
	{name: "sets a thousand cookies", heavy: true, script: withHeader(strings.Repeat("Set-Cookie: a=b; Path=/\n", 1000)),
		part: conforms},
	{name: "has a header line without a colon", script: withHeader("no colon here\n")},
	{name: "has a blank in the name of a header", script: withHeader("X Odd: v\n")},
	{name: "folds a header over two lines", script: withHeader("X-Folded: a\n  b\n")},
	{name: "has control characters in a header", script: withHeader("X-Odd: a\x1b[2J\x07b\n")},
	{name: "has a NUL in a header", script: withHeader("X-Odd: a\x00b\n")},
	{name: "has bytes that are not UTF-8 in a header", script: withHeader("X-Odd: a\xff\x9bb\n"), part: conforms},
	{name: "has two Content-Lengths that differ", script: func(c *call) {
		c.answer(c.lines()+fmt.Sprintf("Content-Length: %d\nContent-Length: 3\n", len(c.real().body)), c.body)
	}},
	{name: "has a negative Content-Length", script: withHeader("Content-Length: -1\n")},
	{name: "has a Content-Length in words", script: withHeader("Content-Length: ten\n")},
	{name: "has a Content-Length beyond 64 bits", script: withHeader("Content-Length: 99999999999999999999\n")},
	{name: "has a Content-Length and chunks", script: func(c *call) {
		c.real()
		c.answer(c.lines()+"Content-Length: 3\nTransfer-Encoding: chunked\n", chunk(c.body)+"0\r\n\r\n")
		c.keep = true
	}},
	{name: "names a transfer coding of its own", script: withHeader("Transfer-Encoding: x-own\n")},
	{name: "has no Content-Type", script: func(c *call) {
		c.keep = true
		c.say("%sContent-Length: %d\n\n%s", c.status(), len(c.body), c.body)
	}},
	{name: "has two Content-Types that differ", script: withHeader("Content-Type: text/html\n")},
	{name: "has a Content-Type that cannot be read",
		script: func(c *call) { c.answer("Content-Type: ;;=\"\n", c.real().body) }},
	{name: "announces a longer body than it sends",
		script: func(c *call) { c.answer(c.lines()+"Content-Length: 4000\n", c.real().body) },
		always: unreached("unexpected EOF"), part: breaks("the answer broke off after")},
	{name: "announces a shorter body than it sends",
		script: func(c *call) { c.answer(c.lines()+"Content-Length: 9\n", c.real().body) },
		part:   violates("the body is not one JSON document")},
	{name: "sends garbage for chunks",
		script: func(c *call) { c.answer(c.lines()+"Transfer-Encoding: chunked\n", "zz\r\ngarbage\r\n") },
		always: unreached("invalid byte in chunk length"), part: breaks("invalid byte in chunk length")},
	{name: "sends a chunk with a length of 2^64",
		script: chunked(func(s string) string { return "10000000000000000\r\n" + s })},
	{name: "sends a chunk with an extension of 1 MB", heavy: true,
		script: chunked(func(s string) string { return "1;x=" + strings.Repeat("y", 1<<20) + "\r\n" + s })},
	{name: "sends a trailer of 1 MB after its chunks", heavy: true,
		script: chunked(func(s string) string {
			return chunk(s) + "0\r\nX-Trailer: " + strings.Repeat("x", 1<<20) + "\r\n\r\n"
		})},
	{name: "sends its body in chunks of one byte", script: chunked(func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			b.WriteString(chunk(s[i : i+1]))
		}
		return b.String() + "0\r\n\r\n"
	}), part: conforms},
	{name: "never ends its chunks", script: func(c *call) {
		c.real()
		c.answer(c.lines()+"Transfer-Encoding: chunked\n", chunk(c.body))
		c.forever()
	}, part: breaks("timeout: the answer broke off after")},
	{name: "closes before the last chunk",
		script: func(c *call) { c.real(); c.answer(c.lines()+"Transfer-Encoding: chunked\n", chunk(c.body)) }},
}

var statuses = []hostile{
	{name: "redirects to itself", script: func(c *call) {
		c.real()
		c.keep = true
		c.say("HTTP/1.1 302 Found\nLocation: %s\nContent-Length: 0\n\n", c.request.URL)
	}, part: violates("the answer is 302 Found")},
	{name: "has a status line without a number", script: fixed("no way", "", ""),
		always: unreached("malformed HTTP"), part: breaks("malformed HTTP")},
	{name: "has a status of two digits", script: fixed("42 Odd", "", "")},
	{name: "has a status that HTTP does not know (999)", script: fixed("999 Odd", "", ""),
		part: violates("the answer is 999")},
	{name: "has the status 000", script: fixed("000 Odd", "", "")},
	{name: "has a reason of 200 KB in its status line", heavy: true,
		script: func(c *call) {
			c.keep = true
			c.say("%s%s\n%sContent-Length: %d\n\n%s", strings.TrimSpace(c.status()), strings.Repeat("!", 200_000), c.lines(),
				len(c.body), c.body)
		}, part: conforms},
	{name: "answers 204 to everything", script: func(c *call) { c.real(); c.keep = true; c.say("HTTP/1.1 204 No Content\n\n") }},
	{name: "answers 204 with a body", script: fixed("204 No Content", "", "surprise")},
	{name: "answers 304, which nobody asked for",
		script: func(c *call) { c.real(); c.keep = true; c.say("HTTP/1.1 304 Not Modified\n\n") }},
	{name: "answers 407 in place of a proxy",
		script: fixed("407 Proxy Authentication Required", "Proxy-Authenticate: Basic\n", "")},
	{name: "answers 408 and closes", script: func(c *call) {
		c.real()
		c.say("HTTP/1.1 408 Request Timeout\nConnection: close\nContent-Length: 0\n\n")
	}},
	{name: "answers 500 in its envelope",
		script: fixed("500 Internal Server Error", "Content-Type: application/json\n",
			`{"success":false,"error":"server_error","message":"Something went wrong."}`)},
	{name: "answers 503 and asks to wait for three years",
		script: fixed("503 Service Unavailable", "Content-Type: application/json\nRetry-After: 99999999\n",
			`{"success":false,"error":"unavailable","message":"Come back later."}`)},
	{name: "sits behind a proxy that answers in HTML",
		script: fixed("502 Bad Gateway", "Content-Type: text/html\n", "<html><body><h1>502 Bad Gateway</h1></body></html>"),
		always: unreached("502 Bad Gateway in HTML"), part: violates("502 Bad Gateway in HTML"), lost: true},
	{name: "sits behind a captive portal: 200 and HTML for everything",
		script: fixed("200 OK", "Content-Type: text/html\n", "<html><body>Please log in</body></html>"),
		part:   violates("the request was accepted (200")},
	{name: "says 100 Continue and no more",
		script: func(c *call) { c.real(); c.say("HTTP/1.1 100 Continue\n\n"); c.forever() },
		always: unreached("timeout"), part: breaks("timeout")},
	{name: "says 100 Continue for ever", script: func(c *call) { c.real(); c.flow("HTTP/1.1 100 Continue\r\n\r\n") },
		always: unreached("response headers exceeded"), part: breaks("response headers exceeded")},
	{name: "says 103 Early Hints for ever",
		script: func(c *call) { c.real(); c.flow("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n") },
		always: unreached("response headers exceeded"), part: breaks("response headers exceeded")},
	{name: "says 103 Early Hints four times, and answers", script: func(c *call) {
		c.say("%s", strings.Repeat("HTTP/1.1 103 Early Hints\nLink: </a>\n\n", 4))
		c.answer(c.lines(), c.real().body)
	}, part: conforms},
	{name: "answers 101 Switching Protocols, which nobody asked for", script: func(c *call) {
		c.real()
		c.say("HTTP/1.1 101 Switching Protocols\nUpgrade: x\nConnection: Upgrade\n\n")
		c.forever()
	}, always: unreached("101 Switching Protocols"), part: breaks("101 Switching Protocols")},
}

var connections = []hostile{
	{name: "closes the connection within the status line", script: func(c *call) { c.real(); c.say("HTTP/1.1 401 Unau") },
		always: unreached("unexpected EOF"), part: breaks("unexpected EOF")},
	{name: "closes the connection within the headers",
		script: func(c *call) { c.say("%sContent-Type: appl", c.status()) }},
	{name: "closes the connection instead of answering", script: func(c *call) { c.real() },
		always: unreached("EOF"), part: violates("3 times in a row (EOF)"), lost: true},
	{name: "resets the connection instead of answering",
		script: func(c *call) { c.real(); _ = c.Conn.(*net.TCPConn).SetLinger(0) },
		always: unreached("connection reset"), part: violates("connection reset"), lost: true},
	{name: "resets the connection within its body", script: func(c *call) {
		c.answer(c.lines()+"Content-Length: 4000\n", c.real().body)
		_ = c.Conn.(*net.TCPConn).SetLinger(0)
	}},
	{name: "closes the connection after each answer", script: withHeader("Connection: close\n"), part: conforms},
	{name: "closes the connection after each answer without a word",
		script: func(c *call) { c.answer(c.lines(), c.real().body); c.keep = false }, part: ending{mixed, -1, ""}},
	{name: "answers twice", script: func(c *call) {
		c.answer(c.lines(), c.real().body)
		c.answer(c.lines(), c.body)
	}, part: ending{mixed, -1, ""}},
	{name: "sends garbage after each answer",
		script: func(c *call) { c.answer(c.lines(), c.real().body); c.say("garbage\n") }, part: ending{mixed, -1, ""}},
	{name: "speaks HTTP/1.0", script: func(c *call) {
		c.say("%s%s\n%s", strings.Replace(c.status(), "1.1", "1.0", 1), c.lines(), c.body)
	}, part: conforms},
	{name: "speaks HTTP/0.9: a body and nothing else", script: func(c *call) { c.say("%s", c.real().body) }},
	{name: "speaks HTTP/9.9", script: func(c *call) {
		c.keep = true
		c.say("%s%sContent-Length: %d\n\n%s", strings.Replace(c.status(), "1.1", "9.9", 1), c.lines(), len(c.body), c.body)
	}},
	{name: "speaks HTTP/2 without being asked to",
		script: func(c *call) { c.real(); _, _ = io.WriteString(c.Conn, "\x00\x00\x00\x04\x00\x00\x00\x00\x00") }},
	{name: "answers without any length, and closes",
		script: func(c *call) { c.say("%s%s\n%s", c.status(), c.lines(), c.body) }, part: conforms},
	{name: "answers before it has read the body, and closes", script: func(c *call) {
		const refusal = `{"success":false,"error":"unauthorized","message":"No key"}`
		c.say("HTTP/1.1 401 Unauthorized\nContent-Type: application/json\nConnection: close\nContent-Length: %d\n\n%s",
			len(refusal), refusal)
	}, part: conforms},
	{name: "accepts the connection and never answers", script: func(c *call) { c.real(); c.forever() },
		always: unreached("timeout"), part: breaks("timeout")},
	{name: "sends its headers one byte at a time, for ever", script: func(c *call) {
		c.trickle(strings.Repeat("HTTP/1.1 200 OK\r\nX-Slow: yes\r\n", 100), 50*time.Millisecond)
	}},
	{name: "stops in the middle of its body", script: func(c *call) {
		c.answer(c.lines()+"Content-Length: 4000\n", c.real().body)
		c.forever()
	}, part: breaks("timeout: the answer broke off after")},
	{name: "is not an HTTP server (an SSH banner)",
		accept: func(c net.Conn, _ <-chan struct{}) { _, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.6\r\n") },
		always: unreached("malformed HTTP” or “not an HTTP server: it sent data before the request")},
	{name: "listens and says nothing at all",
		accept: func(_ net.Conn, stop <-chan struct{}) { <-stop },
		always: unreached("timeout")},
}
