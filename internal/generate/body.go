package generate

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
)

// Mutation makes one change to a valid body.
type Mutation struct {
	Name       string           // "zip: pattern: one character more"
	Field      *contract.Field  // the top-level field it changes
	Pointer    contract.Pointer // of the changed value in the body
	Constraint Constraint
	Value      any
	Of         func(good any) any // makes the value of the one in the body; nil: it is Value
	Remove     bool               // leave the value out instead
}

// Key names place and keyword, without the value: "/zip pattern".
func (m Mutation) Key() string { return string(m.Pointer) + " " + string(m.Constraint) }

// Apply returns a copy of the body with the change made.
func (m Mutation) Apply(body map[string]any) map[string]any {
	out := Copy(body).(map[string]any)
	tokens := m.Pointer.Tokens()
	var at any = out
	for _, token := range tokens[:len(tokens)-1] {
		at, _ = contract.Pointer("/" + contract.Escape(token)).Get(at)
	}
	last := tokens[len(tokens)-1]
	switch parent := at.(type) {
	case map[string]any:
		if m.Remove {
			delete(parent, last)
		} else {
			parent[last] = m.value(parent[last])
		}
	case []any:
		if i, err := strconv.Atoi(last); err == nil && i < len(parent) {
			parent[i] = m.value(parent[i])
		}
	}
	return out
}

func (m Mutation) value(good any) any {
	if m.Of != nil && good != nil {
		return m.Of(Copy(good))
	}
	return Copy(m.Value)
}

// place is a value inside a body, with its schema.
type place struct {
	field    *contract.Field
	pointer  contract.Pointer
	schema   *openapi3.Schema
	example  any
	required bool
}

func (p place) name() string { return strings.TrimPrefix(string(p.pointer), "/") }

// places are the fields of a body and what is nested in its example.
func places(b *contract.Body) []place {
	var all []place
	for _, f := range b.Fields {
		all = append(all, nested(place{
			f, contract.Pointer("/" + contract.Escape(f.Name)), f.Schema, b.Example[f.Name], f.Required,
		})...)
	}
	return all
}

func nested(p place) []place {
	all := []place{p}
	if object, ok := p.example.(map[string]any); ok {
		for _, name := range slices.Sorted(maps.Keys(p.schema.Properties)) {
			if value, ok := object[name]; ok {
				all = append(all, nested(place{
					p.field, p.pointer + contract.Pointer("/"+contract.Escape(name)), p.schema.Properties[name].Value, value,
					slices.Contains(p.schema.Required, name),
				})...)
			}
		}
	}
	return all
}

// Missing returns one mutation per required value, which leaves it out.
func Missing(b *contract.Body) []Mutation {
	var out []Mutation
	for _, p := range places(b) {
		m := Mutation{Name: p.name(), Field: p.field, Pointer: p.pointer, Constraint: Required, Remove: true}
		if p.required && !p.schema.ReadOnly && !Accepts(b.Schema, m.Apply(b.Example)) {
			out = append(out, m)
		}
	}
	return out
}

// InvalidFields returns every mutation that gives one field a value that the body's schema refuses for one reason.
func InvalidFields(b *contract.Body) []Mutation {
	var out []Mutation
	for _, p := range places(b) {
		if p.schema.ReadOnly {
			continue
		}
		for _, v := range Invalid(p.schema, p.example) {
			m := Mutation{
				Name: p.name() + ": " + v.Name, Field: p.field, Pointer: p.pointer, Constraint: v.Constraint, Value: v.JSON,
				Of: v.Of,
			}
			if !Accepts(b.Schema, m.Apply(b.Example)) {
				out = append(out, m)
			}
		}
	}
	return out
}

// ParameterText is a text for a query parameter.
type ParameterText struct {
	Name, Text string
	Constraint Constraint
}

// InvalidTexts returns texts that are no value of the parameter. What is undefined for many servers (an empty text) is
// left out.
func InvalidTexts(p *contract.Parameter) []ParameterText {
	var out []ParameterText
	for _, v := range Invalid(p.Schema, p.Schema.Example) {
		text := Text(v.JSON)
		_, container := v.JSON.(map[string]any)
		_, list := v.JSON.([]any)
		if v.Constraint == Null || container || list || text == "" || accepted(p.Schema, text) {
			continue
		}
		out = append(out, ParameterText{p.Name + ": " + v.Name, text, v.Constraint})
	}
	return out
}

// accepted says whether a parameter's text is a value of its schema.
func accepted(s *openapi3.Schema, text string) bool {
	switch {
	case s.Type.Is("integer"), s.Type.Is("number"):
		n, err := strconv.ParseFloat(text, 64)
		return err == nil && Accepts(s, n)
	case s.Type.Is("boolean"):
		b, err := strconv.ParseBool(text)
		return err == nil && Accepts(s, b)
	}
	return Accepts(s, text)
}

// AcceptsText says whether a text in an address may be a value of the parameter.
func AcceptsText(p *contract.Parameter, text string) bool { return accepted(p.Schema, text) }

// InvalidIDs returns texts that are no positive integer, for an identifier whose schema asks for one; for other schemas
// what Invalid gives.
func InvalidIDs(p *contract.Parameter) []ParameterText {
	if !p.Schema.Type.Is("integer") {
		return InvalidTexts(p)
	}
	var out []ParameterText
	for _, v := range []struct{ name, text string }{
		{"text", "abc"}, {"zero", "0"}, {"negative", "-1"}, {"fraction", "1.5"}, {"beyond 64 bits", "99999999999999999999"},
	} {
		if v.name == "beyond 64 bits" || !accepted(p.Schema, v.text) {
			out = append(out, ParameterText{fmt.Sprintf("%s: %s", p.Name, v.name), v.text, Type})
		}
	}
	return out
}
