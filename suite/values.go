package suite

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
	"conformance/internal/generate"
)

// unknownID is a well-formed id that no record has.
func (t *T) unknownID(p *contract.Parameter) string {
	known := ""
	if fields, err := t.session.control(t.ctx, t.Operation()); err == nil {
		known = generate.Text(fields[p.Name])
	}
	return generate.Text(t.unknown(p.Schema, known))
}

// unknownValue is the same for a field.
func (t *T) unknownValue(f *contract.Field) any {
	return t.unknown(f.Schema, generate.Text(t.Operation().Body.Example[f.Name]))
}

// unknown is a value of the schema, unlike the known one, that is very likely nobody's id. Numbers stay within 32 bits: larger ones are a question of
// their own, and beyond what any test database counts up to.
func (t *T) unknown(s *openapi3.Schema, known string) any {
	switch {
	case s.Type.Is("integer"), s.Type.Is("number"):
		v := float64(2_000_000_000 + t.random.IntN(100_000_000))
		if generate.Accepts(s, v) {
			return v
		}
		return numberWithin(s)
	case s.Format == "uuid":
		return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", t.random.Uint32(), t.random.IntN(1<<16), t.random.IntN(1<<12), t.random.IntN(1<<12), t.random.Int64N(1<<48))
	}
	if v := t.Word(24); generate.Accepts(s, v) {
		return v
	}
	return t.similar(s, known)
}

// similar is a text of the schema that differs from a known one in its digits and letters alone.
func (t *T) similar(s *openapi3.Schema, known string) string {
	const tries = 100
	for range tries {
		v := []byte(known)
		for i, c := range v {
			switch {
			case c >= '0' && c <= '9':
				v[i] = '0' + byte(t.random.IntN(10))
			case c >= 'a' && c <= 'z' && t.random.IntN(2) == 0:
				v[i] = 'a' + byte(t.random.IntN(26))
			case c >= 'A' && c <= 'Z' && t.random.IntN(2) == 0:
				v[i] = 'A' + byte(t.random.IntN(26))
			}
		}
		if string(v) != known && generate.Accepts(s, string(v)) {
			return string(v)
		}
	}
	return t.Word(24)
}

func numberWithin(s *openapi3.Schema) float64 {
	if s.Max != nil {
		return *s.Max
	}
	return 1
}

// without takes an id out of a text, where it stands alone.
func without(text, id string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' })
	for i, w := range words {
		if strings.Trim(w, `"'.,:;()[]#=`) == id {
			words[i] = "<id>"
		} else if _, err := strconv.Atoi(strings.Trim(w, `"'.,:;()[]#=`)); err == nil {
			words[i] = "<number>"
		} else {
			words[i] = strings.ReplaceAll(w, id, "<id>")
		}
	}
	return strings.ReplaceAll(strings.Join(words, " "), "<number>", "<id>")
}
