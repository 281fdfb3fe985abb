package probe

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http/httpguts"
)

// InProcess carries requests to a handler without a network, for the self-test and for tests: the handler sees what a
// server's would.
func InProcess(h http.Handler, clock Clock) http.RoundTripper { return inProcess{h, clock} }

type inProcess struct {
	handler http.Handler
	clock   Clock
}

// RoundTrip has the handler answer the request. What a network client would refuse to send, or to take for an answer,
// is an error.
func (p inProcess) RoundTrip(r *http.Request) (res *http.Response, err error) {
	in := r.Clone(r.Context())
	in.RemoteAddr, in.Host, in.RequestURI = "127.0.0.1:50000", r.URL.Host, r.URL.RequestURI()
	in.Proto, in.ProtoMajor, in.ProtoMinor = "HTTP/1.1", 1, 1
	if in.URL, err = url.ParseRequestURI(in.RequestURI); err != nil {
		return nil, err
	}
	in.Header = http.Header{}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) { // the order in which they go over a wire
		for _, v := range r.Header[name] {
			if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(v) {
				return nil, fmt.Errorf("net/http: invalid header field %q", name)
			}
			in.Header.Add(name, strings.Trim(v, " \t")) // servers read names without case
		}
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := &recorder{header: http.Header{}}
	w.header.Set("Date", p.clock.Now().UTC().Format(http.TimeFormat))
	defer func() {
		if broken := recover(); broken != nil { // a server ends the connection
			res, err = nil, fmt.Errorf("the handler broke off: %v: %w", broken, io.EOF)
		}
	}()
	p.handler.ServeHTTP(w, in)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead || w.status == http.StatusNoContent || w.status == http.StatusNotModified {
		w.body.Reset()
	} else if _, set := w.sent["Content-Type"]; !set && w.body.Len() > 0 {
		w.sent.Set("Content-Type", http.DetectContentType(w.body.Bytes()))
	}
	return &http.Response{
		Status: fmt.Sprint(w.status, " ", http.StatusText(w.status)), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1,
		ProtoMinor: 1,
		Header:     w.sent, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r,
	}, nil
}

// recorder is a http.ResponseWriter that keeps what is written.
type recorder struct {
	header, sent http.Header
	status       int
	body         bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 { // what goes before is not the answer
		w.status, w.sent = status, w.header.Clone()
	}
}

func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// Stopped is a clock that only sleeping moves, and at once.
type Stopped struct {
	mu  sync.Mutex
	now time.Time
}

// NewStopped returns a clock that shows that time.
func NewStopped(now time.Time) *Stopped { return &Stopped{now: now} }

// Now returns the time it shows.
func (s *Stopped) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// Sleep moves the clock on.
func (s *Stopped) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(max(d, 0))
	return nil
}
