package sandbox

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
)

// model is the contract as the stages need it: worked out once, so that no request walks the document.
type model struct {
	contract   *contract.Contract
	operations []*operation
	byID       map[string]*operation
	types      []*recordType // in the order in which the document first answers with them
	addresses  []*address
	static     map[string]*address // of URLs without parameters, by URL
	// property of success answers that holds the record; nil: it differs from answer to answer
	wrapper  *string
	scheme   *contract.Scheme // of requests that no operation claims
	schemes  []*contract.Scheme
	refusals map[contract.SituationID]choice
	tiers    []string // with "", of requests that no operation claims
	all      scopeSet
	// tellsMisplaced: a key in the wrong place is answered otherwise than none. Else nobody needs to look for one in the
	// body of a stranger's request.
	tellsMisplaced bool
	scoped         []scopeSet // some scopes each

	faults func() ([]Fault, error) // worked out when first asked for
}

// operation is an operation with everything that is derived from it.
type operation struct {
	*contract.Operation
	payload     string      // property of the success answer that holds what it is about; empty: the answer itself
	kind        *recordType // of the payload; nil: the contract does not say what is in it
	list        bool        // the payload is an array
	creates     bool        // success makes a record of kind
	subject     int         // index of the identifier that names the record acted on, or -1
	identifiers []*identifier
	inputs      []*openapi3.Parameter
	fields      []*field
	success     *contract.Response
	template    map[string]any // the success answer without what depends on the request
	refusals    map[contract.SituationID]choice
	gone        map[contract.SituationID]choice // those that say that what is not there was there once
}

// identifier is a parameter that names a record.
type identifier struct {
	*contract.Parameter
	parameter *openapi3.Parameter
	target    *target
}

// field is a property of a request body.
type field struct {
	*contract.Field
	target *target
}

// recordType is one sort of record that the server keeps: a schema that success answers give.
type recordType struct {
	name       string
	schema     *openapi3.Schema
	properties map[string]*openapi3.Schema
	required   map[string]bool
	id         string // the property that references point to
	uuid       bool   // addresses have the id as a UUID, whatever the record says of it
	parents    []*recordType
	initial    map[string]string  // of its status properties
	targets    map[string]*target // what properties of that name refer to in write schemas
	nested     [][]string         // ids inside the record that references point to
}

// target is what a reference points to. A nil target cannot be checked: the contract does not say what its source
// answers.
type target struct {
	kind     *recordType
	property string
	nested   []string // path of an id inside the record; empty: the record's own property
}

func newModel(c *contract.Contract) *model {
	m := &model{
		contract: c, byID: map[string]*operation{}, static: map[string]*address{},
		refusals: map[contract.SituationID]choice{},
	}
	m.wrapper = wrapper(c)
	for _, o := range c.Operations {
		op := &operation{Operation: o, subject: -1, success: o.Success()}
		m.operations, m.byID[o.ID] = append(m.operations, op), op
		m.describe(op)
	}
	if o := c.Secured(); o != nil {
		m.scheme = o.Security
	}
	m.schemes = contract.SchemesOf(c)
	m.chooseIDs()
	for _, op := range m.operations {
		m.link(op)
	}
	for _, op := range m.operations {
		m.relate(op)
		op.template = m.template(op)
	}
	m.addressAll()
	m.chooseRefusals()
	m.chooseKeys()
	m.tellsMisplaced = tellsMisplaced(c)
	m.faults = sync.OnceValues(func() ([]Fault, error) { return collect(m, groups) })
	return m
}

// tellsMisplaced says that the contract answers a key in the wrong place otherwise than none.
func tellsMisplaced(c *contract.Contract) bool {
	misplaced, listed := c.Situations[contract.MisplacedKey]
	missing := c.Situations[contract.MissingKey]
	if !listed {
		return false
	}
	exempt := func(id contract.SituationID) bool {
		return c.RateLimit != nil && slices.Contains(c.RateLimit.Exempt, id)
	}
	return !reflect.DeepEqual(misplaced.Answers, missing.Answers) ||
		exempt(contract.MisplacedKey) != exempt(contract.MissingKey)
}

// wrapper is the property that holds the records that references point into; nil if the references do not agree.
func wrapper(c *contract.Contract) *string {
	var found *string
	for _, r := range references(c) {
		tokens, token := r.At.Tokens(), ""
		if len(tokens) > 1 && !number(tokens[0]) {
			token = tokens[0]
		}
		if found != nil && *found != token {
			return nil
		}
		found = &token
	}
	return found
}

