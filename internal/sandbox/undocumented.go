package sandbox

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
)

// undocumented lets a server do more than its document mentions (Options.Undocumented): with a valid key it serves each
// of GET, POST, PUT, PATCH and DELETE wherever no operation has the method, as the servers do whose document shows a
// part of them. It does what the method means there, as bluntly as it can: DELETE of a collection deletes all that the
// company has in it.
func undocumented(b *rules) {
	correct := b.refuse
	b.refuse = func(c *call, r *refusal) *answer {
		if !c.unserved(r) {
			return correct(c, r)
		}
		a, refused := c.serveUndocumented()
		if refused != nil {
			return correct(c, refused)
		}
		return a
	}
}

// unserved says that a request with a valid key is refused because the document does not mention its method there, or
// only together with a selector or an id that the request leaves out.
func (c *call) unserved(r *refusal) bool {
	known := []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	if c.address == nil || c.key == nil || !slices.Contains(known, c.request.Method) {
		return false
	}
	if c.operation != nil {
		return r.situation == contract.InvalidID && len(c.operation.identifiers) > 0 &&
			!slices.ContainsFunc(c.operation.identifiers, func(id *identifier) bool {
				return id.In == openapi3.ParameterInPath || c.query.Has(id.Name)
			})
	}
	return r.situation == contract.WrongMethod ||
		r.situation == contract.InvalidParameter && c.unmatchedSelector != "" && !c.query.Has(c.unmatchedSelector)
}

// serveUndocumented acts on the record that the address names, or on the collection that it leads to.
func (c *call) serveUndocumented() (*answer, *refusal) { return unnamed{c}.serve() }

// unnamed is a call of a method that the document does not name.
type unnamed struct{ *call }

func (c unnamed) serve() (*answer, *refusal) {
	c.store.mu.Lock()
	defer c.store.mu.Unlock()
	c.named = nil
	for _, id := range c.longest() {
		text := c.query.Get(id.Name)
		if id.In == openapi3.ParameterInPath {
			text = c.parameters[id.Name]
		}
		n := c.nameOne(id, text)
		if n.record == nil || !c.under(n.record, len(c.named)) || n.record.company != c.company() {
			return nil, n.absent(id.Reference.Unknown)
		}
		c.named = append(c.named, n)
	}
	kind := c.collected()
	if len(c.named) > 0 {
		last := c.named[len(c.named)-1].record
		if kind == nil || kind == last.kind || !c.inside(kind) {
			return c.treatRecord(last), nil
		}
	}
	if kind == nil {
		return c.done(nil), nil
	}
	return c.treatCollection(kind), nil
}

func (c unnamed) nameOne(id *identifier, text string) named {
	n := named{identifier: id, id: text}
	if spelt, ok := spell(c.call, id, text); ok {
		n.id, n.record = spelt, c.store.lookup(id.target, spelt, c.company())
	}
	return n
}

// longest are the identifiers of the operation at the address of which the request gives most.
func (c unnamed) longest() []*identifier {
	var best []*identifier
	for _, op := range c.address.operations {
		var given []*identifier
		for _, id := range op.identifiers {
			if id.target != nil && len(id.target.nested) == 0 && (id.In == openapi3.ParameterInPath || c.query.Has(id.Name)) {
				given = append(given, id)
			}
		}
		if len(given) > len(best) {
			best = given
		}
	}
	return best
}

// collected is the type of the records that the address lists or takes; of several path keys that of the one whose
// selectors the request meets.
func (c unnamed) collected() *recordType {
	var found *recordType
	for _, op := range c.address.operations {
		met := true
		for _, p := range op.Selectors() {
			met = met && c.query.Get(p.Name) == p.Value
		}
		if op.kind != nil && (op.list || op.creates) && (found == nil || met) {
			found = op.kind
		}
	}
	return found
}

// inside says that the collection is that of records inside the named one.
func (c unnamed) inside(kind *recordType) bool {
	return slices.Contains(kind.parents, c.named[len(c.named)-1].record.kind)
}

func (c unnamed) treatRecord(r *record) *answer {
	switch c.request.Method {
	case http.MethodDelete:
		c.store.removeAll(r)
		return c.done(nil)
	case http.MethodPut:
		c.store.replace(r, c.overwritten(r, true))
	case http.MethodPatch, http.MethodPost:
		c.store.replace(r, c.overwritten(r, false))
	}
	return c.done(r.raw)
}

func (c unnamed) treatCollection(kind *recordType) *answer {
	all := c.company().order[kind]
	if len(c.named) > 0 {
		all = childrenOf(c.call, all)
	}
	all = append([]*record{}, all...) // deleting changes the list
	switch c.request.Method {
	// a collection that is replaced by what the request holds: nothing that is in it
	case http.MethodDelete, http.MethodPut:
		for _, r := range all {
			c.store.removeAll(r)
		}
		return c.done(nil)
	case http.MethodPatch:
		for _, r := range all {
			c.store.replace(r, c.overwritten(r, false))
		}
	case http.MethodPost:
		return c.done(c.makeUndocumented(kind).raw)
	}
	items := make([]json.RawMessage, 0, len(all))
	for _, r := range all {
		items = append(items, r.raw)
	}
	return c.done(join(items))
}

func (c unnamed) makeUndocumented(kind *recordType) *record {
	r := &record{collection: collection{c.company(), kind}, parents: map[*recordType]string{}}
	r.values = c.fitting(kind)
	r.values[kind.id] = c.store.nextID(kind)
	for _, n := range c.named {
		r.parents[n.record.kind] = n.id
	}
	kind.setDefaults(r.values, c.now)
	c.store.insert(r)
	return r
}

// overwritten are a record's values with those of the body in their place; of a record that is replaced, what may be
// left out and is goes.
func (c unnamed) overwritten(r *record, replaced bool) map[string]any {
	values := maps.Clone(r.values)
	given := c.fitting(r.kind)
	for name, s := range r.kind.properties {
		if _, ok := given[name]; replaced && !ok && !s.ReadOnly && !r.kind.required[name] {
			delete(values, name)
		}
	}
	maps.Copy(values, given)
	r.kind.setDefaults(values, c.now)
	return values
}

// fitting is what of the body has a place in a record; an unreadable body holds nothing.
func (c unnamed) fitting(kind *recordType) map[string]any {
	values := map[string]any{}
	body, err := object(c.load())
	if err != nil {
		return values
	}
	for name, v := range body {
		if s := kind.properties[name]; s != nil && name != kind.id && !s.ReadOnly && s.VisitJSON(v) == nil {
			values[name] = v
		}
	}
	return values
}

func (c unnamed) done(body json.RawMessage) *answer {
	if body == nil {
		return &answer{status: http.StatusNoContent, header: http.Header{}}
	}
	return &answer{status: http.StatusOK, header: http.Header{}, body: body}
}
