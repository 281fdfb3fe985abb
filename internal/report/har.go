package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"conformance/internal/result"
)

// WriteHAR writes exchanges.har (HTTP Archive 1.2): every recorded exchange, redacted as it was recorded, for tools
// that show or replay traffic. The comment of an entry names its row. Entries are written one by one, so that memory
// does not grow with them.
func WriteHAR(w io.Writer, r result.Run) error {
	out := bufio.NewWriterSize(w, 64<<10)
	head, err := json.Marshal(struct {
		Version string     `json:"version"`
		Creator harCreator `json:"creator"`
		Comment string     `json:"comment"`
	}{"1.2", harCreator{"conformance", harVersion(r)}, "target " + r.Target + ", verdict " + string(r.Verdict)})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "{\"log\":%s,\"entries\":[", head[:len(head)-1])
	separator := "\n"
	for i := range r.Checks {
		c := &r.Checks[i]
		for j := range c.Exchanges {
			entry, err := json.Marshal(newHAREntry(c, &c.Exchanges[j]))
			if err != nil {
				return err
			}
			out.WriteString(separator)
			out.Write(entry)
			separator = ",\n"
		}
	}
	out.WriteString("\n]}}\n")
	return out.Flush()
}

func harVersion(r result.Run) string {
	if r.Suite.Version == "" {
		return "unknown" // the format wants one
	}
	return r.Suite.Version
}

type harCreator struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type harEntry struct {
	Started  time.Time   `json:"startedDateTime"`
	Time     float64     `json:"time"`
	Request  harRequest  `json:"request"`
	Response harResponse `json:"response"`
	Cache    struct{}    `json:"cache"`
	Timings  harTimings  `json:"timings"`
	Comment  string      `json:"comment"`
}

type harPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type harRequest struct {
	Method      string    `json:"method"`
	URL         string    `json:"url"`
	HTTPVersion string    `json:"httpVersion"`
	Cookies     []harPair `json:"cookies"`
	Headers     []harPair `json:"headers"`
	Query       []harPair `json:"queryString"`
	Body        *harBody  `json:"postData,omitempty"`
	HeadersSize int       `json:"headersSize"`
	BodySize    int       `json:"bodySize"`
	Comment     string    `json:"comment,omitempty"`
}

type harBody struct {
	MimeType string    `json:"mimeType"`
	Params   []harPair `json:"params"`
	Text     string    `json:"text"`
}

type harResponse struct {
	Status      int        `json:"status"`
	StatusText  string     `json:"statusText"`
	HTTPVersion string     `json:"httpVersion"`
	Cookies     []harPair  `json:"cookies"`
	Headers     []harPair  `json:"headers"`
	Content     harContent `json:"content"`
	RedirectURL string     `json:"redirectURL"`
	HeadersSize int        `json:"headersSize"`
	BodySize    int        `json:"bodySize"`
	Comment     string     `json:"comment,omitempty"`
}

type harContent struct {
	Size     int    `json:"size"`
	MimeType string `json:"mimeType"`
	Text     string `json:"text"`
	Comment  string `json:"comment,omitempty"`
}

type harTimings struct {
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
}

func newHAREntry(c *result.Check, x *result.Exchange) harEntry {
	proto := "HTTP/1.1"
	if x.Response != nil && x.Response.Proto != "" {
		proto = x.Response.Proto
	}
	e := harEntry{
		Started: x.Started, Request: harRequest{
			Method: x.Request.Method, URL: x.Request.URL, HTTPVersion: proto, Cookies: []harPair{},
			Headers: harHeaders(x.Request.Headers),
			Query:   harQuery(x.Request.URL), HeadersSize: -1, BodySize: len(x.Request.Body), Comment: x.Request.Fault,
		},
		Comment: strings.TrimSpace(strings.Join([]string{c.ID, c.Operation, c.Variant}, " ")) + ": " + string(c.Outcome),
	}
	if x.Request.Body != "" {
		e.Request.Body = &harBody{firstHeader(x.Request.Headers, "Content-Type"), []harPair{}, x.Request.Body}
	}
	p := x.Response
	if p == nil { // readers take status 0 for a request that was never answered
		e.Response = harResponse{
			HTTPVersion: proto, Cookies: []harPair{}, Headers: []harPair{}, HeadersSize: -1, BodySize: -1, Comment: x.Error,
		}
		return e
	}
	e.Time, e.Timings.Wait = p.DurationMS, p.DurationMS
	e.Response = harResponse{
		Status: p.Status, StatusText: http.StatusText(p.Status), HTTPVersion: proto, Cookies: []harPair{},
		Headers:     harHeaders(p.Headers),
		Content:     harContent{Size: len(p.Body), MimeType: firstHeader(p.Headers, "Content-Type"), Text: p.Body},
		RedirectURL: firstHeader(p.Headers, "Location"), HeadersSize: -1, BodySize: len(p.Body),
	}
	if p.Truncated {
		e.Response.Content.Comment, e.Response.BodySize = "an excerpt", -1
	}
	return e
}

func harHeaders(headers []result.Header) []harPair {
	out := make([]harPair, len(headers))
	for i, h := range headers {
		out[i] = harPair(h)
	}
	return out
}

// harQuery splits the query as it was sent, in its order; what cannot be decoded stays as it is.
func harQuery(address string) []harPair {
	out := []harPair{}
	_, query, ok := strings.Cut(address, "?")
	if !ok {
		return out
	}
	query, _, _ = strings.Cut(query, "#")
	decode := func(s string) string {
		if d, err := url.QueryUnescape(s); err == nil {
			return d
		}
		return s
	}
	for parameter := range strings.SplitSeq(query, "&") {
		if parameter != "" {
			name, value, _ := strings.Cut(parameter, "=")
			out = append(out, harPair{decode(name), decode(value)})
		}
	}
	return out
}

// firstHeader is the first value of a header, or nothing.
func firstHeader(headers []result.Header, name string) string {
	for _, h := range headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}
