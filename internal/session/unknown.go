package session

import (
	"fmt"
	"math/rand/v2"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
	"conformance/internal/generate"
)

// Ids that no record has.

// UnknownID is a value of the schema, unlike the known one, that is very likely nobody's id. Numbers stay within 32
// bits: larger ones are a question of their own, and beyond what any test database counts up to.
func (s *Session) UnknownID(schema *openapi3.Schema, known string, random *rand.Rand) any {
	v, unguessable := unknownID(schema, known, random)
	if unguessable {
		s.absenceMu.Lock()
		s.madeUp[generate.Text(v)] = true
		s.absenceMu.Unlock()
	}
	return v
}

// unknownID also says whether the value is one of so many that none can be met by chance.
func unknownID(schema *openapi3.Schema, known string, random *rand.Rand) (v any, unguessable bool) {
	switch {
	case schema.Type.Is("integer"), schema.Type.Is("number"):
		v := float64(2_000_000_000 + random.IntN(100_000_000))
		if generate.Accepts(schema, v) {
			return v, true
		}
		if schema.Max != nil {
			return *schema.Max, false
		}
		return 1.0, false
	case schema.Format == "uuid":
		return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", random.Uint32(), random.IntN(1<<16), random.IntN(1<<12),
			random.IntN(1<<12), random.Int64N(1<<48)), true
	}
	if v := Word(random, 24); generate.Accepts(schema, v) {
		return v, true
	}
	return similar(schema, known, random), false
}

// similar is a text of the schema that differs from a known one in its digits and letters alone.
func similar(schema *openapi3.Schema, known string, random *rand.Rand) string {
	const tries = 100
	for range tries {
		v := []byte(known)
		for i, c := range v {
			switch {
			case c >= '0' && c <= '9':
				v[i] = '0' + byte(random.IntN(10))
			case c >= 'a' && c <= 'z' && random.IntN(2) == 0:
				v[i] = 'a' + byte(random.IntN(26))
			case c >= 'A' && c <= 'Z' && random.IntN(2) == 0:
				v[i] = 'A' + byte(random.IntN(26))
			}
		}
		if string(v) != known && generate.Accepts(schema, string(v)) {
			return string(v)
		}
	}
	return Word(random, 24)
}

// Word is a random text of n lower-case letters and digits.
func Word(random *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "abcdefghijklmnopqrstuvwxyz0123456789"[random.IntN(36)]
	}
	return string(b)
}

// unknownIDs are identifiers for the operation that no record has, the same ones in every run with the same seed.
func unknownIDs(s *Session, o *contract.Operation) map[string]any {
	random := rand.New(rand.NewPCG(uint64(s.Config.Seed), Hash(o.ID)))
	fields := map[string]any{}
	for _, p := range o.Identifiers() {
		fields[p.Name] = s.UnknownID(p.Schema, generate.Text(p.Schema.Example), random)
	}
	return fields
}
