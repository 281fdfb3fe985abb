package generate

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"mime"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// EncodeForm writes an object as application/x-www-form-urlencoded or multipart/form-data, as the media type's encoding
// says (OpenAPI 3.0.4, Encoding Object), and returns the content type to send with it. Members that are null are left
// out. content may be nil. Another media type, and another value than an object, is an error.
func EncodeForm(mediaType string, value any, content *openapi3.MediaType) (body []byte, contentType string, err error) {
	base, _, err := mime.ParseMediaType(mediaType)
	if err != nil {
		return nil, "", fmt.Errorf("%q is not a media type: %w", mediaType, err)
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, "", fmt.Errorf("a form is an object; this is %s", Text(value))
	}
	if content == nil {
		content = &openapi3.MediaType{}
	}
	switch base {
	case "application/x-www-form-urlencoded":
		return []byte(urlencoded(object, content)), mediaType, nil
	case "multipart/form-data":
		return multiparted(object, content)
	}
	return nil, "", fmt.Errorf("%s is not a form", base)
}

// urlencoded keeps the order of names, and of items in a list.
func urlencoded(object map[string]any, content *openapi3.MediaType) string {
	var pairs []string
	add := func(name, text string) { pairs = append(pairs, url.QueryEscape(name)+"="+url.QueryEscape(text)) }
	for _, name := range slices.Sorted(maps.Keys(object)) {
		encoding := content.Encoding[name]
		if encoding == nil {
			encoding = &openapi3.Encoding{}
		}
		apart := cmp.Or(encoding.Style, "form") == "form"
		if encoding.Explode != nil {
			apart = *encoding.Explode
		}
		between := map[string]string{"spaceDelimited": " ", "pipeDelimited": "|"}[encoding.Style]
		between = cmp.Or(between, ",")
		switch v := object[name].(type) {
		case nil:
		case []any:
			switch {
			case encoding.Style == "deepObject":
				deepPairs(name, v, add)
			case apart:
				for _, item := range v {
					add(name, Text(item))
				}
			default:
				add(name, joined(v, between))
			}
		case map[string]any:
			switch {
			case encoding.Style == "deepObject":
				deepPairs(name, v, add)
			case encoding.Style == "" && encoding.Explode == nil:
				add(name, Text(v)) // an object is JSON where no style is given
			case apart:
				for _, key := range slices.Sorted(maps.Keys(v)) {
					add(key, Text(v[key]))
				}
			default:
				var flat []any
				for _, key := range slices.Sorted(maps.Keys(v)) {
					flat = append(flat, key, v[key])
				}
				add(name, joined(flat, between))
			}
		default:
			add(name, Text(v))
		}
	}
	return strings.Join(pairs, "&")
}

func joined(items []any, between string) string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = Text(item)
	}
	return strings.Join(texts, between)
}

// deepPairs write what is nested with brackets, list items by number: a[b][0].
func deepPairs(name string, v any, add func(name, text string)) {
	switch v := v.(type) {
	case nil:
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			deepPairs(name+"["+key+"]", v[key], add)
		}
	case []any:
		for i, item := range v {
			deepPairs(name+"["+strconv.Itoa(i)+"]", item, add)
		}
	default:
		add(name, Text(v))
	}
}

// multiparted makes a part of each member, and of each item of a list. The boundary is a digest of the value, so that
// the same value gives the same bytes.
func multiparted(object map[string]any, content *openapi3.MediaType) ([]byte, string, error) {
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	sum := sha256.Sum256([]byte(Text(object)))
	if err := w.SetBoundary("conformance-" + hex.EncodeToString(sum[:16])); err != nil {
		return nil, "", err
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		var schema *openapi3.Schema
		if content.Schema != nil {
			schema = memberSchema(content.Schema.Value, name, 0)
		}
		items, list := object[name].([]any)
		if !list {
			items = []any{object[name]}
		} else if schema != nil {
			schema = itemSchema(schema, 0)
		}
		for _, item := range items {
			if item == nil {
				continue
			}
			part, err := w.CreatePart(partHeader(name, item, schema, content.Encoding[name]))
			if err == nil {
				_, err = part.Write([]byte(Text(item)))
			}
			if err != nil {
				return nil, "", err
			}
		}
	}
	if err := w.Close(); err != nil {
		return nil, "", err
	}
	return out.Bytes(), w.FormDataContentType(), nil
}

// partHeader describes a part: a file where the schema is binary, JSON where the value is an object or a list.
func partHeader(name string, v any, s *openapi3.Schema, encoding *openapi3.Encoding) textproto.MIMEHeader {
	quote := strings.NewReplacer(`\`, `\\`, `"`, "%22", "\r", "%0D", "\n", "%0A").Replace
	disposition := `form-data; name="` + quote(name) + `"`
	mediaType := ""
	if s != nil && (s.Format == "binary" || s.ContentMediaType != "") {
		disposition += `; filename="conformance"`
		mediaType = cmp.Or(s.ContentMediaType, "application/octet-stream")
	}
	switch v.(type) {
	case map[string]any, []any:
		mediaType = "application/json"
	}
	if encoding != nil && encoding.ContentType != "" {
		given, _, _ := strings.Cut(encoding.ContentType, ",")
		if given = strings.TrimSpace(given); !strings.Contains(given, "*") {
			mediaType = given
		}
	}
	header := textproto.MIMEHeader{"Content-Disposition": {disposition}}
	if mediaType != "" {
		header.Set("Content-Type", mediaType)
	}
	return header
}
