package main

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"conformance"
)

// scaled is the embedded contract with all its operations and schemas copies times over, under other names.
func scaled(copies int) ([]byte, error) {
	var doc map[string]any
	if err := yaml.Unmarshal(conformance.OpenAPI, &doc); err != nil {
		return nil, err
	}
	paths, components := doc["paths"].(map[string]any), doc["components"].(map[string]any)
	morePaths, moreComponents := map[string]any{}, map[string]any{"securitySchemes": components["securitySchemes"]}
	for i := range copies {
		suffix := fmt.Sprintf("%d", i)
		for key, item := range paths {
			url, fragment, found := strings.Cut(key, "#")
			if url += suffix; found {
				url += "#" + fragment
			}
			morePaths[url] = renamed(item, suffix)
		}
		for kind, group := range components {
			if kind == "securitySchemes" {
				continue
			}
			into, _ := moreComponents[kind].(map[string]any)
			if into == nil {
				into = map[string]any{}
				moreComponents[kind] = into
			}
			for name, part := range group.(map[string]any) {
				into[name+suffix] = renamed(part, suffix)
			}
		}
	}
	doc["paths"], doc["components"] = morePaths, moreComponents
	return yaml.Marshal(doc)
}

// renamed copies a part of the document; what it refers to by name gets the suffix.
func renamed(v any, suffix string) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, member := range v {
			text, isText := member.(string)
			switch {
			case isText && name == "$ref" && !strings.Contains(text, "securitySchemes"):
				out[name] = text + suffix
			case isText && (name == "operationId" || name == "from" || name == "after"):
				out[name] = text + suffix
			default:
				out[name] = renamed(member, suffix)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = renamed(item, suffix)
		}
		return out
	}
	return v
}
