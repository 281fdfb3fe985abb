// Package document owns the reading of an OpenAPI document as its vendor wrote it: any version, one file or many, with
// overlays, and with what breaks the rules of OpenAPI put right. It makes one form of all, kin-openapi's model with the
// schemas of OpenAPI 3.0, and notes every change. It knows nothing of situations, checks or requests.
package document

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"
)

// Source is a file that went into a document, with its digest.
type Source struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // of its bytes, hex
}

// Class says what became of something that OpenAPI does not allow, or that the suite does not know.
type Class string

// Classes of gaps: put right, kept in a weaker form, left out.
const (
	Repaired     Class = "repaired"
	Approximated Class = "approximated"
	Lost         Class = "lost"
)

// Gap is one change that was made to the document.
type Gap struct {
	Pointer string // JSON pointer into the document as its vendor wrote it, with a leading #
	Class   Class
	Message string

	weakens bool // what stands there accepts more than was written
}

// Document is a document ready to make a contract of.
type Document struct {
	Doc      *openapi3.T
	Stated   string // the version as written: 2.0, 3.0.3, 3.1.0
	SHA256   string // of one file its own; of several files and overlays that of the list of names and digests
	Files    []Source
	Overlays []Source
	Gaps     []Gap

	text  []byte // after overlays and repairs, as JSON
	files map[string][]byte
}

// Named is a document or overlay in memory.
type Named struct {
	Name string
	Data []byte
}

// Options say what goes into a document besides its file.
type Options struct {
	Root     string   // references may lead to files below it; empty: the document's folder
	Overlays []string // files
}

// Read reads a document with the files that it refers to. The error says why it is no OpenAPI document, or what is
// wrong with an overlay.
func Read(path string, o Options) (*Document, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, cause(err)
	}
	root := o.Root
	if root == "" {
		root = filepath.Dir(path)
	}
	var overlays []Named
	for _, name := range o.Overlays {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, cause(err))
		}
		overlays = append(overlays, Named{filepath.Base(name), text})
	}
	dir, err := os.OpenRoot(root)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", root, cause(err))
	}
	defer dir.Close()
	name, err := relative(root, path)
	if err != nil || !filepath.IsLocal(name) {
		return nil, fmt.Errorf("lies outside the folder %s", root)
	}
	return read(Named{filepath.ToSlash(name), data}, overlays, func(name string) ([]byte, error) {
		return fs.ReadFile(dir.FS(), name)
	})
}

// relative is the path as seen from the root, however both are given.
func relative(root, path string) (string, error) {
	whole, err := filepath.Abs(root)
	if err != nil {
		return "", err
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", err
	}
	return filepath.Rel(whole, path)
}

// Parse is Read for a document in memory, which can refer to no other file.
func Parse(name string, data []byte, overlays ...Named) (*Document, error) {
	return read(Named{name, data}, overlays, func(string) ([]byte, error) {
		return nil, errors.New("there are no other files")
	})
}

// cause leaves out the path that an error of a file operation repeats.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

func read(main Named, overlays []Named, other func(name string) ([]byte, error)) (*Document, error) {
	d := &Document{files: map[string][]byte{}}
	tree, err := d.decode(main)
	if err != nil {
		return nil, err
	}
	if d.Stated, err = version(tree); err != nil {
		return nil, err
	}
	b := &bundler{d: d, main: main.Name, read: other, trees: map[string]any{main.Name: tree}, names: map[string]string{}}
	b.root(tree)
	for _, overlay := range overlays {
		sum := sha256.Sum256(overlay.Data)
		d.Overlays = append(d.Overlays, Source{overlay.Name, hex.EncodeToString(sum[:])})
		if tree, err = apply(tree, overlay); err != nil {
			return nil, fmt.Errorf("%s: %w", overlay.Name, err)
		}
	}
	d.digest()
	r := &repairer{d: d, root: tree, stated: d.Stated}
	r.document()
	if !r.old() {
		tree["openapi"] = "3.0.3" // as which it is read from here on
	}
	if d.text, err = json.Marshal(tree); err != nil {
		return nil, fmt.Errorf("cannot be written out: %w", err)
	}
	if d.Doc, err = load(d.text, r.old()); err != nil {
		return nil, err
	}
	finite(d)
	return d, nil
}

// YAML is the document after overlays and repairs.
func (d *Document) YAML() ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(d.text))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return nil, err
	}
	root, err := node(tree)
	if err != nil {
		return nil, err
	}
	return yaml.Marshal(root)
}

// node is a JSON value for the YAML writer, which would take numbers for texts.
func node(v any) (*yaml.Node, error) {
	n := &yaml.Node{}
	switch v := v.(type) {
	case map[string]any:
		n.Kind, n.Tag = yaml.MappingNode, "!!map"
		for _, name := range slices.Sorted(maps.Keys(v)) {
			key, value := &yaml.Node{}, v[name]
			key.SetString(name)
			child, err := node(value)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, key, child)
		}
	case []any:
		n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
		for _, item := range v {
			child, err := node(item)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, child)
		}
	case json.Number:
		n.Kind, n.Value = yaml.ScalarNode, v.String()
	case string:
		n.SetString(v)
	default:
		return n, n.Encode(v)
	}
	return n, nil
}

func (d *Document) gap(class Class, pointer, format string, args ...any) {
	d.Gaps = append(d.Gaps, Gap{pointer, class, fmt.Sprintf(format, args...), class == Approximated})
}

// weaker is gap where what stands there accepts more than was written.
func (d *Document) weaker(class Class, pointer, format string, args ...any) {
	d.gap(class, pointer, format, args...)
	d.Gaps[len(d.Gaps)-1].weakens = true
}

// digest is that of the one file, or covers all files and overlays.
func (d *Document) digest() {
	if len(d.Files) == 1 && len(d.Overlays) == 0 {
		d.SHA256 = d.Files[0].SHA256
		return
	}
	text, _ := json.Marshal([][]Source{d.Files, d.Overlays}) // texts always marshal
	sum := sha256.Sum256(text)
	d.SHA256 = hex.EncodeToString(sum[:])
}

// version is what the document calls itself.
func version(tree map[string]any) (string, error) {
	for _, member := range []string{"openapi", "swagger"} {
		v, there := tree[member]
		if !there {
			continue
		}
		text := fmt.Sprint(v)
		for _, known := range []string{"2.0", "3.0", "3.1", "3.2"} {
			if text == known || strings.HasPrefix(text, known+".") || known == "2.0" && text == "2" {
				return text, nil
			}
		}
		return "", fmt.Errorf("#/%s: is %q; versions 2.0, 3.0, 3.1 and 3.2 are understood", member, text)
	}
	for member, what := range map[string]string{
		"overlay": "an OpenAPI overlay: give it with --overlay", "asyncapi": "an AsyncAPI document",
		"$schema": "a JSON Schema", "arazzo": "an Arazzo document", "credentials": "a configuration: give it with --config",
	} {
		if _, there := tree[member]; there {
			return "", fmt.Errorf("is %s, not an OpenAPI document", what)
		}
	}
	return "", errors.New("has neither openapi nor swagger at its top: it is no OpenAPI document")
}
