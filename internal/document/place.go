package document

import (
	"bytes"
	"encoding/json"
	"io"
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

// Locate is where the document's first file has what a JSON pointer names, or what is nearest around it. It reads the
// file again: lines are asked for when something is wrong, and a tree that remembers them all is four times as large.
func (d *Document) Locate(pointer string) Place {
	p := Place{File: d.Name()}
	parsed, err := jsonpointer.Parse(strings.TrimPrefix(d.written(pointer), "#"))
	data := d.files[firstName(d.Files)]
	if err != nil || len(data) == 0 {
		return p
	}
	if d.lines == nil {
		d.lines = linesIn(data)
	}
	tokens := parsed.Tokens()
	for n := len(tokens); n >= 0; n-- {
		if line, known := d.lines[strings.Join(tokens[:n], "\x00")]; known {
			p.Line = line
			return p
		}
	}
	return p
}

// linesIn has the line of each value of a file, by its tokens with a zero byte between them.
func linesIn(data []byte) map[string]int {
	out := map[string]int{"": 1}
	if json.Valid(data) {
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber()
		l := &jsonLines{dec: dec, data: data, line: 1, out: out}
		l.value("")
		return out
	}
	var root yaml.Node
	if yaml.Unmarshal(data, &root) == nil {
		yamlLines(&root, "", out, 0)
	}
	return out
}

func below(at, token string) string {
	if at == "" {
		return token
	}
	return at + "\x00" + token
}

// deepestLine is how far down lines are remembered: a media type's schema in a path's answer is nine levels down.
const deepestLine = 14

func yamlLines(n *yaml.Node, at string, out map[string]int, level int) {
	if level > deepestLine {
		return
	}
	switch n.Kind {
	case yaml.DocumentNode:
		for _, child := range n.Content {
			yamlLines(child, at, out, level)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := below(at, n.Content[i].Value)
			out[key] = n.Content[i].Line
			yamlLines(n.Content[i+1], key, out, level+1)
		}
	case yaml.SequenceNode:
		for i, child := range n.Content {
			key := below(at, strconv.Itoa(i))
			out[key] = child.Line
			yamlLines(child, key, out, level+1)
		}
	}
}

type jsonLines struct {
	dec    *json.Decoder
	data   []byte
	offset int64
	line   int
	out    map[string]int
}

// now is the line up to which the decoder has read.
func (l *jsonLines) now() int {
	offset := l.dec.InputOffset()
	l.line += bytes.Count(l.data[l.offset:offset], []byte("\n"))
	l.offset = offset
	return l.line
}

func (l *jsonLines) value(at string) bool {
	token, err := l.dec.Token()
	if err != nil {
		return err != io.EOF
	}
	open, isDelim := token.(json.Delim)
	if !isDelim {
		return true
	}
	for i := 0; l.dec.More(); i++ {
		key := strconv.Itoa(i)
		if open == '{' {
			name, err := l.dec.Token()
			if err != nil {
				return false
			}
			key, _ = name.(string)
		}
		place := below(at, key)
		if strings.Count(place, "\x00") <= deepestLine {
			l.out[place] = l.now()
		}
		if !l.value(place) {
			return false
		}
	}
	_, err = l.dec.Token()
	return err == nil
}
