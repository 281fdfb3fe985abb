// Package ledger owns the record of what a run made: in memory, and in a file that outlives a run that was killed. It
// knows neither contracts nor HTTP; who sends requests enters what came of them.
package ledger

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync"
)

// ID is the id of a record, by where such ids come from: the operation that makes or shows them, and the JSON pointer
// into its answer.
type ID struct {
	From  string `json:"from"`
	At    string `json:"at"`
	Value string `json:"value"`
}

// State is what became of a request that may make a record.
type State string

// The states of an entry, in the order in which it may pass through them.
const (
	Sent    State = "sent"    // whether it made a record is not known
	Made    State = "made"    // it was accepted
	None    State = "none"    // it made nothing: it was refused, or never sent
	Deleted State = "deleted" // its record is gone
	// ended is the state of no entry, but of the last line of a run that cleaned up after itself.
	ended State = "ended"
)

// Entry is one record, or a request whose answer was lost and that may have made one.
type Entry struct {
	Number    int    `json:"n"`
	State     State  `json:"state"`
	Operation string `json:"operation,omitempty"` // that made it
	Foreign   bool   `json:"foreign,omitempty"`   // the other tenant's
	Unasked   bool   `json:"unasked,omitempty"`   // by a write to an id that no record had: it may be somebody's after all
	Mark      string `json:"mark,omitempty"`      // the text in the record by which it is recognised
	Parents   []ID   `json:"parents,omitempty"`   // the ids in the address of the request
	IDs       []ID   `json:"ids,omitempty"`       // its own
}

// Head is the first line of the file: whose records these are.
type Head struct {
	Run      string `json:"run"`
	Target   string `json:"target"`
	Contract string `json:"contract"` // SHA-256 of the document, hex
}

// Ledger is safe for concurrent use.
type Ledger struct {
	mu      sync.Mutex
	file    io.WriteCloser // nil: none
	err     error          // the first that writing to the file met
	entries []Entry
	of      map[string][]int // numbers of entries, by operation
	own     map[holding]int  // own ids to their entry's place
	others  []int            // numbers of the entries of records that were made in the other company
	apart   bool             // an id names a record of each company
}

// holding is an id in one company. A target may count the ids of each company apart.
type holding struct {
	ID
	foreign bool
}

// New is a ledger that is kept in memory and, where file is not nil, written to it line by line.
func New(file io.WriteCloser, head Head) *Ledger {
	l := &Ledger{file: file, of: map[string][]int{}, own: map[holding]int{}}
	l.write(head)
	return l
}

// Begin enters a request that may make a record, before it is sent, and returns its number.
func (l *Ledger) Begin(e Entry) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Number, e.State = len(l.entries)+1, Sent
	l.entries = append(l.entries, e)
	l.of[e.Operation] = append(l.of[e.Operation], e.Number)
	l.write(e)
	return e.Number
}

// End enters what came of the request of that number; ids are those of the record that it made.
func (l *Ledger) End(number int, state State, ids ...ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := &l.entries[number-1]
	if e.Foreign && state == Made && e.State != Made {
		l.others = append(l.others, number)
	}
	e.State = state
	if len(ids) > 0 {
		e.IDs = ids
	}
	for _, id := range ids {
		l.own[holding{id, e.Foreign}] = number - 1
		_, both := l.own[holding{id, !e.Foreign}]
		l.apart = l.apart || both
	}
	l.write(Entry{Number: number, State: state, IDs: ids})
}

// Owns says that the run made the record with that id, in the other company or in this one. One that it has deleted is
// nobody's: others may have made another since.
func (l *Ledger) Owns(id ID, foreign bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, ok := l.own[holding{id, foreign}]
	return ok && l.entries[at].State == Made
}

// CountsApart says that the target gave one id to a record of each company.
func (l *Ledger) CountsApart() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.apart
}

// Others are the entries of records that were made in the other company, in the order in which they were made, without
// the first ones of that number.
func (l *Ledger) Others(from int) []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []Entry
	for _, number := range l.others[min(from, len(l.others)):] {
		out = append(out, l.entries[number-1])
	}
	return out
}

// Gone enters that the record with that id was deleted, if it is one of the run's, and with it what it contained.
func (l *Ledger) Gone(id ID, foreign bool) {
	l.mu.Lock()
	at, ok := l.own[holding{id, foreign}]
	var contained []int
	for _, e := range l.entries {
		if (e.State == Made || e.State == Sent) && slices.Contains(e.Parents, id) && e.Foreign == foreign &&
			e.Number != at+1 {
			contained = append(contained, e.Number)
		}
	}
	l.mu.Unlock()
	if !ok {
		return
	}
	l.End(at+1, Deleted)
	for _, number := range contained {
		l.End(number, Deleted) // if it was ever made
	}
}

// Ended enters that the run has cleaned up after itself: what is left, it could not delete.
func (l *Ledger) Ended() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write(Entry{State: ended})
}

// Of are the entries of an operation, oldest first.
func (l *Ledger) Of(operation string) []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []Entry
	for _, number := range l.of[operation] {
		out = append(out, l.entries[number-1])
	}
	return out
}

// Entries are all entries, oldest first.
func (l *Ledger) Entries() []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.entries)
}

// Close closes the file.
func (l *Ledger) Close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// Err is the first error that writing to the file met.
func (l *Ledger) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// write appends a line. What cannot be written is still kept in memory.
func (l *Ledger) write(v any) {
	if l.file == nil || l.err != nil {
		return
	}
	line, err := json.Marshal(v)
	if err == nil {
		_, err = l.file.Write(append(line, '\n')) // at once: a killed run loses no line
	}
	if err != nil {
		l.err = fmt.Errorf("the ledger of what the run makes cannot be written: %w", err)
	}
}
