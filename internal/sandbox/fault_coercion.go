package sandbox

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
)

// coercionFaults: a constraint is checked, but too loosely.
func coercionFaults(m *model) []Fault {
	isType := func(v violation) bool { return v.In == "body" && v.Keyword == "type" && v.Schema != nil }
	add := func(name, description string, which func(violation) bool) Fault {
		return must(name, "", contract.InvalidField, description, ignoreViolations(anywhere, which))
	}
	faults := []Fault{
		add("text-as-number", "A number may be sent as text.", func(v violation) bool {
			text, ok := v.Value.(string)
			return isType(v) && ok && numeric(v.Schema) && (number(text) || json.Valid([]byte(text)))
		}),
		add("any-text-as-number", "A text of any kind is taken for a number.", func(v violation) bool {
			_, ok := v.Value.(string)
			return isType(v) && ok && numeric(v.Schema)
		}),
		add("number-as-text", "A text may be sent as a number.", func(v violation) bool {
			return isType(v) && v.Schema.Type.Is(openapi3.TypeString) && isNumber(v.Value)
		}),
		add("boolean-coerced", "A boolean may be sent as text or number.",
			func(v violation) bool { return isType(v) && v.Schema.Type.Is(openapi3.TypeBoolean) }),
		add("fraction-truncated", "An integer may have a fraction.", func(v violation) bool {
			return isType(v) && v.Schema.Type.Is(openapi3.TypeInteger) && isNumber(v.Value)
		}),
		add("object-as-value", "An object or a list is accepted as a plain value.", func(v violation) bool {
			switch v.Value.(type) {
			case map[string]any, []any:
				return isType(v)
			}
			return false
		}),
		add("enum-without-case", "A value of an enum may be in another letter case.", func(v violation) bool {
			text, ok := v.Value.(string)
			return ok && v.In == "body" && v.Keyword == "enum" && slices.ContainsFunc(v.Schema.Enum,
				func(e any) bool { return strings.EqualFold(text, fmt.Sprint(e)) })
		}),
		add("enum-by-substring", "A part of a value of an enum is accepted as that value.", func(v violation) bool {
			text, _ := v.Value.(string)
			return len(text) > 3 && v.In == "body" && v.Keyword == "enum" && slices.ContainsFunc(v.Schema.Enum,
				func(e any) bool { return strings.Contains(fmt.Sprint(e), text) })
		}),
		add("enum-by-prototype", "A reserved word is accepted as a value of an enum.",
			func(v violation) bool {
				text, _ := v.Value.(string)
				return slices.Contains(inherited, text) && v.In == "body" && v.Keyword == "enum"
			}),
		add("empty-text-as-number", "An empty text is taken for zero, which is in order.", func(v violation) bool {
			return v.Value == "" && isType(v) && numeric(v.Schema) && v.Schema.VisitJSON(0.0) == nil
		}),
		add("only-zero-refused", "Of the numbers below the least one only zero is refused.",
			func(v violation) bool { return breaks("minimum", "")(v) && amount(v.Value) != 0 }),
		add("empty-enum-value", "An empty text is accepted as any value of an enum.",
			func(v violation) bool { return v.Value == "" && v.In == "body" && v.Keyword == "enum" }),
		should("date-as-date-time", "", contract.InvalidField, "A date is accepted as a time, as by lenient parsers.",
			ignoreViolations(anywhere, func(v violation) bool {
				text, _ := v.Value.(string)
				_, err := time.Parse(time.DateOnly, text)
				return breaks("format", "")(v) && v.Schema.Format == "date-time" && err == nil
			})),
		add("impossible-date", "A day that the calendar does not have is accepted as a date.", func(v violation) bool {
			text, _ := v.Value.(string)
			return breaks("format", "")(v) && regexp.MustCompile(`^\d{4}-\d{2}-\d{2}`).MatchString(text)
		}),
	}
	faults = append(faults, patternFaults()...)
	return append(faults, offByOneFaults(m)...)
}

func numeric(s *openapi3.Schema) bool {
	return s.Type.Is(openapi3.TypeInteger) || s.Type.Is(openapi3.TypeNumber)
}

func isNumber(value any) bool {
	return !math.IsNaN(amount(value))
}

