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
	return generate.Text(t.unknown(p.Schema))
}

// unknownValue is the same for a field.
func (t *T) unknownValue(f *contract.Field) any { return t.unknown(f.Schema) }

// unknown is a value of the schema that is very likely nobody's id. Numbers stay within 32 bits: larger ones are a question of
// their own, and beyond what any test database counts up to.
func (t *T) unknown(s *openapi3.Schema) any {
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
