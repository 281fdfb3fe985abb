package config

import (
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// expander replaces ${NAME} in the values of a document, and remembers for each credential the expression that it came
// from.
type expander struct {
	file   string
	lookup func(string) (string, bool)
	labels map[string]string
}

var variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

func (e expander) expand(at string, n *yaml.Node) error {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind != yaml.ScalarNode {
				return &Error{e.file, at, fmt.Sprintf("the member on line %d has no plain name", key.Line)}
			}
			if err := e.expand(join(at, key), n.Content[i+1]); err != nil {
				return err
			}
		}
	case yaml.SequenceNode:
		for i, item := range n.Content {
			if err := e.expand(fmt.Sprintf("%s[%d]", at, i), item); err != nil {
				return err
			}
		}
	case yaml.ScalarNode:
		return e.scalar(at, n)
	case yaml.AliasNode:
		return &Error{e.file, at, "aliases are not supported; write the value out"}
	}
	return nil
}

func (e expander) scalar(at string, n *yaml.Node) error {
	written := n.Value
	if strings.Contains(variable.ReplaceAllString(written, ""), "${") {
		return &Error{e.file, at, "only ${NAME} is expanded, NAME being letters, digits and _"}
	}
	missing := ""
	n.Value = variable.ReplaceAllStringFunc(written, func(m string) string {
		v, ok := e.lookup(m[2 : len(m)-1])
		if (!ok || v == "") && missing == "" {
			missing = m
		}
		return v
	})
	if missing != "" {
		return &Error{e.file, at, missing + " is not set; set it in the environment or take the line out"}
	}
	secret := strings.HasPrefix(at, "credentials.")
	if secret && (n.Value != strings.TrimSpace(n.Value) || strings.ContainsFunc(n.Value, control)) {
		// A server would trim or refuse it, and what it then repeats would not be recognized as the secret.
		return &Error{e.file, at, "starts or ends with white space or holds a control character, which no header can " +
			"carry; take it out"}
	}
	if written != n.Value {
		n.Tag = "" // what a variable holds decides its own type
		if secret {
			n.Tag, e.labels[n.Value] = "!!str", written
		}
	}
	return nil
}

func control(r rune) bool { return r < ' ' || r == 0x7f }

var memberName = regexp.MustCompile(`^[a-z_<-]{1,20}$`)

// join is the path of a member. A name that does not look like one may be a secret in the wrong place: its line stands
// for it.
func join(at string, key *yaml.Node) string {
	name := key.Value
	if at != "fixtures" && !memberName.MatchString(name) {
		name = fmt.Sprintf("(line %d)", key.Line)
	}
	if at == "" {
		return name
	}
	return at + "." + name
}
