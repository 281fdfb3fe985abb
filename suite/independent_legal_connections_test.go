package suite_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
)

// bounding refuses what is beyond a bound before the API sees it, as servers do: without an envelope.
func bounding(status int, beyond func(r *http.Request, body []byte) bool) func(http.Handler) http.Handler {
	return func(inner http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			if beyond(r, body) {
				http.Error(w, http.StatusText(status), status)
				return
			}
			inner.ServeHTTP(w, r)
		})
	}
}

// legalBounds differ in how much they take. The limits are far above what any field may hold.
func legalBounds() []legalDialect {
	bound := func(name, section, words string, status int, beyond func(r *http.Request, body []byte) bool) legalDialect {
		return legalDialect{name: name, source: "RFC 9110, " + section, words: words, front: bounding(status, beyond)}
	}
	nested := func(body []byte) bool {
		return bytes.Count(body, []byte("[")) > 100 || bytes.Count(body, []byte(`{"`)) > 100
	}
	const unwilling = "the server may refuse what is larger than it is willing or able to process"
	return []legalDialect{
		bound("bodies-up-to-64-kb", "15.5.14", unwilling, 413, func(_ *http.Request,
			body []byte) bool {
			return len(body) > 64<<10
		}),
		bound("addresses-up-to-4-kb", "15.5.15", unwilling, 414, func(r *http.Request,
			_ []byte) bool {
			return len(r.RequestURI) > 4<<10
		}),
		bound("no-deep-bodies", "15.5.1", "the server cannot or will not process the request", 400,
			func(_ *http.Request, body []byte) bool { return nested(body) }),
		bound("no-nul-in-addresses", "15.5.1", "the server cannot or will not process the request", 400,
			func(r *http.Request, _ []byte) bool { return strings.Contains(r.RequestURI, "%00") }),
	}
}

// speaking writes every answer to the connection by itself, and closes it.
func speaking(say func(status int, h http.Header, body []byte) string) func(http.Handler) http.Handler {
	return func(inner http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			kept := httptest.NewRecorder()
			inner.ServeHTTP(kept, r)
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			_, _ = io.WriteString(conn, say(kept.Code, kept.Header(), kept.Body.Bytes()))
			_ = conn.Close()
		})
	}
}

// fields writes headers, each in the given form.
func fields(h http.Header, form func(name, value string) string) string {
	var out strings.Builder
	for name, values := range h {
		for _, value := range values {
			out.WriteString(form(name, value))
		}
	}
	return out.String()
}

// legalConnections differ in how an answer goes over a connection.
func legalConnections() []legalDialect {
	over := func(name, section, words string, front func(http.Handler) http.Handler) legalDialect {
		return legalDialect{name: name, source: "RFC 9112, " + section, words: words, front: front, network: true}
	}
	ordinary := func(name, value string) string { return name + ": " + value + "\r\n" }
	return []legalDialect{
		over("header-names-in-lower-case", "5", "each field name is case-insensitive", speaking(
			func(status int, h http.Header, body []byte) string {
				return fmt.Sprintf("HTTP/1.1 %d \r\nconnection: close\r\ncontent-length: %d\r\n%s\r\n%s", status, len(body),
					fields(h, func(name, value string) string { return strings.ToLower(name) + ":" + value + " \t\r\n" }), body)
			})),
		over("header-names-in-upper-case", "5",
			"each field name is case-insensitive; the reason phrase has no meaning", speaking(
				func(status int, h http.Header, body []byte) string {
					return fmt.Sprintf("HTTP/1.1 %d Odd\r\nCONNECTION: close\r\nCONTENT-LENGTH: %d\r\n%s\r\n%s", status, len(body),
						fields(h, func(name, value string) string { return strings.ToUpper(name) + ":\t " + value + "\r\n" }), body)
				})),
		over("http-1.0-until-the-end", "6.3", "without a length the body ends where the connection does", speaking(
			func(status int, h http.Header, body []byte) string {
				return fmt.Sprintf("HTTP/1.0 %d %s\r\n%s\r\n%s", status, http.StatusText(status), fields(h, ordinary), body)
			})),
		over("chunks-of-seven-bytes-with-a-trailer", "7.1", "chunks of any size, extensions and trailers", speaking(
			func(status int, h http.Header, body []byte) string {
				var chunks strings.Builder
				for len(body) > 0 {
					n := min(7, len(body))
					fmt.Fprintf(&chunks, "%x;a=b\r\n%s\r\n", n, body[:n])
					body = body[n:]
				}
				return fmt.Sprintf("HTTP/1.1 %d %s\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n"+
					"%s\r\n%s0\r\nX-Sum: 7\r\n\r\n",
					status, http.StatusText(status), fields(h, ordinary), chunks.String())
			})),
		over("early-hints-before-the-answer", "and RFC 9110, 15.2",
			"a client must be able to parse one or more 1xx responses",
			func(inner http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Link", "</style.css>; rel=preload")
					w.WriteHeader(http.StatusEarlyHints)
					w.Header().Del("Link")
					inner.ServeHTTP(w, r)
				})
			}),
		over("closes-after-errors", "9.3", "either may close a connection after the current answer",
			heading(func(_ *http.Request, status int, h http.Header) {
				if status >= 400 {
					h.Set("Connection", "close")
				}
			})),
		over("chunked-by-flushing", "7.1", "chunks of any size",
			func(inner http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					inner.ServeHTTP(flushing{w}, r)
				})
			}),
	}
}

// flushing sends the headers, and every part of the body, as soon as it has them.
type flushing struct{ http.ResponseWriter }

func (f flushing) Write(b []byte) (int, error) {
	f.ResponseWriter.(http.Flusher).Flush()
	half := len(b) / 2
	_, _ = f.ResponseWriter.Write(b[:half])
	f.ResponseWriter.(http.Flusher).Flush()
	_, err := f.ResponseWriter.Write(b[half:])
	return len(b), err
}
