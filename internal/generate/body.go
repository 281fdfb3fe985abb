package generate

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
)

// Mutation makes one change to a valid body.
type Mutation struct {
	Name       string           // "zip: pattern: one character more"
	Field      *contract.Field  // the top-level field it changes, or changes something in
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

// ParameterText is a text for a query parameter.
type ParameterText struct {
	Name, Text string
	Constraint Constraint
}

// InvalidTexts returns texts that are no value of the parameter. What is undefined for many servers (an empty text) is
// left out. Of a list it is an item that is wrong: every text is a list of one, or of several.
func InvalidTexts(p *contract.Parameter) []ParameterText {
	var out []ParameterText
	s, at := p.Schema, p.Name+": "
	if items := itemsOf(s); items != nil {
		s, at = items, at+"items: "
	}
	for _, v := range Invalid(s, s.Example) {
		text := Text(v.JSON)
		_, container := v.JSON.(map[string]any)
		_, list := v.JSON.([]any)
		if v.Constraint == Null || container || list || text == "" || accepted(p.Schema, text) {
			continue
		}
		out = append(out, ParameterText{at + v.Name, text, v.Constraint})
	}
	return out
}

// itemsOf is the schema of the items, of a list whose items have one.
func itemsOf(s *openapi3.Schema) *openapi3.Schema {
	if !s.Type.Is("array") || s.Items == nil {
		return nil
	}
	return s.Items.Value
}

// accepted says whether a parameter's text is a value of its schema.
func accepted(s *openapi3.Schema, text string) bool {
	switch {
	case s.Type.Is("integer"), s.Type.Is("number"):
		n, err := strconv.ParseFloat(text, 64)
		if json.Valid([]byte(text)) {
			return Accepts(s, json.Number(text))
		}
		return err == nil && Accepts(s, n)
	case s.Type.Is("boolean"):
		b, err := strconv.ParseBool(text)
		return err == nil && Accepts(s, b)
	case s.Type.Is("array"):
		items := itemsOf(s)
		return items == nil || accepted(items, text) || strings.Contains(text, ",") &&
			!slices.ContainsFunc(strings.Split(text, ","), func(part string) bool { return !accepted(items, part) })
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
