package session

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"

	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/judge"
	"conformance/internal/probe"
	"conformance/internal/result"
)

// ServerFault asks the trigger once in a run.
func (s *Session) ServerFault(ctx context.Context, trigger *Trigger) (*probe.Answer, error) {
	if s.Config.NoWrites && !isSafe(trigger.Method) {
		return nil, &NotJudged{Code: result.Deselected, Reason: "--no-writes: the trigger of a server fault is a write"}
	}
	sent := &probe.Request{Method: trigger.Method, Path: trigger.Path, Fault: "the configured trigger of a server fault"}
	key, err := s.Config.AnyKey(s.Contract, Hash(trigger.Path)) // whoever asks first, it is the same key
	if err != nil {
		return nil, err
	}
	sent.Credential = key
	s.trigger.Do(func() { s.fault, s.faultErr = s.Client.Do(ctx, sent) })
	return s.fault, s.faultErr
}

// witnesses are what some answer of the run happened to show, whichever check asked. It is safe for concurrent use.
type witnesses struct {
	witnessMu sync.Mutex
	faults    map[*contract.Operation][]*probe.Answer // server errors, the first ones of each operation
	searched  map[*contract.Operation]bool            // some answer was searched for what the other company wrote
	marks     *regexp.Regexp                          // of the run's records
	foreign   map[string]bool                         // marks of those that the other company created
	sightings map[*contract.Operation]*ForeignSighting
}

func newWitnesses(run string) witnesses {
	return witnesses{
		marks: marksOf(run), foreign: map[string]bool{},
		sightings: map[*contract.Operation]*ForeignSighting{},
		faults:    map[*contract.Operation][]*probe.Answer{}, searched: map[*contract.Operation]bool{},
	}
}

// marksOf matches what marks the records of a run.
func marksOf(run string) *regexp.Regexp {
	return regexp.MustCompile("conformance-" + regexp.QuoteMeta(run) + `-\d+`)
}

// noteForeign remembers the mark of a record that the other company is about to create.
func (s *witnesses) noteForeign(mark string) {
	s.witnessMu.Lock()
	defer s.witnessMu.Unlock()
	s.foreign[mark] = true
}

func (s *witnesses) noteFault(o *contract.Operation, a *probe.Answer) {
	const few = 8 // as many as a row shows
	s.witnessMu.Lock()
	defer s.witnessMu.Unlock()
	if len(s.faults[o]) < few {
		s.faults[o] = append(s.faults[o], a)
	}
}

// ServerErrors are those that the operation's requests were answered by, the first ones.
func (s *witnesses) ServerErrors(o *contract.Operation) []*probe.Answer {
	s.witnessMu.Lock()
	defer s.witnessMu.Unlock()
	return slices.Clone(s.faults[o])
}

// ForeignSighting is an answer to this company with something that the other one wrote.
type ForeignSighting struct {
	Mark   string
	Answer *probe.Answer
}

// Sighting is an answer of the operation that shows what the other company wrote; nil: none was seen.
func (s *witnesses) Sighting(o *contract.Operation) *ForeignSighting {
	s.witnessMu.Lock()
	defer s.witnessMu.Unlock()
	return s.sightings[o]
}

// Searched says that an answer of the operation was searched for what the other company wrote, and that it wrote
// something.
func (s *witnesses) Searched(o *contract.Operation) bool {
	s.witnessMu.Lock()
	defer s.witnessMu.Unlock()
	return s.searched[o] && len(s.foreign) > 0
}

// showsForeign says that something of what the other company wrote is in an answer.
func (s *witnesses) showsForeign(a *probe.Answer) bool {
	s.witnessMu.Lock()
	defer s.witnessMu.Unlock()
	return slices.ContainsFunc(s.marks.FindAllString(judge.Text(a.Body), -1), func(m string) bool { return s.foreign[m] })
}

// noteForeignData looks for marks of the other company in what this one reads.
func (s *witnesses) noteForeignData(r *Request, a *probe.Answer, keys credential.Set) {
	if !r.Operation.Reads() || r.Sent.Credential == nil ||
		keys.Has(credential.OtherTenant, r.Sent.Credential.Secrets()...) {
		return
	}
	asked := r.Sent.RawQuery
	for _, p := range r.Sent.Query {
		asked += " " + p.Value // it may be repeated
	}
	s.witnessMu.Lock()
	s.searched[r.Operation] = true
	s.witnessMu.Unlock()
	for _, m := range s.marks.FindAllString(judge.Text(a.Body), -1) {
		s.witnessMu.Lock()
		if s.foreign[m] && s.sightings[r.Operation] == nil && !strings.Contains(asked, m) {
			s.sightings[r.Operation] = &ForeignSighting{m, a}
		}
		s.witnessMu.Unlock()
	}
}

// FromAPI says that an answer has the form of the API's own errors, not that of something in front of it.
func FromAPI(c *contract.Contract, a *probe.Answer) bool {
	o := c.Operation(a.Request.Group)
	return o == nil || judge.Own(c, o, a)
}
