package probe

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

// InProcess carries requests to a handler without a network, for the self-test and for tests: the handler sees what a server's would.
func InProcess(h http.Handler, clock Clock) http.RoundTripper { return inProcess{h, clock} }

type inProcess struct {
	handler http.Handler
	clock   Clock
}

// RoundTrip has the handler answer the request.
func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.RemoteAddr, in.Host, in.RequestURI = "127.0.0.1:50000", r.URL.Host, r.URL.RequestURI()
	in.Proto, in.ProtoMajor, in.ProtoMinor = "HTTP/1.1", 1, 1
	in.Header = http.Header{}
	for name, values := range r.Header {
		for _, v := range values {
			in.Header.Add(name, v) // servers read names without case
		}
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := &recorder{header: http.Header{}}
	w.header.Set("Date", p.clock.Now().UTC().Format(http.TimeFormat))
	p.handler.ServeHTTP(w, in)
	w.WriteHeader(http.StatusOK)
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r,
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
	if w.status == 0 {
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
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(max(d, 0))
	return ctx.Err()
}
