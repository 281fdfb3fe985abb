package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// keepBytes bounds what the records of one type take in one company, in addition to their number: a field without a
// maximum may be large.
const keepBytes = 64 << 20

// store has every record of every company. Its methods expect the caller to hold mu.
type store struct {
	mu         sync.RWMutex
	maxRecords int
	last       int64
	byID       map[*recordType]map[string]*record
	bytes      map[collection]int
	writes     int // of any record: how often one was written or taken out
	unique     map[claim]*record
	// deleted are the ids of records that a client deleted, as long as there are not too many.
	deleted map[collection]map[string]bool
}

// collection is every record of one type of one company.
type collection struct {
	company *company
	kind    *recordType
}

// claim is a unique value that a record has.
type claim struct {
	collection
	field, value string
}

// record is one record. Its values are replaced, never changed, so that an answer may go on using the old ones.
type record struct {
	collection
	id      string
	seeded  bool
	gone    bool
	writes  int // how often its values were set, or another record was put into it
	values  map[string]any
	raw     json.RawMessage // values as JSON
	parents map[*recordType]string
	claims  map[string]claim // by field
}

func newStore(keep int) *store {
	return &store{
		maxRecords: keep, last: 1000, byID: map[*recordType]map[string]*record{}, bytes: map[collection]int{},
		unique:  map[claim]*record{},
		deleted: map[collection]map[string]bool{},
	}
}

// nextID makes an id that no record of any company has. A text takes the form of the example: its last digits are
// counted up.
func (s *store) nextID(kind *recordType) any {
	s.last++
	p := kind.properties[kind.id]
	if p == nil || !p.Type.Is("string") {
		return s.last
	}
	if p.Format == "uuid" || kind.uuid {
		return fmt.Sprintf("00000000-0000-4000-8000-%012d", s.last)
	}
	example, _ := p.Example.(string)
	stem := strings.TrimRight(example, "0123456789")
	return fmt.Sprintf("%s%0*d", stem, len(example)-len(stem), s.last)
}

// lookup finds the record that a target names by its id or another property. Ids are unique across companies; of other
// properties that company's own record comes first.
func (s *store) lookup(t *target, id string, own *company) *record {
	if t.property == t.kind.id {
		return s.byID[t.kind][id]
	}
	var other *record
	for _, r := range s.byID[t.kind] {
		if spelt, ok := idOf(r.values[t.property]); ok && spelt == id {
			if r.company == own {
				return r
			}
			other = r
		}
	}
	return other
}

// insert adds a record and lets the oldest go where there are too many. Seeded records stay: nobody could make them
// again.
func (s *store) insert(r *record) {
	if s.byID[r.kind] == nil {
		s.byID[r.kind] = map[string]*record{}
	}
	r.id, _ = idOf(r.values[r.kind.id])
	s.byID[r.kind][r.id] = r
	s.replace(r, r.values)
	for kind, id := range r.parents {
		if parent := s.byID[kind][id]; parent != nil {
			parent.writes++ // what is in it is part of it
		}
	}
	r.company.order[r.kind] = append(r.company.order[r.kind], r)
	for len(r.company.order[r.kind]) > s.maxRecords || s.bytes[r.collection] > keepBytes {
		oldest := slices.IndexFunc(r.company.order[r.kind], func(old *record) bool { return !old.seeded })
		if oldest < 0 || r.company.order[r.kind][oldest] == r {
			return
		}
		s.remove(r.company.order[r.kind][oldest])
	}
}

// replace gives a record new values.
func (s *store) replace(r *record, values map[string]any) {
	raw, err := json.Marshal(values)
	if err != nil {
		panic(err) // values come from JSON
	}
	s.bytes[r.collection] += len(raw) - len(r.raw)
	r.values, r.raw = values, raw
	r.writes++
	s.writes++
}

// removeAll deletes a record and what was made under it.
func (s *store) removeAll(r *record) {
	s.remove(r)
	if s.deleted[r.collection] == nil || len(s.deleted[r.collection]) >= s.maxRecords {
		s.deleted[r.collection] = map[string]bool{}
	}
	s.deleted[r.collection][r.id] = true
	for kind, byID := range s.byID {
		if !slices.Contains(kind.parents, r.kind) {
			continue
		}
		for _, child := range byID {
			if child.company == r.company && child.parents[r.kind] == r.id && !child.gone {
				s.removeAll(child)
			}
		}
	}
}

// remove takes a record out.
func (s *store) remove(r *record) {
	r.gone = true
	s.writes++
	delete(s.byID[r.kind], r.id)
	s.bytes[r.collection] -= len(r.raw)
	for field := range maps.Clone(r.claims) {
		s.release(r, field)
	}
	order := r.company.order[r.kind]
	if i := slices.Index(order, r); i == 0 {
		order[0] = nil
		r.company.order[r.kind] = order[1:]
	} else if i > 0 {
		r.company.order[r.kind] = slices.Delete(order, i, i+1)
	}
}

// holder is the record that has a unique value, or nil.
func (s *store) holder(where collection, field, value string) *record {
	return s.unique[claim{where, field, value}]
}

// claim takes a unique value for a record and gives up the one it had.
func (s *store) claim(r *record, field, value string) {
	s.release(r, field)
	c := claim{r.collection, field, value}
	if r.claims == nil {
		r.claims = map[string]claim{}
	}
	r.claims[field] = c
	s.unique[c] = r
}

func (s *store) release(r *record, field string) {
	if c, ok := r.claims[field]; ok {
		delete(r.claims, field)
		if s.unique[c] == r {
			delete(s.unique, c)
		}
	}
}

// uniqueText is what two values have in common that count as the same.
func uniqueText(value any, ignoreCase bool) string {
	text, ok := value.(string)
	if !ok {
		if id, ok := idOf(value); ok {
			return id
		}
		raw, _ := json.Marshal(value)
		return string(raw)
	}
	if !ignoreCase {
		return strconv.Quote(text)
	}
	return strconv.Quote(strings.Map(fold, text))
}

// fold maps all spellings of a letter to one (simple case folding).
func fold(r rune) rune {
	lowest := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		lowest = min(lowest, next)
	}
	return lowest
}
