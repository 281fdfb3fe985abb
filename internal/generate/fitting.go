package generate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
)

// Bounds of what Fitting makes.
const (
	maxDepth   = 8      // levels below the value on which optional members are made
	maxNesting = 24     // levels on which anything is made
	maxMembers = 400    // optional members of one value, all levels together
	maxSteps   = 20_000 // values looked for, all attempts together
)

// Unmade says which part of a value could not be made, and why.
type Unmade struct {
	Pointer contract.Pointer // into the value; empty: all of it
	Reason  string           // "no text of at most 3 characters matches the pattern ^abcd$"
}

func (u *Unmade) Error() string {
	if u.Pointer == "" {
		return u.Reason
	}
	return string(u.Pointer) + ": " + u.Reason
}

// Fitting makes a JSON value (map[string]any, []any, string, json.Number, bool, nil) that the schema accepts in a
// request: the first example that fits, else one made of the examples, defaults and enums of its parts, else of their
// keywords. Numbers are json.Number. Members that are only read are left out; optional ones are there as far as they
// stay small. Addresses are reserved ones unless an enum or a const asks for others. The same schema and examples
// always give the same value. What cannot be made is an *Unmade.
func Fitting(s *openapi3.Schema, examples ...any) (any, error) {
	m := &maker{left: maxMembers, open: map[*openapi3.Schema]int{}, failed: map[*openapi3.Schema]failure{}}
	var hints []any
	for _, example := range examples {
		if example != nil {
			hints = append(hints, jsonValue(example))
		}
	}
	return m.make(s, spot{limit: maxNesting}, hints)
}

// maker is the state of one Fitting.
type maker struct {
	left   int // optional members that may still be made
	steps  int
	open   map[*openapi3.Schema]int // how often each schema is being made
	failed map[*openapi3.Schema]failure
}

// failure is what became of a schema with that many levels left.
type failure struct {
	limit  int
	reason error
}

// spot is the place that a value is made for.
type spot struct {
	pointer contract.Pointer
	name    string // of the member that it is, or is an item of
	depth   int
	limit   int  // levels that may still be made below
	least   bool // only what is required
	vary    int  // other numbers give other values
}

func (at spot) below(token string) spot {
	at.pointer += contract.Pointer("/" + contract.Escape(token))
	at.depth++
	at.limit--
	return at
}

func (at spot) unmade(format string, args ...any) error {
	return &Unmade{at.pointer, fmt.Sprintf(format, args...)}
}

// make tries what is known of the value, then the ways to make one.
func (m *maker) make(s *openapi3.Schema, at spot, hints []any) (any, error) {
	if m.steps++; m.steps > maxSteps {
		return nil, at.unmade("the schema is too large to make a value of it")
	}
	if v, ok := known(s, at, hints); ok {
		return v, nil
	}
	if m.open[s] == 0 {
		return m.attempt(s, at, hints)
	}
	// A schema inside itself: the value with the fewest levels ends it.
	at.least = true
	var err error
	for limit := range at.limit + 1 {
		at.limit = limit
		var v any
		if v, err = m.attempt(s, at, hints); err == nil {
			return v, nil
		}
	}
	return nil, err
}

func (m *maker) attempt(s *openapi3.Schema, at spot, hints []any) (any, error) {
	if f, ok := m.failed[s]; ok && at.limit <= f.limit {
		return nil, f.reason
	}
	m.open[s]++
	defer func() { m.open[s]-- }()
	var reason error
	for _, f := range flats(s) {
		for _, least := range []bool{at.least, true} {
			at := at
			at.least = least
			v, err := m.build(f, at, append(slices.Clone(hints), jsonValues(examplesOf(f))...))
			if err == nil {
				if err = m.fits(s, at, v); err == nil {
					return v, nil
				}
			}
			if reason == nil {
				reason = err
			}
			if kind := kindOf(f, at); kind != "object" && kind != "array" {
				break
			}
		}
	}
	if Accepts(s, nil) { // of overlapping branches only one may take null
		return nil, nil
	}
	if at.vary == 0 { // another turn may have no value where the first has one
		m.failed[s] = failure{at.limit, reason}
	}
	return nil, reason
}

