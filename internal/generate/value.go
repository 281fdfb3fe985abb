// Package generate owns the making of input from schemas: values that a schema accepts, also at its very edges, values
// that it refuses for exactly one reason, and how a value is written as a form. Every value is checked against its
// schema before it is handed out. It knows nothing of requests or of a target.
package generate

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Constraint names the keyword of a schema that a value keeps to at its edge, or breaks.
type Constraint string

// Constraints, by the JSON Schema keyword that sets them.
const (
	Type       Constraint = "type"
	Null       Constraint = "null"
	Enum       Constraint = "enum"
	Minimum    Constraint = "minimum"
	Maximum    Constraint = "maximum"
	MinLength  Constraint = "minLength"
	MaxLength  Constraint = "maxLength"
	Pattern    Constraint = "pattern"
	Format     Constraint = "format"
	Not        Constraint = "not"
	MinItems   Constraint = "minItems"
	MaxItems   Constraint = "maxItems"
	Required   Constraint = "required"
	MinMembers Constraint = "minProperties"
)

// Value is one JSON value for a place, with what it shows.
type Value struct {
	Name       string // unique among the values of one schema: "maxLength: 256 characters"
	Constraint Constraint
	JSON       any
	// Of makes the value of the one that stands in its place, where it must be told from that by nothing else (a reference
	// in quotes); nil: it is JSON whatever stood there.
	Of func(good any) any
}

// Accepts says whether the schema accepts the value in a request.
func Accepts(s *openapi3.Schema, v any) bool {
	if n, ok := v.(json.Number); ok && s.Type.Is("integer") && !fits(s.Format, n) {
		return false
	}
	return s.VisitJSON(v, openapi3.VisitAsRequest(), openapi3.EnableFormatValidation(),
		openapi3.DisableReadOnlyValidation(), openapi3.FailFast()) == nil
}

// breaksOnly says whether that constraint is all of the schema that the value breaks, apart from an enum, where no
// value of another type can be.
func breaksOnly(c Constraint, s *openapi3.Schema, v any) bool {
	if c != Enum && len(s.Enum) > 0 { // kin-openapi looks no further than an enum
		plain := *s
		plain.Enum = nil
		return !Accepts(s, v) && breaksOnly(c, &plain, v)
	}
	err := s.VisitJSON(v, openapi3.VisitAsRequest(), openapi3.EnableFormatValidation(),
		openapi3.DisableReadOnlyValidation(), openapi3.MultiErrors())
	if err == nil {
		return false
	}
	var all openapi3.MultiError
	if !errors.As(err, &all) {
		all = openapi3.MultiError{err}
	}
	for _, e := range all {
		var schemaError *openapi3.SchemaError
		if !errors.As(e, &schemaError) {
			return false
		}
		broken := Constraint(schemaError.SchemaField)
		switch broken {
		case "nullable":
			broken = Null
		case "exclusiveMinimum":
			broken = Minimum
		case "exclusiveMaximum":
			broken = Maximum
		}
		if broken != c {
			return false
		}
	}
	return true
}

// Invalid returns values that the schema refuses, each for one reason. The example guides those that break a pattern;
// it may be nil.
func Invalid(s *openapi3.Schema, example any) []Value {
	var out []Value
	add := func(c Constraint, name string, v any) {
		if Accepts(s, v) || slices.ContainsFunc(out, func(o Value) bool { return o.Name == name }) {
			return
		}
		value := Value{Name: name, Constraint: c, JSON: v}
		if of := convertedValues[name]; of != nil {
			value.Of = of
		}
		out = append(out, value)
	}
	single := func(c Constraint, name string, v any) {
		if breaksOnly(c, s, v) {
			add(c, name, v)
		}
	}
	wrongTypes(s, example, single)
	if !s.Nullable {
		add(Null, "null", nil)
	}
	if s.Not != nil && s.Not.Value != nil {
		for _, v := range s.Not.Value.Enum {
			single(Not, fmt.Sprintf("not: %v", v), v)
		}
	}
	if len(s.Enum) > 0 {
		wrongEnum(s, single)
		return out
	}
	switch {
	case s.Type.Is("string"):
		wrongStrings(s, example, single)
	case s.Type.Is("integer"), s.Type.Is("number"):
		wrongNumbers(s, single)
	case s.Type.Is("array"):
		wrongArrays(s, example, single)
	}
	return out
}

// convertedValues are wrong types, by name, that are a good value in another form.
var convertedValues = map[string]func(any) any{
	"type: number in quotes": func(good any) any { return Text(good) },
	"type: array":            func(good any) any { return []any{good} },
	"type: fraction": func(good any) any {
		if n, err := strconv.ParseFloat(Text(good), 64); err == nil && n+0.5 != math.Trunc(n+0.5) {
			return n + 0.5
		}
		return 1.5 // so large a number has no fraction
	},
}

type addFunc func(c Constraint, name string, v any)

