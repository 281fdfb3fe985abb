// Package generate owns the making of input from schemas: values that a schema accepts at its very edges, and values that it refuses
// for exactly one reason. Every value is checked against its schema before it is handed out. It knows nothing of HTTP or of a target.
package generate

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Constraint names the keyword of a schema that a value keeps to at its edge, or breaks.
type Constraint string

// Constraints, by the JSON Schema keyword that sets them.
const (
	Type        Constraint = "type"
	Null        Constraint = "null"
	Enum        Constraint = "enum"
	Minimum     Constraint = "minimum"
	Maximum     Constraint = "maximum"
	MinLength   Constraint = "minLength"
	MaxLength   Constraint = "maxLength"
	Pattern     Constraint = "pattern"
	Format      Constraint = "format"
	Not         Constraint = "not"
	MinItems    Constraint = "minItems"
	MaxItems    Constraint = "maxItems"
	Required    Constraint = "required"
	MinMembers  Constraint = "minProperties"
	unspecified Constraint = ""
)

// Value is one JSON value for a place, with what it shows.
type Value struct {
	Name       string // unique among the values of one schema: "maxLength: 256 characters"
	Constraint Constraint
	JSON       any
}

// Accepts says whether the schema accepts the value in a request.
func Accepts(s *openapi3.Schema, v any) bool {
	return s.VisitJSON(v, openapi3.VisitAsRequest(), openapi3.EnableFormatValidation(), openapi3.DisableReadOnlyValidation()) == nil
}

// breaks returns the one constraint that the value breaks, or unspecified if it breaks none or several.
func breaks(s *openapi3.Schema, v any) Constraint {
	err := s.VisitJSON(v, openapi3.VisitAsRequest(), openapi3.EnableFormatValidation(), openapi3.MultiErrors())
	if err == nil {
		return unspecified
	}
	var all openapi3.MultiError
	if !errors.As(err, &all) {
		all = openapi3.MultiError{err}
	}
	fields := map[Constraint]bool{}
	for _, e := range all {
		var schemaError *openapi3.SchemaError
		if errors.As(e, &schemaError) {
			fields[Constraint(schemaError.SchemaField)] = true
		}
	}
	if len(fields) != 1 {
		return unspecified
	}
	for f := range fields {
		return f
	}
	return unspecified
}

// Invalid returns values that the schema refuses, each for one reason. The example guides those that break a pattern; it may be nil.
func Invalid(s *openapi3.Schema, example any) []Value {
	var out []Value
	add := func(c Constraint, name string, v any) {
		if Accepts(s, v) || slices.ContainsFunc(out, func(o Value) bool { return o.Name == name }) {
			return
		}
		out = append(out, Value{name, c, v})
	}
	single := func(c Constraint, name string, v any) {
		if got := breaks(s, v); got == c {
			add(c, name, v)
		}
	}
	wrongTypes(s, add)
	if !s.Nullable {
		add(Null, "null", nil)
	}
	if s.Not != nil && s.Not.Value != nil {
		for _, v := range s.Not.Value.Enum {
			add(Not, fmt.Sprintf("not: %v", v), v)
		}
	}
	if len(s.Enum) > 0 {
		wrongEnum(s, add)
		return out
	}
	switch {
	case s.Type.Is("string"):
		wrongStrings(s, example, single)
	case s.Type.Is("integer"), s.Type.Is("number"):
		wrongNumbers(s, add)
	case s.Type.Is("array"):
		wrongArrays(s, example, add)
	}
	return out
}

type adder func(c Constraint, name string, v any)

func wrongTypes(s *openapi3.Schema, add adder) {
	switch {
	case s.Type.Is("string"):
		add(Type, "type: number", 12345.0)
		add(Type, "type: object", map[string]any{})
	case s.Type.Is("integer"):
		add(Type, "type: text", "not-a-number")
		add(Type, "type: number in quotes", fmt.Sprint(numberIn(s)))
		add(Type, "type: fraction", numberIn(s)+0.5)
		add(Type, "type: array", []any{numberIn(s)})
	case s.Type.Is("number"):
		add(Type, "type: text", "not-a-number")
		add(Type, "type: number in quotes", fmt.Sprint(numberIn(s)))
		add(Type, "type: boolean", true)
	case s.Type.Is("boolean"):
		add(Type, "type: text", "yes")
		add(Type, "type: number", 2.0)
	case s.Type.Is("array"):
		add(Type, "type: object", map[string]any{})
		add(Type, "type: text", "not-an-array")
	case s.Type.Is("object"):
		add(Type, "type: array", []any{})
		add(Type, "type: text", "not-an-object")
	}
}

