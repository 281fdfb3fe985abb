package report

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"conformance/internal/result"
)

// visible makes what came from a target harmless wherever plain text is shown: characters that steer a terminal, turn
// the reading direction, hide, or are illegal in XML are written as escapes (\x1b, \u202e); line feeds and tabs stay.
// Escaping rather than dropping keeps different texts different.
func visible(s string) string {
	clean := strings.IndexFunc(s, hidden) < 0 && utf8.ValidString(s)
	if clean {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case !hidden(r):
			b.WriteRune(r)
		case r == '\r':
			b.WriteString(`\r`)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		s = s[size:]
	}
	return b.String()
}

func hidden(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r < unicode.MaxASCII: // nearly every character of a report; the tables of the others are slow
		return r < ' '
	}
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) || r&0xfffe == 0xfffe
}

// line makes one line of at most limit characters of s.
func line(s string, limit int) string {
	return cut(strings.Join(strings.Fields(visible(s)), " "), limit)
}

// cut shortens s to limit characters, the last of them an ellipsis if anything is missing.
func cut(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	runes := []rune(s)
	return strings.TrimRight(string(runes[:limit-1]), " ") + "…"
}

// excerpt shortens s to about limit bytes, without splitting a character, and says how much is missing.
func excerpt(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	end := limit
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return fmt.Sprintf("%s… (%d more bytes)", s[:end], len(s)-end)
}

// Wrap breaks one line of text into lines of at most width characters, and gives at most limit of them. A word longer
// than a line is broken.
func Wrap(s string, width, limit int) []string {
	var out []string
	var current []rune
	flush := func() {
		if len(current) > 0 {
			out, current = append(out, string(current)), nil
		}
	}
	for word := range strings.FieldsSeq(s) {
		w := []rune(word)
		if len(current) > 0 && len(current)+1+len(w) > width {
			flush()
		}
		if len(current) > 0 {
			current = append(current, ' ')
		}
		for len(w) > width {
			out, w = append(out, string(w[:width])), w[width:]
		}
		current = append(current, w...)
	}
	flush()
	if len(out) > limit {
		last := out[limit-1]
		out = append(out[:limit-1], cut(last+" …", width))
	}
	return out
}

// count is a number with its noun: 1 row, 2 rows.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// durationText writes a duration in milliseconds as people say it: 840 ms, 4.2 s, 3 min 20 s.
func durationText(ms int64) string {
	d := time.Duration(ms) * time.Millisecond
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", ms)
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	default:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
}

// unique keeps the first of each text, in order.
func unique(texts []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, t := range texts {
		if !seen[t] {
			seen[t] = true
			out = append(out, t)
		}
	}
	return out
}

// address is a web address of characters that mean nothing in Markdown, HTML or a terminal.
var address = regexp.MustCompile(`^https?://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~%/?&=+,;#-]*)?$`)

// sourceURL is where to read the row's source; empty where a link would not be safe. A report may be rendered from a
// file of others.
func sourceURL(c result.Check) string {
	if len(c.SourceURL) > maxURL || !address.MatchString(c.SourceURL) {
		return ""
	}
	return c.SourceURL
}
