package contract

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

func (l *load) parameter(p *openapi3.Parameter, pointer string) *Parameter {
	out := &Parameter{
		Name: p.Name, In: p.In, Required: p.Required, Pointer: pointer, Assumed: l.assumed(p.Extensions, pointer),
	}
	for _, content := range p.Content {
		if content != nil && content.Schema != nil && p.Schema == nil {
			out.Schema = openapi3.NewSchema() // of a text that holds the value; the text is not judged
		}
	}
	switch {
	case p.Schema != nil && p.Schema.Value != nil:
		out.Schema = p.Schema.Value
	case out.Schema == nil:
		l.problem(pointer, "has no schema; its values are not judged")
		out.Schema = openapi3.NewSchema()
	}
	out.Reference = l.reference(p.Extensions, pointer, UnknownRecord)
	l.keyword(p.Extensions, "x-value", pointer, &out.value)
	switch {
	case p.Required && p.In == openapi3.ParameterInQuery && len(out.Schema.Enum) == 1:
		out.Role, out.Value = Selector, fmt.Sprint(out.Schema.Enum[0])
	case out.Reference != nil && p.Required:
		out.Role = Identifier
	case p.Required && out.Reference == nil:
		out.Valid = validValue(l, p, out)
	}
	return out
}

// validValue is an example of a parameter that fits its schema, or what is made of the schema. Of a list it is the
// first item: sent once, it is a list of one in every style.
func validValue(l *load, p *openapi3.Parameter, of *Parameter) any {
	if of.value != "" {
		return of.value
	}
	examples := []any{p.Example}
	for _, name := range slices.Sorted(maps.Keys(p.Examples)) {
		if e := p.Examples[name]; e != nil && e.Value != nil {
			examples = append(examples, e.Value.Value)
		}
	}
	if l.fitting == nil {
		return of.Schema.Example
	}
	v, err := l.fitting(of.Schema, append(examples, of.Schema.Example)...)
	if err != nil {
		l.problem(of.Pointer, "no valid value can be made: %v; give an example", firstLine(err))
		return nil
	}
	if list, ok := v.([]any); ok && len(list) > 0 {
		v = list[0]
	}
	return v
}

func (l *load) reference(extensions map[string]any, pointer string, unknown SituationID) *Reference {
	var raw struct {
		From     string
		At       Pointer
		Unknown  SituationID
		Distinct bool
		Keep     bool
		After    string
	}
	if !l.keyword(extensions, "x-reference", pointer, &raw) {
		return nil
	}
	if raw.Unknown == "" {
		raw.Unknown = unknown
	}
	if raw.Keep {
		raw.Unknown = ""
	}
	return &Reference{
		From: raw.From, At: raw.At, Unknown: raw.Unknown, Distinct: raw.Distinct, Keep: raw.Keep, After: raw.After,
	}
}

// isJSON says whether a media type is JSON's (RFC 8259; RFC 6839, 3.1).
func isJSON(mediaType string) bool {
	t, _, err := mime.ParseMediaType(mediaType)
	return err == nil && (t == "application/json" || strings.HasSuffix(t, "+json"))
}

