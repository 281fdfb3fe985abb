package contract_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"conformance/internal/contract"
)

// TestExamplesReachNobody: addresses in an example become reserved ones, unless the document says otherwise or allows
// no such value.
func TestExamplesReachNobody(t *testing.T) {
	document, err := os.ReadFile("testdata/small.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const schema = `
    ThingWrite:
      type: object
      properties:
        title: {type: string}
        owner: {type: string, format: email}
        sender: {type: string, format: email, x-literal-example: true}
        domain_mail: {type: string, pattern: '@acme\.com$'}
        hook: {type: string, format: uri}
        hosts: {type: array, items: {type: string, format: hostname}}
        contact: {type: object, properties: {phone: {type: string}, note: {type: string, nullable: true}}}
      example:
        owner: jane@acme.com
        sender: noreply@acme.com
        domain_mail: jane@acme.com
        hook: https://hooks.acme.com/x
        hosts: [db.acme.com]
        contact: {phone: "+1 415 867 5309", note: null}
`
	document = withSchema(t, document, schema)
	document = bytes.ReplaceAll(document, []byte("schemas/NoteWrite'"), []byte("schemas/ThingWrite'"))
	c, err := contract.Load(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range c.Operations {
		if o.Body == nil || o.Body.Ref != "ThingWrite" {
			continue
		}
		want := map[string]any{
			"owner": "jane@acme.example.com", "sender": "noreply@acme.com", "domain_mail": "jane@acme.com",
			"hook": "https://hooks.example.com/x", "hosts": []any{"db.example.com"},
			"contact": map[string]any{"phone": "+1 415 555 0109", "note": nil},
		}
		if diff := cmp.Diff(want, o.Body.Example); diff != "" {
			t.Error(diff)
		}
		return
	}
	t.Fatal("no operation takes the schema")
}

func withSchema(t *testing.T, document []byte, schema string) []byte {
	t.Helper()
	at := []byte("\n  schemas:\n")
	if !bytes.Contains(document, at) {
		t.Fatal("the document has no schemas")
	}
	return bytes.Replace(document, at, append(bytes.Clone(at[:len(at)-1]), schema...), 1)
}
