package config

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"golang.org/x/net/http/httpguts"
)

// shape checks a node and readies it for decoding, so that decoding, whose errors quote values, has nothing left to
// refuse.
type shape func(file, at string, n *yaml.Node) error

type member struct {
	name  string
	shape shape
}

// file is the shape of conformance.yaml. A null says the same as a line left out.
var file = mapping(
	member{"target", text},
	member{"contract", text},
	member{"overlays", oneOrMany(text)},
	member{"headers", headers},
	member{"credentials", mapping(
		member{"full", keys},
		member{"revoked", key},
		member{"ip_denied", key},
		member{"other_tenant", key},
		member{"flood", key},
		member{"scoped", list("keys with their scopes", mapping(
			member{"key", key},
			member{"scopes", list("scopes", text)},
		))},
	)},
	member{"fixtures", named(fixture)},
	member{"writes", oneOrMany(text)},
	member{"triggers", mapping(
		member{"server_fault", mapping(
			member{"method", text},
			member{"path", text},
		)},
	)},
)

// headers maps the names of header lines to their values.
func headers(file, at string, n *yaml.Node) error {
	if null(n) {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return &Error{file, at, "must be a mapping from a header's name to its value"}
	}
	return each(file, at, n, func(key, v *yaml.Node) error {
		if !httpguts.ValidHeaderFieldName(key.Value) {
			return &Error{file, at, "has a name that no header can have: letters, digits and - make one"}
		}
		if err := text(file, at+"."+key.Value, v); err != nil {
			return err
		}
		if !httpguts.ValidHeaderFieldValue(v.Value) {
			return &Error{file, at + "." + key.Value, "has a value that no header can have; take line breaks out"}
		}
		return nil
	})
}

// fixture is a value, a list of values, or a mapping that says more about them.
func fixture(file, at string, n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return oneOrMany(value)(file, at, n)
	}
	return mapping(
		member{"values", oneOrMany(value)},
		member{"other_tenant", oneOrMany(value)},
		member{"disposable", boolean},
	)(file, at, n)
}

func boolean(file, at string, n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" {
		return &Error{file, at, "must be true or false"}
	}
	return nil
}

// mapping refuses members that mean nothing: a misspelt credential would silently skip what depends on it.
func mapping(members ...member) shape {
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.name
	}
	return func(file, at string, n *yaml.Node) error {
		if null(n) && at != "" {
			return nil
		}
		if n.Kind != yaml.MappingNode {
			return &Error{file, at, "must be a mapping with " + strings.Join(names, ", ")}
		}
		return each(file, at, n, func(key, v *yaml.Node) error {
			i := slices.Index(names, key.Value)
			if i < 0 {
				return &Error{file, join(at, key), "unknown; allowed: " + strings.Join(names, ", ")}
			}
			return members[i].shape(file, join(at, key), v)
		})
	}
}

// named is a mapping of any names.
func named(of shape) shape {
	return func(file, at string, n *yaml.Node) error {
		if null(n) {
			return nil
		}
		if n.Kind != yaml.MappingNode {
			return &Error{file, at, "must be a mapping from operationId.field to a value or a list of values"}
		}
		return each(file, at, n, func(key, v *yaml.Node) error { return of(file, join(at, key), v) })
	}
}

func each(file, at string, n *yaml.Node, visit func(key, v *yaml.Node) error) error {
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if seen[key.Value] {
			return &Error{file, join(at, key), "occurs twice; keep one"}
		}
		seen[key.Value], key.Tag = true, "!!str"
		if err := visit(key, n.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func list(what string, of shape) shape {
	return func(file, at string, n *yaml.Node) error {
		if null(n) {
			return nil
		}
		if n.Kind != yaml.SequenceNode {
			return &Error{file, at, "must be a list of " + what}
		}
		return items(file, at, n, of)
	}
}

func items(file, at string, n *yaml.Node, of shape) error {
	for i, item := range n.Content {
		at := fmt.Sprintf("%s[%d]", at, i)
		if null(item) || item.Kind == yaml.ScalarNode && strings.TrimSpace(item.Value) == "" {
			return &Error{file, at, "is empty; give it a value or take the line out"}
		}
		if err := of(file, at, item); err != nil {
			return err
		}
	}
	return nil
}

// oneOrMany takes a value for a list of one.
func oneOrMany(of shape) shape {
	return func(file, at string, n *yaml.Node) error {
		if n.Kind == yaml.SequenceNode {
			return items(file, at, n, of)
		}
		if n.Kind != yaml.ScalarNode {
			return &Error{file, at, "must be a value or a list of values"}
		}
		if err := of(file, at, n); err != nil || null(n) {
			return err
		}
		one := *n
		*n = listOf(&one)
		return nil
	}
}

// secret is a text. YAML reads what looks like a number, a date or a truth value as such, and so do other tools that
// write this file: 007 becomes 7, and 1e3 becomes 1000. Only quotes keep a key as it was issued.
func secret(file, at string, n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode && !null(n) && n.ShortTag() != "!!str" {
		return &Error{file, at, "is not a text in YAML but a number, a date, or true or false; put the key in quotes"}
	}
	return text(file, at, n)
}

// keys is a key or a list of keys.
func keys(file, at string, n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return oneOrMany(key)(file, at, n)
	}
	if err := key(file, at, n); err != nil {
		return err
	}
	one := *n
	*n = listOf(&one)
	return nil
}

func listOf(one *yaml.Node) yaml.Node {
	return yaml.Node{
		Kind: yaml.SequenceNode, Tag: "!!seq", Line: one.Line, Column: one.Column, Content: []*yaml.Node{one},
	}
}

// key is a secret, a mapping from the names of security schemes to one secret each, or a command that prints one.
func key(file, at string, n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return secret(file, at, n)
	}
	if len(n.Content) == 0 {
		return &Error{file, at, "is empty; name security schemes of the contract, each with its secret"}
	}
	lone := len(n.Content) == 2
	return each(file, at, n, func(scheme, v *yaml.Node) error {
		at := join(at, scheme)
		if lone && scheme.Value == "command" && v.Kind == yaml.SequenceNode {
			return list("words", text)(file, at, v)
		}
		if null(v) || v.Kind == yaml.ScalarNode && strings.TrimSpace(v.Value) == "" {
			return &Error{file, at, "is empty; give the secret that this security scheme sends"}
		}
		return secret(file, at, v)
	})
}

// text takes every scalar as it is written.
func text(file, at string, n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return &Error{file, at, "must be a text"}
	}
	if !null(n) {
		n.Tag = "!!str"
	}
	return nil
}

// value takes texts, numbers and booleans; a date is a text.
func value(file, at string, n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return &Error{file, at, "must be a text, a number or a boolean"}
	}
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!int", "!!float", "!!bool":
		var v any
		if n.Decode(&v) == nil {
			return nil
		}
	}
	n.Tag = "!!str"
	return nil
}

func null(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }
