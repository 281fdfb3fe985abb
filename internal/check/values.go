package check

import (
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
	"conformance/internal/generate"
)

// UnknownID is a well-formed id that no record has.
func UnknownID(t *T, p *contract.Parameter) string {
	known := ""
	if fields, err := t.Session.Control(t.Ctx, t.Operation()); err == nil {
		known = generate.Text(fields[p.Name])
	}
	return generate.Text(unknownID(t, p.Schema, known))
}

// UnknownValue is the same for a field.
func UnknownValue(t *T, f *contract.Field) any {
	return unknownID(t, f.Schema, generate.Text(t.Operation().Body.Example[f.Name]))
}

// unknownID is a value of the schema, unlike the known one, that is very likely nobody's id. Numbers stay within 32 bits: larger ones are a question of
// their own, and beyond what any test database counts up to.
func unknownID(t *T, s *openapi3.Schema, known string) any {
	switch {
	case s.Type.Is("integer"), s.Type.Is("number"):
		v := float64(2_000_000_000 + t.Random.IntN(100_000_000))
		if generate.Accepts(s, v) {
			return v
		}
		return numberWithin(s)
	case s.Format == "uuid":
		return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", t.Random.Uint32(), t.Random.IntN(1<<16), t.Random.IntN(1<<12), t.Random.IntN(1<<12), t.Random.Int64N(1<<48))
	}
	if v := t.RandomWord(24); generate.Accepts(s, v) {
		return v
	}
	return similarText(t, s, known)
}

// similarText is a text of the schema that differs from a known one in its digits and letters alone.
func similarText(t *T, s *openapi3.Schema, known string) string {
	const tries = 100
	for range tries {
		v := []byte(known)
		for i, c := range v {
			switch {
			case c >= '0' && c <= '9':
				v[i] = '0' + byte(t.Random.IntN(10))
			case c >= 'a' && c <= 'z' && t.Random.IntN(2) == 0:
				v[i] = 'a' + byte(t.Random.IntN(26))
			case c >= 'A' && c <= 'Z' && t.Random.IntN(2) == 0:
				v[i] = 'A' + byte(t.Random.IntN(26))
			}
		}
		if string(v) != known && generate.Accepts(s, string(v)) {
			return string(v)
		}
	}
	return t.RandomWord(24)
}

func numberWithin(s *openapi3.Schema) float64 {
	if s.Max != nil {
		return *s.Max
	}
	return 1
}
