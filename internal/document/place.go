package document

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/kaptinlin/jsonpointer"
	"go.yaml.in/yaml/v3"
)

// Place is where something is written.
type Place struct {
	File string
	Line int // from 1; 0: not known
}

// String is file and line, as editors take them.
func (p Place) String() string {
	if p.Line == 0 {
		return p.File
	}
	return p.File + ":" + strconv.Itoa(p.Line)
}

// Locate is where the document's first file has what JSON pointers name, or what is nearest around each. It reads the
// file again: lines are asked for when something is wrong, and a tree that remembers them all is four times as large.
func (d *Document) Locate(pointers []string) []Place {
	out, paths := make([]Place, len(pointers)), make([][]string, len(pointers))
	l := lines{wanted: map[string]bool{"": true}, found: map[string]int{"": 1}}
	for i, pointer := range pointers {
		out[i].File = d.Name()
		parsed, err := jsonpointer.Parse(strings.TrimPrefix(d.written(pointer), "#"))
		if err != nil {
			continue
		}
		paths[i] = parsed.Tokens()
		for n := range paths[i] {
			l.wanted[strings.Join(paths[i][:n+1], "\x00")] = true
		}
	}
	l.read(d.files[firstName(d.Files)])
	for i, tokens := range paths {
		for n := len(tokens); n >= 0 && out[i].Line == 0; n-- {
			out[i].Line = l.found[strings.Join(tokens[:n], "\x00")]
		}
	}
	return out
}

// lines has the lines of the values that are wanted, by their tokens with a zero byte between them.
type lines struct {
	wanted map[string]bool
	found  map[string]int
}

func (l *lines) read(data []byte) {
	if json.Valid(data) {
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber()
		(&jsonLines{lines: l, dec: dec, data: data, line: 1}).value("", true)
		return
	}
	var root yaml.Node
	if yaml.Unmarshal(data, &root) == nil {
		l.yaml(&root, "")
	}
}

func below(at, token string) string {
	if at == "" {
		return token
	}
	return at + "\x00" + token
}

func (l *lines) yaml(n *yaml.Node, at string) {
	switch n.Kind {
	case yaml.DocumentNode:
		for _, child := range n.Content {
			l.yaml(child, at)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if key := below(at, n.Content[i].Value); l.wanted[key] {
				l.found[key] = n.Content[i].Line
				l.yaml(n.Content[i+1], key)
			}
		}
	case yaml.SequenceNode:
		for i, child := range n.Content {
			if key := below(at, strconv.Itoa(i)); l.wanted[key] {
				l.found[key] = child.Line
				l.yaml(child, key)
			}
		}
	}
}

type jsonLines struct {
	*lines
	dec    *json.Decoder
	data   []byte
	offset int64
	line   int
}

// now is the line up to which the decoder has read.
func (l *jsonLines) now() int {
	offset := l.dec.InputOffset()
	l.line += bytes.Count(l.data[l.offset:offset], []byte("\n"))
	l.offset = offset
	return l.line
}

// value reads the next value; within says that something in it is wanted.
func (l *jsonLines) value(at string, within bool) bool {
	token, err := l.dec.Token()
	if err != nil {
		return false
	}
	open, isDelim := token.(json.Delim)
	if !isDelim {
		return true
	}
	for i := 0; l.dec.More(); i++ {
		place, wanted := "", false
		switch {
		case open == '{':
			name, err := l.dec.Token()
			if err != nil {
				return false
			}
			if within {
				key, _ := name.(string)
				place = below(at, key)
			}
		case within:
			place = below(at, strconv.Itoa(i))
		}
		if wanted = within && l.wanted[place]; wanted {
			l.found[place] = l.now()
		}
		if !l.value(place, wanted) {
			return false
		}
	}
	_, err = l.dec.Token()
	return err == nil
}
