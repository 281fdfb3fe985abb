package judge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/probe"
)

// Decode reads exactly one JSON document (RFC 8259). Numbers stay text, a json.Number: plainly written, to the last
// digit.
func Decode(body []byte) (any, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, errors.New("it is empty")
	}
	if !utf8.Valid(body) {
		return nil, errors.New("it is not valid UTF-8 (RFC 8259, 8.1)")
	}
	if problem := excess(body); problem != "" {
		return nil, errors.New(problem)
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more follows after the first JSON value")
	}
	return generate.PlainNumbers(v), nil
}

// Bounds of what is read: a level or a value costs memory many times its length. A reader may have them (RFC 8259, 9).
const (
	maxDepth  = 1000
	maxValues = 100_000
)

// excess says which bound a body exceeds; "" if none. What is in a text does not count.
func excess(body []byte) string {
	depth, values, text := 0, 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c == '"':
			text = !text
		case text && c == '\\':
			i++
		case text:
		case c == ',':
			values++
		case c == '[' || c == '{':
			depth++
			values++
		case c == ']' || c == '}':
			depth--
		}
		if depth > maxDepth {
			return fmt.Sprintf("it exceeded max depth: more than %d levels", maxDepth)
		}
		if values > maxValues {
			return fmt.Sprintf("it has more than %d values", maxValues)
		}
	}
	return ""
}

// Read reads the body of an answer as one JSON document. The error says, of the answer, why it cannot be read.
func Read(a *probe.Answer) (any, error) {
	switch {
	case a.Truncated:
		return nil, fmt.Errorf("is longer than %d MiB; only that much of it was read", len(a.Body)>>20)
	case a.Undecoded != "":
		return nil, fmt.Errorf("cannot be read: Content-Encoding %s", a.Undecoded)
	}
	body, err := Decode(a.Body)
	if err != nil {
		return nil, fmt.Errorf("is not JSON: %w", err)
	}
	return body, nil
}

// SameType compares media types, their parameters aside (RFC 9110, 8.3.1).
func SameType(a, b string) bool {
	x, _, errX := mime.ParseMediaType(a)
	y, _, errY := mime.ParseMediaType(b)
	return errX == nil && errY == nil && x == y
}

// Strings are the texts inside a JSON value.
func Strings(v any) []string {
	var out []string
	switch v := v.(type) {
	case string:
		out = append(out, v)
	case []any:
		for _, item := range v {
			out = append(out, Strings(item)...)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out = append(out, Strings(v[name])...)
		}
	}
	return out
}

// Show shows the value at a pointer, or that there is none.
func Show(body any, p contract.Pointer) string {
	v, ok := p.Get(body)
	if !ok {
		return "absent"
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return Short(string(text))
}

// Short is an excerpt of a text, 200 bytes of it at most.
func Short(s string) string {
	const limit = 200
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}

// markup finds HTML elements; a lone < or > is none.
var markup = regexp.MustCompile(
	`(?i)<(!doctype|/?(html|head|body|p|br|div|span|h[1-6]|pre|code|a|b|i|em|strong|script|table|ul|li|center|hr)\b[^<>]*>)`,
)

// Problem is a place where a JSON value breaks a schema.
type Problem struct {
	Pointer contract.Pointer
	Keyword string // of the schema
	Reason  string
}

// SchemaProblems are the differences between a JSON value of an answer and its documented schema.
func SchemaProblems(s *openapi3.Schema, v any) []Problem {
	if s == nil {
		return nil
	}
	err := s.VisitJSON(v, openapi3.VisitAsResponse(), openapi3.MultiErrors(), openapi3.EnableFormatValidation())
	if err == nil {
		return nil
	}
	return flatten(err)
}

func flatten(err error) []Problem {
	var many openapi3.MultiError
	if errors.As(err, &many) {
		var all []Problem
		for _, e := range many {
			all = append(all, flatten(e)...)
		}
		return all
	}
	var one *openapi3.SchemaError
	if !errors.As(err, &one) {
		return []Problem{{"", "", err.Error()}}
	}
	pointer := ""
	for _, token := range one.JSONPointer() {
		pointer += "/" + contract.Escape(token)
	}
	return []Problem{{contract.Pointer(pointer), one.SchemaField, one.Reason}}
}

// HeaderProblem says why a header's value breaks its schema; "" if it does not.
func HeaderProblem(h *contract.Header, value string) string {
	if h.Schema == nil {
		return ""
	}
	var v any = value
	switch {
	case h.Schema.Type.Is("integer"):
		n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
		if err != nil {
			return "must be an integer"
		}
		v = json.Number(strconv.FormatInt(n, 10))
	case h.Schema.Type.Is("number"):
		n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil {
			return "must be a number"
		}
		v = n
	}
	if problems := SchemaProblems(h.Schema, v); len(problems) > 0 {
		return problems[0].Reason
	}
	return ""
}
