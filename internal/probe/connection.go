package probe

import (
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// connection is what is known of the connection that a request went over.
type connection struct {
	reused atomic.Bool // another request had used it before
	own    *http.Transport
}

// end closes the connection if it was the request's own.
func (c *connection) end() {
	if c.own != nil {
		c.own.CloseIdleConnections()
	}
}

// roundTrip sends a request, over a connection of its own if that is asked for. What is no network has no connections.
func (c *Client) roundTrip(req *http.Request, own bool) (*http.Response, *connection, error) {
	used, transport := &connection{}, c.transport
	if t, ok := transport.(*http.Transport); ok && own {
		used.own = t.Clone()
		transport = used.own
	}
	trace := &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) { used.reused.Store(got.Reused) }}
	res, err := transport.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	return res, used, err
}
