// Package yamlsize owns the bounds of YAML and JSON that others wrote: it counts members and levels before anything is
// decoded, because decoding takes the square of them. It knows nothing of what a document means.
package yamlsize

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// Bounds of a document. No hand and no generator comes near them.
const (
	MaxLevels  = 200    // one inside the other
	MaxMembers = 20_000 // of one mapping
)

// Text says what is wrong with the size of a text, before it is parsed; empty: nothing. It reads brackets and commas
// outside of quotes, and how far lines are indented. Where quotes are odd it may count too few: Tree counts again.
func Text(text []byte) string {
	var open []int // commas in each open bracket
	var block columns
	for line := range bytes.Lines(text) {
		if lead(line) > 2*MaxLevels*indent {
			return tooDeep()
		}
		if len(open) == 0 && block.add(line) > MaxMembers {
			return tooMany()
		}
		quote := byte(0)
		for i := 0; i < len(line); i++ {
			switch c := line[i]; {
			case quote == '"' && c == '\\':
				i++
			case quote != 0:
				if c == quote {
					quote = 0
				}
			case c == '"' || c == '\'':
				quote = c
			case c == '[' || c == '{':
				if open = append(open, 0); len(open) > mostOpen {
					return tooDeep()
				}
			case len(open) == 0:
			case c == ']' || c == '}':
				open = open[:len(open)-1]
			case c == ',':
				if open[len(open)-1]++; open[len(open)-1] > mostCommas {
					return tooMany()
				}
			}
		}
	}
	return ""
}

// columns counts the members of the block mappings that are open, by the column at which they begin.
type columns []struct{ at, members int }

// add enters a line and returns how many members its mapping has so far.
func (c *columns) add(line []byte) int {
	text := bytes.TrimLeft(line, " ")
	at := len(line) - len(text)
	if len(bytes.TrimSpace(text)) == 0 || text[0] == '#' {
		return 0
	}
	for len(*c) > 0 && (*c)[len(*c)-1].at > at {
		*c = (*c)[:len(*c)-1]
	}
	if text[0] == '-' || !bytes.Contains(text, []byte(":")) {
		return 0
	}
	if len(*c) == 0 || (*c)[len(*c)-1].at < at {
		*c = append(*c, struct{ at, members int }{at, 0})
	}
	last := &(*c)[len(*c)-1]
	last.members++
	return last.members
}

const (
	indent   = 4             // columns of a level
	mostOpen = 2 * MaxLevels // brackets: some stand in texts
	// mostCommas is how many commas a bracket may hold: a list may be longer than a mapping.
	mostCommas = 5 * MaxMembers
)

// lead is how many bytes of white space and marks of list items a line begins with.
func lead(line []byte) int {
	return len(line) - len(bytes.TrimLeft(line, " -?"))
}

// Tree says what is wrong with the size of a parsed document; empty: nothing. Aliases are not followed.
func Tree(n *yaml.Node) string { return tree(n, 0) }

func tree(n *yaml.Node, level int) string {
	if level > MaxLevels {
		return tooDeep()
	}
	if n.Kind == yaml.MappingNode && len(n.Content)/2 > MaxMembers {
		return tooMany()
	}
	for _, child := range n.Content {
		if problem := tree(child, level+1); problem != "" {
			return problem
		}
	}
	return ""
}

func tooMany() string {
	return fmt.Sprintf("has more than %d members in one mapping; split it", MaxMembers)
}

func tooDeep() string {
	return fmt.Sprintf("is nested more than %d levels deep; flatten it", MaxLevels)
}
