package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// readForm reads a form as an object: each text is taken for what the schema of its member asks for, if it is that, and
// stays a text otherwise. A name with brackets is a member of a member: a[b].
func readForm(contentType string, s *openapi3.Schema, raw []byte) (map[string]any, error) {
	fields, err := fieldsOf(contentType, raw)
	if err != nil {
		return nil, errNotForm
	}
	return formObject(s, fields), nil
}

// fieldsOf are the texts of each name, in their order.
func fieldsOf(contentType string, raw []byte) (url.Values, error) {
	mediaType, parameters, err := mime.ParseMediaType(contentType)
	if err != nil || mediaType != "multipart/form-data" {
		return url.ParseQuery(string(raw))
	}
	fields := url.Values{}
	parts := multipart.NewReader(bytes.NewReader(raw), parameters["boundary"])
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return fields, nil
		}
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		fields.Add(part.FormName(), string(text))
	}
}

func formObject(s *openapi3.Schema, fields url.Values) map[string]any {
	members, nested := properties(s), map[string]url.Values{}
	object := map[string]any{}
	for name, texts := range fields {
		outer, rest, isNested := strings.Cut(name, "[")
		if inner, more, closed := strings.Cut(rest, "]"); isNested && closed {
			if nested[outer] == nil {
				nested[outer] = url.Values{}
			}
			nested[outer][inner+more] = texts
			continue
		}
		object[name] = formValue(members[name], texts)
	}
	for name, inner := range nested {
		var below *openapi3.Schema
		if members[name] != nil {
			below = members[name].Value
		}
		if below == nil {
			below = &openapi3.Schema{}
		}
		object[name] = formObject(below, inner)
	}
	return object
}

// formValue is what a member's texts stand for.
func formValue(ref *openapi3.SchemaRef, texts []string) any {
	if ref == nil || ref.Value == nil {
		return texts[0]
	}
	s := ref.Value
	var value any
	switch {
	case s.Type.Is(openapi3.TypeString), s.Type == nil:
		return texts[0]
	case s.Type.Is(openapi3.TypeArray):
		items := make([]any, len(texts))
		for i, text := range texts {
			items[i] = formValue(s.Items, []string{text})
		}
		return items
	case json.Valid([]byte(texts[0])):
		decoder := json.NewDecoder(strings.NewReader(texts[0]))
		decoder.UseNumber()
		if decoder.Decode(&value) == nil {
			return value
		}
	}
	return texts[0]
}
