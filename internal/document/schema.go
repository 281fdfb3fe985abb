package document

import (
	"encoding/json"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// schema makes of a schema of any version one of OpenAPI 3.0, never one that accepts less than was written.
func (r *repairer) schema(s map[string]any, at string) {
	r.required(s, at)
	r.types(s, at)
	r.bounds(s)
	if pattern, ok := s["pattern"].(string); ok {
		if _, err := regexp.Compile(pattern); err != nil {
			r.d.gap(Approximated, at+"/pattern", "is no regular expression that RE2 knows; values are not checked by it")
			delete(s, "pattern")
		}
	}
	if v, there := s["const"]; there {
		s["enum"] = []any{v}
		delete(s, "const")
	}
	if examples, ok := s["examples"].([]any); ok {
		if _, own := s["example"]; !own && len(examples) > 0 {
			s["example"] = examples[0]
		}
		delete(s, "examples")
	}
	for _, member := range []string{
		"if", "then", "else", "prefixItems", "patternProperties", "propertyNames", "contains", "minContains", "maxContains",
		"dependentRequired", "dependentSchemas", "dependencies", "unevaluatedProperties", "unevaluatedItems", "$dynamicRef",
		"additionalItems",
	} {
		if _, there := s[member]; there {
			r.d.gap(Approximated, at+"/"+escape(member), "has no form in OpenAPI 3.0; values are not checked by it")
			delete(s, member)
			if member == "patternProperties" && s["additionalProperties"] == false {
				delete(s, "additionalProperties") // it refuses only what no pattern matches
			}
			if member == "prefixItems" {
				delete(s, "items") // it is about what follows them
			}
		}
	}
	for _, member := range []string{"$schema", "$id", "$anchor", "$comment", "$dynamicAnchor", "$vocabulary", "id"} {
		delete(s, member)
	}
	delete(s, "$defs") // references into it were written out
	delete(s, "definitions")
}

// required keeps the lists; true or false beside a type is of an old draft and belongs to the object around.
func (r *repairer) required(s map[string]any, at string) {
	if v, ok := s["required"].(bool); ok {
		r.d.gap(Repaired, at+"/required", "is %t; the object around lists what it requires", v)
		delete(s, "required")
	}
	properties, _ := s["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if p, ok := properties[name].(map[string]any); ok && p["required"] == true {
			if list, _ := s["required"].([]any); !slices.Contains(list, any(name)) {
				s["required"] = append(slices.Clone(list), name)
			}
		}
	}
	if list, ok := s["required"].([]any); ok && len(list) == 0 {
		delete(s, "required")
	}
}

// types turns a null among types or alternatives into nullable.
func (r *repairer) types(s map[string]any, at string) {
	switch v := s["type"].(type) {
	case []any:
		kept := slices.DeleteFunc(slices.Clone(v), func(t any) bool { return t == "null" })
		if len(kept) < len(v) {
			s["nullable"] = true
		}
		switch len(kept) {
		case 0:
			delete(s, "type")
			s["enum"] = []any{nil}
		case 1:
			s["type"] = kept[0]
		default:
			s["type"] = kept
		}
	case string:
		switch v {
		case "null":
			delete(s, "type")
			s["nullable"], s["enum"] = true, []any{nil}
		case "file":
			s["type"], s["format"] = "string", "binary"
		case "object", "array", "string", "integer", "number", "boolean":
		default:
			r.d.gap(Repaired, at+"/type", "%q is no type; values of any are taken for right", v)
			delete(s, "type")
		}
	}
	for _, member := range []string{"anyOf", "oneOf"} {
		all, _ := s[member].([]any)
		kept := slices.DeleteFunc(slices.Clone(all), isNull)
		if len(kept) == len(all) {
			continue
		}
		s["nullable"] = true
		switch {
		case len(kept) == 0:
			delete(s, member)
		case len(kept) == 1 && s["allOf"] == nil:
			delete(s, member)
			s["allOf"] = kept
			// null must pass the part too
			if part, ok := kept[0].(map[string]any); ok && part["$ref"] == nil {
				part["nullable"] = true
			} else {
				delete(s, "allOf")
				s["anyOf"] = append(kept, map[string]any{"nullable": true, "enum": []any{nil}})
			}
		default:
			s[member] = append(kept, map[string]any{"nullable": true, "enum": []any{nil}})
		}
	}
	if enum, ok := s["enum"].([]any); ok && s["nullable"] == true && !slices.Contains(enum, nil) && s["type"] != nil {
		s["enum"] = append(slices.Clone(enum), nil)
	}
}

func isNull(v any) bool {
	s, ok := v.(map[string]any)
	if !ok {
		return false
	}
	if s["type"] == "null" {
		return true
	}
	value, isConst := s["const"]
	return isConst && value == nil
}

// bounds writes exclusive bounds as OpenAPI 3.0 does.
func (r *repairer) bounds(s map[string]any) {
	for _, b := range []struct{ bound, exclusive string }{
		{"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"},
	} {
		n, isNumber := number(s[b.exclusive])
		if !isNumber {
			continue
		}
		limit, _ := n.Float64()
		if inclusive, ok := number(s[b.bound]); ok {
			other, _ := inclusive.Float64()
			if b.bound == "minimum" && other > limit || b.bound == "maximum" && other < limit {
				delete(s, b.exclusive)
				continue
			}
		}
		s[b.bound], s[b.exclusive] = n, true
	}
}

// types of members that a parser insists on.
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

// unescaped undoes the percent-encoding of a reference's fragment.
func unescaped(pointer string) string {
	if text, err := url.PathUnescape(pointer); err == nil {
		return text
	}
	return pointer
}
