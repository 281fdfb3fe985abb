package sandbox

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Snapshot is what every record of both companies was at one moment. Later it shows what has become of them, and what
// was added. It is for tests that ask whether a client left alone what it did not make. It is not safe for concurrent
// use.
type Snapshot struct {
	server *Server
	at     map[*record]state
	order  []*record
	writes int // of the store, when it was last looked at
}

// state is a record as it was. Every write counts, also one that leaves the same bytes behind: a real server notes the
// time of the last change and informs others.
type state struct {
	raw    json.RawMessage
	writes int
}

// Change is what became of one record.
type Change struct {
	Record string // the company, the type and the id
	From   string // JSON
	To     string // JSON; empty: the record was deleted
}

func (c Change) String() string {
	switch {
	case c.To == "":
		return c.Record + " was deleted: " + c.From
	case c.From == c.To:
		return c.Record + " was written again as it was, or given a part: " + c.From
	}
	return c.Record + " was " + c.From + " and is " + c.To
}

// Snapshot remembers every record as it is now.
func (s *Server) Snapshot() *Snapshot {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	n := &Snapshot{server: s, at: map[*record]state{}, writes: s.store.writes}
	for _, byID := range s.store.byID {
		for _, r := range byID {
			n.at[r] = state{r.raw, r.writes}
			n.order = append(n.order, r)
		}
	}
	n.order = n.sorted(n.order)
	return n
}

// Size is the number of records in it.
func (n *Snapshot) Size() int { return len(n.at) }

// Changed lists each record that was changed or deleted since the snapshot, or since it was last listed.
func (n *Snapshot) Changed() []Change {
	n.server.store.mu.RLock()
	defer n.server.store.mu.RUnlock()
	if n.writes == n.server.store.writes {
		return nil
	}
	n.writes = n.server.store.writes
	var changes []Change
	for _, r := range n.order {
		was, ok := n.at[r]
		switch {
		case !ok:
		case r.gone:
			changes = append(changes, Change{Record: n.name(r), From: string(was.raw)})
			delete(n.at, r)
		case r.writes != was.writes || !bytes.Equal(r.raw, was.raw):
			changes = append(changes, Change{n.name(r), string(was.raw), string(r.raw)})
			n.at[r] = state{r.raw, r.writes}
		}
	}
	return changes
}

// Added names each record that was made since the snapshot and is still there.
func (n *Snapshot) Added() []string {
	n.server.store.mu.RLock()
	defer n.server.store.mu.RUnlock()
	known := map[*record]bool{}
	for _, r := range n.order {
		known[r] = true
	}
	var added []*record
	for _, byID := range n.server.store.byID {
		for _, r := range byID {
			if !known[r] {
				added = append(added, r)
			}
		}
	}
	names := make([]string, 0, len(added))
	for _, r := range n.sorted(added) {
		names = append(names, n.name(r)+" "+string(r.raw))
	}
	return names
}

func (n *Snapshot) name(r *record) string {
	return fmt.Sprintf("company %d, %s %s", 1+slices.Index(n.server.ring.companies, r.company), r.kind.name, r.id)
}

func (n *Snapshot) sorted(records []*record) []*record {
	slices.SortFunc(records, func(a, b *record) int {
		return cmp.Or(cmp.Compare(a.kind.name, b.kind.name), cmp.Compare(len(a.id), len(b.id)), cmp.Compare(a.id, b.id))
	})
	return records
}

// Plant puts a record of every type with each of these ids into the store, by turns into either company, as far as the
// type's schema allows the id and no record has it. It returns how many it put there. What a client takes for nobody's
// id is then somebody's.
func (s *Server) Plant(ids ...any) int {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	planted := 0
	for _, kind := range s.model.types {
		place := kind.properties[kind.id]
		if place == nil {
			continue
		}
		for _, id := range ids {
			text, ok := idOf(id)
			if !ok || s.store.byID[kind][text] != nil || place.VisitJSON(id) != nil {
				continue
			}
			company := s.ring.companies[planted%len(s.ring.companies)]
			r := &record{collection: collection{company, kind}, seeded: true, parents: map[*recordType]string{}}
			r.values = s.like(company, r)
			r.values[kind.id] = id
			s.store.insert(r)
			planted++
		}
	}
	return planted
}

// like are values as another record of the company has them, without what must be unique, and the same parents.
func (s *Server) like(company *company, r *record) map[string]any {
	values := map[string]any{}
	if others := company.order[r.kind]; len(others) > 0 {
		model := others[0]
		maps.Copy(values, model.values)
		maps.Copy(r.parents, model.parents)
		for field := range model.claims {
			delete(values, field)
		}
	}
	r.kind.setDefaults(values, s.options.Now())
	return values
}
