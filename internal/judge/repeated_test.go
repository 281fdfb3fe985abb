package judge_test

import (
	"strings"
	"testing"

	"conformance/internal/judge"
)

// TestRepeated: a member is repeated in one object, however it is written, and not in two.
func TestRepeated(t *testing.T) {
	for body, want := range map[string]string{
		`{"a":1,"b":{"a":2},"c":[{"a":1},{"a":2}]}`: "",
		`{"a":1,"b":2,"a":1}`:                       "a",
		`{"a":"a","b":"a"}`:                         "",
		`{"a":{"x":[],"x":[]},"b":1}`:               "x",
		`[[{"b":null,"\u0062":null}]]`:              "b",
		`{"a":{},"a":[]}`:                           "a",
		`{"a":1,"A":2}`:                             "",
		`not JSON`:                                  "",
		`{"a":1,`:                                   "",
		``:                                          "",
		strings.Repeat("[", 20_000):                 "",
	} {
		got, found := judge.Repeated([]byte(body))
		if got != want || found != (want != "") {
			t.Errorf("%.40s: %q, %v", body, got, found)
		}
	}
}
