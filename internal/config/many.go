package config

import (
	"encoding/json"

	"go.yaml.in/yaml/v3"
)

// Many is a value or a list of values. A number that YAML would round stays text, a json.Number.
type Many []any

// UnmarshalYAML keeps the digits of numbers: an id beyond 64 bits, or a fraction, is read as a float64 otherwise.
func (m *Many) UnmarshalYAML(n *yaml.Node) error {
	type plain Many // without this method
	if err := n.Decode((*plain)(m)); err != nil {
		return err
	}
	written := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		written = n.Content
	}
	for i, v := range *m {
		if _, rounded := v.(float64); rounded && i < len(written) && json.Valid([]byte(written[i].Value)) {
			(*m)[i] = json.Number(written[i].Value)
		}
	}
	return nil
}

// MarshalYAML writes a number as one: by its type alone it would be a text in quotes.
func (m Many) MarshalYAML() (any, error) {
	list := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, v := range m {
		item := &yaml.Node{}
		if n, ok := v.(json.Number); ok {
			item = &yaml.Node{Kind: yaml.ScalarNode, Value: n.String()}
		} else if err := item.Encode(v); err != nil {
			return nil, err
		}
		list.Content = append(list.Content, item)
	}
	return list, nil
}
