package report

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"conformance/internal/result"
)

// The published schema and the Go types describe the same document: each member of one is in the other, and what Go
// always writes is what the schema requires.
func TestSchemaMatchesTheTypes(t *testing.T) {
	data, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var schema node
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	compareSchema(t, "results", schema, schema.Defs, reflect.TypeFor[result.Run]())
}

type node struct {
	Ref        string          `json:"$ref"`
	Type       any             `json:"type"`
	Properties map[string]node `json:"properties"`
	Required   []string        `json:"required"`
	Items      *node           `json:"items"`
	Defs       map[string]node `json:"$defs"`
}

func compareSchema(t *testing.T, at string, s node, defs map[string]node, typ reflect.Type) {
	t.Helper()
	if name, ok := strings.CutPrefix(s.Ref, "#/$defs/"); ok {
		s = defs[name]
	}
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if typ.Kind() == reflect.Slice {
		if s.Items == nil {
			t.Errorf("%s: a list in Go, not in the schema", at)
			return
		}
		compareSchema(t, at+"[]", *s.Items, defs, typ.Elem())
		return
	}
	if typ.Kind() != reflect.Struct || typ == reflect.TypeFor[time.Time]() {
		if s.Properties != nil {
			t.Errorf("%s: an object in the schema, %s in Go", at, typ)
		}
		return
	}
	have := map[string]bool{}
	if typ == reflect.TypeFor[result.Check]() {
		have["failures"] = true // rendered from the differences
		compareSchema(t, at+".failures", s.Properties["failures"], defs, reflect.TypeFor[[]result.Failure]())
	}
	for field := range typ.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		have[name] = true
		property, ok := s.Properties[name]
		if !ok {
			t.Errorf("%s.%s is not in the schema", at, name)
			continue
		}
		if optional := strings.Contains(options, "omitempty"); optional == slices.Contains(s.Required, name) {
			t.Errorf("%s.%s: optional in Go is %t, required by the schema too", at, name, optional)
		}
		compareSchema(t, at+"."+name, property, defs, field.Type)
	}
	for name := range s.Properties {
		if !have[name] {
			t.Errorf("%s.%s is in the schema, not in Go", at, name)
		}
	}
}