func wrongTypes(s *openapi3.Schema, example any, add addFunc) {
	switch {
	case s.Type.Is("string"):
		add(Type, "type: number", 12345.0)
		add(Type, "type: object", map[string]any{})
		add(Type, "type: boolean", true)
		add(Type, "type: array", []any{cmp.Or(example, any("text"))})
	case s.Type.Is("integer"):
		add(Type, "type: text", "not-a-number")
		add(Type, "type: empty text", "")
		add(Type, "type: number in quotes", Text(numberIn(s)))
		// Half a step to the side on which the bounds leave room; the second is dropped where the first is taken.
		add(Type, "type: fraction", numberIn(s)+0.5)
		add(Type, "type: fraction", numberIn(s)-0.5)
		add(Type, "type: array", []any{numberIn(s)})
		add(Type, "type: boolean", true)
	case s.Type.Is("number"):
		add(Type, "type: text", "not-a-number")
		add(Type, "type: empty text", "")
		add(Type, "type: number in quotes", Text(numberIn(s)))
		add(Type, "type: boolean", true)
	case s.Type.Is("boolean"):
		add(Type, "type: text", "yes")
		add(Type, "type: boolean in quotes", "true")
		add(Type, "type: number", 1.0) // what is taken for true by comparison is taken by truth too
	case s.Type.Is("array"):
		add(Type, "type: object", map[string]any{})
		add(Type, "type: text", "not-an-array")
	case s.Type.Is("object"):
		add(Type, "type: array", []any{})
		add(Type, "type: text", "not-an-object")
	}
}

// numberIn is a number that the schema allows, a whole one where it can be.
func numberIn(s *openapi3.Schema) float64 {
	candidates := []float64{7, 1, 0}
	for _, bound := range []*float64{s.Min, s.Max} {
		if bound != nil {
			candidates = append(candidates, *bound, *bound+1, *bound-1)
		}
	}
	if s.MultipleOf != nil {
		candidates = append(candidates, *s.MultipleOf)
	}
	for _, v := range s.Enum {
		if n, ok := v.(float64); ok {
			candidates = append(candidates, n)
		}
	}
	for _, v := range candidates {
		if Accepts(s, v) {
			return v
		}
	}
	return 7
}

func wrongEnum(s *openapi3.Schema, add addFunc) {
	if s.Type.Is("string") {
		add(Enum, "enum: unknown word", "conformance-none")
		add(Enum, "enum: reserved word", "constructor")
		add(Enum, "enum: empty text", "")
		if first, ok := s.Enum[0].(string); ok {
			if cut := strings.TrimSuffix(first, lastCharacter(first)); cut != "" {
				add(Enum, "enum: last character missing", cut)
			}
			for _, v := range []string{strings.ToLower(first), strings.ToUpper(first)} {
				if v != first {
					add(Enum, "enum: other letter case", v)
					return
				}
			}
		}
		return
	}
	if s.Type.Is("boolean") {
		add(Enum, "enum: the other boolean", s.Enum[0] != true)
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

func wrongNumbers(s *openapi3.Schema, add addFunc) {
	step := 1.0
	if s.Type.Is("number") {
		step = 0.01
	}
	if s.Min != nil {
		if s.ExclusiveMin.IsTrue() {
			add(Minimum, "minimum: "+Text(*s.Min), *s.Min)
		} else {
			add(Minimum, "minimum: "+Text(*s.Min-step), *s.Min-step)
			if *s.Min == step { // some take zero for nothing, and look no further
				add(Minimum, "minimum: negative", -5.0)
			}
		}
	}
	if s.Max != nil {
		if s.ExclusiveMax.IsTrue() {
			add(Maximum, "maximum: "+Text(*s.Max), *s.Max)
		} else {
			add(Maximum, "maximum: "+Text(*s.Max+step), *s.Max+step)
		}
	}
}

// ofItems starts the names of values that are wrong in one item of a list.
const ofItems = "items: "

// maxItems bounds the lists made to be too long.
const maxItems = 1 << 12

func wrongArrays(s *openapi3.Schema, example any, add addFunc) {
	items, _ := example.([]any)
	if s.MinItems > 0 && len(items) >= int(s.MinItems) {
		add(MinItems, fmt.Sprintf("minItems: %d", s.MinItems-1), Copy(items[:s.MinItems-1]))
	}
	if s.MaxItems != nil && len(items) > 0 && *s.MaxItems <= maxItems {
		var many []any
		for range *s.MaxItems + 1 {
			many = append(many, Copy(items[0]))
		}
		add(MaxItems, fmt.Sprintf("maxItems: %d", len(many)), many)
	}
	if s.Items != nil && len(items) > 0 {
		for _, v := range Invalid(s.Items.Value, items[0]) {
			add(v.Constraint, ofItems+v.Name, append(Copy(items[1:]).([]any), v.JSON))
		}
	}
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

// ParameterOf is a JSON value as a parameter has it: a list is its items with commas between them.
func ParameterOf(v any) string {
	items, isList := v.([]any)
	if !isList {
		return Text(v)
	}
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = Text(item)
	}
	return strings.Join(texts, ",")
}

// Text is a JSON value as it is written in a query: strings bare, everything else as JSON.
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
