package report

import (
	"fmt"
	"strings"

	"conformance/internal/result"
)

// The plain-text form of a row and of an exchange, for readers that show text and nothing else: JUnit viewers.

// Bounds of what a plain-text report quotes, in bytes. A server that answers with a page of stack trace must not bury
// the finding.
const (
	maxBody    = 2 << 10
	maxHeader  = 300
	maxHeaders = 24 // header lines of one message
	maxURL     = 1 << 10
	maxCurl    = 8 << 10
	maxText    = 1 << 10 // of an expected, actual or message text
)

// describe writes one row that broke the contract: what was tested, what was sent, and every difference.
func describe(c result.Check) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s) %s\n", c.ID, level(c), line(c.Title, 200))
	fmt.Fprintf(&b, "clause:     %s\n", line(c.Source, 200))
	fmt.Fprintf(&b, "operation:  %s\n", line(c.Operation, 200))
	if c.Variant != "" {
		fmt.Fprintf(&b, "variant:    %s\n", line(c.Variant, 200))
	}
	x := failedExchange(c)
	if x != nil {
		fmt.Fprintf(&b, "sent:       %s %s\n", line(x.Request.Method, 40), line(x.Request.URL, maxURL))
		if x.Request.Fault != "" {
			fmt.Fprintf(&b, "fault:      %s\n", line(x.Request.Fault, 300))
		}
	}
	for _, f := range c.Failures() {
		fmt.Fprintf(&b, "\n%s\n  expected: %s\n  actual:   %s\n", f.Kind, line(f.Expected, maxText), line(f.Actual, maxText))
		if addsInformation(f) {
			fmt.Fprintf(&b, "  %s\n", line(f.Message, maxText))
		}
	}
	if len(c.Differences) == 0 {
		fmt.Fprintf(&b, "\n%s\n", line(why(c), maxText))
	}
	if x != nil && x.Curl != "" {
		fmt.Fprintf(&b, "\nrepeat it:\n%s\n", excerpt(visible(x.Curl), maxCurl))
	}
	return b.String()
}

// transcript shows exchanges as they went over the wire, request lines marked > and response lines <.
func transcript(exchanges []result.Exchange, limit int) string {
	var b strings.Builder
	for i, x := range exchanges {
		if b.Len() > limit {
			fmt.Fprintf(&b, "(%s more in results.json)\n", count(len(exchanges)-i, "exchange"))
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		exchangeText(&b, x)
	}
	return b.String()
}

func exchangeText(b *strings.Builder, x result.Exchange) {
	if x.Second {
		b.WriteString("# tried again\n")
	}
	if x.Request.Fault != "" {
		fmt.Fprintf(b, "# %s\n", line(x.Request.Fault, 300))
	}
	fmt.Fprintf(b, "> %s %s\n", line(x.Request.Method, 40), line(x.Request.URL, maxURL))
	message(b, '>', x.Request.Headers, x.Request.Body)
	if x.Error != "" {
		fmt.Fprintf(b, "! no answer: %s\n", line(x.Error, maxText))
	}
	if x.Response != nil {
		fmt.Fprintf(b, "< %s %d (%.1f ms)\n", line(x.Response.Proto, 20), x.Response.Status, x.Response.DurationMS)
		message(b, '<', x.Response.Headers, x.Response.Body)
		if x.Response.Truncated {
			b.WriteString("< (the body is an excerpt)\n")
		}
	}
}

func message(b *strings.Builder, mark byte, headers []result.Header, body string) {
	for i, h := range headers {
		if i == maxHeaders {
			fmt.Fprintf(b, "%c (%s)\n", mark, count(len(headers)-i, "more header"))
			break
		}
		fmt.Fprintf(b, "%c %s: %s\n", mark, line(h.Name, 100), line(h.Value, maxHeader))
	}
	if body == "" {
		return
	}
	fmt.Fprintf(b, "%c\n", mark)
	for text := range strings.SplitSeq(excerpt(visible(body), maxBody), "\n") {
		fmt.Fprintf(b, "%c %s\n", mark, text)
	}
}
