package probe

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"conformance/internal/contract"
)

// Clock is the time that a client lives in: what it waits for, compares and records is measured by it alone. Tests and
// the self-test put their own in its place.
type Clock interface {
	Now() time.Time
	// Sleep waits, or returns the context's error when it ends first.
	Sleep(ctx context.Context, d time.Duration) error
}

// Wall is the real clock.
type Wall struct{}

// Now returns the current time.
func (Wall) Now() time.Time { return time.Now() }

// Sleep waits for d.
func (Wall) Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Options describe a Client. Zero values mean the defaults given.
type Options struct {
	Target    string              // URL with the base path
	Timeout   time.Duration       // per request, body included; 10 s
	Transport http.RoundTripper   // one of its own, with the limits below
	TLS       *tls.Config         // for that transport
	Clock     Clock               // the real one
	Limits    *contract.RateLimit // where the target announces its limits; nil: nowhere
	MaxConns  int                 // idle connections kept; 64
	UserAgent string
	// Own says that an answer to an operation has the form of the API's own errors. Nil: all have that are not HTML.
	Own    func(*Answer) bool
	MaxRPS float64 // requests per second at most, floods included; 0: as many as the limits allow
	// Waiting is called for every wait of more than ten seconds when it begins, from many goroutines. May be nil.
	Waiting func(d time.Duration, why string)
}

// Bounds on what a target may send.
const (
	maxBody    = 1 << 20
	maxHeaders = 256 << 10
)

// Client sends requests to one target. It is safe for concurrent use.
type Client struct {
	base      *url.URL
	transport http.RoundTripper
	timeout   time.Duration
	clock     Clock
	limits    *contract.RateLimit
	pacer     pacer
	redact    *Redactor
	userAgent string
	own       func(*Answer) bool

	breaker breaker
	waits   waits

	requests, refused atomic.Int64 // refused: paced ones, by a 429
	plain, plainLost  atomic.Int64 // requests without a fault, and those of them whose connection was dropped
	answered, took    atomic.Int64 // answers, and the nanoseconds until they were there, all together
}

// New returns a client, or an error that says what is wrong with the target's URL.
func New(o Options, redact *Redactor) (*Client, error) {
	const remedy = "write it with its base path, like https://host/api/v1"
	base, err := url.Parse(o.Target)
	switch {
	case err != nil: // the cause alone: the URL itself may hold a password
		return nil, fmt.Errorf("target: not a URL: %s; %s", redact.String(cause(err)), remedy)
	case base.User != nil || base.RawQuery != "" || base.ForceQuery || base.Fragment != "":
		return nil, errors.New("target: must carry no user, query or fragment; credentials belong in the configuration file")
	case base.Scheme != "http" && base.Scheme != "https" || base.Hostname() == "":
		return nil, fmt.Errorf("target: %q is not an http or https URL; %s", redact.String(o.Target), remedy)
	}
	c := &Client{base: base, timeout: o.Timeout, clock: o.Clock, limits: o.Limits, redact: redact, userAgent: o.UserAgent}
	c.own = o.Own
	c.waits.tell = o.Waiting
	if o.MaxRPS > 0 {
		c.pacer.gap = time.Duration(float64(time.Second) / o.MaxRPS)
	}
	if c.timeout == 0 {
		c.timeout = 10 * time.Second
	}
	if c.clock == nil {
		c.clock = Wall{}
	}
	// No http.Client: a redirect is an answer like any other, wherever it leads. Following it would carry the key to
	// another host.
	if c.transport = o.Transport; c.transport == nil {
		c.transport = transport(o)
	}
	return c, nil
}

func transport(o Options) *http.Transport {
	conns := o.MaxConns
	if conns == 0 {
		conns = 64
	}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: o.TLS, ForceAttemptHTTP2: true,
		MaxIdleConns: conns, MaxIdleConnsPerHost: conns, IdleConnTimeout: 30 * time.Second,
		DisableCompression:     true, // the codings are undone here, within bounds
		MaxResponseHeaderBytes: maxHeaders,
		ExpectContinueTimeout:  time.Second,
	}
}

// Requests is how many requests were sent; Created how many of them made a record.
func (c *Client) Requests() int { return int(c.requests.Load()) }

// Rate is how many requests per second one key has in the slowest tier that the target has announced so far; 0: none.
func (c *Client) Rate() float64 { return c.pacer.rate() }

// Load is how many paced requests each key has sent in each tier, the most first.
func (c *Client) Load() map[string][]int { return c.pacer.load() }

// Announced is the limit of a tier and the length of its window, as the target has announced them so far; 0: it has
// not.
func (c *Client) Announced(tier string) (limit int, window time.Duration) {
	return c.pacer.announced(tier)
}

// Limited is how many paced requests were refused with 429 anyway.
func (c *Client) Limited() int { return int(c.refused.Load()) }

