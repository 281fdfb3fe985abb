package document

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/kaptinlin/jsonpointer"
)

// kind is what an object of a document is.
type kind string

// The kinds that hold others, or that a reference may lead to.
const (
	kRoot, kComponents, kPaths  kind = "root", "components", "paths"
	kPathItem, kOperation       kind = "path item", "operation"
	kParameter, kHeader         kind = "parameter", "header"
	kBody, kResponse, kMedia    kind = "request body", "response", "media type"
	kEncoding, kSchema          kind = "encoding", "schema"
	kExample, kLink, kCallback  kind = "example", "link", "callback"
	kScheme, kResponses, kOther kind = "security scheme", "responses", ""
)

// shape says what a member holds: one of a kind, a list of it, or a map of it.
type shape struct {
	kind kind
	list bool
	keys bool
}

func one(k kind) shape    { return shape{kind: k} }
func listOf(k kind) shape { return shape{kind: k, list: true} }
func mapOf(k kind) shape  { return shape{kind: k, keys: true} }

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// grammar is what the members of each kind hold, in all versions together.
var grammar = map[kind]map[string]shape{
	kRoot: {
		"paths": mapOf(kPathItem), "components": one(kComponents), "definitions": mapOf(kSchema),
		"parameters": mapOf(kParameter), "responses": mapOf(kResponse), "securityDefinitions": mapOf(kScheme),
	},
	kComponents: {
		"schemas": mapOf(kSchema), "responses": mapOf(kResponse), "parameters": mapOf(kParameter),
		"examples": mapOf(kExample), "requestBodies": mapOf(kBody), "headers": mapOf(kHeader),
		"securitySchemes": mapOf(kScheme), "links": mapOf(kLink), "callbacks": mapOf(kCallback),
		"pathItems": mapOf(kPathItem),
	},
	kPathItem: {"parameters": listOf(kParameter)},
	kOperation: {
		"parameters": listOf(kParameter), "requestBody": one(kBody), "responses": mapOf(kResponse),
		"callbacks": mapOf(kCallback),
	},
	kParameter: {"schema": one(kSchema), "content": mapOf(kMedia), "examples": mapOf(kExample), "items": one(kSchema)},
	kHeader:    {"schema": one(kSchema), "content": mapOf(kMedia), "examples": mapOf(kExample), "items": one(kSchema)},
	kBody:      {"content": mapOf(kMedia)},
	kResponse:  {"headers": mapOf(kHeader), "content": mapOf(kMedia), "links": mapOf(kLink), "schema": one(kSchema)},
	kMedia:     {"schema": one(kSchema), "examples": mapOf(kExample), "encoding": mapOf(kEncoding)},
	kEncoding:  {"headers": mapOf(kHeader)},
	kCallback:  {},
	kSchema: {
		"properties": mapOf(kSchema), "items": one(kSchema), "allOf": listOf(kSchema), "anyOf": listOf(kSchema),
		"oneOf": listOf(kSchema), "not": one(kSchema), "additionalProperties": one(kSchema),
	},
}

// shapeOf is what the member of an object of the kind holds.
func shapeOf(k kind, member string) shape {
	switch {
	case k == kPathItem && isMethod(member):
		return one(kOperation)
	case k == kCallback && !strings.HasPrefix(member, "x-"):
		return one(kPathItem)
	}
	return grammar[k][member]
}

func isMethod(name string) bool { return slices.Contains(methods, name) }

// sections is where components of a kind stand.
var sections = map[kind]string{
	kSchema: "schemas", kResponse: "responses", kParameter: "parameters", kExample: "examples", kBody: "requestBodies",
	kHeader: "headers", kScheme: "securitySchemes", kLink: "links", kCallback: "callbacks", kPathItem: "pathItems",
}

func escape(token string) string { return jsonpointer.EscapeToken(token) }

// at follows a JSON pointer, without its #; ok: there is something.
func at(tree any, pointer string) (v any, ok bool) {
	parsed, err := jsonpointer.Parse(pointer)
	if err != nil {
		return nil, false
	}
	for _, token := range parsed.Tokens() {
		switch holder := tree.(type) {
		case map[string]any:
			if tree, ok = holder[token]; !ok {
				return nil, false
			}
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(holder) {
				return nil, false
			}
			tree = holder[i]
		default:
			return nil, false
		}
	}
	return tree, true
}

// copied is a deep copy of a value; nil where it is deeper than a document may be.
func copied(v any, level int) any {
	if level > maxDepth {
		return nil
	}
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, child := range v {
			out[name] = copied(child, level+1)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, child := range v {
			out[i] = copied(child, level+1)
		}
		return out
	}
	return v
}

func number(v any) (json.Number, bool) { n, ok := v.(json.Number); return n, ok }