func (m *maker) fits(s *openapi3.Schema, at spot, v any) error {
	if Accepts(s, v) {
		return nil
	}
	err := s.VisitJSON(v, openapi3.VisitAsRequest(), openapi3.EnableFormatValidation())
	var broken *openapi3.SchemaError
	if !errors.As(err, &broken) {
		return at.unmade("the value made of its keywords does not fit the same schema")
	}
	for _, token := range broken.JSONPointer() {
		at = at.below(token)
	}
	return at.unmade("the value made of its keywords breaks %s of the same schema", broken.SchemaField)
}

// known is the value that the document itself gives: an example, the only value, a default, one of a list.
func known(s *openapi3.Schema, at spot, hints []any) (any, bool) {
	if at.vary == 0 {
		for _, v := range append(slices.Clone(hints), jsonValues(examplesOf(s))...) {
			if v := prepared(s, at.name, v); v != nil && Accepts(s, v) {
				return v, true
			}
		}
	}
	given := slices.Clone(s.Enum)
	if s.Const != nil {
		given = []any{s.Const}
	}
	if len(given) > 0 {
		turn := at.vary % len(given)
		given = slices.Concat(given[turn:], given[:turn])
	} else if at.vary == 0 && s.Default != nil {
		if v := prepared(s, at.name, jsonValue(s.Default)); !empty(v) && Accepts(s, v) {
			return v, true
		}
	}
	for _, v := range given {
		if v := jsonValue(v); v != nil && Accepts(s, v) {
			return v, true
		}
	}
	return nil, false
}

// empty says that a default shows nothing that could be changed.
func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return false
}

// build makes a value of a schema without allOf, oneOf and anyOf.
func (m *maker) build(f *openapi3.Schema, at spot, hints []any) (any, error) {
	if v, ok := known(f, at, nil); ok {
		return v, nil
	}
	switch kindOf(f, at) {
	case "object":
		return m.object(f, at, hints)
	case "array":
		return m.list(f, at, hints)
	case "boolean":
		return at.vary%2 == 0, nil
	case "integer", "number":
		return number(f, at)
	case "null":
		return nil, nil
	}
	return text(f, at)
}

// kindOf is the type of the value to make: the first that the schema names, else the one that its keywords are about.
func kindOf(f *openapi3.Schema, at spot) string {
	if f.Type != nil {
		for _, name := range *f.Type {
			if name != "null" {
				return name
			}
		}
		if len(*f.Type) > 0 {
			return "null"
		}
	}
	switch {
	case len(f.Properties)+len(f.Required)+len(f.PatternProperties) > 0, f.MinProps > 0, f.MaxProps != nil,
		f.AdditionalProperties.Schema != nil, f.AdditionalProperties.Has != nil:
		return "object"
	case f.Items != nil, len(f.PrefixItems) > 0, f.MinItems > 0, f.MaxItems != nil, f.UniqueItems:
		return "array"
	case f.Min != nil, f.Max != nil, f.MultipleOf != nil, f.ExclusiveMin.IsSet(), f.ExclusiveMax.IsSet():
		return "number"
	case at.depth == 0 && f.Pattern == "" && f.Format == "" && f.MinLength == 0 && f.MaxLength == nil:
		return "object" // a body of anything
	}
	return "string"
}

// jsonValue is a value of a document as JSON decodes it, with numbers as they are written.
func jsonValue(v any) any {
	data, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	var out any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if decoder.Decode(&out) != nil {
		return nil
	}
	return PlainNumbers(out)
}

func jsonValues(all []any) []any {
	var out []any
	for _, v := range all {
		if v := jsonValue(v); v != nil {
			out = append(out, v)
		}
	}
	return out
}

// fromText reads an example that is JSON written as text, where the schema does not ask for a text.
func fromText(s *openapi3.Schema, v any) any {
	written, ok := v.(string)
	if !ok || !strings.ContainsAny(written, "{[") || Accepts(s, v) || !json.Valid([]byte(written)) {
		return v
	}
	return jsonValue(json.RawMessage(written))
}
