package session

import (
	"math/rand/v2"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/generate"
)

// TestUnknown: an id that no record has is one that the schema allows, and not the known one.
func TestUnknown(t *testing.T) {
	text := func(change func(*openapi3.Schema)) *openapi3.Schema {
		s := openapi3.NewStringSchema()
		change(s)
		return s
	}
	for name, k := range map[string]struct {
		schema *openapi3.Schema
		known  string
		// unguessable: of so many values that none can be met by chance
		unguessable bool
	}{
		"a number":          {openapi3.NewIntegerSchema().WithMin(1), "7", true},
		"a small number":    {openapi3.NewIntegerSchema().WithMin(1).WithMax(900), "7", false},
		"a UUID":            {openapi3.NewUUIDSchema(), "3f2b8a52-0c55-4d6e-8a36-0d7f2a3c9e11", true},
		"any text":          {openapi3.NewStringSchema(), "abc", true},
		"a text of a shape": {text(func(s *openapi3.Schema) { s.Pattern = `^B-\d{4,}$` }), "B-0042", false},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(20) {
				got, unguessable := unknownID(k.schema, k.known, rand.New(rand.NewPCG(seed, 1)))
				if unguessable != k.unguessable {
					t.Fatalf("%v is unguessable: %v", got, unguessable)
				}
				if !generate.Accepts(k.schema, got) || generate.Text(got) == k.known {
					t.Fatalf("seed %d: %v", seed, got)
				}
			}
		})
	}
}
