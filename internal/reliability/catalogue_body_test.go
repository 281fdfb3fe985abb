package reliability

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/andybalholm/brotli"
)

// packed is a text in a content coding.
func packed(text string, writer func(io.Writer) io.WriteCloser) string {
	var b bytes.Buffer
	z := writer(&b)
	_, _ = io.WriteString(z, text)
	_ = z.Close()
	return b.String()
}

func gzipped(w io.Writer) io.WriteCloser { z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed); return z }
func zlibbed(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }
func deflated(w io.Writer) io.WriteCloser {
	z, _ := flate.NewWriter(w, flate.BestSpeed)
	return z
}
func brotlied(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, 1) }

// The bombs are 100 MB when unpacked, the last one in two layers.
var (
	zeros      = strings.Repeat("\x00", 1<<20)
	gzipBomb   = sync.OnceValue(func() string { return packed(strings.Repeat(zeros, 100), gzipped) })
	brotliBomb = sync.OnceValue(func() string { return packed(strings.Repeat(zeros, 100), brotlied) })
	zlibBomb   = sync.OnceValue(func() string { return packed(strings.Repeat(zeros, 100), zlibbed) })
	doubleBomb = sync.OnceValue(func() string { return packed(gzipBomb(), gzipped) })
)

var (
	openBrace = regexp.MustCompile(`\{`)
	message   = regexp.MustCompile(`"message": ?"(?:[^"\\]|\\.)*"`)
)

// replaceFirst replaces the first match by what comes of it.
func replaceFirst(s string, at *regexp.Regexp, by string) string {
	if i := at.FindStringIndex(s); i != nil {
		return s[:i[0]] + by + s[i[1]:]
	}
	return s
}

// body answers as the sandbox does, with another body.
func body(change func(string) string) func(*call) {
	return func(c *call) { c.answer(c.lines(), change(c.real().body)) }
}

// member adds a member of this JSON value to the first object of every body.
func member(value func() string) func(*call) {
	return body(func(s string) string { return replaceFirst(s, openBrace, `{"more":`+value()+`,`) })
}

// membersText adds this text to the first object of every body.
func membersText(text func() string) func(*call) {
	return body(func(s string) string { return replaceFirst(s, openBrace, `{`+text()+`,`) })
}

// said puts this JSON text in the place of a refusal's message.
func said(text func() string) func(*call) {
	return body(func(s string) string { return replaceFirst(s, message, `"message":"`+text()+`"`) })
}

func repeated(text string, n int) func() string {
	return func() string { return strings.Repeat(text, n) }
}

// numbered are n texts of a pattern with a number.
func numbered(pattern string, n int) func() string {
	return func() string {
		var b strings.Builder
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, pattern, i)
		}
		return b.String()
	}
}

func nested(open, closed string, n int) func() string {
	return func() string { return strings.Repeat(open, n) + "1" + strings.Repeat(closed, n) }
}

// coded answers in a content coding.
func coded(coding string, pack func(string) string) func(*call) {
	return func(c *call) { c.answer(c.lines()+"Content-Encoding: "+coding+"\n", pack(c.real().body)) }
}

