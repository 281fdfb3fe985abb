package sandbox

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"conformance/internal/contract"
)

// violation is one way in which a request breaks its schema.
type violation struct {
	In      string   // body, query, path, header or cookie
	Path    []string // to the value: the parameter's name, or the body's members; empty: the body as a whole
	Keyword string   // of the schema: required, enum, type, …
	Value   any
	Schema  *openapi3.Schema
}

// name is what people call the offending part.
func (v violation) name() string { return strings.Join(v.Path, ".") }

var visiting = []openapi3.SchemaValidationOption{
	openapi3.VisitAsRequest(), openapi3.MultiErrors(), openapi3.DisableReadOnlyValidation(),
}

var filtering = &openapi3filter.Options{MultiError: true, SkipSettingDefaults: true}

func validateParameters(c *call) *refusal {
	for _, p := range c.operation.inputs {
		v, broken := c.parameter(p)
		if broken {
			broken = c.rules.violated(c, v)
		} else if c.rules.strict != nil && (p.In != openapi3.ParameterInQuery || c.query.Has(p.Name)) {
			v = violation{
				In: p.In, Path: []string{p.Name}, Keyword: "strict", Value: c.query.Get(p.Name), Schema: p.Schema.Value,
			}
			broken = c.rules.strict(c, v)
		}
		if broken {
			return &refusal{situation: contract.InvalidParameter, message: sentence(v.In+" parameter", p.Name, complaint(v))}
		}
	}
	return nil
}

// parameter checks one parameter against its schema.
func (c *call) parameter(p *openapi3.Parameter) (violation, bool) {
	if p.In == openapi3.ParameterInQuery && !p.Required && !c.query.Has(p.Name) {
		return violation{}, false
	}
	input := &openapi3filter.RequestValidationInput{
		Request: c.request, QueryParams: c.query, PathParams: c.parameters, Options: filtering,
	}
	err := openapi3filter.ValidateParameter(c.request.Context(), input, p)
	if err == nil {
		return violation{}, false
	}
	v := violation{In: p.In, Path: []string{p.Name}, Keyword: "type"}
	if p.Schema != nil {
		v.Schema = p.Schema.Value
	}
	var broken *openapi3.SchemaError
	switch {
	case errors.Is(err, openapi3filter.ErrInvalidRequired):
		v.Keyword = "required"
	case errors.As(err, &broken):
		v.Keyword, v.Value, v.Schema = broken.SchemaField, broken.Value, broken.Schema
	}
	return v, true
}

// validateBody checks the body against its schema. Where several things are wrong, what is missing comes first.
func validateBody(c *call) *refusal {
	if c.body == nil {
		return nil
	}
	found, bodies := strictViolations(c), c.items
	if bodies == nil {
		bodies = []map[string]any{c.body}
	}
	for _, body := range bodies {
		for _, v := range violations(c.operation.Body.Schema.VisitJSON(body, visiting...), nil) {
			if c.rules.violated(c, v) {
				found = append(found, v)
			}
		}
	}
	var worst *refusal
	for _, v := range found {
		r := &refusal{situation: c.operation.situation(v), message: bodySentence(v)}
		if r.situation == contract.MissingField {
			return r
		}
		if worst == nil {
			worst = r
		}
	}
	return worst
}

// strictViolations are the violations that only a server stricter than its contract sees.
func strictViolations(c *call) []violation {
	if c.rules.strict == nil {
		return nil
	}
	var found []violation
	add := func(name string, s *openapi3.Schema, keyword string) {
		v := violation{In: "body", Path: []string{name}, Keyword: keyword, Value: c.body[name], Schema: s}
		if c.rules.strict(c, v) {
			found = append(found, v)
		}
	}
	for _, f := range c.operation.fields {
		if _, given := c.body[f.Name]; given {
			add(f.Name, f.Schema, "strict")
		} else {
			add(f.Name, f.Schema, "required")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.body)) {
		if c.operation.Body.Field(name) == nil {
			add(name, nil, "strict")
		}
	}
	return found
}

// situation is that of a violation in the operation's body.
func (op *operation) situation(v violation) contract.SituationID {
	if v.Keyword == "required" || v.Keyword == "minProperties" && len(v.Path) == 0 {
		return contract.MissingField
	}
	_, text := v.Value.(string)
	if len(v.Path) == 1 && v.Keyword == "enum" && text {
		if f := op.Body.Field(v.Path[0]); f != nil && f.Transitions != nil {
			return contract.UnknownStatus
		}
	}
	return contract.InvalidField
}

// violations flattens what kin-openapi found. It nests the errors of an allOf in an error of its own.
func violations(err error, found []violation) []violation {
	var several openapi3.MultiError
	switch e := err.(type) {
	case nil:
		return found
	case openapi3.MultiError:
		several = e
	case *openapi3.SchemaError:
		if e.SchemaField == "allOf" && errors.As(e.Origin, &several) {
			break
		}
		return append(found, violation{
			In: "body", Path: e.JSONPointer(), Keyword: e.SchemaField, Value: e.Value, Schema: e.Schema,
		})
	default:
		return append(found, violation{In: "body", Keyword: "type"})
	}
	for _, e := range several {
		found = violations(e, found)
	}
	return found
}

// identify spells out the ids in the address.
func identify(c *call) *refusal {
	if c.malformedQuery {
		return &refusal{situation: contract.InvalidParameter, message: "The query string is not properly encoded."}
	}
	for _, id := range c.operation.identifiers {
		text, given := c.query.Get(id.Name), c.query.Has(id.Name)
		if id.In == openapi3.ParameterInPath {
			text, given = c.parameters[id.Name], true
		}
		if !given {
			return &refusal{situation: contract.InvalidID, message: sentence("parameter", id.Name, "is required")}
		}
		spelt, ok := c.rules.identifier(c, id, text)
		if !ok {
			return &refusal{
				situation: contract.InvalidID, value: text, message: sentence("parameter", id.Name, "is not a valid id"),
			}
		}
		c.named = append(c.named, named{identifier: id, id: spelt})
	}
	return nil
}

// spell gives an id its one spelling. An integer may be too large for any type of number and still be one: no record
// has it.
func spell(c *call, id *identifier, text string) (string, bool) {
	if !id.Schema.Type.Is(openapi3.TypeInteger) {
		_, broken := c.parameter(id.parameter)
		return text, !broken && text != ""
	}
	if !number(text) {
		return "", false
	}
	digits := strings.TrimLeft(text, "0")
	if digits == "" {
		digits = "0"
	}
	if len(digits) > 18 && !slices.Contains([]string{"int32", "int64"}, id.Schema.Format) && id.Schema.Max == nil {
		return digits, true
	}
	_, broken := c.parameter(id.parameter)
	return digits, !broken
}
