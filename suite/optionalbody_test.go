package suite_test

import (
	"strings"
	"testing"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/document"
	"conformance/internal/generate"
	"conformance/suite"
)

// TestOptionalBody: a request without a body is no malformed one where the contract does not require a body.
func TestOptionalBody(t *testing.T) {
	const text = `
openapi: 3.0.3
info: {title: Notes, version: "1"}
paths:
  /notes:
    post:
      operationId: makeNote
      requestBody: {required: REQUIRED, content: {application/json: {schema: {type: object, properties: {a: {type: string}}}}}}
      responses: {"201": {description: made}, "400": {description: no}}
`
	for _, required := range []string{"true", "false"} {
		d, err := document.Parse("notes.yaml", []byte(strings.Replace(text, "REQUIRED", required, 1)))
		if err != nil {
			t.Fatal(err)
		}
		c := contract.New(d.Doc, d.SHA256, generate.Fitting)
		tried := map[string]bool{}
		for _, k := range check.Cases(c, suite.All()) {
			for _, v := range k.Variants {
				tried[k.Check.ID+" "+v.Name] = true
			}
		}
		if tried["VALID-004 empty"] != (required == "true") || !tried["VALID-004 truncated"] {
			t.Errorf("required: %s: %v", required, tried)
		}
	}
}
