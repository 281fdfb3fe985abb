package sandbox

import (
	"encoding/json"
	"math"
	"strconv"

	"conformance/internal/contract"
)

// find looks up the records that the address names. Another company's record has a situation of its own. The contract
// answers both situations alike, so that the client cannot tell such a record from none.
func find(c *call) *refusal {
	c.store.mu.RLock()
	defer c.store.mu.RUnlock()
	for i, n := range c.named {
		if n.target == nil {
			continue
		}
		if r := c.store.lookup(n.target, n.id, c.company()); r != nil && c.under(r, i) {
			c.named[i].record = r
		}
	}
	for _, n := range c.named {
		switch {
		case n.target == nil:
		case n.record == nil:
			return c.missing(n)
		case !c.rules.owned(c, n.record):
			return n.absent(contract.ForeignRecord)
		}
	}
	return nil
}

func (n named) absent(id contract.SituationID) *refusal {
	return &refusal{situation: id, value: n.id, message: sentence("parameter", n.Name, "does not name an existing record")}
}

// under says whether a record was made under the records that the address names before it.
func (c *call) under(r *record, before int) bool {
	for _, n := range c.named[:before] {
		if parent, ok := r.parents[n.targetKind()]; ok && parent != n.id {
			return false
		}
	}
	return true
}

func (n named) targetKind() *recordType {
	if n.target == nil {
		return nil
	}
	return n.target.kind
}

// present makes sure that the records found before are still there, now that no one else can take them away.
func present(c *call) *refusal {
	for _, n := range c.named {
		if n.record != nil && n.record.gone {
			return c.missing(n)
		}
	}
	return nil
}

// missing refuses a request to a record that is not there. The company that had it may learn that it was deleted.
func (c *call) missing(n named) *refusal {
	r := n.absent(n.Reference.Unknown)
	r.deleted = n.target.property == n.target.kind.id && c.store.deleted[collection{c.company(), n.target.kind}][n.id]
	return r
}

// refer checks that every reference in the body leads to a record.
func refer(c *call) *refusal {
	for _, f := range c.operation.fields {
		value, given := c.body[f.Name]
		if f.Reference == nil || f.target == nil || !given || value == nil || c.rules.refers(c, f, value) {
			continue
		}
		return &refusal{situation: f.Reference.Unknown, message: sentence("field", f.Name, "refers to something that does "+
			"not exist")}
	}
	return nil
}

// refers says whether the value names a record of the caller's company, or something inside the record that the request
// is about.
func refers(c *call, f *field, value any) bool {
	id, ok := idOf(value)
	if !ok {
		return false
	}
	if len(f.target.nested) == 0 {
		r := c.store.lookup(f.target, id, c.company())
		return r != nil && c.rules.owned(c, r)
	}
	for _, n := range c.named {
		if n.record != nil && n.record.kind == f.target.kind {
			return holds(n.record.values, f.target.nested, id)
		}
	}
	for _, r := range c.tenant().order[f.target.kind] {
		if holds(r.values, f.target.nested, id) {
			return true
		}
	}
	return false
}

// holds says whether a value has that id at the path, whatever the index in the lists on the way.
func holds(value any, path []string, id string) bool {
	found := false
	visit(value, path, func(holder map[string]any, name string) {
		at, ok := idOf(holder[name])
		found = found || ok && at == id
	})
	return found
}

// visit calls f for every object that has the last name of the path.
func visit(value any, path []string, f func(holder map[string]any, name string)) {
	switch v := value.(type) {
	case map[string]any:
		if len(path) > 1 {
			visit(v[path[0]], path[1:], f)
		} else if _, ok := v[path[0]]; ok {
			f(v, path[0])
		}
	case []any:
		if len(path) > 1 && number(path[0]) {
			for _, item := range v {
				visit(item, path[1:], f)
			}
		}
	}
}

// idOf is the one spelling of an id in JSON: digits for an integer however it was written, the text itself for a
// string.
func idOf(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case json.Number:
		if n, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return strconv.FormatInt(n, 10), true
		}
		f, err := v.Float64()
		return integral(f, err == nil)
	case float64:
		return integral(v, true)
	case int64:
		return strconv.FormatInt(v, 10), true
	case int:
		return strconv.Itoa(v), true
	}
	return "", false
}

// integral spells a float that is an integer and small enough to be exact (2^53).
func integral(f float64, ok bool) (string, bool) {
	if !ok || f != math.Trunc(f) || math.Abs(f) >= 1<<53 {
		return "", false
	}
	return strconv.FormatInt(int64(f), 10), true
}
