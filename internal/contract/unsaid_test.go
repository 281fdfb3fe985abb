package contract_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
)

// orders is a document as vendors write them: no keyword of ours, ids by the shape of paths. The tests put a form of
// errors in for ERRORS.
const orders = `
openapi: 3.0.3
info: {title: Orders, version: "1"}
security: [{Token: [orders]}]
components:
  securitySchemes: {Token: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://x.test/', scopes: {orders: all}}}}}
  schemas:
    Order: {type: object, required: [note], properties: {id: {type: string}, note: {type: string}}}
    Fault:
      type: object
      properties:
        error: {type: object, properties: {code: {type: string, enum: [gone, bad]}, message: {type: string}}}
paths:
  /orders:
    post:
      operationId: makeOrder
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Order'}, example: {note: a}}}}
      responses:
        "201": {description: made, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
        ERRORS
  /orders/{orderId}:
    get:
      operationId: readOrder
      parameters: [{name: orderId, in: path, required: true, schema: {type: string}}]
      responses:
        "200": {description: it, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
        ERRORS
  /teams/{team}/orders/{orderId}/lines/{line}:
    delete:
      operationId: dropLine
      parameters:
        - {name: team, in: path, required: true, schema: {type: string}}
        - {name: orderId, in: path, required: true, schema: {type: string}}
        - {name: line, in: path, required: true, schema: {type: integer}}
      responses:
        "204": {description: gone}
        ERRORS
`

func modelOf(t *testing.T, errors string) *contract.Contract {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(strings.ReplaceAll(orders, "ERRORS", errors)))
	if err != nil {
		t.Fatal(err)
	}
	return contract.New(doc, "", nil)
}

// TestUnsaid: how the document speaks of a situation, and which statuses may answer it, for each way of writing errors.
func TestUnsaid(t *testing.T) {
	const fault = `{description: wrong, content: {application/json: {schema: {$ref: '#/components/schemas/Fault'}}}}`
	for _, k := range []struct {
		errors, operation string
		situation         contract.SituationID
		layer             contract.Layer
		statuses          string
	}{
		{`"404": ` + fault, "readOrder", contract.UnknownRecord, contract.Stated, "[404]"},
		{`"404": ` + fault, "readOrder", contract.MissingKey, contract.Assumed, "[401 403]"},
		{`"401": ` + fault, "readOrder", contract.MissingKey, contract.Stated, "[401]"},
		{`"403": ` + fault, "readOrder", contract.MissingKey, contract.Assumed, "[401 403]"},
		{`"422": ` + fault, "makeOrder", contract.MissingField, contract.Stated, "[422]"},
		{`"400": ` + fault, "makeOrder", contract.MissingField, contract.Stated, "[400]"},
		{`4XX: ` + fault, "makeOrder", contract.MissingField, contract.Ranged, "[400 422]"},
		{`default: ` + fault, "dropLine", contract.UnknownRecord, contract.Ranged, "[403 404 410]"},
		{`"500": ` + fault, "dropLine", contract.WrongMethod, contract.Assumed, "[404 405]"},
		{`"404": ` + fault, "readOrder", contract.UnknownPath, contract.Assumed, "[404]"},
		{`"404": ` + fault, "readOrder", contract.WrongMethod, contract.Assumed, "[404 405]"},
		{`"405": ` + fault, "readOrder", contract.WrongMethod, contract.Stated, "[405]"},
		{`default: ` + fault, "readOrder", contract.UnknownPath, contract.Assumed, "[404]"},
	} {
		c := modelOf(t, k.errors)
		s, arises := c.SituationOf(c.Operation(k.operation), k.situation)
		if got := fmt.Sprint(s.Statuses()); !arises || s.Layer != k.layer || got != k.statuses {
			t.Errorf("%.9s %s: got %t, %s, %s; want %s, %s", k.errors, k.situation, arises, s.Layer, got, k.layer, k.statuses)
		}
		if s.Source.String() == "" || s.Layer == contract.Assumed && s.Source.URL == "" {
			t.Errorf("%.9s %s: the source is %q", k.errors, k.situation, s.Source)
		}
	}
}

