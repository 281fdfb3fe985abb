package report

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestVisible(t *testing.T) {
	tests := []struct{ in, want string }{
		{"plain naïve 日本語 🚒", "plain naïve 日本語 🚒"},
		{"a\nb\tc", "a\nb\tc"},
		{"a\r\nb", "a\\r\nb"},
		{"\x1b[31m\x00\x7f", `\x1b[31m\x00\x7f`},
		{"\u0085\u009b", `\u0085\u009b`},
		{"\u202eevil\u2066\ufeff\u2028", `\u202eevil\u2066\ufeff\u2028`},
		{"\ufffe\uffff\U0001fffe", `\ufffe\uffff\U0001fffe`},
		{"\xff\xc3(", `\xff\xc3(`},
		{"replacement \ufffd stays", "replacement \ufffd stays"},
	}
	for _, tt := range tests {
		if got := visible(tt.in); got != tt.want {
			t.Errorf("visible(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestBounds(t *testing.T) {
	if got := line(" a \n\n b\t", 10); got != "a b" {
		t.Errorf("line: %q", got)
	}
	if got := cut("naïve text", 5); got != "naïv…" {
		t.Errorf("cut: %q", got)
	}
	if got := excerpt("日本語", 4); got != "日… (6 more bytes)" {
		t.Errorf("excerpt: %q", got)
	}
}

func TestWrap(t *testing.T) {
	tests := []struct {
		in    string
		limit int
		want  []string
	}{
		{"", 3, nil},
		{"one two three", 3, []string{"one two", "three"}},
		{"abcdefghijklmnop q", 3, []string{"abcdefgh", "ijklmnop", "q"}},
		{"one two three four five", 2, []string{"one two", "three …"}},
		{"aaaaaaaa bbbbbbbb cccccccc", 2, []string{"aaaaaaaa", "bbbbbbb…"}},
	}
	for _, tt := range tests {
		if got := Wrap(tt.in, 8, tt.limit); !slices.Equal(got, tt.want) {
			t.Errorf("Wrap(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestTook(t *testing.T) {
	for ms, want := range map[int64]string{0: "0 ms", 999: "999 ms", 4210: "4.2 s", 200_000: "3 min 20 s"} {
		if got := durationText(ms); got != want {
			t.Errorf("took(%d) = %q, want %q", ms, got, want)
		}
	}
}

func FuzzVisible(f *testing.F) {
	f.Add("\x1b]0;owned\x07")
	f.Add("\u202e\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := visible(s)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, hidden) {
			t.Errorf("visible(%q) = %q", s, got)
		}
		if one := line(s, 40); strings.ContainsAny(one, "\n\t") || utf8.RuneCountInString(one) > 40 {
			t.Errorf("line(%q) = %q", s, one)
		}
		for _, l := range Wrap(s, 7, 3) {
			if utf8.RuneCountInString(l) > 7 {
				t.Errorf("Wrap(%q) gives %q", s, l)
			}
		}
	})
}
