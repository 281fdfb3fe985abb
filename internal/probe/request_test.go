package probe

import (
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"conformance/internal/contract"
)

// TestSentAsWritten reads the request off the wire: nothing is renamed, reordered into another line, or added.
func TestSentAsWritten(t *testing.T) {
	heads := make(chan []string, 1)
	target := raw(t, func(conn net.Conn, head []string) {
		heads <- head
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	})
	scheme := func(in, name, http string) *contract.Scheme {
		prefix := map[string]string{"bearer": "Bearer ", "basic": "Basic "}[http]
		return &contract.Scheme{In: in, Name: name, HTTP: http, Prefix: prefix}
	}
	for name, c := range map[string]struct {
		request *Request
		line    string
		headers []string // besides Host and Accept-Encoding
	}{
		"names": {
			&Request{Method: "GET", Path: "/jobs", Header: []Pair{{"x-api-KEY", "a"}, {"X-Api-Key", "b"}, {"X-API-Key", "c"}}},
			"GET /api/v1/jobs HTTP/1.1",
			[]string{"Accept: application/json", "User-Agent: probe/test", "X-API-Key: c", "X-Api-Key: b", "x-api-KEY: a"},
		},
		"a key": {
			&Request{Method: "GET", Path: "/jobs", Credential: Credential{{scheme("header", "x-key", ""), "k"}}},
			"GET /api/v1/jobs HTTP/1.1", []string{"Accept: application/json", "User-Agent: probe/test", "x-key: k"},
		},
		"no key": {
			&Request{Method: "GET", Path: "/jobs", Credential: Credential{{scheme("header", "x-key", ""), ""}}},
			"GET /api/v1/jobs HTTP/1.1", []string{"Accept: application/json", "User-Agent: probe/test", "x-key: "},
		},
		"bearer": {
			&Request{Method: "GET", Path: "/jobs", Credential: Credential{{scheme("header", "Authorization", "bearer"), "k"}}},
			"GET /api/v1/jobs HTTP/1.1",
			[]string{"Accept: application/json", "Authorization: Bearer k", "User-Agent: probe/test"},
		},
		"basic": {
			&Request{Method: "GET", Path: "/jobs", Credential: Credential{{scheme("header", "Authorization", "basic"), "u:p"}}},
			"GET /api/v1/jobs HTTP/1.1",
			[]string{"Accept: application/json", "Authorization: Basic dTpw", "User-Agent: probe/test"},
		},
		"cookie": {
			&Request{Method: "GET", Path: "/jobs", Credential: Credential{{scheme("cookie", "sid", ""), `a b,"c"\d`}}},
			"GET /api/v1/jobs HTTP/1.1", []string{"Accept: application/json", `Cookie: sid=a b,"c"\d`, "User-Agent: probe/test"},
		},
		"in a query": {
			&Request{
				Method: "GET", Path: "/jobs", Query: []Pair{{"b", "2"}, {"a", "1 &"}, {"b", "3"}},
				Credential: Credential{{scheme("query", "key", ""), "k/+"}},
			}, "GET /api/v1/jobs?b=2&a=1+%26&b=3&key=k%2F%2B HTTP/1.1", []string{
				"Accept: application/json", "User-Agent: probe/test",
			},
		},
		"several at once": {
			&Request{Method: "GET", Path: "/jobs", Credential: Credential{
				{scheme("header", "x-id", ""), "i"}, {scheme("header", "x-secret", ""), "s"}, {scheme("query", "key", ""), "k"},
				{scheme("cookie", "sid", ""), "c"}, {scheme("cookie", "csrf", ""), "d"},
			}}, "GET /api/v1/jobs?key=k HTTP/1.1", []string{
				"Accept: application/json", "Cookie: sid=c; csrf=d", "User-Agent: probe/test", "x-id: i", "x-secret: s",
			},
		},
		"a word of its own": {
			&Request{Method: "GET", Path: "/jobs", Credential: Credential{{&contract.Scheme{
				Type: "apiKey", In: "header", Name: "Authorization", Prefix: "Hive ",
			}, "k"}}},
			"GET /api/v1/jobs HTTP/1.1", []string{"Accept: application/json", "Authorization: Hive k", "User-Agent: probe/test"},
		},
		"raw query": {
			&Request{Method: "GET", Path: "/jobs", RawQuery: "a;b=[%zz]"}, "GET /api/v1/jobs?a;b=[%zz] HTTP/1.1",
			[]string{"Accept: application/json", "User-Agent: probe/test"},
		},
		"path": {&Request{Method: "DELETE", Path: "/a%2Fb/../%C3%BC/c%20d"}, "DELETE /api/v1/a%2Fb/../%C3%BC/c%20d " +
			"HTTP/1.1", []string{"Accept: application/json", "User-Agent: probe/test"}},
		"own": {
			&Request{Method: "GET", Path: "/jobs", Header: []Pair{{"accept", "text/html"}, {"user-agent", "mine"}}},
			"GET /api/v1/jobs HTTP/1.1", []string{"accept: text/html", "user-agent: mine"},
		},
		"method": {
			&Request{Method: "pOsT", Path: "/jobs"}, "pOsT /api/v1/jobs HTTP/1.1",
			[]string{"Accept: application/json", "User-Agent: probe/test"},
		},
		"body": {
			&Request{Method: "PATCH", Path: "/jobs", Body: []byte("{}")}, "PATCH /api/v1/jobs HTTP/1.1",
			[]string{"Accept: application/json", "Content-Length: 2", "User-Agent: probe/test"},
		},
		"empty body": {
			&Request{Method: "POST", Path: "/jobs", Body: []byte{}}, "POST /api/v1/jobs HTTP/1.1",
			[]string{"Accept: application/json", "Content-Length: 0", "User-Agent: probe/test"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := fmt.Sprintf("%+v", *c.request)
			if _, err := client(t, target).Do(t.Context(), c.request); err != nil {
				t.Fatal(err)
			}
			head := <-heads
			headers := slices.DeleteFunc(slices.Clone(head[1:]), func(line string) bool {
				return strings.HasPrefix(line, "Host: ")
			})
			slices.Sort(headers)
			c.headers = append([]string{"Accept-Encoding: identity"}, c.headers...)
			if head[0] != c.line || !slices.Equal(headers, c.headers) {
				t.Errorf("got  %s %q\nwant %s %q", head[0], headers, c.line, c.headers)
			}
			if after := fmt.Sprintf("%+v", *c.request); after != before {
				t.Errorf("sending changed the request\nfrom %s\nto   %s", before, after)
			}
		})
	}
}
