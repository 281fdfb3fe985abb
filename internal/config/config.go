// Package config owns the reading of conformance.yaml: what a run knows about its target. It knows nothing of the
// contract.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"conformance/internal/credential"
	"conformance/internal/yamlsize"
)

// File is conformance.yaml.
type File struct {
	Target string `yaml:"target,omitempty"`
	// Contract is the document to judge by, Overlays what is added to it: names of files, seen from the folder of this
	// one.
	Contract string `yaml:"contract,omitempty"`
	Overlays Texts  `yaml:"overlays,omitempty,flow"`
	// Headers are sent with every request: name to value, as a gateway's key or an API's version.
	Headers     map[string]string  `yaml:"headers,omitempty"`
	Credentials credential.Set     `yaml:"credentials"`
	Fixtures    map[string]Fixture `yaml:"fixtures,omitempty"` // operationId.name
	// Writes are the operations that may succeed in changing something: their operationIds, or all, or none. Empty:
	// nothing is said.
	Writes   Texts    `yaml:"writes,omitempty,flow"`
	Triggers Triggers `yaml:"triggers,omitempty"`
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

// Fixture is what is used for one parameter or field: a value, a list of values, or a mapping.
type Fixture struct {
	Values      Many `yaml:"values,flow"`
	OtherTenant Many `yaml:"other_tenant,omitempty,flow"` // of the other tenant
	// Disposable gives the records up: they may be changed and deleted.
	Disposable bool `yaml:"disposable,omitempty"`
}

// UnmarshalYAML takes one value, many, or a mapping.
func (f *Fixture) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return n.Decode(&f.Values)
	}
	type plain Fixture // without this method
	return n.Decode((*plain)(f))
}

// MarshalYAML writes no more than is needed.
func (f Fixture) MarshalYAML() (any, error) {
	if !f.Disposable && len(f.OtherTenant) == 0 {
		return f.Values, nil
	}
	type plain Fixture
	return plain(f), nil
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
	f, err := os.Open(file)
	if err != nil {
		return nil, &Error{file, "", reason(err) + "; name another file with --config"}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1)) // a device has no size to look at first
	if err != nil {
		return nil, &Error{file, "", reason(err) + "; name another file with --config"}
	}
	return Parse(filepath.Base(file), data, lookup)
}

// reason leaves out the path that the error of a file operation repeats.
func reason(err error) string {
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return err.Error()
}

// Parse is Load for bytes. No error quotes a value: it may be a secret.
func Parse(name string, data []byte, lookup func(string) (string, bool)) (*File, error) {
	if len(data) > maxSize {
		return nil, &Error{name, "", fmt.Sprintf("is larger than %d MiB; this cannot be a configuration", maxSize>>20)}
	}
	root, err := read(name, data)
	if err != nil {
		return nil, err
	}
	f := &File{}
	if root == nil {
		return f, nil
	}
	e := expander{name, lookup, map[string]string{}}
	if err := e.expand("", root); err != nil {
		return nil, err
	}
	if err := file(name, "", root); err != nil {
		return nil, err
	}
	if err := root.Decode(f); err != nil {
		return nil, &Error{name, "", "cannot be understood; compare it with what conformance serve --write-config writes"}
	}
	for i := range f.Credentials {
		k := &f.Credentials[i]
		k.Expression = e.labels[k.Secret]
		for n := range k.Parts {
			k.Parts[n].Expression = e.labels[k.Parts[n].Secret]
		}
	}
	if err := f.check(name); err != nil {
		return nil, err
	}
	return f, nil
}

// read returns the root of the one document in data; nil for none.
func read(name string, data []byte) (*yaml.Node, error) {
	if problem := yamlsize.Text(data); problem != "" {
		return nil, &Error{name, "", problem}
	}
	var doc, more yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) || err == nil && len(doc.Content) == 0 {
		return nil, nil
	}
	if err == nil {
		if err = dec.Decode(&more); err == nil {
			return nil, &Error{name, "", "holds several documents; keep one and take the --- lines out"}
		}
		if errors.Is(err, io.EOF) {
			if problem := yamlsize.Tree(&doc); problem != "" {
				return nil, &Error{name, "", problem}
			}
			return doc.Content[0], nil
		}
	}
	problem := strings.TrimPrefix(err.Error(), "yaml: ") + "; fix the YAML (${NAME} needs quotes inside [ ] and { })"
	if strings.Contains(problem, "unknown anchor") { // quotes what may be a key that starts with *
		problem = "aliases are not supported; put a value that starts with * in quotes"
	}
	return nil, &Error{name, "", problem}
}

func (f *File) check(name string) error {
	for i, key := range f.Credentials.Of(credential.Full) {
		if len(key.Parts) == 0 && key.Command == nil && strings.TrimSpace(key.Secret) == "" {
			return &Error{name, fmt.Sprintf("credentials.full[%d]", i), "is empty; give a key with every scope"}
		}
	}
	for i, s := range f.Credentials.Of(credential.Scoped) {
		at := fmt.Sprintf("%s[%d]", credential.Scoped.Setting(), i)
		if len(s.Parts) == 0 && s.Command == nil && strings.TrimSpace(s.Secret) == "" {
			return &Error{name, at + ".key", "is missing; give the key that has these scopes"}
		}
		if s.Scopes == nil {
			return &Error{name, at + ".scopes", "is missing; list the scopes that the key was given, [] if none"}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(f.Fixtures)) {
		if operation, field, _ := strings.Cut(key, "."); operation == "" || field == "" {
			return &Error{name, "fixtures." + key, "must be named operationId.field"}
		}
		if len(f.Fixtures[key].Values) == 0 {
			return &Error{name, "fixtures." + key, "is empty; give a value or a list of values, or take the line out"}
		}
	}
	if len(f.Writes) > 1 && slices.Contains(f.Writes, "none") {
		return &Error{name, "writes", "says none and more; keep one of them"}
	}
	if t := f.Triggers.ServerFault; t != nil && (t.Method == "" || !strings.HasPrefix(t.Path, "/")) {
		return &Error{name, "triggers.server_fault", "needs a method and a path that starts with /"}
	}
	return nil
}
