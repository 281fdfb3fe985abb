package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"conformance/internal/result"
)

func TestJSONRoundTrip(t *testing.T) {
	r := recorded(t)
	got, err := Read(bytes.NewReader(render(t, WriteJSON, r)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, got); diff != "" {
		t.Errorf("read back, the run differs (-want +got):\n%s", diff)
	}
}

func TestJSONLeavesHTMLReadable(t *testing.T) {
	if text := string(render(t, WriteJSON, recorded(t))); !strings.Contains(text, "<script>") || strings.Contains(text, `\u003c`) {
		t.Error("HTML characters are escaped; results.json is read by people too")
	}
}

func TestReadRefuses(t *testing.T) {
	good := string(render(t, WriteJSON, passing(t)))
	tests := []struct{ name, in, want string }{
		{"nothing", "", "not one JSON document"},
		{"no JSON", "<testsuites/>", "not one JSON document, at byte 1"},
		{"no schema", "{}", `no member "schema"`},
		{"another schema", `{"schema":"conformance/results/v9"}`, `schema is "conformance/results/v9", this version reads "` + result.Schema},
		{"a schema that is no string", `{"schema":1}`, "schema must not be a JSON number"},
		{"another shape", `{"schema":"` + result.Schema + `","checks":{}}`, "checks must not be a JSON object"},
		{"half a file", good[:len(good)/2], "not one JSON document"},
		{"trailing garbage", good + "x", "not one JSON document"},
		{"two documents", good + good, "not one JSON document"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read(strings.NewReader(tt.in))
			if err == nil || !strings.HasPrefix(err.Error(), "results: ") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one that says %q", err, tt.want)
			}
		})
	}
}

func TestReadIgnoresAdditions(t *testing.T) {
	if _, err := Read(strings.NewReader(`{"schema":"` + result.Schema + `","later":[1]}` + "\n")); err != nil {
		t.Errorf("an addition is refused: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"schema":"` + result.Schema + `","checks":[{"failures":[{}],"exchanges":[{"response":{}}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, format := range Formats() {
			render(t, format.Write, r)
		}
	})
}

const schemaFile = "../../reports/results.schema.json"

// validate judges a results.json by the published schema.
func validate(t *testing.T, document []byte) error {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	schema, err := compiler.Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(instance)
}

func TestSchemaAccepts(t *testing.T) {
	empty := result.Run{Schema: result.Schema, Profile: "core"}
	empty.Finish()
	for name, r := range map[string]result.Run{
		"recorded": recorded(t), "passing": passing(t), "many": many(t, 40), "empty": empty,
	} {
		if err := validate(t, render(t, WriteJSON, r)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A schema that accepts everything would pass the test above.
func TestSchemaRefuses(t *testing.T) {
	tests := []struct {
		name string
		edit func(run, row map[string]any)
	}{
		{"another schema", func(run, _ map[string]any) { run["schema"] = "conformance/results/v2" }},
		{"no verdict", func(run, _ map[string]any) { delete(run, "verdict") }},
		{"an unknown verdict", func(run, _ map[string]any) { run["verdict"] = "fine" }},
		{"a negative count", func(run, _ map[string]any) { run["counts"].(map[string]any)["pass"] = -1 }},
		{"no rows", func(run, _ map[string]any) { run["checks"] = nil }},
		{"a start that is no time", func(run, _ map[string]any) { run["started"] = "yesterday" }},
		{"an unknown level", func(_, row map[string]any) { row["level"] = "may" }},
		{"an unknown outcome", func(_, row map[string]any) { row["outcome"] = "flaky" }},
		{"a failure without differences", func(_, row map[string]any) { row["outcome"] = "fail" }},
		{"a skip without a reason", func(_, row map[string]any) { row["outcome"] = "skip" }},
		{"an unknown reason code", func(_, row map[string]any) { row["reason_code"] = "lazy" }},
		{"an unknown kind", func(_, row map[string]any) {
			row["failures"] = []any{map[string]any{"kind": "smell", "expected": "", "actual": "", "message": ""}}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var run map[string]any
			if err := json.Unmarshal(render(t, WriteJSON, passing(t)), &run); err != nil {
				t.Fatal(err)
			}
			tt.edit(run, run["checks"].([]any)[0].(map[string]any))
			document, err := json.Marshal(run)
			if err != nil {
				t.Fatal(err)
			}
			if validate(t, document) == nil {
				t.Error("the schema accepts it")
			}
		})
	}
}
