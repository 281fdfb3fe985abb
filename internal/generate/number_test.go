package generate_test

import (
	"encoding/json"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/generate"
)

// TestPlain: equal numbers are equal texts, and none loses a digit.
func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"17": "17", "17.0": "17", "1.7e1": "17", "1.70E+1": "17", "-0.50": "-0.5", "100e-2": "1", "0.0": "0", "5e-3": "0.005",
		"1152921504606846977": "1152921504606846977", "1152921504606846977.0": "1152921504606846977",
		"1.152921504606846977e18": "1152921504606846977", "1e400": "1e400", "1e-400": "1e-400", "10": "10",
		"1e99999999999999999999": "1e99999999999999999999",
	} {
		if got := generate.Plain(json.Number(text)); got.String() != want {
			t.Errorf("%s is written %s, want %s", text, got, want)
		}
	}
}

// TestAcceptsNumbersBeyondFloats: the bounds of an integer of 64 bits hold to the last digit.
func TestAcceptsNumbersBeyondFloats(t *testing.T) {
	long := &openapi3.Schema{Type: &openapi3.Types{"integer"}, Format: "int64"}
	least := 1.0
	long.Min = &least
	for text, want := range map[string]bool{
		"9007199254740993": true, "9223372036854775807": true, "9223372036854775808": false, "0": false,
		"99999999999999999999": false, "1.5": false, "1e400": false,
	} {
		if got := generate.Accepts(long, json.Number(text)); got != want {
			t.Errorf("the schema accepts %s: %v, want %v", text, got, want)
		}
	}
	if most := float64(1 << 63); true {
		long.Max = &most // how a document's 9223372036854775807 is read
	}
	for _, edge := range generate.Edges(long) {
		if text := generate.Text(edge.JSON); edge.Constraint == generate.Maximum && text != "9223372036854775807" {
			t.Errorf("the greatest number of the schema is sent as %s", text)
		}
	}
}