// numberIn is a whole number that the schema's bounds allow.
func numberIn(s *openapi3.Schema) float64 {
	for _, v := range []float64{7, 1, 0} {
		if Accepts(s, v) {
			return v
		}
	}
	if s.Min != nil {
		return *s.Min + 1
	}
	if s.Max != nil {
		return *s.Max - 1
	}
	return 7
}

func wrongEnum(s *openapi3.Schema, add adder) {
	if s.Type.Is("string") {
		add(Enum, "enum: another word", "conformance-none")
		add(Enum, "enum: empty text", "")
		if first, ok := s.Enum[0].(string); ok {
			for _, v := range []string{strings.ToLower(first), strings.ToUpper(first)} {
				if v != first {
					add(Enum, "enum: other letter case", v)
					return
				}
			}
		}
		return
	}
	top := 0.0
	for _, v := range s.Enum {
		if n, ok := v.(float64); ok {
			top = max(top, n)
		}
	}
	add(Enum, "enum: another number", top+1)
}

func wrongNumbers(s *openapi3.Schema, add adder) {
	step := 1.0
	if s.Type.Is("number") {
		step = 0.01
	}
	if s.Min != nil {
		if s.ExclusiveMin.IsTrue() {
			add(Minimum, fmt.Sprintf("minimum: %v", *s.Min), *s.Min)
		} else {
			add(Minimum, fmt.Sprintf("minimum: %v", *s.Min-step), *s.Min-step)
		}
	}
	if s.Max != nil {
		if s.ExclusiveMax.IsTrue() {
			add(Maximum, fmt.Sprintf("maximum: %v", *s.Max), *s.Max)
		} else {
			add(Maximum, fmt.Sprintf("maximum: %v", *s.Max+step), *s.Max+step)
		}
	}
}

func wrongStrings(s *openapi3.Schema, example any, single adder) {
	if s.MinLength > 0 {
		n := int(s.MinLength) - 1
		single(MinLength, fmt.Sprintf("minLength: %d characters", n), strings.Repeat("x", n))
	}
	if s.MaxLength != nil {
		n := int(*s.MaxLength) + 1
		single(MaxLength, fmt.Sprintf("maxLength: %d characters", n), strings.Repeat("x", n))
	}
	if s.Pattern != "" {
		base, _ := example.(string)
		for _, v := range []struct{ name, value string }{
			{"pattern: one character more", base + "x"},
			{"pattern: one character before", "x" + base},
			{"pattern: other letter case", swapCase(base)},
			{"pattern: a character short", strings.TrimSuffix(base, lastCharacter(base))},
			{"pattern: without its first character", strings.TrimPrefix(base, firstCharacter(base))},
			{"pattern: its last character 20 times more", base + strings.Repeat(lastCharacter(base), 20)},
			{"pattern: punctuation", "!?"},
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

// wrongFormats are clear violations only: values that lenient but sensible parsers take are left out.
var wrongFormats = map[string][]string{
	"email":     {"not-an-email"},
	"date-time": {"not-a-date", "2026-13-45T25:61:61Z"},
	"date":      {"not-a-date", "2026-13-45"},
	"uuid":      {"not-a-uuid"},
	"ipv4":      {"999.1.1.1"},
	"ipv6":      {"not:an:address"},
}

func wrongArrays(s *openapi3.Schema, example any, add adder) {
	items, _ := example.([]any)
	if s.MinItems > 0 && len(items) >= int(s.MinItems) {
		add(MinItems, fmt.Sprintf("minItems: %d", s.MinItems-1), items[:s.MinItems-1])
	}
	if s.MaxItems != nil && len(items) > 0 {
		var many []any
		for range *s.MaxItems + 1 {
			many = append(many, items[0])
		}
		add(MaxItems, fmt.Sprintf("maxItems: %d", len(many)), many)
	}
	if s.Items != nil && len(items) > 0 {
		for _, v := range Invalid(s.Items.Value, items[0]) {
			add(v.Constraint, "items: "+v.Name, append(slices.Clone(items[1:]), v.JSON))
		}
	}
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

// Copy returns a deep copy of a JSON value.
func Copy(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = Copy(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = Copy(e)
		}
		return out
	}
	return v
}

// Text is a JSON value as it stands in a query: strings bare, everything else as JSON.
func Text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
