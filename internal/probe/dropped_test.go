package probe

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// TestGateway: what something in front of the API answers in HTML is no answer of the API. It is named, and a read
// is sent again.
func TestGateway(t *testing.T) {
	for name, k := range map[string]struct {
		request    Request
		bad        int64 // so many answers are the gateway's
		status     int
		media      string
		asked      int64
		wantStatus int    // 0: an error
		said       string // of the error
	}{
		"once, a read": {Request{Method: "GET", Group: "op"}, 1, 502, "text/html", 2, 200, ""},
		"twice, a read": {Request{Method: "GET", Group: "op"}, 2, 503, "text/html; charset=utf-8", 2, 0,
			"503 Service Unavailable in HTML from edge/1.2"},
		"once, a write": {Request{Method: "POST", Group: "op"}, 1, 504, "text/html", 1, 0,
			"504 Gateway Timeout in HTML from edge/1.2"},
		"the API's own":   {Request{Method: "GET", Group: "op"}, 1, 503, "application/json", 1, 503, ""},
		"another status":  {Request{Method: "GET", Group: "op"}, 1, 500, "text/html", 1, 500, ""},
		"of a flood":      {Request{Method: "GET", Group: "op", Unpaced: true}, 1, 503, "text/html", 1, 503, ""},
		"of no operation": {Request{Method: "GET"}, 1, 502, "text/html", 1, 502, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if asked.Add(1) <= k.bad {
					w.Header().Set("Content-Type", k.media)
					w.Header().Set("Server", "edge/1.2")
					w.WriteHeader(k.status)
				}
			}))
			defer server.Close()
			c, err := New(Options{Target: server.URL}, NewRedactor(nil))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			r := k.request
			r.Path = "/"
			a, err := c.Do(t.Context(), &r)
			var transport *TransportError
			switch {
			case k.wantStatus > 0 && (err != nil || a.Status != k.wantStatus):
				t.Errorf("%v, %v; want %d", a, err, k.wantStatus)
			case k.wantStatus == 0 && (!errors.As(err, &transport) || !transport.Dropped ||
				!strings.Contains(err.Error(), k.said)):
				t.Errorf("%v; want %q", err, k.said)
			}
			if asked.Load() != k.asked {
				t.Errorf("asked %d times, want %d", asked.Load(), k.asked)
			}
		})
	}
}