// patternFaults: a pattern need only match somewhere, or at one end.
func patternFaults() []Fault {
	var faults []Fault
	for _, one := range []struct {
		name, description string
		loosen            func(string) string
	}{
		{"pattern-unanchored", "A pattern need only match somewhere in the text.",
			func(p string) string { return strings.TrimSuffix(strings.TrimPrefix(p, "^"), "$") }},
		{"pattern-open-start", "Anything may precede what a pattern matches.",
			func(p string) string { return strings.TrimPrefix(p, "^") }},
		{"pattern-open-end", "Anything may follow what a pattern matches.",
			func(p string) string { return strings.TrimSuffix(p, "$") }},
		{"pattern-of-a-line", "A pattern need only match one line of the text.", func(p string) string { return "(?m)" + p }},
		{"pattern-longer", "A pattern matches one more of its characters than it says.", func(p string) string {
			return counts.ReplaceAllStringFunc(p, func(c string) string {
				most, _ := strconv.Atoi(counts.FindStringSubmatch(c)[2])
				return counts.ReplaceAllString(c, "{${1},"+strconv.Itoa(most+1)+"}")
			})
		}},
		{"pattern-shorter", "A pattern matches with one less of its characters than it says.", func(p string) string {
			return counts.ReplaceAllStringFunc(p, func(c string) string {
				least, _ := strconv.Atoi(counts.FindStringSubmatch(c)[1])
				return counts.ReplaceAllString(c, "{"+strconv.Itoa(max(0, least-1))+",${2}}")
			})
		}},
		{"pattern-without-case", "A pattern matches in any letter case.", func(p string) string { return "(?i)" + p }},
	} {
		faults = append(faults,
			must(one.name, "", contract.InvalidField, one.description, ignoreViolations(anywhere, func(v violation) bool {
				text, ok := v.Value.(string)
				if !ok || !breaks("pattern", "")(v) {
					return false
				}
				loose, err := regexp.Compile(one.loosen(v.Schema.Pattern))
				return err == nil && loose.MatchString(text)
			})))
	}
	return faults
}

// counts are the repetitions of a pattern that have a least and a most.
var counts = regexp.MustCompile(`\{(\d+),(\d+)\}`)

// offByOneFaults: the first value outside of a bound is inside.
func offByOneFaults(m *model) []Fault {
	var faults []Fault
	for _, one := range []struct {
		name    string
		keyword string
		next    func(violation) bool
	}{
		{"max-length-off-by-one", "maxLength",
			func(v violation) bool { return length(v.Value) == int(*v.Schema.MaxLength)+1 }},
		{"min-length-off-by-one", "minLength",
			func(v violation) bool { return length(v.Value) == int(v.Schema.MinLength)-1 }},
		{"maximum-off-by-one", "maximum", func(v violation) bool { return amount(v.Value) <= *v.Schema.Max+1 }},
		{"minimum-off-by-one", "minimum", func(v violation) bool { return amount(v.Value) >= *v.Schema.Min-1 }},
	} {
		near := func(name string) func(violation) bool {
			return func(v violation) bool { return breaks(one.keyword, name)(v) && one.next(v) }
		}
		i := slices.IndexFunc(constraints, func(c constraint) bool { return c.keyword == one.keyword })
		found := m.parts(func(f *field) bool {
			return f.Reference == nil && constraints[i].present(f.Schema) // no record has the id next to the least
		})
		if len(found) == 0 {
			continue
		}
		faults = append(faults,
			must(one.name, "", contract.InvalidField, "The first value outside of "+one.keyword+" is accepted.",
				ignoreViolations(anywhere, near(""))))
		for _, p := range sampleEvenly(found, 2) {
			faults = append(faults,
				must(one.name, p.String(), contract.InvalidField, "The first value outside of "+one.keyword+" is accepted.",
					ignoreViolations(at(p.op), near(p.Name))))
		}
	}
	return faults
}

// length of a text in characters; -1 of anything else.
func length(value any) int {
	text, ok := value.(string)
	if !ok {
		return -1
	}
	return utf8.RuneCountInString(text)
}

// amount is a number's value, NaN of anything else.
func amount(value any) float64 {
	switch v := value.(type) {
	case json.Number:
		if f, err := v.Float64(); err == nil {
			return f
		}
	case float64:
		return v
	case int64:
		return float64(v)
	}
	return math.NaN()
}
