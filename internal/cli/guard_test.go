package cli

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestGuard: what a CI or a terminal would obey is written as escapes, however the text arrives.
func TestGuard(t *testing.T) {
	for text, want := range map[string]string{
		"plain\n":                            "plain\n",
		"no end":                             "no end",
		"a::b ## [c] #[d] # #[e]\n":          "a::b ## [c] #[d] # #[e]\n",
		"::error::x\n":                       "\\u003a:error::x\n",
		"  \t::error::x\n":                   "  \t\\u003a:error::x\n",
		"a\n\u00a0::add-mask::x":             "a\n\u00a0\\u003a:add-mask::x",
		"\u200b::error::x\n":                 "\u200b\\u003a:error::x\n",
		"a\r::error::x\n":                    "a\\u000d::error::x\n",
		"\x1b[0m::error::x\n":                "\\u001b[0m::error::x\n",
		"x ##[error]y\n":                     "x #\\u0023[error]y\n",
		"##vso[task.setvariable a]b\n":       "#\\u0023vso[task.setvariable a]b\n",
		"##teamcity[x]###[y]\n":              "#\\u0023teamcity[x]##\\u0023[y]\n",
		"\x1b]0;title\a\x7f\u009b2J\x9b\n":   "\\u001b]0;title\\u0007\\u007f\\u009b2J\\x9b\n",
		strings.Repeat("é", 50_000) + "##[x": strings.Repeat("é", 50_000) + "#\\u0023[x",
	} {
		for _, size := range []int{1, 3, len(text)} {
			var out bytes.Buffer
			g := newGuard(&out)
			for rest := []byte(text); len(rest) > 0; {
				n, err := g.Write(rest[:min(size, len(rest))])
				if err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			g.Flush()
			if out.String() != want {
				t.Errorf("%.60q in pieces of %d: got %.80q, want %.80q", text, size, out.String(), want)
			}
		}
	}
	var out bytes.Buffer
	g := newGuard(&out)
	fmt.Fprint(g, "first ")
	fmt.Fprintln(raw(g), "::error::ours")
	if out.String() != "first ::error::ours\n" {
		t.Errorf("%q", out.String())
	}
}