// Close ends idle connections.
func (c *Client) Close() {
	if t, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// Redactor is what keeps secrets out of this client's records.
func (c *Client) Redactor() *Redactor { return c.redact }

// Target is the target's URL with its base path.
func (c *Client) Target() url.URL { return *c.base }

// Clock is the time this client lives in.
func (c *Client) Clock() Clock { return c.clock }

// TransportError says that no whole answer came; it says nothing about the contract.
type TransportError struct {
	Request *Request
	Started time.Time
	Timeout bool // it was waited for as long as the client waits
	Dropped bool // the connection ended in place of an answer, or a gateway answered that there is none
	Err     error
}

func (e *TransportError) Error() string { return "no answer: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// Latency is how long an answer has taken on average; 0: there was none.
func (c *Client) Latency() time.Duration {
	return time.Duration(c.took.Load() / max(c.answered.Load(), 1))
}

// Do sends a request and returns the answer. A 429 is waited out and the request repeated, unless the request is
// Unpaced. The error is a *TransportError, a *GaveUpError, or the context's.
func (c *Client) Do(ctx context.Context, r *Request) (*Answer, error) {
	deadline := c.clock.Now().Add(cmp.Or(r.Patience, max429Wait))
	for {
		if err := c.wait(ctx, r, deadline); err != nil {
			return nil, err
		}
		a, err := c.unlessGivenUp(ctx, r)
		c.pacer.learn(c.clock.Now(), c.limits, r, a)
		if err != nil {
			return nil, err
		}
		if a.Status == http.StatusTooManyRequests && !r.Unpaced {
			c.refused.Add(1)
		}
		if !c.limited(r, a, deadline) {
			c.pacer.close(r, a, c.clock.Now())
			return a, nil
		}
		if err := c.Wait(ctx, RetryAfter(a), limitWait(r, a)); err != nil {
			return nil, err
		}
	}
}

// unlessGivenUp sends a request, unless its group is given up.
func (c *Client) unlessGivenUp(ctx context.Context, r *Request) (*Answer, error) {
	if c.breaker.gaveUp(r.Group) {
		return nil, &GaveUpError{r.Group, c.timeout}
	}
	a, err := c.send(ctx, r)
	var transport *TransportError
	c.breaker.note(r, err == nil, errors.As(err, &transport) && transport.Timeout)
	return a, err
}

func (c *Client) send(ctx context.Context, r *Request) (*Answer, error) {
	started := c.clock.Now()
	a, err := c.once(ctx, r)
	if err != nil && r.Safe() && ctx.Err() == nil && !errors.Is(err, context.DeadlineExceeded) {
		a, err = c.once(ctx, r) // a read that was never answered may be repeated
	}
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var dropped droppedError
		var gateway *gatewayError
		return nil, &TransportError{
			Dropped: errors.As(err, &dropped) || errors.As(err, &gateway),
			Request: r, Started: started, Timeout: errors.Is(err, context.DeadlineExceeded),
			Err: errors.New(c.redact.String(cause(err))),
		}
	}
	return a, nil
}

func (c *Client) once(ctx context.Context, r *Request) (*Answer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// Once begun, a request is seen through: what it did to the target would otherwise remain unknown.
	timed, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.timeout)
	defer cancel()
	req, err := r.http(timed, c.base, c.userAgent)
	if err != nil {
		return nil, err
	}
	c.requests.Add(1)
	started := c.clock.Now()
	res, connection, err := c.roundTrip(req, r.NewConnection)
	defer connection.end()
	if err != nil {
		err = asDropped(err)
	}
	c.noteLoss(r, err)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode < http.StatusOK { // 101: from here on the connection speaks something else, and has no end
		return nil, fmt.Errorf("the target answered %s, which no request asked for, and no final answer", res.Status)
	}
	body, err := readBounded(res.Body)
	if err != nil {
		return nil, fmt.Errorf("the answer broke off after %d bytes: %w", len(body), err)
	}
	a := &Answer{
		Request: r, Status: res.StatusCode, Proto: res.Proto, Header: res.Header, Body: body, Started: started,
		Duration: c.clock.Now().Sub(started), client: c, Reused: connection.reused.Load(),
	}
	c.answered.Add(1)
	c.took.Add(int64(a.Duration))
	if len(body) > maxBody {
		a.Body, a.Truncated = body[:maxBody], true
	}
	a.decode()
	if err := byGateway(c.own, r, a); err != nil {
		return nil, err
	}
	return a, nil
}

// cause says why there is no answer, without a URL: it may hold a key, and the record shows it anyway.
func cause(err error) string {
	text := err.Error()
	var u *url.Error
	if errors.As(err, &u) {
		text = u.Err.Error()
	}
	var record tls.RecordHeaderError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		text = "timeout: " + text
	// an http.Client would say so, a transport does not
	case errors.As(err, &record) && string(record.RecordHeader[:]) == "HTTP/":
		text = "the server speaks plain HTTP, and the URL says https"
	case strings.HasPrefix(text, "readLoopPeekFailLocked"): // net/http has no words for it
		text = "not an HTTP server: it sent data before the request"
	}
	return text
}
