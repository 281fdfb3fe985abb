package reliability

import (
	"fmt"
	"io"
	"net"
	"net/http"
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
		lost: words(outrageous)},
	{name: "sends a header of 200 KB", heavy: true,
		script: withHeader("X-Long: " + strings.Repeat("x", 200_000) + "\n")},
	{name: "sends 10,000 headers", heavy: true, script: func(c *call) {
		var b strings.Builder
		for i := range 10_000 {
			fmt.Fprintf(&b, "X-%d: v\n", i)
		}
		c.answer(c.lines()+b.String(), c.real().body)
	}},
	{name: "sets a thousand cookies", heavy: true,
		script: withHeader(strings.Repeat("Set-Cookie: a=b; Path=/\n", 1000))},
	{name: "has a header line without a colon", lost: words("malformed MIME header"),
		script: withHeader("no colon here\n")},
	{name: "has a blank in the name of a header", script: withHeader("X Odd: v\n")},
	{name: "folds a header over two lines", script: withHeader("X-Folded: a\n  b\n")},
	{name: "has control characters in a header", lost: words("malformed MIME header"),
		script: withHeader("X-Odd: a\x1b[2J\x07b\n")},
	{name: "has a NUL in a header", lost: words("malformed MIME header"), script: withHeader("X-Odd: a\x00b\n")},
	{name: "has bytes that are not UTF-8 in a header", script: withHeader("X-Odd: a\xff\x9bb\n")},
	{name: "has two Content-Lengths that differ", lost: words("multiple Content-Length headers"),
		script: func(c *call) {
			c.answer(c.lines()+fmt.Sprintf("Content-Length: %d\nContent-Length: 3\n", len(c.real().body)), c.body)
		}},
	{name: "has a negative Content-Length", lost: words("bad Content-Length"),
		script: withHeader("Content-Length: -1\n")},
	{name: "has a Content-Length in words", lost: words("bad Content-Length"),
		script: withHeader("Content-Length: ten\n")},
	{name: "has a Content-Length beyond 64 bits", lost: words("bad Content-Length"),
		script: withHeader("Content-Length: 99999999999999999999\n")},
	{name: "has a Content-Length and chunks", script: func(c *call) {
		c.real()
		c.answer(c.lines()+"Content-Length: 3\nTransfer-Encoding: chunked\n", chunk(c.body)+"0\r\n\r\n")
		c.keep = true
	}},
	{name: "names a transfer coding of its own", lost: words("unsupported transfer encoding"),
		script: withHeader("Transfer-Encoding: x-own\n")},
	{name: "has no Content-Type", wrong: words("the Content-Type is absent"), script: func(c *call) {
		c.keep = true
		c.say("%sContent-Length: %d\n\n%s", c.status(), len(c.body), c.body)
	}},
	{name: "has two Content-Types that differ", wrong: words("Content-Type stands on several lines"),
		script: withHeader("Content-Type: text/html\n")},
	{name: "has a Content-Type that cannot be read", wrong: words("the Content-Type is ;;="),
		script: func(c *call) { c.answer("Content-Type: ;;=\"\n", c.real().body) }},
	{name: "announces a longer body than it sends", lost: words("the answer broke off after"),
		script: func(c *call) { c.answer(c.lines()+"Content-Length: 4000\n", c.real().body) }},
	{name: "announces a shorter body than it sends",
		wrong:  words("unexpected EOF", "Unsolicited", "the answer broke off", "not one JSON document"),
		script: func(c *call) { c.answer(c.lines()+"Content-Length: 9\n", c.real().body) }},
	{name: "sends garbage for chunks",
		script: func(c *call) { c.answer(c.lines()+"Transfer-Encoding: chunked\n", "zz\r\ngarbage\r\n") },
		lost:   words("invalid byte in chunk length")},
	{name: "sends a chunk with a length of 2^64", lost: words("chunk length too large"),
		script: chunked(func(s string) string { return "10000000000000000\r\n" + s })},
	{name: "sends a chunk with an extension of 1 MB", lost: words("header line too long"), heavy: true,
		script: chunked(func(s string) string { return "1;x=" + strings.Repeat("y", 1<<20) + "\r\n" + s })},
	{name: "sends a trailer of 1 MB after its chunks", lost: words("suspiciously long trailer"), heavy: true,
		script: chunked(func(s string) string {
			return chunk(s) + "0\r\nX-Trailer: " + strings.Repeat("x", 1<<20) + "\r\n\r\n"
		})},
	{name: "sends its body in chunks of one byte", script: chunked(func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			b.WriteString(chunk(s[i : i+1]))
		}
		return b.String() + "0\r\n\r\n"
	})},
	{name: "never ends its chunks", script: func(c *call) {
		c.real()
		c.answer(c.lines()+"Transfer-Encoding: chunked\n", chunk(c.body))
		c.forever()
	}, slow: true},
	{name: "closes before the last chunk", lost: words("unexpected EOF"),
		script: func(c *call) { c.real(); c.answer(c.lines()+"Transfer-Encoding: chunked\n", chunk(c.body)) }},
}

