package judge

import (
	"slices"
	"strings"

	"conformance/internal/contract"
	"conformance/internal/probe"
	"conformance/internal/result"
)

// Headers that have one value by definition: what comes twice is read as the first by some clients, as the last by
// others.

// single are those that HTTP itself gives one value (RFC 9110, 5.3, 8.3, 8.8.3, 10.2.2 and 10.2.3). A list such as
// Allow may stand on several lines.
var single = []string{"Content-Type", "ETag", "Location", "Retry-After"}

// HeadersOnce are the differences in headers that have one value by definition, the limiter's among them, and come with
// several.
func HeadersOnce(c *contract.Contract, a *probe.Answer) []result.Difference {
	names := single
	if limit := c.RateLimit; limit != nil {
		names = slices.Concat(names, []string{limit.Limit, limit.Remaining, limit.Reset})
	}
	var found []result.Difference
	for _, name := range names {
		if d, ok := HeaderOnce(a, name); !ok {
			found = append(found, d)
		}
	}
	return found
}

// HeaderOnce says whether all lines of a header say the same.
func HeaderOnce(a *probe.Answer, name string) (result.Difference, bool) {
	var values []string
	for _, value := range a.Values(name) {
		if value = strings.TrimSpace(value); !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	kind := result.KindHeader
	if name == "Content-Type" {
		kind = result.KindMediaType
	}
	return result.Difference{
		Kind: kind, Rule: result.HeaderOnce, At: name, Got: Short(strings.Join(values, "; ")),
	}, len(values) < 2
}
