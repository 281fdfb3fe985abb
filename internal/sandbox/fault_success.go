package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"

	"conformance/internal/contract"
)

// successFaults: a success is answered in another way than documented.
func successFaults(m *model) []Fault {
	accepted := func(_ *call, a *answer) bool { return a.status/100 == 2 }
	faults := []Fault{
		must("create-answered-ok", "", "", "A create is answered 200 where 201 is documented.", changeResponse(
			func(_ *call, a *answer) bool { return a.status == http.StatusCreated },
			func(_ *call, a *answer) { a.status = http.StatusOK })),
		must("success-as-text", "", "", "A success is sent as plain text.",
			changeResponse(accepted, func(_ *call, a *answer) { a.header.Set("Content-Type", "text/plain") })),
		should("record-number-as-text", "", "",
			"Numbers of a record are sent as text, as some database drivers do.",
			changeResponse(func(c *call, a *answer) bool {
				return accepted(c, a) && c.operation != nil && c.operation.kind != nil && c.operation.payload != ""
			}, numbersAsText)),
	}
	if flag := m.contract.Envelope.Flag; flag != "" {
		faults = append(faults, must("success-flag-text", "", "", "The flag of a success is a text.", func(b *rules) {
			correct := b.render
			b.render = func(c *call, a *answer) *answer {
				if body, ok := a.body.(map[string]any); ok && accepted(c, a) {
					put(body, flag, "true")
				}
				return correct(c, a)
			}
		}))
	}
	for _, op := range m.operations {
		if op.Reads() && len(op.identifiers) == 1 && op.kind != nil && !op.list {
			faults = append(faults, must("never-succeeds", op.ID, "",
				"The operation answers every valid request as one to a record that it does not know.", neverSucceeds(op)))
		}
	}
	return faults
}

// neverSucceeds has what an operation should do refused.
func neverSucceeds(op *operation) func(*rules) {
	return func(b *rules) {
		correct := b.commit
		b.commit = func(c *call) *answer {
			if c.at(op.ID) {
				return refuse(c, &refusal{situation: contract.UnknownRecord, message: "No record has this id."})
			}
			return correct(c)
		}
	}
}

// listFaults: a list forgets whose records it shows.
func listFaults(m *model) []Fault {
	var faults []Fault
	for _, op := range m.operations {
		if !op.list || op.kind == nil || len(op.identifiers) > 0 || len(op.kind.parents) > 0 {
			continue
		}
		faults = append(faults,
			must("lists-foreign-records", op.ID, contract.ForeignRecord, "The list shows the records of all companies.",
				listAll(at(op))))
		for _, p := range op.inputs {
			if paging := m.contract.Pagination; paging == nil || p.Name != paging.Page && p.Name != paging.Size {
				faults = append(faults,
					must("lists-foreign-records", op.ID+"."+p.Name, contract.ForeignRecord,
						"With the filter the list shows the records of all companies.",
						listAll(func(c *call) bool { return c.at(op.ID) && c.query.Has(p.Name) })))
			}
		}
	}
	return faults
}

func listAll(where func(*call) bool) func(*rules) {
	return func(b *rules) {
		correct := b.visible
		b.visible = func(c *call) []*record {
			if !where(c) {
				return correct(c)
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
