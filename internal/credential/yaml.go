package credential

import "go.yaml.in/yaml/v3"

// file is how a configuration writes a set of keys.
type file struct {
	Full        []string `yaml:"full"`
	Revoked     string   `yaml:"revoked,omitempty"`
	IPDenied    string   `yaml:"ip_denied,omitempty"`
	OtherTenant string   `yaml:"other_tenant,omitempty"`
	Flood       string   `yaml:"flood,omitempty"`
	Scoped      []scoped `yaml:"scoped,omitempty"`
}

type scoped struct {
	Key    string   `yaml:"key"`
	Scopes []string `yaml:"scopes,flow"`
}

// singles are the purposes that have one key at most in a configuration.
func (f *file) singles() []single {
	return []single{{Revoked, &f.Revoked}, {IPDenied, &f.IPDenied}, {OtherTenant, &f.OtherTenant}, {Flood, &f.Flood}}
}

type single struct {
	purpose Purpose
	secret  *string
}

// UnmarshalYAML reads the keys of a configuration.
func (s *Set) UnmarshalYAML(n *yaml.Node) error {
	var f file
	if err := n.Decode(&f); err != nil {
		return err
	}
	*s = Set(nil).With(Full, f.Full...)
	for _, one := range f.singles() {
		if *one.secret != "" {
			*s = s.With(one.purpose, *one.secret)
		}
	}
	for _, k := range f.Scoped {
		*s = append(*s, Key{Purpose: Scoped, Secret: k.Key, Scopes: k.Scopes})
	}
	return nil
}

// MarshalYAML writes them.
func (s Set) MarshalYAML() (any, error) {
	f := file{Full: s.Secrets(Full)}
	for _, one := range f.singles() {
		for _, k := range s.Of(one.purpose) {
			*one.secret = k.Secret
		}
	}
	for _, k := range s.Of(Scoped) {
		f.Scoped = append(f.Scoped, scoped{k.Secret, k.Scopes})
	}
	return f, nil
}
