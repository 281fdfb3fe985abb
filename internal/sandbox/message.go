package sandbox

import (
	"fmt"
	"strings"
)

// bodySentence says what is wrong with a body.
func bodySentence(v violation) string {
	if len(v.Path) == 0 {
		return "The request body " + complaint(v) + "."
	}
	return sentence("field", v.name(), complaint(v))
}

// complaint is the rest of a sentence that starts with the name of a value. It repeats nothing that the client sent.
func complaint(v violation) string {
	s := v.Schema
	switch v.Keyword {
	case "required":
		return "is required"
	case "nullable":
		return "must not be null"
	case "minProperties":
		return fmt.Sprintf("must have at least %d of its fields", s.MinProps)
	case "minLength":
		if s.MinLength == 1 {
			return "must not be empty"
		}
		return fmt.Sprintf("must have at least %d characters", s.MinLength)
	case "maxLength":
		return fmt.Sprintf("must have at most %d characters", *s.MaxLength)
	case "minimum":
		return fmt.Sprintf("must be at least %g", *s.Min)
	case "maximum":
		return fmt.Sprintf("must be at most %g", *s.Max)
	case "enum":
		return "must be one of " + list(s.Enum)
	case "format":
		return "must be a valid " + s.Format
	case "pattern":
		return "does not have the form that is asked for"
	case "type":
		if s != nil && s.Type != nil {
			return "must be of type " + strings.Join(s.Type.Slice(), " or ")
		}
	}
	return "is not valid"
}

func list(values []any) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = fmt.Sprint(v)
	}
	return strings.Join(words, ", ")
}
