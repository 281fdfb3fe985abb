package probe

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"conformance/internal/contract"
)

// seen answers with everything a handler can see of a request.
func seen(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	names := []string{}
	for name := range r.Header {
		if name != "Content-Length" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode([]any{
		r.Method, r.URL.String(), r.URL.Path, r.URL.RawPath, r.URL.RawQuery, r.RequestURI, r.Proto, names,
		r.Header.Values("X-Key"),
		r.ContentLength, string(body), err, strings.HasPrefix(r.RemoteAddr, "127.0.0.1:"), r.URL.Host, r.URL.Scheme,
		r.Host != "",
	})
}

// TestInProcessIsLikeAServer: a handler is asked and heard in the same way with and without a network.
func TestInProcessIsLikeAServer(t *testing.T) {
	get := &Request{Method: "GET", Path: "/jobs"}
	key := Credential{{&contract.Scheme{In: "header", Name: "x-key"}, "k"}}
	write := func(headers map[string]string, status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for name, value := range headers {
				w.Header().Set(name, value)
			}
			if status != 0 {
				w.WriteHeader(status)
			}
			w.Header().Set("X-Late", "too late")
			_, _ = io.WriteString(w, body)
		}
	}
	for name, c := range map[string]struct {
		request *Request
		handler http.HandlerFunc
	}{
		"a read": {
			&Request{Method: "GET", Path: "/jobs", Query: []Pair{{"a", "b c"}, {"a", "ü"}}, Credential: key}, seen,
		},
		"a write": {
			&Request{Method: "POST", Path: "/jobs", Header: []Pair{{"content-type", "application/json"}}, Body: []byte("{}")},
			seen,
		},
		"an empty write":  {&Request{Method: "POST", Path: "/jobs", Body: []byte{}}, seen},
		"a delete":        {&Request{Method: "DELETE", Path: "/jobs"}, seen},
		"an escaped path": {&Request{Method: "GET", Path: "/a%2Fb/%C3%BC%20/"}, seen},
		"a raw query":     {&Request{Method: "GET", Path: "/jobs", RawQuery: "a;b=[c]&%zz"}, seen},
		"a name in two cases": {
			&Request{Method: "GET", Path: "/jobs", Header: []Pair{{"X-KEY", "a"}, {"x-key", "b"}}}, seen,
		},
		"white space":         {&Request{Method: "GET", Path: "/jobs", Header: []Pair{{"X-Key", "  a  "}}}, seen},
		"a blank value":       {&Request{Method: "GET", Path: "/jobs", Header: []Pair{{"X-Key", "   "}}}, seen},
		"a byte beyond ASCII": {&Request{Method: "GET", Path: "/jobs", Header: []Pair{{"X-Key", "\xff"}}}, seen},
		"a line end in a key": {&Request{Method: "GET", Path: "/jobs", Header: []Pair{{"X-Key", "a\r\nX-B: c"}}}, seen},
		"a name with a blank": {&Request{Method: "GET", Path: "/jobs", Header: []Pair{{"X Key", "a"}}}, seen},
		"an invented method":  {&Request{Method: "FETCH", Path: "/jobs"}, seen},
		"no method at all":    {&Request{Method: "GE T", Path: "/jobs"}, seen},
		"nothing written":     {get, func(http.ResponseWriter, *http.Request) {}},
		"only a status":       {get, write(nil, 404, "")},
		"only a body":         {get, write(nil, 0, "hello")},
		"JSON without type":   {get, write(nil, 400, `{"success":false}`)},
		"a page without type": {get, write(nil, 500, "<html><body>oops")},
		"a type": {
			get, write(map[string]string{"Content-Type": "application/problem+json; charset=utf-8", "X-A": "b"}, 422, "{}"),
		},
		"no content":           {get, write(nil, 204, "")},
		"no content with body": {get, write(nil, 204, "hello")},
		"not modified":         {get, write(nil, 304, "")},
		"a head": {
			&Request{Method: "HEAD", Path: "/jobs"}, write(map[string]string{"Content-Type": "text/plain"}, 200, "hello"),
		},
		"a redirect":   {get, http.RedirectHandler("/elsewhere", http.StatusFound).ServeHTTP},
		"two statuses": {get, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103); w.WriteHeader(400) }},
		"a panic":      {get, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		"a panic half way": {&Request{Method: "POST", Path: "/jobs"}, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "half")
			panic(http.ErrAbortHandler)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(c.handler)
			defer server.Close()
			wire, wireErr := client(t, server.URL+"/api/v1").Do(t.Context(), c.request)
			clock := NewStopped(time.Now())
			fake, fakeErr := client(t, server.URL+"/api/v1", func(o *Options) {
				o.Transport, o.Clock = InProcess(c.handler, clock), clock
			}).Do(t.Context(), c.request)
			if (wireErr == nil) != (fakeErr == nil) {
				t.Fatalf("a server: %v\nin process: %v", wireErr, fakeErr)
			}
			if wireErr != nil {
				return
			}
			if got, want := summary(fake), summary(wire); got != want {
				t.Errorf("in process\n%s\na server\n%s", got, want)
			}
		})
	}
}

func summary(a *Answer) string {
	var headers []string
	for name, values := range a.Header {
		switch name {
		case "Date": // is now in one and whenever in the other
			headers = append(headers, name)
		case "Content-Length", "Connection": // are the connection's
		default:
			headers = append(headers, fmt.Sprint(name, ": ", values))
		}
	}
	slices.Sort(headers)
	return fmt.Sprint(a.Status, " ", a.Proto, "\n", strings.Join(headers, "\n"), "\n", string(a.Body))
}

// TestInProcessTimesOut: a handler that answers only when the request has timed out has not answered.
func TestInProcessTimesOut(t *testing.T) {
	clock := NewStopped(time.Unix(1e9, 0))
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		w.WriteHeader(http.StatusOK)
	})
	c := client(t, "http://target.test", within(time.Millisecond), func(o *Options) {
		o.Transport, o.Clock = InProcess(h, clock), clock
	})
	if a, err := c.Do(t.Context(), &Request{Method: "GET"}); err == nil ||
		!strings.HasPrefix(err.Error(), "no answer: timeout: ") {
		t.Errorf("%v, %v", a, err)
	}
}

// FuzzRedact: no text keeps a secret, and taken apart it says the same.
func FuzzRedact(f *testing.F) {
	f.Add("fsm_live_0123456789", "fsm_live_0123", "a fsm_live_0123456789 b fsm_live_01234 \x00\x01${KEY}\x00\x02 \x00")
	f.Add("\x00", "\x01\x02", "\x00\x00\x01")
	f.Add("ké/+ ", "%", "k%C3%A9%2F%2B%20")
	f.Fuzz(func(t *testing.T, one, two, text string) {
		var r Redactor
		r.Add("${A}", one)
		r.Add("${B}", two)
		got := r.String(text)
		var joined strings.Builder
		for _, p := range r.pieces(text) {
			joined.WriteString(p.text)
			if !p.label && len(one) > 4 && strings.TrimSpace(one) != "" && strings.Contains(p.text, one) {
				t.Errorf("%q keeps %q", p.text, one)
			}
		}
		if joined.String() != got {
			t.Errorf("%q in parts is %q", got, joined.String())
		}
	})
}
