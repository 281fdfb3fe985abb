package generate

import (
	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/reserved"
)

// prepared is a copy of an example as a request sends it: without members that are only read, with reserved addresses
// in place of others; nil where that cannot be.
func prepared(s *openapi3.Schema, name string, example any) any {
	return sendable(s, name, fromText(s, example))
}

func sendable(s *openapi3.Schema, name string, v any) any {
	switch v := v.(type) {
	case string:
		if s == nil {
			return reserved.Text(name, "", v)
		}
		if literal, _ := s.Extensions["x-literal-example"].(bool); literal || len(s.Enum) > 0 {
			return v
		}
		return reserved.Text(name, s.Format, v)
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, member := range v {
			p := memberSchema(s, key, 0)
			if p == nil || !p.ReadOnly {
				out[key] = sendable(p, key, member)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = sendable(itemSchema(s, 0), name, item)
		}
		return out
	}
	return v
}

// memberSchema finds the schema of a member, also in the parts and branches of the object's; nil: none is given.
func memberSchema(s *openapi3.Schema, name string, depth int) *openapi3.Schema {
	if s == nil || depth > maxDepth {
		return nil
	}
	if p := s.Properties[name]; p != nil {
		return p.Value
	}
	for _, parts := range []openapi3.SchemaRefs{s.AllOf, s.OneOf, s.AnyOf} {
		for _, part := range parts {
			if p := memberSchema(part.Value, name, depth+1); p != nil {
				return p
			}
		}
	}
	if extra := s.AdditionalProperties.Schema; extra != nil {
		return extra.Value
	}
	return nil
}

func itemSchema(s *openapi3.Schema, depth int) *openapi3.Schema {
	if s == nil || depth > maxDepth {
		return nil
	}
	if s.Items != nil {
		return s.Items.Value
	}
	for _, parts := range []openapi3.SchemaRefs{s.AllOf, s.OneOf, s.AnyOf} {
		for _, part := range parts {
			if items := itemSchema(part.Value, depth+1); items != nil {
				return items
			}
		}
	}
	return nil
}
