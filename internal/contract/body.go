package contract

import (
	"cmp"
	"encoding/json"
	"maps"
	"mime"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/reserved"
)

// Fitting makes a JSON value that a schema accepts in a request, if possible the first of the examples that fits. The
// error says in plain words which part could not be made, and why.
type Fitting func(s *openapi3.Schema, examples ...any) (any, error)

// body reads a request body, with a valid one to make requests from.
func (l *load) body(b *openapi3.RequestBody, o *Operation, pointer string) *Body {
	mediaType, content := jsonContent(b.Content)
	var form *openapi3.MediaType
	if content == nil {
		mediaType, content = wildContent(b.Content)
	}
	if content == nil {
		mediaType, form = formContent(b.Content)
		content = form
	}
	if content == nil || content.Schema == nil || content.Schema.Value == nil {
		l.problem(pointer, "has no JSON content with a schema, and no form")
		return nil
	}
	mediaTypes := slices.Sorted(maps.Keys(b.Content))
	key := mediaTypes[slices.IndexFunc(mediaTypes, func(k string) bool { return b.Content[k] == content })]
	out := &Body{
		MediaType: mediaType, Documented: mediaTypes, Required: b.Required,
		Schema: content.Schema.Value, Ref: refName(content.Schema),
		Pointer: pointer, Form: form,
	}
	valid, ok := validBody(l, out.Schema, key, content, o, pointer)
	if !ok {
		return nil
	}
	if items, isList := valid.([]any); isList && len(items) > 0 {
		if _, ofObjects := items[0].(map[string]any); ofObjects && out.Schema.Items != nil {
			out.List, valid, out.Schema, out.Ref = true, items[0], out.Schema.Items.Value, refName(out.Schema.Items)
		}
	}
	if out.Example, ok = valid.(map[string]any); !ok && form != nil {
		l.problem(pointer, "is a form, and its schema is no object")
		return nil
	} else if !ok {
		out.Whole = valid
		return out
	}
	l.reserve(out.Schema, out.Example, pointer)
	if out.Ref != "" {
		pointer = "#/components/schemas/" + Escape(out.Ref)
	}
	all := membersOf(out.Schema, out.Example)
	for name, property := range all.properties {
		if property.Value != nil {
			out.Fields = append(out.Fields, l.field(name, property, all, pointer+"/properties/"+Escape(name)))
		}
	}
	slices.SortFunc(out.Fields, func(a, b *Field) int { return strings.Compare(a.Name, b.Name) })
	for _, f := range out.Fields {
		nestedKeywords(l, f.Schema, f.Pointer, 0)
	}
	return out
}

// nestedKeywords tells of keywords below the members of a body, where they are not followed.
func nestedKeywords(l *load, s *openapi3.Schema, pointer string, level int) {
	const deepest = 6
	if level > deepest || withoutKeywords(l, s) {
		return
	}
	for at, below := range schemasBelow(s) {
		for _, keyword := range notFollowed {
			if _, there := below.Extensions[keyword]; there {
				l.problem(pointer+at+"/"+keyword, "is not followed below the members of a body")
			}
		}
		nestedKeywords(l, below, pointer+at, level+1)
	}
}

var notFollowed = []string{"x-reference", "x-unique", "x-transitions"}

func schemasBelow(s *openapi3.Schema) map[string]*openapi3.Schema {
	out := map[string]*openapi3.Schema{}
	for name, property := range properties(s) {
		if property != nil && property.Value != nil {
			out["/properties/"+Escape(name)] = property.Value
		}
	}
	if s.Items != nil && s.Items.Value != nil {
		out["/items"] = s.Items.Value
	}
	return out
}

// withoutKeywords says that no schema below one has a keyword: in large documents each is reached in very many ways.
func withoutKeywords(l *load, s *openapi3.Schema) bool {
	if plain, known := l.plain[s]; known {
		return plain
	}
	if l.plain == nil {
		l.plain = map[*openapi3.Schema]bool{}
	}
	seen := map[*openapi3.Schema]bool{s: true}
	for open := []*openapi3.Schema{s}; len(open) > 0; {
		last := open[len(open)-1]
		open = open[:len(open)-1]
		for _, below := range schemasBelow(last) {
			for _, keyword := range notFollowed {
				if _, there := below.Extensions[keyword]; there {
					l.plain[s] = false
					return false
				}
			}
			if !seen[below] && !l.plain[below] {
				seen[below] = true
				open = append(open, below)
			}
		}
	}
	maps.Copy(l.plain, seen)
	return true
}

// wildContent is what any media type is documented by, if its schema describes what JSON can be: it is sent as JSON.
func wildContent(content openapi3.Content) (string, *openapi3.MediaType) {
	for _, wild := range []string{"*/*", "application/*"} {
		if m := content[wild]; m != nil && m.Schema != nil && m.Schema.Value != nil &&
			(m.Schema.Value.Type.Is("array") || len(properties(m.Schema.Value)) > 0) {
			return "application/json", m
		}
	}
	return "", nil
}

