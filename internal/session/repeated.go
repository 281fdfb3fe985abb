package session

import (
	"sync"

	"conformance/internal/contract"
	"conformance/internal/judge"
	"conformance/internal/probe"
)

// RepeatedMember is an answer in which an object has a member twice.
type RepeatedMember struct {
	Name   string
	Answer *probe.Answer
}

// repeats are those that the run met. It is safe for concurrent use.
type repeats struct {
	repeatMu sync.Mutex
	searched map[searched]int
	repeated map[*contract.Operation]*RepeatedMember // the first one
}

// searched are answers that are made alike.
type searched struct {
	operation *contract.Operation
	status    int
}

func newRepeats() repeats {
	return repeats{searched: map[searched]int{}, repeated: map[*contract.Operation]*RepeatedMember{}}
}

// noteRepeated searches the first few answers that an operation gives with a status.
func (s *repeats) noteRepeated(o *contract.Operation, a *probe.Answer) {
	const few = 5
	s.repeatMu.Lock()
	s.searched[searched{o, a.Status}]++
	enough := s.searched[searched{o, a.Status}] > few
	s.repeatMu.Unlock()
	if enough {
		return
	}
	var name string
	var found bool
	a.Handle(func() { name, found = judge.Repeated(a.Body) })
	if found {
		s.repeatMu.Lock()
		defer s.repeatMu.Unlock()
		if s.repeated[o] == nil {
			s.repeated[o] = &RepeatedMember{name, a}
		}
	}
}

// Repeated is an answer of the operation in which an object has a member twice; nil: none was met. searched says that
// there was an answer to look at.
func (s *repeats) Repeated(o *contract.Operation) (seen *RepeatedMember, searched bool) {
	s.repeatMu.Lock()
	defer s.repeatMu.Unlock()
	for of := range s.searched {
		searched = searched || of.operation == o
	}
	return s.repeated[o], searched
}
