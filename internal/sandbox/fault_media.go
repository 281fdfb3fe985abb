package sandbox

import "conformance/internal/contract"

// mediaTypeFaults: a body that the client calls something else than the operation takes is not refused as that. Only
// where the document says that it is: elsewhere a server may take it.
func mediaTypeFaults(m *model) []Fault {
	operations := m.operationsWith(func(op *operation) bool {
		return contract.RefusesMediaTypes(m.contract, op.Operation)
	})
	if len(operations) == 0 {
		return nil
	}
	foreign := func(where func(*call) bool) func(*call, *refusal) bool {
		return func(c *call, r *refusal) bool { return r.situation == contract.ForeignMediaType && where(c) }
	}
	faults := []Fault{
		must("body-media-type-applied", "", contract.ForeignMediaType,
			"A body of a foreign media type is refused when all is done that it asks for.",
			changeEffect(afterEffect, foreign(anywhere))),
		must("body-media-type-as-bad-data", "", contract.ForeignMediaType, "A foreign media type is answered like bad data.",
			replaceRefusal(foreign(anywhere), as(contract.InvalidField))),
		must("body-media-type-crashes", "", contract.ForeignMediaType, "A foreign media type makes the server fail.",
			replaceRefusal(foreign(anywhere), crash)),
	}
	for _, op := range sampleEvenly(operations, 4) {
		faults = append(faults, must("body-media-type-ignored", op.ID, contract.ForeignMediaType,
			"The operation takes its body under the name of any media type.", changeEffect(ignore, foreign(at(op)))))
	}
	return faults
}
