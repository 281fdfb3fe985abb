package contract

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"

	"conformance/internal/yamlsize"
)

// maxSize bounds a document, in bytes, also with every alias written out. The largest public ones stay below.
const maxSize = 16 << 20

// parse turns bytes into a valid OpenAPI 3.0 document without following them anywhere else.
func parse(data []byte) (*openapi3.T, *Error) {
	if len(data) > maxSize {
		return nil, refuse("#", "is larger than %d MiB; this cannot be a contract", maxSize>>20)
	}
	if err := bounded(data); err != nil {
		return nil, err
	}
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = false // a contract is one file: its digest must cover all of it
	doc, err := loader.LoadFromData(data)
	if err != nil {
		return nil, located("not an OpenAPI document", err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.0.") {
		return nil, refuse("#/openapi", "is %q; only 3.0.x is understood", doc.OpenAPI)
	}
	if err := checkFiniteSchemas(doc); err != nil {
		return nil, err
	}
	if err := ownIDs(doc); err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background(), openapi3.DisableExamplesValidation()); err != nil {
		return nil, located("not a valid OpenAPI document", err)
	}
	return doc, nil
}

// bounded refuses YAML whose aliases stand for more than a document may hold.
func bounded(data []byte) *Error {
	if problem := yamlsize.Text(data); problem != "" {
		return refuse("#", "%s", problem)
	}
	if json.Valid(data) {
		return nil // has no aliases
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return refuse("#", "neither YAML nor JSON: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if problem := yamlsize.Tree(&root); problem != "" {
		return refuse("#", "%s", problem)
	}
	const open = -1
	sizes := map[*yaml.Node]int{}
	var size func(n *yaml.Node) int
	size = func(n *yaml.Node) int {
		switch known := sizes[n]; {
		case known == open: // an alias to what contains it
			return maxSize + 1
		case known > 0:
			return known
		}
		sizes[n] = open
		sum := len(n.Value) + 1
		if n.Alias != nil {
			sum = size(n.Alias)
		}
		for _, child := range n.Content {
			sum = min(sum+size(child), maxSize+1)
		}
		sizes[n] = sum
		return sum
	}
	if size(&root) > maxSize {
		return refuse("#", "its aliases stand for more than %d MiB, or contain themselves; write them out", maxSize>>20)
	}
	return nil
}

// ownIDs refuses an operationId that stands twice, by its place.
func ownIDs(doc *openapi3.T) *Error {
	seen := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(doc.Paths.Map())) {
		operations := doc.Paths.Value(key).Operations()
		for _, method := range methods {
			op := operations[method]
			if op == nil || op.OperationID == "" {
				continue
			}
			pointer := "#/paths/" + Escape(key) + "/" + strings.ToLower(method)
			if other := seen[op.OperationID]; other != "" {
				return refuse(pointer+"/operationId", "%q is also that of %s; each needs its own", op.OperationID, other)
			}
			seen[op.OperationID] = pointer
		}
	}
	return nil
}

func refuse(pointer, format string, args ...any) *Error {
	return &Error{Problems: []Problem{{Pointer: pointer, Message: fmt.Sprintf(format, args...)}}}
}

// firstLine leaves out the schema that kin-openapi prints under its errors.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

var (
	external   = regexp.MustCompile(`disallowed external reference: (".*")`)
	unresolved = regexp.MustCompile(`in URI: "(#[^"]*)"`)
	ofOne      = regexp.MustCompile(`^invalid paths: invalid path ([^:]+): invalid operation ([A-Z]+):`)
	ofPath     = regexp.MustCompile(`^invalid paths: invalid path ([^:]+):`)
	component  = regexp.MustCompile(`^invalid components: ([a-z ]+) "([^"]+)":`)
	ofRoot     = regexp.MustCompile(`^invalid ([a-z]+):`)
	sections   = map[string]string{
		"schema": "schemas", "parameter": "parameters", "request body": "requestBodies", "response": "responses",
		"header":          "headers",
		"security scheme": "securitySchemes", "example": "examples", "link": "links", "callback": "callbacks",
	}
)

// located gives a refusal of kin-openapi the place that its text names.
func located(what string, err error) *Error {
	text := firstLine(err)
	pointer := "#"
	if m := external.FindStringSubmatch(text); m != nil {
		return refuse(pointer, "refers to %s; a contract is one file: copy that in", m[1])
	}
	if m := unresolved.FindStringSubmatch(text); m != nil {
		return refuse(m[1], "is referred to and does not exist: %s", text)
	}
	if m := component.FindStringSubmatch(text); m != nil && sections[m[1]] != "" {
		pointer += "/components/" + sections[m[1]] + "/" + Escape(m[2])
	} else if m := ofOne.FindStringSubmatch(text); m != nil {
		pointer += "/paths/" + Escape(m[1]) + "/" + strings.ToLower(m[2])
	} else if m := ofPath.FindStringSubmatch(text); m != nil {
		pointer += "/paths/" + Escape(m[1])
	} else if m := ofRoot.FindStringSubmatch(text); m != nil {
		pointer += "/" + m[1]
	}
	return refuse(pointer, "%s: %s", what, text)
}
