package generate

import (
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// matches are the shortest and the longest text that a pattern matches whole; the longest is empty where there is no
// end to it, both are where the pattern is of a kind that this does not read.
func matches(pattern string) (shortest, longest string) {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "", ""
	}
	shortest, ok := match(tree, false)
	if !ok {
		return "", ""
	}
	longest, _ = match(tree, true)
	return shortest, longest
}

// match is a text that the expression matches, as short or as long as one can be; false: there is none that is longest,
// or none is known.
func match(e *syntax.Regexp, long bool) (string, bool) {
	switch e.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine:
		return "", true
	case syntax.OpLiteral:
		return string(e.Rune), true
	case syntax.OpCharClass:
		return oneOf(e.Rune), true
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return "x", true
	case syntax.OpCapture:
		return match(e.Sub[0], long)
	case syntax.OpConcat:
		var all strings.Builder
		for _, part := range e.Sub {
			text, ok := match(part, long)
			if !ok {
				return "", false
			}
			all.WriteString(text)
		}
		return all.String(), true
	case syntax.OpAlternate:
		return choice(e.Sub, long)
	case syntax.OpStar:
		return repeated(e.Sub[0], 0, -1, long)
	case syntax.OpPlus:
		return repeated(e.Sub[0], 1, -1, long)
	case syntax.OpQuest:
		return repeated(e.Sub[0], 0, 1, long)
	case syntax.OpRepeat:
		return repeated(e.Sub[0], e.Min, e.Max, long)
	}
	return "", false
}

func choice(all []*syntax.Regexp, long bool) (best string, found bool) {
	for _, e := range all {
		text, ok := match(e, long)
		if !ok {
			return "", false
		}
		if n, m := utf8.RuneCountInString(text), utf8.RuneCountInString(best); !found || long && n > m || !long && n < m {
			best, found = text, true
		}
	}
	return best, found
}

func repeated(e *syntax.Regexp, least, most int, long bool) (string, bool) {
	n := least
	if long {
		n = most
	}
	text, ok := match(e, long)
	if n < 0 || !ok || n*len(text) > maxText {
		return "", false
	}
	return strings.Repeat(text, n), true
}

// oneOf is a character of a class, given by its ranges: a usual one if it has one.
func oneOf(ranges []rune) string {
	for _, r := range "1aA-" {
		for i := 0; i < len(ranges); i += 2 {
			if ranges[i] <= r && r <= ranges[i+1] {
				return string(r)
			}
		}
	}
	if len(ranges) == 0 {
		return ""
	}
	return string(ranges[0])
}
