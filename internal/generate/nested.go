package generate

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
)

// maxNested bounds the mutations below the fields of one body.
const maxNested = 200

// place is a value inside a body, with its schema: without allOf, oneOf and anyOf, of which the example has chosen.
type place struct {
	field    *contract.Field
	pointer  contract.Pointer
	of       *openapi3.Schema // as the document has it
	schema   *openapi3.Schema
	example  any
	required bool
	depth    int
}

func (p place) name() string { return strings.TrimPrefix(string(p.pointer), "/") }

// places are the fields of a body and what is nested in its example, field by field.
func places(b *contract.Body) []place {
	var all []place
	for _, f := range b.Fields {
		all = append(all, nested(place{
			field: f, pointer: contract.Pointer("/" + contract.Escape(f.Name)), of: f.Schema, example: b.Example[f.Name],
			required: f.Required,
		})...)
	}
	whole := chosenBy(b.Schema, b.Example)
	for _, name := range slices.Sorted(maps.Keys(whole.Properties)) {
		value, shown := b.Example[name]
		if schema := whole.Properties[name].Value; shown && schema != nil && b.Field(name) == nil { // of a branch
			f := &contract.Field{Name: name, Schema: schema, Required: slices.Contains(whole.Required, name)}
			all = append(all, nested(place{
				field: f, pointer: contract.Pointer("/" + contract.Escape(name)), of: schema, example: value,
				required: f.Required,
			})...)
		}
	}
	return all
}

// chosenBy is the schema without allOf, oneOf and anyOf that accepts the value; the schema itself where none does.
func chosenBy(s *openapi3.Schema, v any) *openapi3.Schema {
	for _, f := range flats(s) {
		if Accepts(f, v) {
			return f
		}
	}
	return s
}

// nested is the place and what is below it: members, the first item of a list, the first member of a map.
func nested(p place) []place {
	p.schema = chosenBy(p.of, p.example)
	all := []place{p}
	if p.depth > maxDepth {
		return all
	}
	below := func(token string, schema *openapi3.Schema, example any, required bool) {
		all = append(all, nested(place{
			field: p.field, pointer: p.pointer + contract.Pointer("/"+contract.Escape(token)), of: schema,
			example: example, required: required, depth: p.depth + 1,
		})...)
	}
	switch example := p.example.(type) {
	case map[string]any:
		mapped := false
		for _, name := range slices.Sorted(maps.Keys(example)) {
			extra := p.schema.AdditionalProperties.Schema
			if member := p.schema.Properties[name]; member != nil && member.Value != nil {
				below(name, member.Value, example[name], slices.Contains(p.schema.Required, name))
			} else if extra != nil && extra.Value != nil && !mapped {
				mapped = true
				below(name, extra.Value, example[name], false)
			}
		}
	case []any:
		if p.schema.Items != nil && p.schema.Items.Value != nil && len(example) > 0 {
			from := len(all)
			below(strconv.Itoa(0), p.schema.Items.Value, example[0], false)
			if item := all[from]; item.schema == item.of { // it is broken with its list: wrongArrays
				all = slices.Delete(all, from, from+1)
			}
		}
	}
	return all
}

// bounded keeps, below the fields, one mutation for each schema of a member and constraint, and not too many in all.
type bounded struct {
	seen map[pair]bool
}

type pair struct {
	schema     *openapi3.Schema
	constraint Constraint
}

// add adds the mutation if it is wanted and the body's schema refuses what it makes.
func (b *bounded) add(out []Mutation, body *contract.Body, p place, m Mutation) []Mutation {
	at := pair{p.of, m.Constraint}
	if strings.HasPrefix(m.Name, p.name()+": "+ofItems) {
		at.schema = p.schema.Items.Value
	}
	if p.depth > 0 && (b.seen[at] || len(b.seen) >= maxNested) || Accepts(body.Schema, m.Apply(body.Example)) {
		return out
	}
	if p.depth > 0 {
		b.seen[at] = true
	}
	return append(out, m)
}

// Missing returns one mutation per required value, at every depth, which leaves it out.
func Missing(b *contract.Body) []Mutation {
	var out []Mutation
	bound := bounded{map[pair]bool{}}
	for _, p := range places(b) {
		if p.required && !p.schema.ReadOnly {
			out = bound.add(out, b, p, Mutation{
				Name: p.name(), Field: p.field, Pointer: p.pointer, Constraint: Required, Remove: true,
			})
		}
	}
	return out
}

// InvalidFields returns the mutations that give one value a value that the body's schema refuses for one reason: all of
// each field, below it the first of each constraint.
func InvalidFields(b *contract.Body) []Mutation {
	var out []Mutation
	bound := bounded{map[pair]bool{}}
	for _, p := range places(b) {
		if p.schema.ReadOnly {
			continue
		}
		for _, v := range Invalid(p.schema, p.example) {
			out = bound.add(out, b, p, Mutation{
				Name: p.name() + ": " + v.Name, Field: p.field, Pointer: p.pointer, Constraint: v.Constraint, Value: v.JSON,
				Of: v.Of,
			})
		}
	}
	return out
}