var statuses = []hostile{
	{name: "redirects to itself", wrong: words("302"), script: func(c *call) {
		c.real()
		c.keep = true
		c.say("HTTP/1.1 302 Found\nLocation: %s\nContent-Length: 0\n\n", c.request.URL)
	}},
	{name: "has a status line without a number", script: fixed("no way", "", ""),
		lost: words("malformed HTTP")},
	{name: "has a status of two digits", lost: words("malformed HTTP status code"), script: fixed("42 Odd", "", "")},
	{name: "has a status that HTTP does not know (999)", wrong: words("999"), script: fixed("999 Odd", "", "")},
	{name: "has the status 000", lost: words("answered 000"), script: fixed("000 Odd", "", "")},
	{name: "has a reason of 200 KB in its status line", heavy: true,
		script: func(c *call) {
			c.keep = true
			c.say("%s%s\n%sContent-Length: %d\n\n%s", strings.TrimSpace(c.status()), strings.Repeat("!", 200_000), c.lines(),
				len(c.body), c.body)
		}},
	{name: "answers 204 to everything", wrong: words("204", "has no body or null", "it is empty"),
		script: func(c *call) {
			c.real()
			c.keep = true
			c.say("HTTP/1.1 204 No Content\n\n")
		}},
	{name: "answers 204 with a body", wrong: words("204", "has no body or null", "it is empty"),
		script: fixed("204 No Content", "", "surprise")},
	{name: "answers 304, which nobody asked for", wrong: words("304"),
		script: func(c *call) { c.real(); c.keep = true; c.say("HTTP/1.1 304 Not Modified\n\n") }},
	{name: "answers 407 in place of a proxy", wrong: words("407"),
		script: fixed("407 Proxy Authentication Required", "Proxy-Authenticate: Basic\n", "")},
	{name: "answers 408 and closes", wrong: words("408"), script: func(c *call) {
		c.real()
		c.say("HTTP/1.1 408 Request Timeout\nConnection: close\nContent-Length: 0\n\n")
	}},
	{name: "answers 500 in its envelope", wrong: words("500"),
		script: fixed("500 Internal Server Error", "Content-Type: application/json\n",
			`{"success":false,"error":"server_error","message":"Something went wrong."}`)},
	{name: "answers 503 and asks to wait for three years", wrong: words("503"),
		script: fixed("503 Service Unavailable", "Content-Type: application/json\nRetry-After: 99999999\n",
			`{"success":false,"error":"unavailable","message":"Come back later."}`)},
	{name: "sits behind a proxy that answers in HTML", lost: words("502 Bad Gateway in HTML"),
		script: fixed("502 Bad Gateway", "Content-Type: text/html\n",
			"<html><body><h1>502 Bad Gateway</h1></body></html>"), crash: true},
	{name: "sits behind a captive portal: 200 and HTML for everything",
		wrong:  words("the request was accepted (200", "invalid character '<'"),
		script: fixed("200 OK", "Content-Type: text/html\n", "<html><body>Please log in</body></html>")},
	{name: "says 100 Continue and no more",
		script: func(c *call) { c.real(); c.say("HTTP/1.1 100 Continue\n\n"); c.forever() },
		slow:   true},
	{name: "says 100 Continue for ever", script: func(c *call) { c.real(); c.flow("HTTP/1.1 100 Continue\r\n\r\n") },
		lost: words("response headers exceeded")},
	{name: "says 103 Early Hints for ever",
		script: func(c *call) { c.real(); c.flow("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n") },
		lost:   words("response headers exceeded")},
	{name: "says 103 Early Hints four times, and answers", script: func(c *call) {
		c.say("%s", strings.Repeat("HTTP/1.1 103 Early Hints\nLink: </a>\n\n", 4))
		c.answer(c.lines(), c.real().body)
	}},
	{name: "answers 101 Switching Protocols, which nobody asked for", script: func(c *call) {
		c.real()
		c.say("HTTP/1.1 101 Switching Protocols\nUpgrade: x\nConnection: Upgrade\n\n")
		c.forever()
	}, lost: words("101 Switching Protocols")},
}

