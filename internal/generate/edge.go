package generate

import (
	"fmt"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Edges returns values that the schema just accepts: each bound and length, every value of an enum, null where it is
// allowed.
func Edges(s *openapi3.Schema) []Value {
	var out []Value
	add := func(c Constraint, name string, v any) {
		if Accepts(s, v) {
			out = append(out, Value{Name: name, Constraint: c, JSON: v})
		}
	}
	for _, v := range s.Enum {
		if v != nil {
			add(Enum, fmt.Sprintf("enum: %v", v), v)
		}
	}
	if s.Nullable {
		add(Null, "null", nil)
	}
	if len(s.Enum) > 0 {
		return out
	}
	switch {
	case s.Type.Is("boolean"):
		add(Enum, "true", true)
		add(Enum, "false", false)
	case s.Type.Is("integer"), s.Type.Is("number"):
		if s.Min != nil {
			add(Minimum, "minimum: "+Text(*s.Min), *s.Min)
		}
		if s.Max != nil {
			add(Maximum, "maximum: "+Text(*s.Max), *s.Max)
		}
	case s.Type.Is("string") && s.Pattern != "":
		shortest, longest := matches(s.Pattern)
		add(Pattern, "pattern: shortest", shortest)
		if longest != shortest {
			add(Pattern, "pattern: longest", longest)
		}
	case s.Type.Is("string") && s.Format == "date":
		add(Format, "format: a leap day", "2024-02-29")
	case s.Type.Is("string") && s.Format == "email":
		add(Format, "format: with a subdomain", "first.last@mail.conformance.example")
	case s.Type.Is("string") && s.Format == "":
		if s.MinLength > 0 && s.MinLength <= maxText {
			add(MinLength, fmt.Sprintf("minLength: %d characters", s.MinLength), strings.Repeat("x", int(s.MinLength)))
		}
		if s.MaxLength != nil && *s.MaxLength <= maxText {
			add(MaxLength, fmt.Sprintf("maxLength: %d characters", *s.MaxLength), strings.Repeat("x", int(*s.MaxLength)))
			add(MaxLength, fmt.Sprintf("maxLength: %d characters of two bytes", *s.MaxLength),
				strings.Repeat("ü", int(*s.MaxLength)))
		}
	}
	return out
}
