package judge_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"conformance/internal/contract"
	"conformance/internal/judge"
)

// TestDecodeKeepsNumbers: a number keeps all its digits, and equal ones are equal texts.
func TestDecodeKeepsNumbers(t *testing.T) {
	got, err := judge.Decode([]byte(`{"data":[{"id":1152921504606846977,"n":17.0},{"id":1.152921504606846978e18}]}`))
	if err != nil {
		t.Fatal(err)
	}
	ids := contract.Pointer("/data/0/id").Items(got)
	if diff := cmp.Diff([]any{json.Number("1152921504606846977"), json.Number("1152921504606846978")}, ids); diff != "" {
		t.Error(diff)
	}
	if n, _ := contract.Pointer("/data/0/n").Get(got); n != json.Number("17") {
		t.Errorf("17.0 is read as %v", n)
	}
}

// TestSchemaProblemsOfNumbers: a number that is text is judged as a number.
func TestSchemaProblemsOfNumbers(t *testing.T) {
	schema := openapi3.NewInt64Schema().WithMin(1)
	for text, want := range map[string]int{"1152921504606846977": 0, "0": 1, "1.5": 1, `"7"`: 1, "1e400": 1} {
		v, err := judge.Decode([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if problems := judge.SchemaProblems(schema, v); len(problems) != want {
			t.Errorf("%s: %v", text, problems)
		}
	}
}

// TestExcess: a body of very many levels or values is not read; what stands in a text is no level.
func TestExcess(t *testing.T) {
	for name, k := range map[string]struct {
		body string
		read bool
	}{
		"a thousand levels":          {strings.Repeat("[", 1000) + strings.Repeat("]", 1000), true},
		"one more":                   {strings.Repeat("[", 1001) + strings.Repeat("]", 1001), false},
		"objects":                    {strings.Repeat(`{"a":`, 1001) + "1" + strings.Repeat("}", 1001), false},
		"very many values":           {"[" + strings.Repeat("0,", 100_000) + "0]", false},
		"many values":                {"[" + strings.Repeat("0,", 90_000) + "0]", true},
		"a thousand siblings":        {"[" + strings.Repeat("[],", 2000) + "[]]", true},
		"brackets in a text":         {`"` + strings.Repeat("[", 2000) + `"`, true},
		"brackets behind a quote":    {`"\"` + strings.Repeat("{", 2000) + `"`, true},
		"a backslash before the end": {`["\\",` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + "]", false},
	} {
		if _, err := judge.Decode([]byte(k.body)); (err == nil) != k.read {
			t.Errorf("%s: %v", name, err)
		}
	}
}
