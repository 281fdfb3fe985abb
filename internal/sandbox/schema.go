package sandbox

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// properties are those of a schema and of everything in its allOf.
func properties(s *openapi3.Schema) map[string]*openapi3.SchemaRef {
	if len(s.AllOf) == 0 {
		return s.Properties
	}
	all := map[string]*openapi3.SchemaRef{}
	maps.Copy(all, s.Properties)
	for _, part := range s.AllOf {
		maps.Copy(all, properties(part.Value))
	}
	return all
}

func required(s *openapi3.Schema, name string) bool {
	return slices.Contains(s.Required, name) ||
		slices.ContainsFunc(s.AllOf, func(part *openapi3.SchemaRef) bool { return required(part.Value, name) })
}

// bare takes off an allOf that only wraps one schema, as documents do to put a description next to a $ref.
func bare(ref *openapi3.SchemaRef) *openapi3.SchemaRef {
	for len(ref.Value.AllOf) == 1 && len(ref.Value.Properties) == 0 {
		ref = ref.Value.AllOf[0]
	}
	return ref
}

// number says whether a pointer's token is an index.
func number(token string) bool { return token != "" && strings.Trim(token, "0123456789") == "" }

// sample is a value that the schema accepts, or as near to one as can be had without knowing what it means.
func sample(s *openapi3.Schema, now time.Time) any {
	s = bare(&openapi3.SchemaRef{Value: s}).Value
	switch {
	case s.Default != nil:
		return s.Default
	case s.Format == "date-time":
		return now.UTC().Format(time.RFC3339)
	case s.Type.Is(openapi3.TypeArray):
		// An example of a list shows what may be there, not what a new record starts with.
		if s.MinItems == 0 || s.Items == nil {
			return []any{}
		}
		return slices.Repeat([]any{sample(s.Items.Value, now)}, int(s.MinItems))
	case s.Example != nil:
		return s.Example
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Nullable:
		return nil
	case len(s.OneOf) > 0:
		return sample(s.OneOf[0].Value, now)
	case len(s.AnyOf) > 0:
		return sample(s.AnyOf[0].Value, now)
	}
	return plain(s, now)
}

func plain(s *openapi3.Schema, now time.Time) any {
	switch {
	case s.Type.Is(openapi3.TypeBoolean):
		return false
	case s.Type.Is(openapi3.TypeInteger), s.Type.Is(openapi3.TypeNumber):
		if s.Min != nil {
			return *s.Min
		}
		if s.Max != nil && *s.Max < 0 {
			return *s.Max
		}
		return 0
	case s.Type.Is(openapi3.TypeString):
		if s.Format == "date" {
			return now.UTC().Format(time.DateOnly)
		}
		return strings.Repeat("x", int(s.MinLength))
	}
	object := map[string]any{}
	for name, p := range properties(s) {
		if required(s, name) {
			object[name] = sample(p.Value, now)
		}
	}
	return object
}
