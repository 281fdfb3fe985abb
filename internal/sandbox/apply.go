package sandbox

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
)

// unique refuses a value that another record of the company has.
func unique(c *call) *refusal {
	for _, f := range c.operation.fields {
		value, given := c.body[f.Name]
		if f.Unique == nil || !given || value == nil || !c.rules.taken(c, f, uniqueText(value, f.Unique.IgnoreCase)) {
			continue
		}
		return &refusal{situation: contract.Duplicate, message: sentence("field", f.Name, "has a value that is already in "+
			"use")}
	}
	return nil
}

func taken(c *call, f *field, value string) bool {
	holder := c.store.holder(targetCollection(c), f.Name, value)
	return holder != nil && holder != c.subject()
}

// targetCollection is the collection of the record that the operation writes.
func targetCollection(c *call) collection {
	if r := c.subject(); r != nil {
		return r.collection
	}
	return collection{c.tenant(), c.operation.kind}
}

// changeStatus refuses a change of status that the contract does not allow.
func changeStatus(c *call) *refusal {
	subject := c.subject()
	if subject == nil {
		return nil
	}
	for _, f := range c.operation.fields {
		from, known := subject.values[f.Name].(string)
		to, given := c.body[f.Name].(string)
		if f.Transitions == nil || !known || !given || c.rules.legal(c, f, from, to) {
			continue
		}
		return &refusal{
			situation: contract.IllegalTransition, message: sentence("field", f.Name, "cannot change from "+from+" to "+to),
		}
	}
	return nil
}

func apply(c *call) *refusal {
	c.answer = c.rules.commit(c)
	return nil
}

// commit does what the request asks for and answers it.
func commit(c *call) *answer {
	op, subject := c.operation, c.subject()
	switch {
	case op.creates:
		r := c.create()
		if op.list {
			return c.succeed(join([]json.RawMessage{r.raw}))
		}
		return c.succeed(r.raw)
	case op.list && op.kind != nil:
		return c.succeedWithPage()
	case subject != nil && (op.Method == http.MethodPut || op.Method == http.MethodPatch):
		c.update(subject)
	case subject != nil && op.Method == http.MethodDelete:
		c.store.removeAll(subject)
	}
	if subject != nil && op.kind == subject.kind {
		return c.succeed(subject.raw)
	}
	return c.succeed(nil)
}

// create makes a record of what was sent, of the records it is made under, and of what only the server can know.
func (c *call) create() *record {
	kind := c.operation.kind
	r := &record{collection: targetCollection(c), parents: map[*recordType]string{}}
	values := c.writable()
	values[kind.id] = c.store.nextID(kind)
	for _, n := range c.named {
		if n.record == nil {
			continue
		}
		r.parents[n.record.kind] = n.id
		if parent := n.record.kind; parent != kind && kind.properties[parent.id] != nil {
			values[parent.id] = n.record.values[parent.id]
		}
	}
	for _, f := range c.operation.fields {
		if _, given := values[f.Name]; !given && f.Schema.Default != nil && kind.properties[f.Name] != nil {
			values[f.Name] = f.Schema.Default
		}
	}
	kind.setDefaults(values, c.now)
	r.values = values
	c.store.insert(r)
	claimUnique(c, r)
	return r
}

// setDefaults fills in what a record must have and nobody sent.
func (t *recordType) setDefaults(values map[string]any, now time.Time) {
	for name, s := range t.properties {
		if _, ok := values[name]; ok || !s.ReadOnly && !t.required[name] && s.Default == nil {
			continue
		}
		switch {
		case t.initial[name] != "" && s.Default == nil:
			values[name] = t.initial[name]
		case !s.ReadOnly && s.Nullable && s.Default == nil:
			values[name] = nil // an example is for the client to send
		default:
			values[name] = sample(s, now)
		}
	}
}

// update replaces what was sent and keeps the rest: the contract leaves open whether PUT clears what it leaves out.
func (c *call) update(r *record) {
	values := maps.Clone(r.values)
	maps.Copy(values, c.writable())
	c.store.replace(r, values)
	claimUnique(c, r)
}

// writable is the part of the body that the record has a place for. What the record's own schema does not take is left
// out: a server that validates too little still answers as it documents.
func (c *call) writable() map[string]any {
	kind := c.operation.kind
	if r := c.subject(); r != nil {
		kind = r.kind
	}
	values := map[string]any{}
	for _, f := range c.operation.fields {
		value, given := c.body[f.Name]
		place := kind.properties[f.Name]
		if given && !f.Schema.ReadOnly && place != nil && place.VisitJSON(value, openapi3.VisitAsResponse()) == nil {
			values[f.Name] = value
		}
	}
	return values
}

func claimUnique(c *call, r *record) {
	for _, f := range c.operation.fields {
		value, given := c.body[f.Name]
		switch {
		case f.Unique == nil || !given:
		case value == nil:
			c.store.release(r, f.Name)
		default:
			c.store.claim(r, f.Name, uniqueText(value, f.Unique.IgnoreCase))
		}
	}
}

// succeedWithPage answers with the page that the request asks for, newest records first.
func (c *call) succeedWithPage() *answer {
	kind := c.operation.kind
	all := c.rules.visible(c)
	if len(kind.parents) > 0 && len(c.named) > 0 {
		all = childrenOf(c, all)
	}
	page, size := 1, max(1, len(all))
	said := c.contract.Pagination
	if said != nil {
		page, size = queryNumber(c, said.Page, 1), queryNumber(c, said.Size, size)
	}
	var items []json.RawMessage
	for i := range min(size, len(all)) {
		at := len(all) - 1 - i
		if page > 1 {
			if page-1 > len(all)/size {
				break
			}
			at -= (page - 1) * size
		}
		if at < 0 {
			break
		}
		items = append(items, all[at].raw)
	}
	return c.succeedWithList(items, page, size, len(all))
}

// visible are the caller's records of the operation's type, oldest first.
func visible(c *call) []*record { return c.tenant().order[c.operation.kind] }

// childrenOf are the records that were made under those that the address names.
func childrenOf(c *call, all []*record) []*record {
	var found []*record
	for _, r := range all {
		under := true
		for _, n := range c.named {
			under = under && (n.record == nil || r.parents[n.record.kind] == n.id)
		}
		if under {
			found = append(found, r)
		}
	}
	return found
}

// queryNumber is an integer parameter, or its default.
func queryNumber(c *call, name string, otherwise int) int {
	for _, p := range c.operation.inputs {
		if p.Name != name {
			continue
		}
		if n, err := strconv.Atoi(c.query.Get(name)); err == nil && n > 0 {
			return n
		}
		if n, ok := p.Schema.Value.Default.(float64); ok && n >= 1 {
			return int(n)
		}
	}
	return otherwise
}
