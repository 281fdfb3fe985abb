package unharmed

import (
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"conformance/internal/contract"
)

// document is a contract of the server, made from the complete one.
type document struct {
	name string
	edit func(t *testing.T, text string) string
}

// documents are one that is complete, and those that people have: operations are missing, which the server serves
// nevertheless, or it is not known what creates the records.
var documents = []document{
	{"complete", func(_ *testing.T, text string) string { return text }},
	{"without PUT, PATCH and DELETE", withoutChanges},
	{"without GET of one record", withoutReaders},
	{"ids from lists", idsFromLists},
	{"ids from lists, without GET of one record", func(t *testing.T, text string) string {
		return withoutReaders(t, idsFromLists(t, text))
	}},
	{"ids from lists, without PUT, PATCH and DELETE", func(t *testing.T, text string) string {
		return withoutChanges(t, idsFromLists(t, text))
	}},
}

func (d document) contract(t *testing.T) *contract.Contract {
	t.Helper()
	text, err := os.ReadFile("testdata/powerdns.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := contract.Load([]byte(d.edit(t, string(text))))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// idsFromLists has a document take each record from a list, as if it did not know what creates it.
func idsFromLists(t *testing.T, text string) string {
	t.Helper()
	for create, list := range map[string]string{"createZone": "listZones", "createKey": "listKeys"} {
		reference := "{from: " + create + ", at: /id}"
		if !strings.Contains(text, reference) {
			t.Fatalf("the document has no reference %s", reference)
		}
		text = strings.ReplaceAll(text, reference, "{from: "+list+", at: /0/id}")
	}
	return text
}

// withoutChanges leaves out what changes and deletes.
func withoutChanges(t *testing.T, text string) string {
	t.Helper()
	return without(t, text, func(string) bool { return true }, "put", "patch", "delete")
}

// withoutReaders leaves out what shows one record: whether there is one cannot be asked.
func withoutReaders(t *testing.T, text string) string {
	t.Helper()
	return without(t, text, func(path string) bool { return strings.HasSuffix(path, "}") }, "get")
}

func without(t *testing.T, text string, at func(path string) bool, methods ...string) string {
	t.Helper()
	var doc map[string]any
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	left := 0
	for path, item := range doc["paths"].(map[string]any) {
		for _, method := range methods {
			if operations := item.(map[string]any); at(path) && operations[method] != nil {
				delete(operations, method)
				left++
			}
		}
	}
	if left == 0 {
		t.Fatalf("the document has no %v to leave out", methods)
	}
	out, err := yaml.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
