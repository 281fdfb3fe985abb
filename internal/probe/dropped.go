package probe

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"syscall"
)

// droppedError says that the connection ended before anything of an answer came.
type droppedError struct{ error }

func (e droppedError) Unwrap() error { return e.error }

// asDropped wraps an error by which the target ended the connection in place of answering.
func asDropped(err error) error {
	text := err.Error()
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		strings.Contains(text, "server closed idle connection") || strings.HasPrefix(text, "stream error: ") {
		return droppedError{err}
	}
	return err
}

// noteLoss counts the requests without a fault, and those that were not answered: what the way to the target loses.
func (c *Client) noteLoss(r *Request, err error) {
	if r.Fault != "" {
		return
	}
	c.plain.Add(1)
	var lost droppedError
	if errors.As(err, &lost) {
		c.plainLost.Add(1)
	}
}

// Loss is the share of requests without a fault whose connection was dropped, from 0 to 1.
func (c *Client) Loss() float64 { return float64(c.plainLost.Load()) / float64(max(c.plain.Load(), 1)) }

// gatewayError says that something in front of the API answered in its place.
type gatewayError struct {
	status int
	form   string // of its answer
	name   string
}

func (e *gatewayError) Error() string {
	return fmt.Sprintf("%d %s %s from %s, which is in front of the API", e.status,
		http.StatusText(e.status), e.form, e.name)
}

// byGateway returns the error that an answer to an operation stands for, if a gateway gave it: a 502, 503 or 504 in
// HTML, or in another form than that of the API's errors. A flood keeps what it is answered: that a limiter breaks is
// what it looks for.
func byGateway(own func(*Answer) bool, r *Request, a *Answer) error {
	statuses := []int{http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}
	if r.Group == "" || r.Unpaced || !slices.Contains(statuses, a.Status) {
		return nil
	}
	media, _, _ := mime.ParseMediaType(a.Get("Content-Type"))
	if media != "text/html" && (own == nil || own(a)) {
		return nil
	}
	e := &gatewayError{a.Status, "in " + media, "a gateway without a name"}
	switch {
	case media == "text/html":
		e.form = "in HTML"
	case len(a.Body) == 0:
		e.form = "without a body"
	case media == "":
		e.form = "in no media type"
	}
	for _, header := range []string{"Server", "Via"} {
		if name := strings.TrimSpace(a.Get(header)); name != "" {
			e.name, _ = cutText(name)
			break
		}
	}
	return e
}
