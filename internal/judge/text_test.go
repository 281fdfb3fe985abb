package judge_test

import (
	"strings"
	"testing"

	"conformance/internal/judge"
)

// TestText: however a text is escaped, it is found; a text that is broken over two values is none.
func TestText(t *testing.T) {
	for body, want := range map[string]bool{
		`{"a":"see a/b-c"}`:               true,
		`{"a":"see a\/b-c"}`:              true,
		`{"a":"see \u0061/b\u002dc"}`:     true,
		`[{"\u0061/b-c":1}]`:              true,
		`{"a":"a/b","b":"-c\n"}`:          false,
		`not JSON: \ a/b-c`:               true,
		`{"a":"\\u0061/b-c"}`:             false,
		`{"a":["\"", {"b": "x a\/b-c"}]}`: true,
	} {
		if got := strings.Contains(judge.Text([]byte(body)), "a/b-c"); got != want {
			t.Errorf("%s: found %v, want %v", body, got, want)
		}
	}
}
