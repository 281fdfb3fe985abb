package credential

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// file is how a configuration writes a set of keys.
type file struct {
	Full        []*written `yaml:"full"`
	Revoked     *written   `yaml:"revoked,omitempty"`
	IPDenied    *written   `yaml:"ip_denied,omitempty"`
	OtherTenant *written   `yaml:"other_tenant,omitempty"`
	Flood       *written   `yaml:"flood,omitempty"`
	Scoped      []scoped   `yaml:"scoped,omitempty"`
}

type scoped struct {
	Key    *written `yaml:"key"`
	Scopes []string `yaml:"scopes,flow"`
}

// written is how one key is written: a text, or a mapping from schemes to texts.
type written Key

// UnmarshalYAML reads either form.
func (k *written) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return n.Decode(&k.Secret)
	}
	if len(n.Content) == 2 && n.Content[0].Value == "command" {
		k.Command = &Command{Now: time.Now}
		return n.Content[1].Decode((*line)(&k.Command.Line))
	}
	var parts map[string]string
	if err := n.Decode(&parts); err != nil {
		return err
	}
	for scheme, secret := range parts {
		k.Parts = append(k.Parts, Part{Scheme: scheme, Secret: secret})
	}
	slices.SortFunc(k.Parts, func(a, b Part) int { return cmp.Compare(a.Scheme, b.Scheme) })
	return nil
}

// line is how a command is written: a text whose words are apart by white space, or a list of them.
type line []string

// UnmarshalYAML reads either form.
func (l *line) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode {
		return n.Decode((*[]string)(l))
	}
	*l = strings.Fields(n.Value)
	return nil
}

// MarshalYAML writes it.
func (k *written) MarshalYAML() (any, error) {
	if k.Command != nil {
		return map[string][]string{"command": k.Command.Line}, nil
	}
	if len(k.Parts) == 0 {
		return k.Secret, nil
	}
	parts := map[string]string{}
	for _, p := range k.Parts {
		parts[p.Scheme] = p.Secret
	}
	return parts, nil
}

// singles are the purposes that have one key at most in a configuration.
func (f *file) singles() []single {
	return []single{{Revoked, &f.Revoked}, {IPDenied, &f.IPDenied}, {OtherTenant, &f.OtherTenant}, {Flood, &f.Flood}}
}

type single struct {
	purpose Purpose
	key     **written
}

// UnmarshalYAML reads the keys of a configuration.
func (s *Set) UnmarshalYAML(n *yaml.Node) error {
	var f file
	if err := n.Decode(&f); err != nil {
		return err
	}
	*s = nil
	add := func(p Purpose, k *written, scopes []string) {
		if k == nil {
			k = &written{}
		}
		*s = append(*s, Key{Purpose: p, Secret: k.Secret, Parts: k.Parts, Command: k.Command, Scopes: scopes})
	}
	for _, k := range f.Full {
		add(Full, k, nil)
	}
	for _, one := range f.singles() {
		if k := *one.key; k != nil && (k.Secret != "" || len(k.Parts) > 0 || k.Command != nil) {
			add(one.purpose, k, nil)
		}
	}
	for _, k := range f.Scoped {
		add(Scoped, k.Key, k.Scopes)
	}
	return nil
}

// MarshalYAML writes them.
func (s Set) MarshalYAML() (any, error) {
	f := file{Full: []*written{}}
	for _, k := range s.Of(Full) {
		f.Full = append(f.Full, (*written)(&k))
	}
	for _, one := range f.singles() {
		for _, k := range s.Of(one.purpose) {
			*one.key = (*written)(&k)
		}
	}
	for _, k := range s.Of(Scoped) {
		f.Scoped = append(f.Scoped, scoped{(*written)(&k), k.Scopes})
	}
	return f, nil
}
