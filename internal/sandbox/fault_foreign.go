package sandbox

import (
	"strconv"

	"conformance/internal/contract"
)

// foreignRecordFaults: another company's record can be reached.
func foreignRecordFaults(m *model) []Fault {
	changeOwned := func(where func(*call) bool) func(*rules) {
		return func(b *rules) {
			correct := b.owned
			b.owned = func(c *call, r *record) bool {
				// What a body refers to is a fault of its own; the stage find asks before there is a body.
				return correct(c, r) || c.body == nil && where(c)
			}
		}
	}
	ops := m.operationsWith(hasID)
	faults := []Fault{
		must("foreign-record-served", "", contract.ForeignRecord, "Another company's records are served like one's own.",
			changeOwned(func(*call) bool { return true })),
		must("foreign-record-read", "", contract.ForeignRecord, "Another company's records may be read.",
			changeOwned(func(c *call) bool { return c.operation.Reads() })),
		must("foreign-record-written", "", contract.ForeignRecord, "Another company's records may be changed.",
			changeOwned(func(c *call) bool { return !c.operation.Reads() })),
	}
	for _, op := range sampleEvenly(ops, 10) {
		faults = append(faults,
			must("foreign-record-served", op.ID, contract.ForeignRecord, "Another company's record is served like one's own.",
				changeOwned(at(op))))
	}
	foreign := of(contract.ForeignRecord)
	faults = append(faults,
		must("foreign-record-forbidden", "", contract.ForeignRecord,
			"Another company's record is answered like a missing scope.",
			replaceRefusal(foreign, as(contract.MissingScope))),
		must("foreign-record-empty", "", contract.ForeignRecord,
			"Another company's record is answered with success and nothing.",
			replaceRefusal(foreign, empty(map[string]any{}))),
		must("foreign-record-null", "", contract.ForeignRecord, "Another company's record is answered with success and null.",
			replaceRefusal(foreign, empty(nil))),
	)
	for _, op := range sampleEvenly(ops, 4) {
		faults = append(faults,
			must("foreign-record-forbidden", op.ID, contract.ForeignRecord,
				"Another company's record is answered like a missing scope.",
				replaceRefusal(func(c *call, r *refusal) bool {
					return foreign(c, r) && c.at(op.ID)
				}, as(contract.MissingScope))))
	}
	message := m.contract.Envelope.Message
	return append(faults,
		should("foreign-record-told", "", contract.ForeignRecord, "The message reveals that the record belongs to another "+
			"company.",
			changeRefusal(foreign, func(_ *call, _ *refusal, a *answer) {
				put(a.envelope(), message, "This record belongs to another company.")
			})),
		should("foreign-record-hinted", "", contract.ForeignRecord,
			"A member distinguishes another company's record from an unknown one.",
			changeRefusal(foreign, func(_ *call, r *refusal, a *answer) {
				put(a.envelope(), message, "You have no access to "+strconv.Quote(r.value)+".")
			})),
	)
}