// formContent is a form among the media types, URL-encoded rather than multipart.
func formContent(content openapi3.Content) (string, *openapi3.MediaType) {
	for _, want := range []string{"application/x-www-form-urlencoded", "multipart/form-data"} {
		for _, mediaType := range slices.Sorted(maps.Keys(content)) {
			if base, _, err := mime.ParseMediaType(mediaType); err == nil && base == want && content[mediaType] != nil {
				return want, content[mediaType]
			}
		}
	}
	return "", nil
}

// validBody is an example that fits its schema, or what is made of the schema.
func validBody(
	l *load, s *openapi3.Schema, key string, content *openapi3.MediaType, o *Operation, at string,
) (any, bool) {
	examples := []any{content.Example}
	for _, name := range slices.Sorted(maps.Keys(content.Examples)) {
		if e := content.Examples[name]; e != nil && e.Value != nil {
			examples = append(examples, e.Value.Value)
		}
	}
	examples = slices.DeleteFunc(append(examples, s.Example), func(v any) bool { return v == nil })
	var first error
	for _, example := range examples {
		v, err := jsonOf(example)
		if err == nil {
			err = s.VisitJSON(v, openapi3.VisitAsRequest(), openapi3.EnableFormatValidation())
		}
		if err == nil {
			return v, true
		}
		first = cmp.Or(first, err)
	}
	switch {
	case first != nil:
		l.problem(at, "the example breaks its own schema: %v", firstLine(first))
	case l.fitting == nil:
		l.problem(at, "has no example object; give the schema one: valid requests are made from it")
	}
	if l.fitting == nil {
		return nil, false
	}
	v, err := l.fitting(s, examples...)
	if err != nil {
		l.gap(at, o, "{content: {"+key+": {example: BODY}}}", "no valid body can be made of the schema: %v; give an "+
			"example", firstLine(err))
		return nil, false
	}
	return v, true
}

// jsonOf is a decoded document's value as JSON has it.
func jsonOf(v any) (any, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var out any
	err = json.Unmarshal(text, &out)
	return out, err
}

// reserve makes of the addresses in an example such as nobody has, wherever the schema allows it: the example is sent,
// and what it creates may write to them. x-literal-example says that the example must stay as it is.
func (l *load) reserve(s *openapi3.Schema, example map[string]any, pointer string) {
	for name, property := range membersOf(s, example).properties {
		var literal bool
		at := pointer + "/properties/" + Escape(name)
		if l.keyword(property.Value.Extensions, "x-literal-example", at, &literal) && literal {
			continue
		}
		if v, shown := example[name]; shown {
			example[name] = l.reserved(property.Value, name, v, at)
		}
	}
}

func (l *load) reserved(s *openapi3.Schema, name string, v any, pointer string) any {
	switch v := v.(type) {
	case string:
		if text := reserved.Text(name, s.Format, v); s.VisitJSON(text, openapi3.VisitAsRequest(),
			openapi3.EnableFormatValidation()) == nil {
			return text
		}
	case []any:
		for i := range v {
			if s.Items != nil {
				v[i] = l.reserved(s.Items.Value, name, v[i], pointer+"/items")
			}
		}
	case map[string]any:
		l.reserve(s, v, pointer)
	}
	return v
}

// members are what an object has: by its schema, by everything in its allOf, and by the alternatives that the value
// follows.
type members struct {
	properties map[string]*openapi3.SchemaRef
	required   []string
}

// properties are those of the schema and of everything in its allOf.
func properties(s *openapi3.Schema) map[string]*openapi3.SchemaRef {
	return membersOf(s, nil).properties
}

// membersOf are those of a schema. Of alternatives the first that accepts the value counts; nil: none does.
func membersOf(s *openapi3.Schema, value map[string]any) members {
	out := members{map[string]*openapi3.SchemaRef{}, nil}
	out.add(s, value, nil)
	return out
}

func (m *members) add(s *openapi3.Schema, value map[string]any, open []*openapi3.Schema) {
	if slices.Contains(open, s) {
		return // an allOf that leads back to itself adds nothing
	}
	open = append(open, s)
	maps.Copy(m.properties, s.Properties)
	m.required = append(m.required, s.Required...)
	for _, part := range s.AllOf {
		if part.Value != nil {
			m.add(part.Value, value, open)
		}
	}
	for _, alternatives := range []openapi3.SchemaRefs{s.OneOf, s.AnyOf} {
		i := slices.IndexFunc(alternatives, func(ref *openapi3.SchemaRef) bool {
			return ref.Value != nil && value != nil && ref.Value.VisitJSON(value, openapi3.VisitAsRequest()) == nil
		})
		if i >= 0 {
			m.add(alternatives[i].Value, value, open)
		}
	}
}
