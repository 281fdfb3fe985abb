package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"

	"conformance/internal/contract"
)

// successes: what is right is answered in another way than documented.
func (k *catalogue) successes() {
	accepted := func(_ *call, a *answer) bool { return a.status/100 == 2 }
	k.must("create-answered-ok", "", "", "A create is answered 200 where 201 is documented.", rendering(
		func(_ *call, a *answer) bool { return a.status == http.StatusCreated },
		func(_ *call, a *answer) { a.status = http.StatusOK }))
	k.must("success-as-text", "", "", "A success is sent as plain text.", rendering(accepted, func(_ *call, a *answer) { a.header.Set("Content-Type", "text/plain") }))
	k.should("record-number-as-text", "", "", "The numbers of a record are told as text, as some database drivers have them.", rendering(func(c *call, a *answer) bool {
		return accepted(c, a) && c.operation != nil && c.operation.kind != nil && c.operation.payload != ""
	}, numbersAsText))
	if flag := k.contract.Envelope.Flag; flag != "" {
		k.must("success-flag-text", "", "", "The flag of a success is a text.", func(b *rules) {
			sound := b.render
			b.render = func(c *call, a *answer) *answer {
				if body, ok := a.body.(map[string]any); ok && accepted(c, a) {
					put(body, flag, "true")
				}
				return sound(c, a)
			}
		})
	}
}

// lists: a list forgets whose records it shows.
func (k *catalogue) lists() {
	for _, op := range k.operations {
		if !op.list || op.kind == nil || len(op.identifiers) > 0 || len(op.kind.parents) > 0 {
			continue
		}
		k.must("lists-foreign-records", op.ID, contract.ForeignRecord, "The list shows the records of all companies.", listingAll(at(op)))
		for _, p := range op.inputs {
			if paging := k.contract.Pagination; paging == nil || p.Name != paging.Page && p.Name != paging.Size {
				k.must("lists-foreign-records", op.ID+"."+p.Name, contract.ForeignRecord, "With the filter the list shows the records of all companies.",
					listingAll(func(c *call) bool { return c.at(op.ID) && c.query.Has(p.Name) }))
			}
		}
	}
}

func listingAll(where func(*call) bool) func(*rules) {
	return func(b *rules) {
		sound := b.visible
		b.visible = func(c *call) []*record {
			if !where(c) {
				return sound(c)
			}
			var all []*record
			for _, company := range c.ring.companies {
				all = append(all, company.order[c.operation.kind]...)
			}
			return all
		}
	}
}

// numbersAsText rewrites what a client may send of the record in an answer; ids stay as they are.
func numbersAsText(c *call, a *answer) {
	var body map[string]any
	if json.Unmarshal(a.raw, &body) != nil {
		return
	}
	record, _ := body[c.operation.payload].(map[string]any)
	for name, value := range record {
		if s := c.operation.kind.properties[name]; isNumber(value) && s != nil && !s.ReadOnly {
			record[name] = fmt.Sprint(value)
		}
	}
	if raw, err := json.Marshal(body); err == nil {
		a.raw = raw
	}
}
