package sandbox

import (
	"slices"
	"strings"

	"conformance/internal/contract"
)

// Where a fault shows: on which operations, in which situations.

// situations are those that the server answers, in alphabetical order.
func (m *model) situations() []contract.SituationID {
	return slices.DeleteFunc(m.contract.SituationIDs(), func(id contract.SituationID) bool {
		_, ok := m.refusals[id]
		return !ok
	})
}

// said is what may answer the situation where it is found first.
func (m *model) said(id contract.SituationID) contract.Situation {
	for _, o := range m.contract.Operations {
		if s, ok := m.contract.SituationOf(o, id); ok {
			return s
		}
	}
	return contract.Situation{}
}

// operationsWith are those for which the test holds.
func (m *model) operationsWith(test func(*operation) bool) []*operation {
	var found []*operation
	for _, op := range m.operations {
		if test(op) {
			found = append(found, op)
		}
	}
	return found
}

func hasBody(op *operation) bool  { return op.Body != nil }
func hasID(op *operation) bool    { return len(op.identifiers) > 0 }
func secured(op *operation) bool  { return op.Secured() }
func writes(op *operation) bool   { return !op.Reads() }
func anywhere(*call) bool         { return true }
func (c *call) at(op string) bool { return c.operation != nil && (op == "" || c.operation.ID == op) }

// at is the predicate of the requests to an operation.
func at(op *operation) func(*call) bool { return func(c *call) bool { return c.at(op.ID) } }

// confined is the operation or path that a subject begins with.
func (m *model) confined(subject string) string {
	head, _, _ := strings.Cut(subject, ".")
	if m.byID[head] != nil {
		return head
	}
	for _, p := range m.contract.Paths {
		if p.Key == subject {
			return subject
		}
	}
	return ""
}

// sampleEvenly takes up to n items, evenly spread.
func sampleEvenly[T any](all []T, n int) []T {
	if len(all) <= n {
		return all
	}
	picked := make([]T, n)
	for i := range picked {
		picked[i] = all[i*len(all)/n]
	}
	return picked
}
