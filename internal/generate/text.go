package generate

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// maxText bounds the texts made to break or reach a length, in characters: beyond it a length is a number, not a limit.
const maxText = 1 << 20

func wrongStrings(s *openapi3.Schema, example any, single addFunc) {
	if s.MinLength > 0 && s.MinLength <= maxText {
		n := int(s.MinLength) - 1
		single(MinLength, fmt.Sprintf("minLength: %d characters", n), strings.Repeat("x", n))
	}
	if s.MaxLength != nil && *s.MaxLength <= maxText {
		n := int(*s.MaxLength) + 1
		single(MaxLength, fmt.Sprintf("maxLength: %d characters", n), strings.Repeat("x", n))
	}
	if s.Pattern != "" {
		base, _ := example.(string)
		shortest, longest := matches(s.Pattern)
		half := len([]rune(base)) / 2
		for _, v := range []struct{ name, value string }{
			{"pattern: extra last character", base + "x"},
			{"pattern: extra first character", "x" + base},
			{"pattern: other letter case", swapCase(base)},
			{"pattern: last character missing", strings.TrimSuffix(base, lastCharacter(base))},
			{"pattern: first character missing", strings.TrimPrefix(base, firstCharacter(base))},
			{"pattern: last character 20 more times", base + strings.Repeat(lastCharacter(base), 20)},
			{"pattern: too short", strings.TrimSuffix(shortest, lastCharacter(shortest))},
			{"pattern: too long", longest + lastCharacter(longest)},
			{"pattern: extra line", base + "\nx"},
			{"pattern: space inside", string([]rune(base)[:half]) + " " + string([]rune(base)[half:])},
			{"pattern: punctuation removed", punctuation.ReplaceAllString(base, "")},
			{"pattern: digits replaced by zeros", digits.ReplaceAllString(base, "0")},
			{"pattern: only punctuation", "!?"},
		} {
			if v.value != "" {
				single(Pattern, v.name, v.value)
			}
		}
	}
	for _, v := range wrongFormats[s.Format] {
		single(Format, "format: "+v, v)
	}
}

var (
	digits      = regexp.MustCompile(`\d`)
	punctuation = regexp.MustCompile(`[^\pL\d]`)
)

// wrongFormats are clear violations only: values that lenient but sensible parsers take are left out.
var wrongFormats = map[string][]string{
	"email":     {"not-an-email", "conformance@"},
	"date-time": {"not-a-date", "2026-13-45T25:61:61Z", "March 2, 2026 10:00"},
	"date":      {"not-a-date", "2026-13-45", "03/02/2026", "March 2, 2026"},
	"uuid":      {"not-a-uuid"},
	"ipv4":      {"999.1.1.1"},
	"ipv6":      {"not:an:address"},
}

func swapCase(s string) string {
	if lower := strings.ToLower(s); lower != s {
		return lower
	}
	return strings.ToUpper(s)
}

func lastCharacter(s string) string {
	runes := []rune(s)
	if len(runes) == 0 {
		return ""
	}
	return string(runes[len(runes)-1])
}

func firstCharacter(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}