func jsonContent(content openapi3.Content) (string, *openapi3.MediaType) {
	keys := make([]string, 0, len(content))
	for k := range content {
		if isJSON(k) {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return "", nil
	}
	slices.SortFunc(keys, func(a, b string) int { // plain JSON first
		return cmp.Or(cmp.Compare(strings.Count(a, "+"), strings.Count(b, "+")), cmp.Compare(a, b))
	})
	return keys[0], content[keys[0]]
}

func refName(ref *openapi3.SchemaRef) string {
	name, ok := strings.CutPrefix(ref.Ref, "#/components/schemas/")
	if !ok {
		return ""
	}
	return name
}

func (l *load) field(name string, property *openapi3.SchemaRef, parent members, pointer string) *Field {
	s := property.Value
	f := &Field{
		Name: name, Schema: s, Required: slices.Contains(parent.required, name), Pointer: pointer,
		Reference: l.reference(s.Extensions, pointer, UnknownReference), Assumed: l.assumed(s.Extensions, pointer),
	}
	var unique struct {
		IgnoreCase bool `json:"ignoreCase"`
		Assumed    bool `json:"x-assumed"`
	}
	if l.keyword(s.Extensions, "x-unique", pointer, &unique) {
		f.Unique = &Unique{unique.IgnoreCase, unique.Assumed}
	}
	f.Transitions = l.transitions(s, pointer, f.Assumed)
	return f
}

func (l *load) transitions(s *openapi3.Schema, pointer string, assumed bool) *Transitions {
	var raw map[string]json.RawMessage
	if !l.keyword(s.Extensions, "x-transitions", pointer, &raw) {
		return nil
	}
	t := &Transitions{To: map[string][]string{}, assumed: map[string]bool{}}
	for _, v := range s.Enum {
		t.Statuses = append(t.Statuses, fmt.Sprint(v))
	}
	if len(t.Statuses) == 0 {
		l.problem(pointer+"/enum", "is missing; x-transitions needs the list of statuses in the same schema")
		return nil
	}
	t.Initial = t.Statuses[0]
	for from, value := range raw {
		at := pointer + "/x-transitions/" + Escape(from)
		object := struct {
			To      []string
			Assumed bool `json:"x-assumed"`
		}{Assumed: assumed}
		if json.Unmarshal(value, &object.To) != nil && json.Unmarshal(value, &object) != nil {
			l.problem(at, "must be a list of statuses or {to: […], x-assumed: true}")
		}
		for _, status := range append([]string{from}, object.To...) {
			if !slices.Contains(t.Statuses, status) {
				l.problem(at, "%q is not in the enum of the same schema", status)
			}
		}
		t.To[from], t.assumed[from] = object.To, object.Assumed
	}
	return t
}

func (l *load) response(status int, r *openapi3.Response, pointer string) *Response {
	out := &Response{Status: status, Pointer: pointer, Assumed: l.assumed(r.Extensions, pointer)}
	var content *openapi3.MediaType
	if out.MediaType, content = jsonContent(r.Content); content != nil && content.Schema != nil {
		out.Schema, out.Ref = content.Schema.Value, refName(content.Schema)
	}
	for name, h := range r.Headers {
		header := &Header{Name: name, Required: h.Value.Required}
		if h.Value.Schema != nil {
			header.Schema = h.Value.Schema.Value
		}
		out.Headers = append(out.Headers, header)
	}
	slices.SortFunc(out.Headers, func(a, b *Header) int { return strings.Compare(a.Name, b.Name) })
	for mediaType := range r.Content {
		if !isJSON(mediaType) {
			out.Others = append(out.Others, mediaType)
		}
	}
	slices.Sort(out.Others)
	if status != 0 && status < 400 {
		return out
	}
	out.Envelope = l.envelope(out.Schema)
	out.Codes = codesOf(out)
	return out
}

// codesOf are the machine codes that an error answer may carry, sorted; none: any.
func codesOf(r *Response) []string {
	if r.Schema == nil || r.Envelope.Code == "" {
		return nil
	}
	var out []string
	for _, v := range enumAt(r.Schema, r.Envelope.Code) {
		out = append(out, fmt.Sprint(v))
	}
	slices.Sort(out)
	return out
}

// SchemaAt follows a JSON pointer through properties and items of a schema; nil where it leads nowhere.
func SchemaAt(s *openapi3.Schema, p Pointer) *openapi3.SchemaRef {
	if all := schemasAt(s, p); len(all) > 0 {
		return all[0]
	}
	return nil
}

// schemasAt are all schemas that a value at the pointer must match: each part of an allOf may say something of it.
func schemasAt(s *openapi3.Schema, p Pointer) []*openapi3.SchemaRef {
	at := allOfSchemas(&openapi3.SchemaRef{Value: s})
	for _, token := range p.Tokens() {
		var next []*openapi3.SchemaRef
		for _, ref := range at {
			if property := ref.Value.Properties[token]; property != nil {
				next = append(next, allOfSchemas(property)...)
			} else if ref.Value.Items != nil && strings.Trim(token, "0123456789") == "" {
				next = append(next, allOfSchemas(ref.Value.Items)...)
			}
		}
		at = next
	}
	return at
}

// allOfSchemas is a schema with everything in its allOf.
func allOfSchemas(ref *openapi3.SchemaRef) []*openapi3.SchemaRef {
	if ref == nil || ref.Value == nil {
		return nil
	}
	all := []*openapi3.SchemaRef{ref}
	for _, part := range ref.Value.AllOf {
		all = append(all, allOfSchemas(part)...)
	}
	return all
}

func enumAt(s *openapi3.Schema, p Pointer) []any {
	for _, ref := range schemasAt(s, p) {
		if len(ref.Value.Enum) > 0 {
			return ref.Value.Enum
		}
	}
	return nil
}
