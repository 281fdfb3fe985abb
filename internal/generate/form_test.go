package generate_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/generate"
)

// TestEncodeFormURLEncoded: the forms of a list and an object, by the encoding of each.
func TestEncodeFormURLEncoded(t *testing.T) {
	value := map[string]any{
		"n": json.Number("12345678901234567"), "list": []any{"a b", true}, "none": nil,
		"o": map[string]any{"x": "1", "y": []any{"&"}},
	}
	yes, no := true, false
	for name, c := range map[string]struct {
		list, object *openapi3.Encoding
		want         string
	}{
		"no encoding": {
			want: "list=a+b&list=true&n=12345678901234567&o=%7B%22x%22%3A%221%22%2C%22y%22%3A%5B%22%5Cu0026%22%5D%7D",
		},
		"comma": {
			&openapi3.Encoding{Explode: &no}, &openapi3.Encoding{Style: "form", Explode: &no},
			"list=a+b%2Ctrue&n=12345678901234567&o=x%2C1%2Cy%2C%5B%22%5Cu0026%22%5D",
		},
		"pipes, brackets": {
			&openapi3.Encoding{Style: "pipeDelimited"}, &openapi3.Encoding{Style: "deepObject", Explode: &yes},
			"list=a+b%7Ctrue&n=12345678901234567&o%5Bx%5D=1&o%5By%5D%5B0%5D=%26",
		},
		"apart": {
			&openapi3.Encoding{Style: "spaceDelimited"}, &openapi3.Encoding{Style: "form"},
			"list=a+b+true&n=12345678901234567&x=1&y=%5B%22%5Cu0026%22%5D",
		},
	} {
		content := &openapi3.MediaType{Encoding: map[string]*openapi3.Encoding{"list": c.list, "o": c.object}}
		got, contentType, err := generate.EncodeForm("application/x-www-form-urlencoded", value, content)
		if err != nil || string(got) != c.want || contentType != "application/x-www-form-urlencoded" {
			t.Errorf("%s: %s as %s, %v; want %s", name, got, contentType, err, c.want)
		}
	}
}

// TestEncodeFormMultipart reads the parts as a server does.
func TestEncodeFormMultipart(t *testing.T) {
	content := &openapi3.MediaType{
		Schema: &openapi3.SchemaRef{Value: schema(t, `{"type":"object","properties":{
			"file":{"type":"string","format":"binary"},"files":{"type":"array","items":{"type":"string","format":"binary"}}}}`)},
		Encoding: map[string]*openapi3.Encoding{"file": {ContentType: "image/png, image/gif"}},
	}
	value := map[string]any{
		"file": "bytes", "files": []any{"one", "two"}, "meta": map[string]any{"a": json.Number("1")}, "plain": "text",
		`a"b`: true,
	}
	body, contentType, err := generate.EncodeForm("multipart/form-data", value, content)
	if err != nil {
		t.Fatal(err)
	}
	again, _, _ := generate.EncodeForm("multipart/form-data", value, content)
	if !bytes.Equal(body, again) {
		t.Error("the same value gives other bytes")
	}
	_, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	reader := multipart.NewReader(bytes.NewReader(body), parameters["boundary"])
	for part, err := reader.NextPart(); err != io.EOF; part, err = reader.NextPart() {
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(part)
		got = append(got, strings.Join([]string{
			part.FormName(), part.FileName(), part.Header.Get("Content-Type"), string(text),
		}, "|"))
	}
	want := "a%22b|||true file|conformance|image/png|bytes files|conformance|application/octet-stream|one " +
		`files|conformance|application/octet-stream|two meta||application/json|{"a":1} plain|||text`
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
}

// TestEncodeFormRefuses what is not a form.
func TestEncodeFormRefuses(t *testing.T) {
	for mediaType, value := range map[string]any{
		"application/json": map[string]any{}, "multipart/form-data": []any{}, "": map[string]any{},
	} {
		if _, _, err := generate.EncodeForm(mediaType, value, nil); err == nil {
			t.Errorf("%q takes %v", mediaType, value)
		}
	}
}