// TestUnsaidNeedsTheOwner: what only the API's owner can provoke does not arise by itself.
func TestUnsaidNeedsTheOwner(t *testing.T) {
	c := modelOf(t, `default: {description: wrong}`)
	for _, id := range []contract.SituationID{
		contract.RevokedKey, contract.DeniedIP, contract.ForeignRecord, contract.ServerFault, contract.MisplacedKey,
	} {
		if _, arises := c.SituationOf(c.Operation("readOrder"), id); arises {
			t.Error(id)
		}
	}
}

// TestEnvelopeOfAResponse: where an error keeps code and message shows in the schema of its own response.
func TestEnvelopeOfAResponse(t *testing.T) {
	for schema, want := range map[string]contract.Envelope{
		"{$ref: '#/components/schemas/Fault'}": {Code: "/error/code", Message: "/error/message"},

		"{type: object, properties: {detail: {type: string}, type: {type: string}}}": {Code: "/type", Message: "/detail"},
		"{type: object, properties: {error: {type: string}}}":                        {Message: "/error"},
		"{type: object, properties: {errors: {type: array, items: {" +
			"type: object, properties: {code: {type: string}, detail: {type: string}}}}}}": {
			Code: "/errors/0/code", Message: "/errors/0/detail",
		},
		"{type: string}": {},
		"{type: object, properties: {code: {type: integer}, message: {type: string}}}": {Message: "/message"},
	} {
		c := modelOf(t, `default: {description: wrong, content: {application/json: {schema: `+schema+`}}}`)
		r := c.Operation("readOrder").Response(404)
		if r == nil || c.EnvelopeOf(r) != want {
			t.Errorf("%s: got %+v, want %+v", schema, r, want)
		}
	}
}

// TestInferredReferences: an id in a path names what a create or a list on the path before it answers with.
func TestInferredReferences(t *testing.T) {
	c := modelOf(t, `default: {description: wrong}`)
	for name, want := range map[string]string{
		"readOrder.orderId": "makeOrder /id", "dropLine.team": "", "dropLine.orderId": "makeOrder /id", "dropLine.line": "",
	} {
		operation, parameter, _ := strings.Cut(name, ".")
		ids := c.Operation(operation).Identifiers()
		i := slices.IndexFunc(ids, func(p *contract.Parameter) bool { return p.Name == parameter })
		if i < 0 {
			t.Fatalf("%s is no identifier", name)
		}
		r, got := ids[i].Reference, ""
		if !r.Given() {
			got = r.From + " " + string(r.At)
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
		told := slices.ContainsFunc(c.Gaps, func(p contract.Problem) bool {
			return p.Pointer == ids[i].Pointer && strings.Contains(p.Message, "fixtures."+name)
		})
		if told != (want == "") {
			t.Errorf("%s: a gap: %t", name, told)
		}
	}
}

// TestScopesOfOAuth: the scopes that an operation asks for stand in its security requirement.
func TestScopesOfOAuth(t *testing.T) {
	o := modelOf(t, `default: {description: wrong}`).Operation("readOrder")
	if o.Security == nil || o.Security.HTTP != "bearer" || !slices.Equal(o.RequiredScopes, []string{"orders"}) {
		t.Errorf("%+v %v", o.Security, o.RequiredScopes)
	}
}

// TestGivenValue: the action that a gap proposes closes it.
func TestGivenValue(t *testing.T) {
	text := strings.ReplaceAll(orders, "ERRORS", "default: {description: wrong}")
	text = strings.Replace(text, "{name: team, in: path,", "{name: team, in: path, x-value: red,", 1)
	doc, err := openapi3.NewLoader().LoadFromData([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	c := contract.New(doc, "", nil)
	if r := c.Operation("dropLine").Identifiers()[0].Reference; r.Value != "red" {
		t.Errorf("%+v", r)
	}
	if len(c.Gaps) != 1 || !strings.Contains(c.Gaps[0].Message, "{line}") {
		t.Errorf("%v", c.Gaps)
	}
}
