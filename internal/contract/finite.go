package contract

import (
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// maxSchemas is how many schemas one value may be checked against, with allOf and the like written out.
const maxSchemas = 10_000

// checkFiniteSchemas refuses schemas that are made of themselves: checking a value against one would never end, or not
// within a lifetime.
func checkFiniteSchemas(doc *openapi3.T) *Error {
	const open = -1
	weights := map[*openapi3.Schema]int{}
	var weigh func(s *openapi3.Schema) int
	weigh = func(s *openapi3.Schema) int {
		switch known := weights[s]; {
		case known == open:
			return maxSchemas + 1
		case known > 0:
			return known
		}
		weights[s] = open
		sum := 1
		for _, part := range slices.Concat(s.AllOf, s.OneOf, s.AnyOf, openapi3.SchemaRefs{s.Not}) {
			if part != nil && part.Value != nil {
				sum = min(sum+weigh(part.Value), maxSchemas+1)
			}
		}
		weights[s] = sum
		return sum
	}
	seen := map[*openapi3.Schema]bool{}
	var reach func(ref *openapi3.SchemaRef) bool // false: too heavy
	reach = func(ref *openapi3.SchemaRef) bool {
		if ref == nil || ref.Value == nil || seen[ref.Value] {
			return true
		}
		s := ref.Value
		seen[s] = true
		if weigh(s) > maxSchemas {
			return false
		}
		inside := slices.Concat(s.AllOf, s.OneOf, s.AnyOf, openapi3.SchemaRefs{s.Not, s.Items, s.AdditionalProperties.Schema})
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			inside = append(inside, s.Properties[name])
		}
		return !slices.ContainsFunc(inside, func(part *openapi3.SchemaRef) bool { return !reach(part) })
	}
	const message = "refers to itself, or is made of more than %d schemas, through allOf, oneOf, anyOf or not; simplify it"
	if doc.Components != nil {
		for _, name := range slices.Sorted(maps.Keys(doc.Components.Schemas)) {
			if !reach(doc.Components.Schemas[name]) {
				return refuse("#/components/schemas/"+Escape(name), message, maxSchemas)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(doc.Paths.Map())) {
		item := doc.Paths.Value(key)
		for _, op := range item.Operations() {
			if slices.ContainsFunc(schemasOf(item, op), func(ref *openapi3.SchemaRef) bool { return !reach(ref) }) {
				return refuse("#/paths/"+Escape(key), "a schema here "+message, maxSchemas)
			}
		}
	}
	return nil
}

// schemasOf are the schemas that an operation names or holds.
func schemasOf(item *openapi3.PathItem, op *openapi3.Operation) []*openapi3.SchemaRef {
	var all []*openapi3.SchemaRef
	contents := func(c openapi3.Content) {
		for _, media := range c {
			if media != nil {
				all = append(all, media.Schema)
			}
		}
	}
	for _, p := range slices.Concat(item.Parameters, op.Parameters) {
		if p.Value != nil {
			all = append(all, p.Value.Schema)
			contents(p.Value.Content)
		}
	}
	if op.RequestBody != nil && op.RequestBody.Value != nil {
		contents(op.RequestBody.Value.Content)
	}
	for _, r := range op.Responses.Map() {
		if r.Value == nil {
			continue
		}
		contents(r.Value.Content)
		for _, h := range r.Value.Headers {
			if h.Value != nil {
				all = append(all, h.Value.Schema)
			}
		}
	}
	return all
}
