package document

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"conformance/internal/yamlsize"
)

// maxSize bounds a file, in bytes, also with every alias written out. The largest public ones stay below.
const maxSize = 16 << 20

// maxDepth bounds how deep values lie in each other.
const maxDepth = 128

// decode reads a file that is a mapping at its top: JSON by a JSON parser, all else as YAML.
func (d *Document) decode(file Named) (map[string]any, error) {
	v, err := decodeAny(file.Data)
	if err != nil {
		return nil, err
	}
	tree, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("is no mapping at its top: it is no OpenAPI document")
	}
	sum := sha256.Sum256(file.Data)
	d.Files = append(d.Files, Source{file.Name, hex.EncodeToString(sum[:])})
	d.files[file.Name] = file.Data
	return tree, nil
}

func decodeAny(data []byte) (any, error) {
	if len(data) > maxSize {
		return nil, fmt.Errorf("is larger than %d MiB: it cannot be a contract", maxSize>>20)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if trimmed := bytes.TrimSpace(data); len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') &&
		json.Valid(data) {
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber()
		var v any
		if err := dec.Decode(&v); err != nil {
			return nil, fmt.Errorf("is not JSON: %w", err)
		}
		if depth(v) > maxDepth {
			return nil, fmt.Errorf("has values more than %d levels deep: it cannot be a contract", maxDepth)
		}
		return v, nil
	}
	if problem := yamlsize.Text(data); problem != "" {
		return nil, errors.New(problem)
	}
	var root yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&root); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("is empty")
		}
		return nil, fmt.Errorf("neither YAML nor JSON: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if problem := yamlsize.Tree(&root); problem != "" {
		return nil, errors.New(problem)
	}
	c := &converter{left: maxSize / 4}
	v, err := c.value(&root, 0)
	if err != nil {
		return nil, err
	}
	return v, nil
}

func depth(v any) int {
	deepest := 0
	switch v := v.(type) {
	case map[string]any:
		for _, child := range v {
			deepest = max(deepest, depth(child))
		}
	case []any:
		for _, child := range v {
			deepest = max(deepest, depth(child))
		}
	}
	return deepest + 1
}

// converter makes of YAML what a JSON parser would give.
type converter struct{ left int } // values that may still be made: aliases can stand for very many

func (c *converter) value(n *yaml.Node, level int) (any, error) {
	if c.left--; c.left < 0 {
		return nil, errors.New("its aliases stand for more than a document may hold, or contain themselves; write them out")
	}
	if level > maxDepth {
		return nil, fmt.Errorf("has values more than %d levels deep: it cannot be a contract", maxDepth)
	}
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) == 0 {
			return nil, nil
		}
		return c.value(n.Content[0], level+1)
	case yaml.AliasNode:
		return c.value(n.Alias, level+1)
	case yaml.SequenceNode:
		out := make([]any, 0, len(n.Content))
		for _, item := range n.Content {
			v, err := c.value(item, level+1)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	case yaml.MappingNode:
		return c.mapping(n, level)
	case yaml.ScalarNode:
		return scalar(n), nil
	}
	return nil, nil
}

func (c *converter) mapping(n *yaml.Node, level int) (any, error) {
	out := make(map[string]any, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		v, err := c.value(n.Content[i+1], level+1)
		if err != nil {
			return nil, err
		}
		if key.ShortTag() != "!!merge" {
			out[key.Value] = v
			continue
		}
		parts, isList := v.([]any)
		if !isList {
			parts = []any{v}
		}
		for _, part := range parts {
			members, _ := part.(map[string]any)
			for name, v := range members {
				if _, own := out[name]; !own {
					out[name] = v
				}
			}
		}
	}
	return out, nil
}

// scalar is the JSON value of a YAML scalar: dates and the like are texts.
func scalar(n *yaml.Node) any {
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		var b bool
		if n.Decode(&b) == nil {
			return b
		}
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return json.Number(n.Value)
		}
		var f float64
		if n.Decode(&f) == nil {
			if text, err := json.Marshal(f); err == nil {
				return json.Number(text)
			}
		}
	}
	return n.Value
}
