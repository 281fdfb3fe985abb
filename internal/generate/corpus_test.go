//go:build unix

package generate_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
	"conformance/internal/generate"
)

// corpus loads the documents of $CONFORMANCE_DOCUMENTS that kin-openapi takes as they are, by path.
func corpus(t *testing.T) map[string]*openapi3.T {
	root := os.Getenv("CONFORMANCE_DOCUMENTS")
	if root == "" {
		t.Skip("CONFORMANCE_DOCUMENTS is not set: there are no vendors' documents to make bodies of")
	}
	embedded(t) // teaches the formats
	isDocument := regexp.MustCompile(`\.(ya?ml|json)$`)
	all := map[string]*openapi3.T{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !isDocument.MatchString(path) {
			return err
		}
		loader := openapi3.NewLoader()
		loader.IsExternalRefsAllowed = true
		loader.ReadFromURIFunc = openapi3.ReadFromFile
		if doc, err := loader.LoadFromFile(path); err == nil && strings.HasPrefix(doc.OpenAPI, "3.") && doc.Paths.Len() > 0 {
			all[strings.TrimPrefix(path, root)] = doc
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// needed are a document's request bodies and parameters that have a schema, by place, with their examples.
func needed(doc *openapi3.T, yield func(place string, s *openapi3.Schema, examples []any)) {
	examplesOf := func(example any, named openapi3.Examples) []any {
		all := []any{example}
		for _, name := range slices.Sorted(maps.Keys(named)) {
			if named[name].Value != nil {
				all = append(all, named[name].Value.Value)
			}
		}
		return all
	}
	for _, key := range doc.Paths.Keys() {
		item := doc.Paths.Value(key)
		for method, op := range item.Operations() {
			for _, p := range slices.Concat(item.Parameters, op.Parameters) {
				if p.Value != nil && p.Value.Schema != nil {
					yield(method+" "+key+" "+p.Value.Name, p.Value.Schema.Value, examplesOf(p.Value.Example, p.Value.Examples))
				}
			}
			if op.RequestBody == nil || op.RequestBody.Value == nil {
				continue
			}
			for name, media := range op.RequestBody.Value.Content {
				if media.Schema != nil {
					yield(method+" "+key+" "+name, media.Schema.Value, examplesOf(media.Example, media.Examples))
				}
			}
		}
	}
}

// TestFittingOfVendorsDocuments makes every body and parameter of documents that others wrote.
func TestFittingOfVendorsDocuments(t *testing.T) {
	documents := corpus(t)
	total, made := 0, 0
	for _, name := range slices.Sorted(maps.Keys(documents)) {
		all, good, members, before := 0, 0, 0, cpu()
		needed(documents[name], func(place string, s *openapi3.Schema, examples []any) {
			all++
			v, err := generate.Fitting(s, examples...)
			switch {
			case err != nil:
				t.Logf("%s: %s: %v", name, place, err)
			case !generate.Accepts(s, v):
				t.Errorf("%s: %s: %s does not fit", name, place, short(asJSON(t, v)))
			default:
				good++
				members = max(members, size(v))
			}
		})
		total, made = total+all, made+good
		t.Logf("%-50s %5d of %5d, largest %5d values, %v", name, good, all, members, cpu()-before)
	}
	if t.Logf("%d of %d", made, total); made*100 < total*98 {
		t.Errorf("%d of %d could be made, less than 98 %%", made, total)
	}
}

// TestMutationsOfVendorsDocuments: what is changed in the bodies of others' documents stays within the bound.
func TestMutationsOfVendorsDocuments(t *testing.T) {
	documents := corpus(t)
	for _, name := range slices.Sorted(maps.Keys(documents)) {
		bodies, fields, nested, most, began := 0, 0, 0, 0, cpu()
		var slowest time.Duration
		needed(documents[name], func(place string, s *openapi3.Schema, examples []any) {
			v, err := generate.Fitting(s, examples...)
			object, isObject := v.(map[string]any)
			if err != nil || !isObject {
				return
			}
			bodies++
			before, below := cpu(), 0
			body := &contract.Body{Schema: s, Example: object}
			for _, m := range append(generate.Missing(body), generate.InvalidFields(body)...) {
				if len(m.Pointer.Tokens()) > 1 {
					below++
				} else {
					fields++
				}
			}
			nested, most, slowest = nested+below, max(most, below), max(slowest, cpu()-before)
			if below > 400 {
				t.Errorf("%s: %s: %d mutations", name, place, below)
			}
		})
		t.Logf("%-50s %4d bodies, %6d of fields, %6d below them, at most %3d, %v, slowest %v",
			name, bodies, fields, nested, most, cpu()-began, slowest)
	}
}

// size is how many values a JSON value consists of.
func size(v any) int {
	n := 1
	switch v := v.(type) {
	case map[string]any:
		for _, member := range v {
			n += size(member)
		}
	case []any:
		for _, item := range v {
			n += size(item)
		}
	}
	return n
}

// cpu is the time that the process has computed.
func cpu() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Round(time.Millisecond)
}
