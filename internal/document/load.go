package document

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
)

// load makes kin-openapi's model of a document that is in order, as JSON.
func load(text []byte, old bool) (*openapi3.T, error) {
	if old {
		return loadOld(text)
	}
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = false // all that it may refer to was brought in
	doc := &openapi3.T{}
	// The loader's own reading goes by way of YAML, which takes eight times the memory of a large document.
	if err := json.Unmarshal(text, doc); err != nil {
		return nil, fmt.Errorf("no OpenAPI document: %s", line(err))
	}
	if err := loader.ResolveRefsIn(doc, nil); err != nil {
		return nil, fmt.Errorf("no OpenAPI document: %s", line(err))
	}
	return doc, nil
}

func loadOld(text []byte) (*openapi3.T, error) {
	var old openapi2.T
	if err := json.Unmarshal(text, &old); err != nil {
		return nil, fmt.Errorf("no Swagger document: %s", line(err))
	}
	doc, err := openapi2conv.ToV3(&old)
	if err != nil {
		return nil, fmt.Errorf("no Swagger document: %s", line(err))
	}
	for _, item := range doc.Paths.Map() {
		for _, o := range item.Operations() {
			formsRequired(o)
		}
	}
	return doc, nil
}

// formsRequired says of a form that has a required member that it is required: Swagger says it of the member alone.
func formsRequired(o *openapi3.Operation) {
	if o.RequestBody == nil || o.RequestBody.Value == nil {
		return
	}
	for _, mediaType := range []string{"application/x-www-form-urlencoded", "multipart/form-data"} {
		m := o.RequestBody.Value.Content[mediaType]
		if m != nil && m.Schema != nil && m.Schema.Value != nil && len(m.Schema.Value.Required) > 0 {
			o.RequestBody.Value.Required = true
		}
	}
}

func line(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}

// maxSchemas is how many schemas one value may be checked against, with allOf and the like written out.
const maxSchemas = 10_000

// finite takes out of schemas the parts that lead back to themselves: checking a value against one would never end, or
// not within a lifetime.
func finite(d *Document) {
	f := &finisher{weights: map[*openapi3.Schema]int{}}
	if d.Doc.Components == nil {
		return
	}
	names := make([]string, 0, len(d.Doc.Components.Schemas))
	for name := range d.Doc.Components.Schemas {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if ref := d.Doc.Components.Schemas[name]; ref != nil && ref.Value != nil {
			if f.weigh(ref.Value); f.cut {
				d.gap(Approximated, "#/components/schemas/"+escape(name), "is made of itself through allOf, oneOf, anyOf or "+
					"not, or of more than %d schemas; values are not checked by those parts", maxSchemas)
				f.cut = false
			}
		}
	}
}

type finisher struct {
	weights map[*openapi3.Schema]int // -1: being weighed
	cut     bool
}

func (f *finisher) weigh(s *openapi3.Schema) int {
	if w, known := f.weights[s]; known {
		return w
	}
	f.weights[s] = -1
	sum := 1
	keep := func(refs openapi3.SchemaRefs, all bool) openapi3.SchemaRefs {
		var out openapi3.SchemaRefs
		for _, ref := range refs {
			if ref == nil || ref.Value == nil {
				continue
			}
			w := f.weigh(ref.Value)
			if w < 0 || sum+w > maxSchemas {
				f.cut = true
				if !all { // of alternatives none may be missing: the value might be just that
					return nil
				}
				continue
			}
			sum += w
			out = append(out, ref)
		}
		return out
	}
	s.AllOf, s.OneOf, s.AnyOf = keep(s.AllOf, true), keep(s.OneOf, false), keep(s.AnyOf, false)
	if s.Not != nil && s.Not.Value != nil {
		if w := f.weigh(s.Not.Value); w < 0 || sum+w > maxSchemas {
			s.Not, f.cut = nil, true
		} else {
			sum += w
		}
	}
	f.weights[s] = sum
	return sum
}
