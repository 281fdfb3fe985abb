package session

import (
	"fmt"
	"slices"
	"sync"

	"conformance/internal/contract"
	"conformance/internal/generate"
)

// statuses are those that the run moved records to, as far as answers say. It is safe for concurrent use.
type statuses struct {
	statusMu sync.Mutex
	moved    map[string]string // record to the status it was last moved to
}

func newStatuses() statuses { return statuses{moved: map[string]string{}} }

// RecordOf names the record that a request to the operation acts on.
func RecordOf(o *contract.Operation, fields map[string]any) string {
	ids := o.Identifiers()
	if len(ids) == 0 {
		return ""
	}
	last := ids[len(ids)-1]
	return fmt.Sprint(last.Reference.From, last.Reference.At, " ", generate.Text(fields[last.Name]))
}

// Status is what the record was last moved to, or what new records start from.
func (s *statuses) Status(record string, f *contract.Field) string {
	s.statusMu.Lock()
	defer s.statusMu.Unlock()
	if status, ok := s.moved[record]; ok {
		return status
	}
	return f.Transitions.Initial
}

// noteStatus remembers a status change that the target accepted.
func (s *statuses) noteStatus(r *Request) {
	if f := r.Operation.StatusField(); f != nil {
		if status, ok := r.Body[f.Name].(string); ok && slices.Contains(f.Transitions.Statuses, status) {
			s.statusMu.Lock()
			s.moved[RecordOf(r.Operation, r.Fields)] = status
			s.statusMu.Unlock()
		}
	}
}

// Unknown is the status of a record whose change was never answered: no legal step leads from it.
const Unknown = "\x00unknown"

func (s *statuses) forgetStatus(r *Request) {
	if r.Operation.StatusField() != nil && r.Operation.HasID() {
		s.statusMu.Lock()
		s.moved[RecordOf(r.Operation, r.Fields)] = Unknown
		s.statusMu.Unlock()
	}
}
