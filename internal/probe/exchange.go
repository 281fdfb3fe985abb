package probe

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"conformance/internal/result"
)

// Answer is what came back for a request, its content codings undone. Exchange makes it fit to be kept.
type Answer struct {
	Request   *Request
	Status    int
	Proto     string
	Header    map[string][]string
	Body      []byte
	Truncated bool          // the body went on beyond the limit
	Coding    string        // the content codings that the body came in; empty: none
	Undecoded string        // why they could not be undone: then Body is as it came
	Started   time.Time     // by the client's clock, as is
	Duration  time.Duration // until the whole body was there

	// Refused: the body is a refusal although the status is that of a success, as the document says it.
	Refused bool

	Reused bool // it came over a connection that another request had used before
	client *Client
}

// Accepted says that the request succeeded.
func (a *Answer) Accepted() bool { return a.Status/100 == 2 && !a.Refused }

// Get is the first value of a response header, or "".
func (a *Answer) Get(name string) string {
	if values := a.Values(name); len(values) > 0 {
		return values[0]
	}
	return ""
}

// Values are all values of a response header; names are compared without case.
func (a *Answer) Values(name string) []string {
	for have, values := range a.Header {
		if strings.EqualFold(have, name) {
			return values
		}
	}
	return nil
}

// excerpt is how much of a body a record keeps, in bytes.
const excerpt = 4096

// Exchange is the request with its answer, redacted.
func (a *Answer) Exchange() result.Exchange {
	x := a.client.exchange(a.Request, a.Started)
	var body string
	var cut bool
	a.Handle(func() { body, cut = cutText(a.client.redact.String(string(a.Body))) })
	x.Response = &result.Response{
		Status: a.Status, Proto: a.Proto, Headers: a.client.headers(a.Header), Body: body, Truncated: cut || a.Truncated,
		Coding:     a.client.redact.String(a.Coding),
		DurationMS: float64(a.Duration.Microseconds()) / 1000,
	}
	return x
}

// Unanswered is the exchange of a request for which no whole answer came.
func (c *Client) Unanswered(r *Request, started time.Time, err error) result.Exchange {
	x := c.exchange(r, started)
	x.Error = c.redact.String(err.Error())
	return x
}

func (c *Client) exchange(r *Request, started time.Time) result.Exchange {
	req := result.Request{Method: r.Method, URL: c.redact.String(r.url(c.base).String()), Fault: c.redact.String(r.Fault)}
	for _, at := range r.FaultAt {
		req.FaultAt = append(req.FaultAt, c.redact.String(at))
	}
	for _, h := range r.headers() {
		req.Headers = append(req.Headers, result.Header{Name: c.redact.String(h.Name), Value: c.redact.String(h.Value)})
	}
	req.Body, _ = cutText(c.redact.String(string(r.Body)))
	return result.Exchange{Request: req, Curl: c.curl(r), Started: started.UTC()}
}

func (c *Client) headers(h map[string][]string) []result.Header {
	var out []result.Header
	for name, values := range h {
		for _, v := range values {
			text, _ := cutText(c.redact.String(v))
			out = append(out, result.Header{Name: c.redact.String(name), Value: text})
		}
	}
	slices.SortStableFunc(out, func(a, b result.Header) int { return strings.Compare(a.Name, b.Name) })
	if len(out) > 64 {
		out = append(out[:64], result.Header{Name: "…", Value: fmt.Sprintf("%d more", len(out)-64)})
	}
	return out
}

func cutText(s string) (string, bool) {
	cut := len(s) > excerpt
	if cut {
		s = s[:excerpt]
		for len(s) > 0 && !utf8.RuneStart(s[len(s)-1]) {
			s = s[:len(s)-1]
		}
		s = strings.TrimRightFunc(s, func(r rune) bool { return r == utf8.RuneError })
	}
	// A copy: a part of a text would keep all of it in memory for as long as the record lives.
	return strings.Clone(strings.ToValidUTF8(s, "\uFFFD")), cut
}
