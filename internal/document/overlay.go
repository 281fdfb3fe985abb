package document

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/kaptinlin/jsonpointer"
	"github.com/theory/jsonpath"
	"github.com/theory/jsonpath/spec"
	"go.yaml.in/yaml/v3"
)

// action is one of an overlay (OpenAPI Overlay 1.1, 4.4.3).
type action struct {
	target string
	line   int
	update any
	copy   string
	does   string // update, remove or copy; empty: nothing
}

// apply applies an overlay, action by action. An action that matches nothing is an error: its author meant something.
func apply(tree map[string]any, overlay Named) (map[string]any, error) {
	actions, err := actionsOf(overlay)
	if err != nil {
		return nil, err
	}
	var whole any = tree
	for i, a := range actions {
		wrong := func(format string, args ...any) error {
			return fmt.Errorf("line %d: action %d: %s", a.line, i+1, fmt.Sprintf(format, args...))
		}
		query, err := jsonpath.Parse(a.target)
		if err != nil {
			return nil, wrong("the target %s is no JSONPath: %v", a.target, err)
		}
		nodes := query.SelectLocated(whole)
		if len(nodes) == 0 {
			return nil, wrong("the target %s matches nothing in the document", a.target)
		}
		if a.does == "copy" {
			if a.update, err = copySource(whole, a.copy); err != nil {
				return nil, wrong("%v", err)
			}
		}
		// the last first: what is removed does not move what is still to be
		slices.SortFunc(nodes, func(a, b *spec.LocatedNode) int { return b.Path.Compare(a.Path) })
		for _, node := range nodes {
			if whole, err = act(whole, node, a); err != nil {
				return nil, wrong("%v", err)
			}
		}
	}
	out, ok := whole.(map[string]any)
	if !ok {
		return nil, errors.New("leaves no mapping at the top")
	}
	return out, nil
}

