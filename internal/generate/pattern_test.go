package generate

import (
	"regexp"
	"testing"
)

// TestMatches: both texts match the pattern, and no shorter or longer one is known.
func TestMatches(t *testing.T) {
	for pattern, want := range map[string][2]string{
		`^\+[1-9]\d{1,14}$`:    {"+11", "+111111111111111"},
		`^\d{5}(-\d{4})?$`:     {"11111", "11111-1111"},
		`^[A-Z]{2}$`:           {"AA", "AA"},
		`^(a|bcd|ef)[^x]$`:     {"a1", "bcd1"},
		`^x*y+.z?$`:            {"yx", ""},
		`^AST-\d{6,}$`:         {"AST-111111", ""},
		`(?i)^[b-c]\b$`:        {"", ""}, // where a word ends is beyond it
		`^(a{1000}){1000}$`:    {"", ""}, // too long to be of use
		`^(?!no)[a-z]$`:        {"", ""}, // not of this kind of expression
		`^[^\x00-\x{10FFFF}]$`: {"", ""}, // nothing matches
	} {
		shortest, longest := matches(pattern)
		if got := [2]string{shortest, longest}; got != want {
			t.Errorf("%s: %q, want %q", pattern, got, want)
		}
		for _, text := range []string{shortest, longest} {
			if text != "" && !regexp.MustCompile(pattern).MatchString(text) {
				t.Errorf("%s does not match %q", pattern, text)
			}
		}
	}
}
