package document

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// expected are the types of members that a parser insists on.
var expected = map[kind]map[string]string{
	kSchema: {
		"type": "text or list", "format": "text", "pattern": "text", "title": "text", "description": "text",
		"enum": "list", "required": "texts or boolean", "allOf": "list", "anyOf": "list", "oneOf": "list",
		"properties": "mapping", "nullable": "boolean", "readOnly": "boolean", "writeOnly": "boolean",
		"deprecated": "boolean", "uniqueItems": "boolean", "minimum": "number", "maximum": "number", "multipleOf": "number",
		"minLength": "count", "maxLength": "count", "minItems": "count", "maxItems": "count", "minProperties": "count",
		"maxProperties": "count", "exclusiveMinimum": "boolean or number", "exclusiveMaximum": "boolean or number",
		"discriminator": "mapping or text", "externalDocs": "mapping", "xml": "mapping", "not": "mapping or boolean",
		"additionalProperties": "mapping or boolean", "items": "mapping or list or boolean",
		"contentMediaType": "text", "contentEncoding": "text",
	},
	kParameter: {
		"name": "text", "in": "text", "description": "text", "required": "boolean", "deprecated": "boolean", "style": "text",
		"explode": "boolean", "allowEmptyValue": "boolean", "allowReserved": "boolean", "schema": "mapping",
		"content": "mapping", "examples": "mapping", "type": "text", "enum": "list", "format": "text",
	},
	kHeader: {
		"description": "text", "required": "boolean", "deprecated": "boolean", "style": "text", "explode": "boolean",
		"schema": "mapping", "content": "mapping", "examples": "mapping",
	},
	kOperation: {
		"operationId": "text", "summary": "text", "description": "text", "tags": "texts", "parameters": "list",
		"requestBody": "mapping", "responses": "mapping", "security": "list", "servers": "list", "deprecated": "boolean",
		"callbacks": "mapping", "consumes": "texts", "produces": "texts", "externalDocs": "mapping", "schemes": "texts",
	},
	kPathItem: {"summary": "text", "description": "text", "parameters": "list", "servers": "list"},
	kResponse: {
		"description": "text", "headers": "mapping", "content": "mapping", "links": "mapping", "schema": "mapping",
		"examples": "mapping", "summary": "text",
	},
	kBody:  {"description": "text", "content": "mapping", "required": "boolean"},
	kMedia: {"schema": "mapping or boolean", "examples": "mapping", "encoding": "mapping"},
	kScheme: {
		"type": "text", "name": "text", "in": "text", "scheme": "text", "description": "text", "bearerFormat": "text",
		"flows": "mapping", "openIdConnectUrl": "text", "flow": "text", "scopes": "mapping", "authorizationUrl": "text",
		"tokenUrl": "text",
	},
	kRoot: {
		"openapi": "text", "info": "mapping", "paths": "mapping", "components": "mapping", "servers": "list",
		"security": "list", "tags": "list", "externalDocs": "mapping", "host": "text", "basePath": "text", "schemes": "texts",
		"consumes": "texts", "produces": "texts", "definitions": "mapping", "parameters": "mapping", "responses": "mapping",
		"securityDefinitions": "mapping",
	},
}

// members leaves out what has a type that no reader of OpenAPI takes.
func (r *repairer) members(k kind, object map[string]any, at string) {
	for _, member := range slices.Sorted(maps.Keys(object)) {
		if known := others[k]; known != nil && expected[k][member] == "" && !slices.Contains(known, member) &&
			!strings.HasPrefix(member, "x-") && shapeOf(k, member) == (shape{}) {
			r.d.gap(Lost, at+"/"+escape(member), "is no member that OpenAPI knows; it is left out")
			delete(object, member)
		}
	}
	for _, member := range slices.Sorted(maps.Keys(expected[k])) {
		v, there := object[member]
		if !there || v == nil && member == "enum" {
			continue
		}
		want := expected[k][member]
		if is(v, want) {
			continue
		}
		if list, isList := v.([]any); isList && strings.Contains(want, "texts") {
			r.d.gap(Repaired, at+"/"+escape(member), "has items that are no texts; these are left out")
			object[member] = slices.DeleteFunc(slices.Clone(list), func(item any) bool { return !is(item, "text") })
			continue
		}
		if text, scalar := asText(v); scalar && strings.HasPrefix(want, "text ") || scalar && want == "text" {
			object[member] = text
			continue
		}
		if v != nil {
			r.d.gap(Repaired, at+"/"+escape(member), "is no %s; it is left out", want)
		}
		delete(object, member)
	}
}

func is(v any, want string) bool {
	for w := range strings.SplitSeq(want, " or ") {
		ok := false
		switch w {
		case "text":
			_, ok = v.(string)
		case "list":
			_, ok = v.([]any)
		case "texts":
			list, isList := v.([]any)
			ok = isList && !slices.ContainsFunc(list, func(item any) bool { return !is(item, "text") })
		case "mapping":
			_, ok = v.(map[string]any)
		case "boolean":
			_, ok = v.(bool)
		case "number":
			_, ok = v.(json.Number)
		case "count":
			n, isNumber := v.(json.Number)
			i, err := n.Int64()
			ok = isNumber && err == nil && i >= 0
		}
		if ok {
			return true
		}
	}
	return false
}

func asText(v any) (string, bool) {
	switch v := v.(type) {
	case json.Number:
		return v.String(), true
	case bool:
		if v {
			return "true", true
		}
		return "false", true
	}
	return "", false
}

// others are the members of kinds whose types no parser insists on.
var others = map[kind][]string{
	kRoot:      {"swagger", "webhooks", "jsonSchemaDialect", "$self"},
	kOperation: {},
	kPathItem:  {"$ref", "query", "additionalOperations"},
	kSchema: {
		"$ref", "const", "default", "example", "examples", "if", "then", "else", "prefixItems", "patternProperties",
		"propertyNames", "contains", "minContains", "maxContains", "dependentRequired", "dependentSchemas", "dependencies",
		"unevaluatedProperties", "unevaluatedItems", "$dynamicRef", "additionalItems", "$schema", "$id", "$anchor",
		"$comment",
		"$dynamicAnchor", "$vocabulary", "id", "$defs", "definitions", "contentSchema", "collectionFormat",
	},
}
