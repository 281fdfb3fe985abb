package sandbox

import (
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
