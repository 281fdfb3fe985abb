// Package config owns the reading of conformance.yaml: what a run is told about its target. It knows nothing of the contract.
package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// File is conformance.yaml.
type File struct {
	Target      string            `yaml:"target,omitempty"`
	Credentials Credentials       `yaml:"credentials"`
	Fixtures    map[string]Many   `yaml:"fixtures,omitempty"` // operationId.name
	Triggers    Triggers          `yaml:"triggers,omitempty"`
	Labels      map[string]string `yaml:"-"` // secret to the shell expression that yields it
}

// Credentials are keys by what they are good for.
type Credentials struct {
	Full        Texts    `yaml:"full"`
	Revoked     string   `yaml:"revoked,omitempty"`
	IPDenied    string   `yaml:"ip_denied,omitempty"`
	OtherTenant string   `yaml:"other_tenant,omitempty"`
	Flood       string   `yaml:"flood,omitempty"`
	Scoped      []Scoped `yaml:"scoped,omitempty"`
}

// Scoped is a key with some scopes.
type Scoped struct {
	Key    string   `yaml:"key"`
	Scopes []string `yaml:"scopes,flow"`
}

// Triggers are requests that make the target do what cannot be provoked otherwise.
type Triggers struct {
	ServerFault *Trigger `yaml:"server_fault,omitempty"`
}

// Trigger is a request, its path below the target's base path.
type Trigger struct {
	Method string `yaml:"method"`
	Path   string `yaml:"path"`
}

// Texts is a text or a list of texts.
type Texts []string

// UnmarshalYAML takes one or many.
func (t *Texts) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*t = Texts{n.Value}
		return nil
	}
	return n.Decode((*[]string)(t))
}

// Many is a value or a list of values.
type Many []any

// UnmarshalYAML takes one or many.
func (m *Many) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode {
		return n.Decode((*[]any)(m))
	}
	var one any
	err := n.Decode(&one)
	*m = Many{one}
	return err
}

// Error says what is wrong with a configuration file, where, and what to do.
type Error struct{ File, Field, Problem string }

func (e *Error) Error() string {
	if e.Field == "" {
		return e.File + ": " + e.Problem
	}
	return e.File + ": " + e.Field + ": " + e.Problem
}

// maxSize bounds the file, in bytes.
const maxSize = 4 << 20

// Load reads a file and expands ${NAME} by lookup. Errors are *Error.
func Load(file string, lookup func(string) (string, bool)) (*File, error) {
	name := filepath.Base(file)
	info, err := os.Stat(file)
	if err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return nil, &Error{file, "", err.Error() + "; name another file with --config"}
	}
	if info.Size() > maxSize {
		return nil, &Error{name, "", fmt.Sprintf("larger than %d MiB", maxSize>>20)}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, &Error{name, "", err.Error()}
	}
	return Parse(name, data, lookup)
}

// Parse is Load for bytes.
func Parse(name string, data []byte, lookup func(string) (string, bool)) (*File, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, &Error{name, "", strings.TrimPrefix(err.Error(), "yaml: ")}
	}
	f := &File{Labels: map[string]string{}}
	if len(doc.Content) == 0 {
		return f, nil
	}
	root := doc.Content[0]
	if err := expand(name, "", root, lookup, f.Labels); err != nil {
		return nil, err
	}
	if err := unknown(name, root); err != nil {
		return nil, err
	}
	if err := root.Decode(f); err != nil {
		var typed *yaml.TypeError
		problem := strings.TrimPrefix(err.Error(), "yaml: ")
		if errors.As(err, &typed) {
			problem = strings.Join(typed.Errors, "; ")
		}
		return nil, &Error{name, "", problem}
	}
	return f, f.check(name)
}

var variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// expand replaces ${NAME} in every text below the node, and remembers for each result the expression that it came from.
func expand(file, at string, n *yaml.Node, lookup func(string) (string, bool), labels map[string]string) error {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if err := expand(file, join(at, n.Content[i].Value), n.Content[i+1], lookup, labels); err != nil {
				return err
			}
		}
	case yaml.SequenceNode:
		for i, item := range n.Content {
			if err := expand(file, fmt.Sprintf("%s[%d]", at, i), item, lookup, labels); err != nil {
				return err
			}
		}
	case yaml.ScalarNode:
		var missing string
		written := n.Value
		n.Value = variable.ReplaceAllStringFunc(n.Value, func(m string) string {
			v, ok := lookup(m[2 : len(m)-1])
			if !ok || v == "" {
				missing = m
			}
			return v
		})
		if missing != "" {
			return &Error{file, at, missing + " is not set; set it in the environment or take the line out"}
		}
		if written != n.Value {
			n.Tag = "" // what a variable holds decides its own type
			if strings.HasPrefix(at, "credentials.") {
				n.Tag, labels[n.Value] = "!!str", written
			}
		}
	case yaml.AliasNode:
		return &Error{file, at, "aliases are not supported; write the value out"}
	}
	return nil
}

func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

// members of the mappings whose names are fixed.
var members = map[string][]string{
	"":                      {"target", "credentials", "fixtures", "triggers"},
	"credentials":           {"full", "revoked", "ip_denied", "other_tenant", "flood", "scoped"},
	"credentials.scoped[]":  {"key", "scopes"},
	"triggers":              {"server_fault"},
	"triggers.server_fault": {"method", "path"},
}

var index = regexp.MustCompile(`\[\d+\]`)

// unknown refuses members that mean nothing: a misspelt credential would silently skip what depends on it.
func unknown(file string, root *yaml.Node) error {
	var visit func(at string, n *yaml.Node) error
	visit = func(at string, n *yaml.Node) error {
		switch n.Kind {
		case yaml.MappingNode:
			allowed, fixed := members[index.ReplaceAllString(at, "[]")]
			for i := 0; i+1 < len(n.Content); i += 2 {
				name := n.Content[i].Value
				if fixed && !slices.Contains(allowed, name) {
					return &Error{file, join(at, name), "unknown; here may stand " + strings.Join(allowed, ", ")}
				}
				if err := visit(join(at, name), n.Content[i+1]); err != nil {
					return err
				}
			}
		case yaml.SequenceNode:
			for i, item := range n.Content {
				if err := visit(fmt.Sprintf("%s[%d]", at, i), item); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if root.Kind != yaml.MappingNode {
		return &Error{file, "", "must be a mapping with " + strings.Join(members[""], ", ")}
	}
	return visit("", root)
}

func (f *File) check(name string) error {
	for i, key := range f.Credentials.Full {
		if strings.TrimSpace(key) == "" {
			return &Error{name, fmt.Sprintf("credentials.full[%d]", i), "is empty"}
		}
	}
	for i, s := range f.Credentials.Scoped {
		at := fmt.Sprintf("credentials.scoped[%d]", i)
		if strings.TrimSpace(s.Key) == "" {
			return &Error{name, at + ".key", "is missing"}
		}
		if len(s.Scopes) == 0 {
			return &Error{name, at + ".scopes", "is missing; list the scopes that the key was given"}
		}
	}
	for key := range f.Fixtures {
		if !strings.Contains(key, ".") {
			return &Error{name, "fixtures." + key, "must be named operationId.field"}
		}
	}
	if t := f.Triggers.ServerFault; t != nil && (t.Method == "" || !strings.HasPrefix(t.Path, "/")) {
		return &Error{name, "triggers.server_fault", "needs a method and a path that starts with /"}
	}
	return nil
}