func actionsOf(overlay Named) ([]action, error) {
	var root yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(overlay.Data)).Decode(&root); err != nil {
		return nil, fmt.Errorf("neither YAML nor JSON: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	v, err := decodeAny(overlay.Data)
	if err != nil {
		return nil, err
	}
	file, _ := v.(map[string]any)
	stated, _ := file["overlay"].(string)
	if !strings.HasPrefix(stated, "1.") {
		return nil, errors.New("has no overlay: 1.0.0 at its top: it is no OpenAPI overlay")
	}
	for _, member := range slices.Sorted(maps.Keys(file)) {
		if !slices.Contains([]string{"overlay", "info", "extends", "actions"}, member) && !strings.HasPrefix(member, "x-") {
			return nil, fmt.Errorf("has the member %s, which no overlay has", member)
		}
	}
	list, _ := file["actions"].([]any)
	if len(list) == 0 {
		return nil, errors.New("has no actions")
	}
	lines := linesOf(&root)
	out := make([]action, len(list))
	for i, v := range list {
		if out[i], err = actionOf(v); err != nil {
			return nil, fmt.Errorf("line %d: action %d: %w", lines(i), i+1, err)
		}
		out[i].line = lines(i)
	}
	return out, nil
}

// linesOf gives the line of each action.
func linesOf(root *yaml.Node) func(i int) int {
	var list *yaml.Node
	if root.Kind == yaml.DocumentNode && len(root.Content) > 0 {
		top := root.Content[0]
		for i := 0; i+1 < len(top.Content); i += 2 {
			if top.Content[i].Value == "actions" {
				list = top.Content[i+1]
			}
		}
	}
	return func(i int) int {
		if list == nil || i >= len(list.Content) {
			return 0
		}
		return list.Content[i].Line
	}
}

func actionOf(v any) (action, error) {
	object, _ := v.(map[string]any)
	a := action{}
	a.target, _ = object["target"].(string)
	if a.target == "" {
		return a, errors.New("has no target")
	}
	for _, member := range slices.Sorted(maps.Keys(object)) {
		switch member {
		case "target", "description":
			continue
		case "update":
			a.update = object[member]
		case "copy":
			a.copy, _ = object[member].(string)
		case "remove":
			if object[member] == false {
				continue
			}
			if object[member] != true {
				return a, errors.New("remove must be true or false")
			}
		default:
			if strings.HasPrefix(member, "x-") {
				continue
			}
			return a, fmt.Errorf("has the member %s, which no action has", member)
		}
		if a.does != "" && a.does != "remove" {
			if member != "remove" {
				return a, fmt.Errorf("has %s and %s; write two actions", a.does, member)
			}
		}
		if a.does == "" || member == "remove" { // remove takes the place of update (4.4.3.1)
			a.does = member
		}
	}
	if a.does == "" {
		return a, errors.New("has neither update nor remove nor copy")
	}
	return a, nil
}

// copySource is a copy of the one value that a query selects.
func copySource(tree any, from string) (any, error) {
	query, err := jsonpath.Parse(from)
	if err != nil {
		return nil, fmt.Errorf("copy: %s is no JSONPath: %w", from, err)
	}
	found := query.Select(tree)
	if len(found) != 1 {
		return nil, fmt.Errorf("copy: %s matches %d values, and must match one", from, len(found))
	}
	return copied(found[0], 0), nil
}

// act does to one node what the action says, and returns the tree.
func act(tree any, node *spec.LocatedNode, a action) (any, error) {
	parsed, err := jsonpointer.Parse(node.Path.Pointer())
	if err != nil {
		return nil, err
	}
	tokens := parsed.Tokens()
	if len(tokens) == 0 {
		if a.does == "remove" {
			return nil, errors.New("removes the whole document")
		}
		return merged(tree, a.update)
	}
	parent, ok := at(tree, node.Path[:len(node.Path)-1].Pointer())
	if !ok {
		return tree, nil // removed with what held it
	}
	last := tokens[len(tokens)-1]
	switch parent := parent.(type) {
	case map[string]any:
		if a.does == "remove" {
			delete(parent, last)
			return tree, nil
		}
		parent[last], err = merged(parent[last], a.update)
	case []any:
		i, _ := strconv.Atoi(last) // a normalized path has numbers there
		if a.does != "remove" {
			parent[i], err = merged(parent[i], a.update)
			break
		}
		return set(tree, tokens[:len(tokens)-1], slices.Delete(parent, i, i+1)), nil
	}
	return tree, err
}

// set puts a value in the place of another.
func set(tree any, tokens []string, v any) any {
	if len(tokens) == 0 {
		return v
	}
	switch holder := tree.(type) {
	case map[string]any:
		holder[tokens[0]] = set(holder[tokens[0]], tokens[1:], v)
	case []any:
		if i, err := strconv.Atoi(tokens[0]); err == nil && i < len(holder) {
			holder[i] = set(holder[i], tokens[1:], v)
		}
	}
	return tree
}

// merged is what an update makes of a value: members of a mapping are merged, a list grows by one entry, anything else
// is replaced.
func merged(have, update any) (any, error) {
	switch have := have.(type) {
	case map[string]any:
		with, ok := update.(map[string]any)
		if !ok {
			return nil, errors.New("the target is a mapping, and the update is not")
		}
		mergeInto(have, with)
		return have, nil
	case []any:
		return append(have, copied(update, 0)), nil
	}
	return copied(update, 0), nil
}

func mergeInto(have, with map[string]any) {
	for name, v := range with {
		switch old := have[name].(type) {
		case map[string]any:
			if more, ok := v.(map[string]any); ok {
				mergeInto(old, more)
				continue
			}
		case []any:
			if more, ok := v.([]any); ok {
				have[name] = append(old, copied(more, 0).([]any)...)
				continue
			}
		}
		have[name] = copied(v, 0)
	}
}

// Path is the JSONPath of a place that a JSON pointer names, as an overlay's target writes it.
func (d *Document) Path(pointer string) string {
	parsed, err := jsonpointer.Parse(strings.TrimPrefix(d.written(pointer), "#"))
	if err != nil {
		return "$"
	}
	out := "$"
	for i, token := range parsed.Tokens() {
		// lists whose items a pointer of a gap may lead to
		if _, err := strconv.Atoi(token); err == nil && i > 0 && listed[parsed.Tokens()[i-1]] {
			out += "[" + token + "]"
			continue
		}
		if plain(token) {
			out += "." + token
			continue
		}
		out += "['" + strings.ReplaceAll(strings.ReplaceAll(token, `\`, `\\`), "'", `\'`) + "']"
	}
	return out
}

var listed = map[string]bool{"parameters": true, "allOf": true, "anyOf": true, "oneOf": true, "security": true}

func plain(token string) bool {
	for i, r := range token {
		if r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return token != ""
}

// written is a pointer into the document as its vendor wrote it, of one into the form that is made of all versions.
func (d *Document) written(pointer string) string {
	if !strings.HasPrefix(d.Stated, "2") {
		return pointer
	}
	for section, old := range map[string]string{
		"schemas": "definitions", "parameters": "parameters", "responses": "responses",
		"securitySchemes": "securityDefinitions",
	} {
		if rest, ok := strings.CutPrefix(pointer, "#/components/"+section+"/"); ok {
			return "#/" + old + "/" + rest
		}
	}
	return pointer
}

// Name is the document's first file, without its folder.
func (d *Document) Name() string { return path.Base(cmp.Or(firstName(d.Files), "document")) }

func firstName(files []Source) string {
	if len(files) == 0 {
		return ""
	}
	return files[0].Name
}