var connections = []hostile{
	{name: "closes the connection within the status line",
		script: func(c *call) { c.real(); c.say("HTTP/1.1 401 Unau") },
		lost:   words("unexpected EOF")},
	{name: "closes the connection within the headers", lost: words("unexpected EOF"),
		script: func(c *call) { c.say("%sContent-Type: appl", c.status()) }},
	{name: "closes the connection instead of answering", lost: words("EOF"),
		script: func(c *call) { c.real() }, crash: true},
	{name: "resets the connection instead of answering", lost: words("connection reset"),
		script: func(c *call) { c.real(); _ = c.Conn.(*net.TCPConn).SetLinger(0) }, crash: true},
	{name: "resets the connection within its body", lost: words("connection reset"), script: func(c *call) {
		c.answer(c.lines()+"Content-Length: 4000\n", c.real().body)
		_ = c.Conn.(*net.TCPConn).SetLinger(0)
	}},
	{name: "closes the connection after each answer", script: withHeader("Connection: close\n")},
	{name: "closes the connection after each answer without a word",
		script: func(c *call) { c.answer(c.lines(), c.real().body); c.keep = false }, closes: true},
	{name: "answers twice", script: func(c *call) {
		c.answer(c.lines(), c.real().body)
		c.answer(c.lines(), c.body)
	}, closes: true},
	{name: "sends garbage after each answer",
		script: func(c *call) { c.answer(c.lines(), c.real().body); c.say("garbage\n") }, closes: true},
	{name: "speaks HTTP/1.0", script: func(c *call) {
		c.say("%s%s\n%s", strings.Replace(c.status(), "1.1", "1.0", 1), c.lines(), c.body)
	}},
	{name: "speaks HTTP/0.9: a body and nothing else", lost: words("malformed HTTP"),
		script: func(c *call) { c.say("%s", c.real().body) }},
	{name: "speaks HTTP/9.9", script: func(c *call) {
		c.keep = true
		c.say("%s%sContent-Length: %d\n\n%s", strings.Replace(c.status(), "1.1", "9.9", 1), c.lines(), len(c.body), c.body)
	}},
	{name: "speaks HTTP/2 without being asked to", lost: words("malformed HTTP response"),
		script: func(c *call) { c.real(); _, _ = io.WriteString(c.Conn, "\x00\x00\x00\x04\x00\x00\x00\x00\x00") }},
	{name: "answers without any length, and closes",
		script: func(c *call) { c.say("%s%s\n%s", c.status(), c.lines(), c.body) }},
	{name: "answers before it has read the body, and closes", script: func(c *call) {
		const refusal = `{"success":false,"error":"unauthorized","message":"No key"}`
		if c.request.Header.Get("X-Key") == "" && c.request.Method != http.MethodGet {
			c.say("HTTP/1.1 401 Unauthorized\nContent-Type: application/json\nConnection: close\nContent-Length: %d\n\n%s",
				len(refusal), refusal)
			return
		}
		c.answer(c.lines()+"Connection: close\n", c.real().body)
	}},
	{name: "accepts the connection and never answers", script: func(c *call) { c.real(); c.forever() },
		slow: true},
	{name: "sends its headers one byte at a time, for ever", slow: true, script: func(c *call) {
		c.trickle(strings.Repeat("HTTP/1.1 200 OK\r\nX-Slow: yes\r\n", 100), 50*time.Millisecond)
	}},
	{name: "stops in the middle of its body", script: func(c *call) {
		c.answer(c.lines()+"Content-Length: 4000\n", c.real().body)
		c.forever()
	}, slow: true},
	{name: "is not an HTTP server (an SSH banner)",
		lost:   words("malformed HTTP", "not an HTTP server: it sent data before the request"),
		accept: func(c net.Conn, _ <-chan struct{}) { _, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.6\r\n") },
	},
	{name: "listens and says nothing at all", slow: true,
		accept: func(_ net.Conn, stop <-chan struct{}) { <-stop },
	},
}
