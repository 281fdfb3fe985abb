package judge_test

import (
	"testing"

	"conformance/internal/contract"
	"conformance/internal/judge"
	"conformance/internal/probe"
)

// TestHeadersOnce: two values of a header that has one are found; a list on several lines, and one value twice, are
// not.
func TestHeadersOnce(t *testing.T) {
	c := &contract.Contract{RateLimit: &contract.RateLimit{Limit: "X-Limit", Remaining: "X-Left"}}
	for name, v := range map[string]struct {
		header map[string][]string
		want   string
	}{
		"once":                {map[string][]string{"content-type": {"application/json"}, "X-Limit": {"7"}}, ""},
		"twice alike":         {map[string][]string{"Content-Type": {"application/json", " application/json"}}, ""},
		"two media types":     {map[string][]string{"content-type": {"application/json", "text/html"}}, "Content-Type"},
		"two addresses":       {map[string][]string{"Location": {"/a", "/b"}}, "Location"},
		"two waits":           {map[string][]string{"Retry-After": {"1", "60"}}, "Retry-After"},
		"two limits":          {map[string][]string{"x-limit": {"1000", "5000"}}, "X-Limit"},
		"a list":              {map[string][]string{"Allow": {"GET", "POST"}, "Vary": {"A", "B"}}, ""},
		"a header unheard of": {map[string][]string{"X-Other": {"1", "2"}}, ""},
	} {
		got := ""
		for _, d := range judge.HeadersOnce(c, &probe.Answer{Header: v.header}) {
			got += d.At
		}
		if got != v.want {
			t.Errorf("%s: found %q, want %q", name, got, v.want)
		}
	}
}
