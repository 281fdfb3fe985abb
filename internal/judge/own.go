package judge

import (
	"slices"

	"conformance/internal/contract"
	"conformance/internal/probe"
)

// Own says that an answer has the form in which the operation answers with its status, or in which the API answers
// with an error, as far as the contract says. What has neither is somebody else's.
func Own(c *contract.Contract, o *contract.Operation, a *probe.Answer) bool {
	r, got := o.Response(a.Status), a.Get("Content-Type")
	if r != nil && slices.ContainsFunc(r.Others, func(other string) bool { return SameType(got, other) }) {
		return true
	}
	body, err := Decode(a.Body)
	if err != nil {
		return r != nil && r.MediaType == "" && len(r.Others) == 0 && len(a.Body) == 0 // documented without a body
	}
	known := false
	for _, e := range []contract.Envelope{c.EnvelopeOf(r), c.Envelope} {
		for _, at := range []contract.Pointer{e.Code, e.Flag} {
			if _, ok := at.Get(body); ok && at != "" {
				return true
			}
			known = known || at != ""
		}
	}
	return !known || r != nil && r.Schema != nil && len(SchemaProblems(r.Schema, body)) == 0
}
