package document

import "testing"

// FuzzParse: no bytes make it panic or hang, and what it makes has no reference that leads nowhere.
func FuzzParse(f *testing.F) {
	for _, text := range append([]string{several, trees, `{"openapi":"3.1.0","paths":{"/":{"$ref":"#/paths/~1"}}}`}, parts["common/errors.yaml"]) {
		f.Add([]byte(text), []byte("overlay: 1.0.0\nactions: [{target: $.info, update: {title: x}}]"))
	}
	f.Fuzz(func(t *testing.T, data, overlay []byte) {
		if len(data)+len(overlay) > 1<<16 {
			return
		}
		for _, overlays := range [][]Named{nil, {{"o.yaml", overlay}}} {
			d, err := Parse("x.yaml", data, overlays...)
			if err != nil {
				continue
			}
			if d.Doc.Components != nil {
				for name, ref := range d.Doc.Components.Schemas {
					if ref.Value == nil {
						t.Errorf("%s leads nowhere", name)
					}
				}
			}
			if _, err := d.YAML(); err != nil {
				t.Error(err)
			}
		}
	})
}

// FuzzOverlay: whatever an overlay says, applying it ends, with a document or with an error.
func FuzzOverlay(f *testing.F) {
	for _, actions := range []string{
		"{target: $.info, update: {title: x}}", "{target: '$..*', remove: true}", "{target: '$..*', update: {a: [{}]}}",
		"{target: '$.paths[*][?@.operationId].parameters', update: {name: x}}", "{target: $, update: {paths: null}}",
		"{target: $.info, copy: $.paths}, {target: $.paths, copy: $}", "{target: '$[?@.title==\"x\"]', update: 3}",
		"{target: '$.tags[0:9:2]', remove: true}, {target: '$.tags[-1]', update: {}}",
	} {
		f.Add([]byte("overlay: 1.1.0\nactions: [" + actions + "]"))
	}
	f.Fuzz(func(t *testing.T, overlay []byte) {
		if len(overlay) > 1<<14 {
			return
		}
		d, err := Parse("x.yaml", []byte(trees), Named{"o.yaml", overlay})
		if (d == nil) == (err == nil) {
			t.Fatalf("%v and %v", d, err)
		}
	})
}
