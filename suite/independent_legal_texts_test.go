package suite_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"unicode/utf16"

	"github.com/andybalholm/brotli"
)

// rewriting changes a whole answer before it is sent.
func rewriting(change func(r *http.Request, status int, h http.Header,
	body []byte) []byte) func(http.Handler) http.Handler {
	return func(inner http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			kept := httptest.NewRecorder()
			inner.ServeHTTP(kept, r)
			body := change(r, kept.Code, kept.Header(), kept.Body.Bytes())
			for name, values := range kept.Header() {
				w.Header()[name] = values
			}
			w.WriteHeader(kept.Code)
			_, _ = w.Write(body)
		})
	}
}

// spelling writes every JSON document in another way.
func spelling(change func(text []byte) []byte) func(http.Handler) http.Handler {
	return rewriting(func(_ *http.Request, _ int, _ http.Header, body []byte) []byte {
		if len(body) == 0 {
			return body
		}
		return change(body)
	})
}

// insideStrings writes the characters of every string of a JSON document in another way; escapes stay as they are.
func insideStrings(change func(r rune) string) func([]byte) []byte {
	return func(text []byte) []byte {
		var out strings.Builder
		inside, escaped := false, 0 // how many characters belong to an escape
		for _, r := range string(text) {
			switch {
			case escaped > 0 && r == 'u':
				escaped = 4
			case escaped > 0:
				escaped--
			case inside && r == '\\':
				escaped = 1
			case r == '"':
				inside = !inside
			case inside:
				out.WriteString(change(r))
				continue
			}
			out.WriteRune(r)
		}
		return []byte(out.String())
	}
}

// unicodeEscape writes a character as JSON's escape, with a surrogate pair where it needs one.
func unicodeEscape(r rune) string {
	if r > 0xFFFF {
		high, low := utf16.EncodeRune(r)
		return fmt.Sprintf(`\u%04x\u%04X`, high, low)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

// reversed writes the members of an object in the reverse of their order, the objects in it too.
func reversed(text []byte) []byte {
	decoder := json.NewDecoder(bytes.NewReader(text))
	token, _ := decoder.Token()
	if token != json.Delim('{') {
		return text
	}
	var members []string
	for decoder.More() {
		name, _ := decoder.Token()
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			return text
		}
		quoted, _ := json.Marshal(name)
		members = append([]string{string(quoted) + ":" + string(reversed(value))}, members...)
	}
	return []byte("{" + strings.Join(members, ",") + "}")
}

// legalTexts differ in how an answer's body is written.
func legalTexts() []legalDialect {
	text := func(name, section, words string, change func([]byte) []byte) legalDialect {
		return legalDialect{name: name, source: "RFC 8259, " + section, words: words, front: spelling(change)}
	}
	const escape = "any character may be escaped"
	return []legalDialect{
		text("escaped-slashes", "7", escape, insideStrings(func(r rune) string {
			if r == '/' {
				return `\/`
			}
			return string(r)
		})),
		text("only-ascii", "7", escape, insideStrings(func(r rune) string {
			if r > 126 {
				return unicodeEscape(r)
			}
			return string(r)
		})),
		text("every-character-escaped", "7", escape, insideStrings(unicodeEscape)),
		text("no-html-escapes", "7", escape, func(text []byte) []byte {
			return []byte(strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(text)))
		}),
		text("members-in-reverse-order", "4", "an object is an unordered collection", reversed),
		text("indented-with-tabs-and-crlf", "2",
			"insignificant whitespace is allowed before or after any of the six structural characters",
			func(text []byte) []byte {
				var out bytes.Buffer
				if json.Indent(&out, text, "", "\t") != nil {
					return text
				}
				return bytes.ReplaceAll(out.Bytes(), []byte("\n"), []byte("\r\n"))
			}),
		text("blank-lines-around", "2", "JSON-text = ws value ws", func(text []byte) []byte {
			return append(append([]byte("\n \t\r\n"), text...), "\r\n\n  "...)
		}),
		text("no-line-break-at-the-end", "2", "JSON-text = ws value ws", bytes.TrimSpace),
		coded("gzip", func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }),
		coded("x-gzip", func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }),
		coded("GZIP", func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }),
		coded("deflate", func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }),
		coded("br", func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) }),
		coded("identity", func(w io.Writer) io.WriteCloser { return plain{w} }),
	}
}

type plain struct{ io.Writer }

func (plain) Close() error { return nil }

// coded compresses every answer, whatever the request prefers.
func coded(name string, writer func(io.Writer) io.WriteCloser) legalDialect {
	return legalDialect{
		name: "coded-" + name, source: "RFC 9110, 12.5.3 and 8.4.1",
		words: "without an acceptable coding there may still be one; codings are compared without case; x-gzip is gzip",
		front: rewriting(func(_ *http.Request, _ int, h http.Header, body []byte) []byte {
			var out bytes.Buffer
			w := writer(&out)
			_, _ = w.Write(body)
			_ = w.Close()
			h.Set("Content-Encoding", name)
			h.Set("Vary", "Accept-Encoding")
			return out.Bytes()
		}),
	}
}