var bodies = []hostile{
	{name: "sends a body that never ends", heavy: true,
		script: func(c *call) {
			c.say("%sContent-Type: application/json\n\n", c.status())
			c.flow(strings.Repeat("a", 64<<10))
		}, wrong: words("longer than 1 MiB")},
	{name: "sends a body of 1 GB", heavy: true,
		script: func(c *call) { c.answer("Content-Length: 1073741824\n", ""); c.flow(strings.Repeat(" ", 64<<10)) },
		wrong:  words("longer than 1 MiB")},
	{name: "sends its body one byte at a time, for ever", slow: true,
		script: func(c *call) {
			c.answer("Content-Length: 1000\n", "")
			c.trickle(strings.Repeat(" ", 1000), 50*time.Millisecond)
		}},
	{name: "sends a body of 900 KB in one member", heavy: true,
		script: member(func() string { return `"` + strings.Repeat("x", 900_000) + `"` })},
	{name: "sends a message of 900 KB", heavy: true, script: said(repeated("no ", 300_000))},
	{name: "sends a message of 150,000 escapes", heavy: true, script: said(repeated(`\u0041`, 150_000))},
	{name: "sends a message of 450,000 backslashes", heavy: true, script: said(repeated(`\\`, 450_000))},
	{name: "sends a message of 300,000 percent escapes", heavy: true, script: said(repeated(`%41`, 300_000))},
	{name: "sends a message of 150,000 character references", heavy: true, script: said(repeated(`&#65;`, 150_000))},
	{name: "sends a message of 300,000 empty lines", wrong: words("/message of the refusal is empty"), heavy: true,
		script: said(repeated(`\n`, 300_000))},
	{name: "nests its JSON 100,000 arrays deep", wrong: words("exceeded max depth"), heavy: true,
		script: member(nested("[", "]", 100_000))},
	{name: "nests its JSON 9,000 arrays deep", wrong: words("exceeded max depth"), heavy: true,
		script: member(nested("[", "]", 9_000))},
	{name: "nests its JSON 9,000 objects deep", wrong: words("exceeded max depth"), heavy: true,
		script: member(nested(`{"a":`, "}", 9_000))},
	{name: "nests a hundred times 5,000 arrays", wrong: words("exceeded max depth"), heavy: true,
		script: member(func() string {
			return "[" + strings.TrimSuffix(strings.Repeat(nested("[", "]", 5_000)()+",", 100), ",") + "]"
		})},
	{name: "has 60,000 members in one object", heavy: true, script: membersText(numbered(`"m%d":1`, 60_000))},
	{name: "has one member 60,000 times", heavy: true, script: membersText(numbered(`"m":%d`, 60_000))},
	{name: "has 400,000 numbers in one array", wrong: words("more than 100000 values"), heavy: true,
		script: member(func() string { return "[" + strings.TrimSuffix(strings.Repeat("0,", 400_000), ",") + "]" })},
	{name: "has 300,000 empty objects in one array", wrong: words("more than 100000 values"), heavy: true,
		script: member(func() string { return "[" + strings.TrimSuffix(strings.Repeat("{},", 300_000), ",") + "]" })},
	{name: "has a number of 500,000 digits", heavy: true, script: member(repeated("9", 500_000))},
	{name: "has the number 1e999999999", heavy: true, script: member(repeated("1e999999999", 1))},
	{name: "has a member with a name of 500 KB", heavy: true,
		script: membersText(func() string { return `"` + strings.Repeat("n", 500_000) + `":1` })},
	{name: "has the same JSON key twice (the last one counts)",
		wrong: words("the code is \"other\"", "has the member error twice", "more follows after"),
		script: body(func(s string) string {
			return strings.TrimSuffix(strings.TrimSpace(s), "}") + `,"error":"other"}`
		})},
	{name: "orders a CI and a terminal about in its message",
		script: said(repeated(`x\n::error::a\n##vso[task.complete]b\u001b[2J\u0007`, 1))},
	{name: "turns the reading direction in its message", script: said(repeated(`\u202eoN\u2066 \u200b`, 1))},
	{name: "has half a surrogate pair in its message", script: said(repeated(`no \ud800 key`, 1))},
	{name: "has an escaped NUL in its message, and HTML", wrong: words("of the refusal holds HTML"),
		script: said(repeated(`No\u0000 <b>key</b> ]]>`, 1))},
	{name: "has invalid UTF-8 in its JSON", wrong: words("it is not valid UTF-8"),
		script: said(repeated("No\xff key", 1))},
	{name: "has a NUL in its JSON", wrong: words("invalid character '\\x00'"),
		script: said(repeated("No\x00 key", 1))},
	{name: "begins its JSON with a byte order mark", wrong: words("invalid character 'ï'"),
		script: body(func(s string) string { return "\ufeff" + s })},
	{name: "sends its JSON in UTF-16", wrong: words("it is not valid UTF-8"), script: body(func(s string) string {
		var b strings.Builder
		b.WriteString("\xff\xfe")
		for i := range len(s) {
			b.WriteString(s[i:i+1] + "\x00")
		}
		return b.String()
	})},
	{name: "sends two JSON documents as one", wrong: words("more follows after the first JSON value"),
		script: body(func(s string) string { return s + s })},
	{name: "sends half of its JSON", wrong: words("unexpected EOF"),
		script: body(func(s string) string { return s[:len(s)/2] })},
	{name: "sends no body", wrong: words("it is empty", "has no body or null"),
		script: body(func(string) string { return "" })},
	{name: "sends null", wrong: words("JSON, but not an object", "has no body or null", "is null", "is not nullable"),
		script: body(func(string) string { return "null" })},
	{name: "puts its JSON into an array", wrong: words("JSON, but not an object", "must be an object"),
		script: body(func(s string) string { return "[" + s + "]" })},
	{name: "puts its JSON into a text", wrong: words("JSON, but not an object", "must be an object"),
		script: body(func(s string) string { return fmt.Sprintf("%q", s) })},
	{name: "sends JSON with comments", wrong: words("more follows after the first JSON value"),
		script: body(func(s string) string { return s + " // that is all" })},
	{name: "sends JSON with single quotes", wrong: words("looking for beginning of"),
		script: body(func(s string) string { return strings.ReplaceAll(s, `"`, "'") })},
	{name: "sends XML and calls it JSON", wrong: words("invalid character '<'"),
		script: body(func(string) string { return `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>` })},
	{name: "sends a stack trace of 500 KB as text", wrong: words("invalid character 'a'"), heavy: true,
		script: func(c *call) {
			c.answer("Content-Type: text/plain\n", strings.Repeat("\tat org.example.Server.run(Server.java:17)\n", 12_000))
		}},
	{name: "sends JSON and calls it HTML", wrong: words("the Content-Type is text/html"),
		script: func(c *call) { c.answer("Content-Type: text/html\n", c.real().body) }},
	{name: "repeats the request as its body", wrong: words("the Content-Type is text/plain", "is not JSON"),
		script: func(c *call) {
			var b strings.Builder
			fmt.Fprintf(&b, "%s %s\n", c.request.Method, c.request.URL)
			_ = c.request.Header.Write(&b)
			c.answer("Content-Type: text/plain\n", b.String())
		}},
	{name: "sends a gzip bomb nobody asked for (100 MB in 450 KB)", heavy: true,
		script: coded("gzip", func(string) string { return gzipBomb() }), wrong: words("longer than 1 MiB")},
	{name: "sends a brotli bomb (100 MB)", wrong: words("longer than 1 MiB"), heavy: true,
		script: coded("br", func(string) string { return brotliBomb() })},
	{name: "sends a deflate bomb (100 MB)", wrong: words("longer than 1 MiB"), heavy: true,
		script: coded("deflate", func(string) string { return zlibBomb() })},
	{name: "sends a gzip bomb within a gzip", wrong: words("longer than 1 MiB"), heavy: true,
		script: coded("gzip, gzip", func(string) string { return doubleBomb() })},
	{name: "calls its JSON gzip, which it is not", wrong: words("Content-Encoding gzip"),
		script: coded("gzip", func(s string) string { return s })},
	{name: "sends half of its gzip", wrong: words("Content-Encoding gzip"),
		script: coded("gzip", func(s string) string { p := packed(s, gzipped); return p[:len(p)/2] })},
	{name: "sends its gzip with garbage after it", wrong: words("Content-Encoding gzip"),
		script: coded("gzip", func(s string) string { return packed(s, gzipped) + "garbage" })},
	{name: "names a content coding of its own", wrong: words("Content-Encoding x-own"),
		script: coded("x-own", func(s string) string { return s })},
	{name: "names ten content codings", wrong: words("it has 10 codings"),
		script: coded(strings.Repeat("gzip, ", 9)+"gzip", func(s string) string { return s })},
	{name: "sends a bare deflate stream and calls it deflate",
		script: coded("deflate", func(s string) string { return packed(s, deflated) })},
}