func references(c *contract.Contract) []*contract.Reference {
	var all []*contract.Reference
	for _, o := range c.Operations {
		for _, p := range o.Parameters {
			if p.Reference != nil && !p.Reference.Keep {
				all = append(all, p.Reference)
			}
		}
		if o.Body == nil {
			continue
		}
		for _, f := range o.Body.Fields {
			if f.Reference != nil && !f.Reference.Keep {
				all = append(all, f.Reference)
			}
		}
	}
	return all
}

// describe finds out what the operation's success answer holds.
func (m *model) describe(op *operation) {
	if op.success == nil || op.success.Schema == nil {
		return
	}
	held := &openapi3.SchemaRef{Value: op.success.Schema, Ref: op.success.Ref}
	op.payload = m.payload(op.success.Schema)
	if op.payload != "" {
		held = properties(op.success.Schema)[op.payload]
	}
	held = bare(held)
	if held.Value.Type.Is(openapi3.TypeArray) && held.Value.Items != nil {
		op.list, held = true, bare(held.Value.Items)
	}
	if len(properties(held.Value)) > 0 {
		op.kind = m.recordType(held, op.ID)
	}
}

// payload is the property of a success schema that holds what it is about.
func (m *model) payload(s *openapi3.Schema) string {
	all := properties(s)
	if m.wrapper != nil && (*m.wrapper == "" || all[*m.wrapper] != nil) {
		return *m.wrapper
	}
	others := slices.Sorted(maps.Keys(all))
	said := []contract.Pointer{m.contract.Envelope.Flag, m.contract.Envelope.Message}
	if p := m.contract.Pagination; p != nil {
		said = append(said, p.Total, p.Pages)
	}
	for _, p := range said {
		if tokens := p.Tokens(); len(tokens) > 0 {
			others = slices.DeleteFunc(others, func(name string) bool { return name == tokens[0] })
		}
	}
	if len(others) == 1 {
		return others[0]
	}
	return ""
}

func (m *model) recordType(ref *openapi3.SchemaRef, operationID string) *recordType {
	name := strings.TrimPrefix(ref.Ref, "#/components/schemas/")
	if name == "" {
		name = operationID
	}
	for _, t := range m.types {
		if t.schema == ref.Value || t.name == name {
			return t
		}
	}
	t := &recordType{
		name: name, schema: ref.Value, properties: map[string]*openapi3.Schema{}, required: map[string]bool{},
		initial: map[string]string{}, targets: map[string]*target{},
	}
	for property, s := range properties(ref.Value) {
		t.properties[property] = s.Value
		t.required[property] = required(ref.Value, property)
	}
	m.types = append(m.types, t)
	return t
}

// chooseIDs finds each type's id: the property that most references point to, else the first that the server makes up.
func (m *model) chooseIDs() {
	votes := map[*recordType]map[string]int{}
	for _, r := range references(m.contract) {
		t := m.target(r)
		if t == nil || len(t.nested) > 0 {
			continue
		}
		if votes[t.kind] == nil {
			votes[t.kind] = map[string]int{}
		}
		votes[t.kind][t.property]++
	}
	for _, t := range m.types {
		for _, name := range slices.Sorted(maps.Keys(t.properties)) {
			made := t.properties[name].ReadOnly && t.properties[name].Type.Is(openapi3.TypeInteger)
			if n := votes[t][name]; n > votes[t][t.id] || t.id == "" && n == 0 && made && len(votes[t]) == 0 {
				t.id = name
			}
		}
	}
}

// target resolves a reference against the answer of its source. A value that is only to be repeated refers to nothing.
func (m *model) target(r *contract.Reference) *target {
	if r == nil || r.Keep {
		return nil
	}
	source := m.byID[r.From]
	if source == nil || source.kind == nil {
		return nil
	}
	tokens := r.At.Tokens()
	if source.payload != "" && len(tokens) > 0 {
		tokens = tokens[1:]
	}
	if source.list && len(tokens) > 0 {
		tokens = tokens[1:]
	}
	switch len(tokens) {
	case 0:
		return nil
	case 1:
		return &target{kind: source.kind, property: tokens[0]}
	default:
		return &target{kind: source.kind, nested: tokens}
	}
}
