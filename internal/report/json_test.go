package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
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

// The names and forms by which other programs find what they look for, read without our types.
func TestJSONNames(t *testing.T) {
	document := render(t, WriteJSON, recorded(t))
	var run map[string]any
	if err := json.Unmarshal(document, &run); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(document, []byte("{\n  \"schema\": \"conformance/results/v1\",\n")) ||
		!bytes.HasSuffix(document, []byte("}\n")) {
		t.Errorf("not indented, or the schema does not come first: %.60s", document)
	}
	failing := 0
	for i, c := range run["checks"].([]any) {
		if row := c.(map[string]any); row["id"] == "ID-003" && row["operation"] == "getAsset" {
			failing = i
		}
	}
	for path, want := range map[string]any{
		"suite.version": "v1.2.0", "contract.title": "Field Service API", "contract.version": "1.0.0",
		"target":  "http://127.0.0.1:8080/api/v1",
		"profile": "core", "seed": 42.0, "started": "2026-03-14T15:09:26.535Z", "duration_ms": 12745.0, "requests": 812.0,
		"records_created": 37.0,
		"verdict":         "nonconformant", "complete": false, "counts.pass": 41.0, "counts.fail": 14.0, "counts.warn": 2.0,
		"counts.error": 2.0, "counts.skip": 7.0,
		"coverage.documented": 131.0, "coverage.provoked": 125.0, "coverage.unprovoked.#": 6.0, "checks.#": 66.0,
		"floods.#":       2.0,
		"checks.@.level": "must", "checks.@.situation": "foreign-record", "checks.@.outcome": "fail",
		"checks.@.title":  "another company's record is not found",
		"checks.@.source": "API error codes, 404", "checks.@.failures.0.kind": "status",
		"checks.@.failures.0.expected": "404", "checks.@.failures.0.actual": "403",
		"checks.@.exchanges.0.request.method": "GET", "checks.@.exchanges.0.response.status": 403.0,
		"checks.@.assumed": false,
	} {
		if got := at(run, strings.ReplaceAll(path, "@", strconv.Itoa(failing))); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	rows := run["checks"].([]any)
	for i := 1; i < len(rows); i++ {
		if name(rows[i-1]) >= name(rows[i]) {
			t.Errorf("the rows are not sorted: %q before %q", name(rows[i-1]), name(rows[i]))
		}
	}
}

// at follows names and indices separated by dots; # is the length of a list.
func at(v any, path string) any {
	for part := range strings.SplitSeq(path, ".") {
		switch parent := v.(type) {
		case map[string]any:
			v = parent[part]
		case []any:
			i, err := strconv.Atoi(part)
			if v = float64(len(parent)); err == nil {
				v = parent[i]
			}
		default:
			return nil
		}
	}
	return v
}

func name(row any) string {
	return fmt.Sprint(at(row, "id"), "\x00", at(row, "operation"), "\x00", at(row, "variant"))
}

func TestJSONLeavesHTMLReadable(t *testing.T) {
	if text := string(render(t, WriteJSON, recorded(t))); !strings.Contains(text, "<script>") ||
		strings.Contains(text, `\u003c`) {
		t.Error("HTML characters are escaped; results.json is read by people too")
	}
}

func TestReadRefuses(t *testing.T) {
	good := string(render(t, WriteJSON, passing(t)))
	tests := []struct{ name, in, want string }{
		{"nothing", "", "not one JSON document"},
		{"no JSON", "<testsuites/>", "not one JSON document, at byte 1"},
		{"no schema", "{}", `no member "schema"`},
		{
			"another schema", `{"schema":"conformance/results/v9"}`,
			`schema is "conformance/results/v9", this version reads "` + result.Schema,
		},
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
		{"an unknown outcome", func(_, row map[string]any) { row["outcome"] = "unclear" }},
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
