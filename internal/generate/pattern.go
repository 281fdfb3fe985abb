package generate

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// matches are the shortest and the longest text that a pattern matches whole; the longest is empty where there is no
// end to it, both are where the pattern is of a kind that this does not read.
func matches(pattern string) (shortest, longest string) {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "", ""
	}
	shortest, ok := (&writer{}).write(tree)
	if !ok {
		return "", ""
	}
	longest, _ = (&writer{long: true}).write(tree)
	return shortest, longest
}

// matching is a text that the pattern matches, between those numbers of characters, another one for another vary; empty
// where none is known.
func matching(pattern string, least, most, vary int) string {
	re, err := regexp.Compile(pattern)
	tree, err2 := syntax.Parse(pattern, syntax.Perl)
	if err != nil || err2 != nil {
		return ""
	}
	short, ok := (&writer{loose: true}).write(tree)
	if !ok {
		return ""
	}
	missing := max(0, least-utf8.RuneCountInString(short))
	for _, w := range []writer{
		{loose: true, vary: vary}, {loose: true, vary: vary, need: missing + min(vary, 4)},
		{loose: true, vary: vary, need: missing, widest: true},
	} {
		text, _ := w.write(tree)
		gap := strings.Repeat("x", max(0, least-utf8.RuneCountInString(text)))
		for _, whole := range []string{text + gap, gap + text} { // a pattern without anchors leaves room around it
			if utf8.RuneCountInString(whole) <= most && re.MatchString(whole) && (vary == 0 || whole != short) {
				return whole
			}
		}
	}
	return ""
}

// writer writes a text that an expression matches: as short as one can be, unless it is told otherwise.
type writer struct {
	long   bool // as long as one can be
	loose  bool // what stands for no character is taken to match; the text must be tried
	widest bool // of alternatives the one that can be longest
	need   int  // characters to write more than the fewest
	vary   int  // chooses among the characters of classes
}

// write is a text that the expression matches; false: there is none that is longest, or none is known.
func (w *writer) write(e *syntax.Regexp) (string, bool) {
	switch e.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine:
		return "", true
	case syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return "", w.loose
	case syntax.OpLiteral:
		return string(e.Rune), true
	case syntax.OpCharClass:
		return w.oneOf(e.Rune), true
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		if w.vary > 0 {
			return w.oneOf([]rune{'1', 'z'}), true
		}
		return "x", true
	case syntax.OpCapture:
		return w.write(e.Sub[0])
	case syntax.OpConcat:
		var all strings.Builder
		for _, part := range e.Sub {
			text, ok := w.write(part)
			if !ok {
				return "", false
			}
			all.WriteString(text)
		}
		return all.String(), true
	case syntax.OpAlternate:
		return w.choice(e.Sub)
	case syntax.OpStar:
		return w.repeated(e.Sub[0], 0, -1)
	case syntax.OpPlus:
		return w.repeated(e.Sub[0], 1, -1)
	case syntax.OpQuest:
		return w.repeated(e.Sub[0], 0, 1)
	case syntax.OpRepeat:
		return w.repeated(e.Sub[0], e.Min, e.Max)
	}
	return "", false
}

func (w *writer) choice(all []*syntax.Regexp) (best string, found bool) {
	var chosen *syntax.Regexp
	for _, e := range all {
		long := w.long || w.widest
		text, ok := (&writer{long: long, loose: w.loose}).write(e)
		if !ok && w.widest {
			text, ok = strings.Repeat("x", maxText), true // no end to it
		}
		if !ok {
			return "", false
		}
		if n, m := utf8.RuneCountInString(text), utf8.RuneCountInString(best); !found || long && n > m || !long && n < m {
			best, found, chosen = text, true, e
		}
	}
	if chosen != nil && (w.widest || w.vary > 0 || w.need > 0) {
		return w.write(chosen)
	}
	return best, found
}

func (w *writer) repeated(e *syntax.Regexp, least, most int) (string, bool) {
	n := least
	if w.long {
		n = most
	}
	one, ok := (&writer{long: w.long, loose: w.loose}).write(e)
	if n < 0 || !ok || n*len(one) > maxText {
		return "", false
	}
	for size := utf8.RuneCountInString(one); w.need > 0 && size > 0 && (most < 0 || n < most); n++ {
		w.need -= size
	}
	if w.vary == 0 {
		return strings.Repeat(one, n), true
	}
	var all strings.Builder
	for range n {
		text, _ := w.write(e)
		all.WriteString(text)
	}
	return all.String(), true
}

// usual are the characters that are taken of a class before others.
const usual = "1aA-"

// oneOf is a character of a class, given by its ranges: a usual one if it has one, the next ones for other numbers.
func (w *writer) oneOf(ranges []rune) string {
	in := func(r rune) bool {
		for i := 0; i < len(ranges); i += 2 {
			if ranges[i] <= r && r <= ranges[i+1] {
				return true
			}
		}
		return false
	}
	if w.vary > 0 {
		var several []rune
		for r := '0'; r <= 'z'; r++ {
			if in(r) && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
				several = append(several, r)
			}
		}
		if n := len(several); n > 0 {
			turn := w.vary % n
			w.vary /= n
			return string(several[turn])
		}
	}
	for _, r := range usual {
		if in(r) {
			return string(r)
		}
	}
	if len(ranges) == 0 {
		return ""
	}
	return string(ranges[0])
}
