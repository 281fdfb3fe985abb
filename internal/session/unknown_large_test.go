package session

import (
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// TestLargeIDs: large ids are tried where the schema allows them, and nowhere else.
func TestLargeIDs(t *testing.T) {
	least, most := 1.0, float64(1<<53)
	bounded := openapi3.NewIntegerSchema().WithMin(least)
	bounded.Max = &most
	for name, c := range map[string]struct {
		schema *openapi3.Schema
		want   []string
	}{
		"64 bits":   {openapi3.NewInt64Schema().WithMin(least), []string{"beyond 32 bits", "near the end of 64 bits"}},
		"any":       {openapi3.NewIntegerSchema(), []string{"beyond 32 bits", "near the end of 64 bits"}},
		"a maximum": {bounded, []string{"beyond 32 bits"}},
		"32 bits":   {openapi3.NewInt32Schema(), nil},
		"text":      {openapi3.NewStringSchema(), nil},
		"fractions": {openapi3.NewFloat64Schema(), nil},
	} {
		var got []string
		for _, r := range LargeIDs(c.schema) {
			got = append(got, r.Name)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
