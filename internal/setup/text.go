package setup

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"conformance/internal/contract"
)

// Plan is what both files are written from.
type Plan struct {
	Contract *contract.Contract
	Document string // the file's name, for people
	File     string // the document as the configuration names it: seen from its folder
	Old      bool   // the document is Swagger 2.0
	Target   string // with its base path; empty: none was given
	Seen     *Seen  // nil: no target was looked at
	Reads    int    // how many requests that took
	// Gaps are those that an action of an overlay closes.
	Gaps []Gap
	// Rows are how many rows of each situation are planned.
	Rows map[contract.SituationID]int
	// Path is the JSONPath of a place that a JSON pointer into the document names.
	Path func(pointer string) string
}

// Gap is a gap of the document, and the action that closes it, with capitals where a value must be filled in.
type Gap struct {
	Pointer, Message, Action string
	Rows                     int // that wait for it
}

// width is how long a line of a comment may be, in characters.
const width = 100

// page is a file in the making.
type page struct{ strings.Builder }

func (p *page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// comment writes a text as comment lines, whatever characters it holds.
func (p *page) comment(indent, format string, args ...any) {
	text := printable(fmt.Sprintf(format, args...))
	line := indent + "#"
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > width && line != indent+"#" {
			p.line("%s", line)
			line = indent + "#"
		}
		line += " " + word
	}
	p.line("%s", line)
}

// printable is a text in one line of characters that YAML takes in a comment.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return '?'
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
}

var plainScalar = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_./-]*$`)

// scalar is a text as YAML, in quotes where it needs them.
func scalar(text string) string {
	switch strings.ToLower(text) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n", "all", "none":
		return quote(text)
	}
	if plainScalar.MatchString(text) {
		return text
	}
	return quote(text)
}

// quote is a text in double quotes. YAML knows every escape that Go writes.
func quote(text string) string { return strconv.Quote(text) }

// value is an id as YAML.
func value(v any) string {
	if text, ok := v.(string); ok {
		return quote(text)
	}
	return fmt.Sprint(v)
}

func values(all []any) string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = value(v)
	}
	return "[" + strings.Join(out, ", ") + "]"
}
