package document

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// bundler brings what stands in other files into the document.
type bundler struct {
	d     *Document
	main  string
	read  func(name string) ([]byte, error)
	trees map[string]any    // by file
	names map[string]string // of components that were brought in, by file and pointer
	tree  map[string]any    // the document
}

func (b *bundler) root(tree map[string]any) {
	b.tree = tree
	b.object(kRoot, tree, b.main, "#", 0)
}

// object brings in what an object of a file refers to. at is its place in the document.
func (b *bundler) object(k kind, object map[string]any, file, at string, level int) {
	if level > maxDepth {
		return
	}
	if k == kSchema {
		b.mapping(object, file, at, level)
	}
	for _, member := range slices.Sorted(maps.Keys(object)) {
		if strings.HasPrefix(member, "x-") {
			continue
		}
		s, pointer := shapeOf(k, member), at+"/"+escape(member)
		switch v := object[member].(type) {
		case map[string]any:
			if !s.keys {
				object[member] = b.value(s.kind, v, file, pointer, level+1)
				continue
			}
			for _, key := range slices.Sorted(maps.Keys(v)) {
				if child, ok := v[key].(map[string]any); ok {
					v[key] = b.value(s.kind, child, file, pointer+"/"+escape(key), level+2)
				}
			}
		case []any:
			for i := range v {
				if child, ok := v[i].(map[string]any); ok {
					v[i] = b.value(s.kind, child, file, fmt.Sprintf("%s/%d", pointer, i), level+2)
				}
			}
		}
	}
}

// value is what takes the place of an object: itself, or what its reference leads to.
func (b *bundler) value(k kind, object map[string]any, file, at string, level int) any {
	ref, isRef := object["$ref"].(string)
	if !isRef || k == kOther || file == b.main && strings.HasPrefix(ref, "#") {
		b.object(k, object, file, at, level)
		return object
	}
	if level > maxDepth {
		b.d.weaker(Lost, at, "refers to %q, which leads back to itself, or further than %d times", ref, maxDepth)
		return map[string]any{}
	}
	target, fragment, err := b.target(ref, file)
	if err != nil {
		b.d.weaker(Lost, at, "refers to %q, which cannot be read: %v", ref, err)
		return map[string]any{}
	}
	if target == b.main {
		object["$ref"] = "#" + fragment
		return object
	}
	found, err := b.find(target, fragment)
	if err != nil {
		b.d.weaker(Lost, at, "refers to %q, which cannot be read: %v", ref, err)
		return map[string]any{}
	}
	section := sections[k]
	if k == kPathItem || section == "" {
		whole, _ := copied(found, 0).(map[string]any)
		if whole == nil {
			whole = map[string]any{}
		}
		for name, v := range object {
			if name != "$ref" {
				whole[name] = v
			}
		}
		return b.value(k, whole, target, at, level+1)
	}
	object["$ref"] = "#/" + b.section(k) + "/" + escape(b.component(k, found, target, fragment, level))
	return object
}

// mapping brings in the schemas that a discriminator names by their files.
func (b *bundler) mapping(schema map[string]any, file, at string, level int) {
	discriminator, _ := schema["discriminator"].(map[string]any)
	mapping, _ := discriminator["mapping"].(map[string]any)
	for _, value := range slices.Sorted(maps.Keys(mapping)) {
		ref, _ := mapping[value].(string)
		if file == b.main && strings.HasPrefix(ref, "#") || !strings.ContainsAny(ref, "#/.") {
			continue
		}
		put, _ := b.value(kSchema, map[string]any{"$ref": ref}, file, at+"/discriminator/mapping/"+escape(value),
			level+1).(map[string]any)
		if mapping[value] = put["$ref"]; put["$ref"] == nil {
			delete(mapping, value)
		}
	}
}

// section is where the document's components of the kind stand.
func (b *bundler) section(k kind) string {
	if _, old := b.tree["swagger"]; old {
		return map[kind]string{
			kSchema: "definitions", kParameter: "parameters", kResponse: "responses", kScheme: "securityDefinitions",
		}[k]
	}
	return "components/" + sections[k]
}

// component makes a component of what another file holds, and returns its name.
func (b *bundler) component(k kind, found any, file, fragment string, level int) string {
	key := string(k) + " " + file + "#" + fragment
	if name, done := b.names[key]; done {
		return name
	}
	holder := b.tree
	for token := range strings.SplitSeq(b.section(k), "/") {
		next, ok := holder[token].(map[string]any)
		if !ok {
			next = map[string]any{}
			holder[token] = next
		}
		holder = next
	}
	base := path.Base(fragment)
	if fragment == "" {
		base = strings.TrimSuffix(path.Base(file), path.Ext(file))
	}
	name := componentName(base)
	for i := 2; ; i++ {
		if _, taken := holder[name]; !taken {
			break
		}
		name = fmt.Sprintf("%s-%d", componentName(base), i)
	}
	b.names[key] = name
	object, isObject := copied(found, 0).(map[string]any)
	if !isObject {
		object = map[string]any{}
	}
	holder[name] = object // before what it refers to: that may lead back here
	holder[name] = b.value(k, object, file, "#/"+b.section(k)+"/"+escape(name), level+1)
	return name
}

// componentName keeps of a text what a component's name may have.
func componentName(text string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r) {
			return r
		}
		return '_'
	}, text)
	if name == "" || name == "." || name == "/" {
		return "part"
	}
	return name
}

// target is the file and the JSON pointer that a reference leads to.
func (b *bundler) target(ref, file string) (name, fragment string, err error) {
	u, err := url.Parse(ref)
	if err != nil {
		return "", "", fmt.Errorf("it is no reference")
	}
	if u.Scheme != "" || u.Host != "" {
		return "", "", fmt.Errorf("references to the network are not followed; copy it in, or beside the document")
	}
	if u.Path == "" {
		return file, u.Fragment, nil
	}
	return path.Join(path.Dir(file), u.Path), u.Fragment, nil
}

func (b *bundler) find(file, fragment string) (any, error) {
	tree, known := b.trees[file]
	if !known {
		if !filepath.IsLocal(filepath.FromSlash(file)) {
			return nil, errors.New("it lies above the document's folder; give --root")
		}
		data, err := b.read(file)
		if err != nil {
			return nil, cause(err)
		}
		decoded, err := b.d.decode(Named{file, data})
		if err != nil {
			return nil, err
		}
		tree = decoded
		b.trees[file] = tree
	}
	v, ok := at(tree, fragment)
	if !ok {
		return nil, fmt.Errorf("there is nothing at #%s of %s", fragment, file)
	}
	return v, nil
}
