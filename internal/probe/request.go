// Package probe owns the talking to a target: it sends one request exactly as described, records the answer within
// bounds, keeps secrets out of what it records, and paces itself by the limits the target announces. It judges nothing.
package probe

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Pair is a name with a value, in the order in which it is sent.
type Pair struct{ Name, Value string }

// Request describes one HTTP request. Its methods return changed copies, so that requests are derived from one another
// freely.
type Request struct {
	Method     string
	Path       string // below the target's base path, escaped
	Query      []Pair
	RawQuery   string     // takes the place of Query where set
	Header     []Pair     // names are sent as they are written
	Body       []byte     // nil: none
	Credential Credential // nil: none
	// Misplaced is a secret that the request carries elsewhere than as its credential; empty: none.
	Misplaced string
	// Tier names the rate-limit bucket the request counts in; Unpaced requests neither wait for it nor repeat a 429.
	Tier    string
	Unpaced bool
	// Patience is how long a 429, and the pace, are waited for; 0: three minutes, and the pace as long as it takes.
	Patience time.Duration
	// Group names what the request belongs to, for people: an operation. After three timeouts in a group, one of them
	// of a request without a fault, no more of it is sent. Empty: none.
	Group string
	// NewConnection: the request goes over a connection of its own, on which nothing was left behind.
	NewConnection bool
	// Fault says in a few words how the request differs from a valid one; empty for a valid one.
	Fault string
	// FaultAt names the parts of the request that Fault speaks about, in the terms of result.Request.
	FaultAt []string
}

// Clone returns a deep copy.
func (r *Request) Clone() *Request {
	c := *r
	c.Query, c.Header, c.Body = slices.Clone(r.Query), slices.Clone(r.Header), slices.Clone(r.Body)
	c.FaultAt, c.Credential = slices.Clone(r.FaultAt), slices.Clone(r.Credential)
	return &c
}

// WithHeader returns a copy with one more header line.
func (r *Request) WithHeader(name, value string) *Request {
	c := r.Clone()
	c.Header = append(c.Header, Pair{name, value})
	return c
}

// WithQuery returns a copy in which the query parameter has that value; it is added at the end if it was not there.
func (r *Request) WithQuery(name, value string) *Request {
	c := r.Clone()
	for i := range c.Query {
		if c.Query[i].Name == name {
			c.Query[i].Value = value
			return c
		}
	}
	c.Query = append(c.Query, Pair{name, value})
	return c
}

// Safe says that sending the request twice does no harm (RFC 9110, 9.2.1).
func (r *Request) Safe() bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// Address is the path with the query, below the target's base path, without a credential.
func (r *Request) Address() string {
	if len(r.Query) == 0 {
		return r.Path
	}
	return r.Path + "?" + encode(r.Query)
}

func (r *Request) url(base *url.URL) *url.URL {
	u := *base
	u.RawPath = ""
	path := strings.TrimSuffix(base.EscapedPath(), "/") + r.Path
	if decoded, err := url.PathUnescape(path); err == nil {
		u.Path, u.RawPath = decoded, path
	} else {
		u.Path = strings.TrimSuffix(base.Path, "/") + r.Path // not escaped after all
	}
	u.RawQuery = r.RawQuery
	if u.RawQuery == "" {
		u.RawQuery = encode(r.withCredential("query", r.Query))
	}
	return &u
}

func encode(pairs []Pair) string {
	parts := make([]string, len(pairs))
	for i, p := range pairs {
		parts[i] = url.QueryEscape(p.Name) + "=" + url.QueryEscape(p.Value)
	}
	return strings.Join(parts, "&")
}

func (r *Request) http(ctx context.Context, base *url.URL, userAgent string) (*http.Request, error) {
	var body io.Reader
	if r.Body != nil {
		body = bytes.NewReader(r.Body)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, r.url(base).String(), body)
	if err != nil {
		return nil, err
	}
	lines := r.headers()
	for _, h := range lines {
		req.Header[h.Name] = append(req.Header[h.Name], h.Value)
	}
	if _, own := req.Header["User-Agent"]; !own {
		if slices.ContainsFunc(lines, named("User-Agent")) {
			userAgent = "" // written in another way; net/http would add its own
		}
		req.Header["User-Agent"] = []string{userAgent}
	}
	return req, nil
}

// headers are the header lines that are sent, but for what names this client and the connection.
func (r *Request) headers() []Pair {
	lines := r.withCredential("header", r.Header)
	var asked []Pair
	if !slices.ContainsFunc(lines, named("Accept")) {
		asked = append(asked, Pair{"Accept", "application/json"})
	}
	if !slices.ContainsFunc(lines, named("Accept-Encoding")) { // to say nothing allows any coding (RFC 9110, 12.5.3)
		asked = append(asked, Pair{"Accept-Encoding", "identity"})
	}
	lines = append(asked, lines...)
	var cookies []string
	for _, p := range r.withCredential("cookie", nil) { // as it is: http.Cookie would leave out what it does not like
		cookies = append(cookies, p.Name+"="+p.Value)
	}
	if len(cookies) > 0 { // in one line (RFC 6265, 5.4)
		lines = append(slices.Clip(lines), Pair{"Cookie", strings.Join(cookies, "; ")})
	}
	return lines
}

func named(name string) func(Pair) bool {
	return func(p Pair) bool { return strings.EqualFold(p.Name, name) }
}
