package session

import (
	"context"
	"sync/atomic"

	"conformance/internal/contract"
	"conformance/internal/judge"
	"conformance/internal/parallel"
	"conformance/internal/probe"
)

// Putting to rest: what the run created stays behind, for no operation deletes; but it need not look like work to be done.

// createdRecord is a record of this run that has a status.
type createdRecord struct {
	statusChange *contract.Operation // that moves its status
	fields       map[string]any      // the ids that a change needs
	secret       string              // of the key that created it
}

// noteRecord remembers a created record whose status can be moved.
func (s *Session) noteRecord(r *Request, a *probe.Answer) {
	if !r.Operation.Creates() || r.Sent.Credential == nil {
		return
	}
	for _, change := range s.Contract.Operations {
		if change.StatusField() == nil || len(change.Identifiers()) != 1 || change.LastIdentifier().Reference.From != r.Operation.ID {
			continue
		}
		body, err := judge.Decode(a.Body)
		if id, ok := change.LastIdentifier().Reference.At.Get(body); err == nil && ok {
			s.mu.Lock()
			s.records = append(s.records, createdRecord{change, map[string]any{change.LastIdentifier().Name: id}, r.Sent.Credential.Secret})
			s.mu.Unlock()
		}
	}
}

// CloseRecords moves the records that the run created to a status from which nothing follows, as far as legal steps lead there, and returns how
// many came to rest. What the target refuses is left as it is: it was judged before.
func (s *Session) CloseRecords(ctx context.Context) int {
	s.mu.Lock()
	records := s.records
	s.records = nil
	s.mu.Unlock()
	var n atomic.Int64
	parallel.Each(s.Config.Concurrency, len(records), func(i int) {
		if s.closeRecord(ctx, records[i]) {
			n.Add(1)
		}
	})
	return int(n.Load())
}

func (s *Session) closeRecord(ctx context.Context, record createdRecord) bool {
	f := record.statusChange.StatusField()
	from := s.Status(RecordOf(record.statusChange, record.fields), f)
	var best []string
	for _, status := range f.Transitions.Statuses {
		if len(f.Transitions.To[status]) > 0 {
			continue
		}
		if steps := f.Transitions.Steps(from, status); steps != nil && (best == nil || len(steps) < len(best)) {
			best = steps
		}
	}
	if best == nil || ctx.Err() != nil {
		return false
	}
	for _, to := range best {
		a, err := s.Send(ctx, s.Request(record.statusChange, record.fields).As(record.secret, "").WithField(f.Name, to, ""))
		if err != nil || a.Status/100 != 2 {
			return false
		}
	}
	return true
}
