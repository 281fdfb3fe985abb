package sandbox

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
)

// seeding gives one company its copies of the contract's x-seed records. The ids in the document only say which record
// refers to which: every copy has ids of its own.
type seeding struct {
	server    *Server
	company   *company
	ids       map[*recordType]map[string]any // old id to new
	nestedIDs map[string]any                 // the same for ids inside records, by path and old id
	records   []*record
}

// seed fills a company's store.
func (s *Server) seed(owner *company) error {
	g := &seeding{server: s, company: owner, ids: map[*recordType]map[string]any{}, nestedIDs: map[string]any{}}
	for _, kind := range s.model.types {
		if err := g.newRecords(kind); err != nil {
			return fmt.Errorf("#/components/schemas/%s/x-seed: %w", kind.name, err)
		}
	}
	now := s.options.Now()
	for _, r := range g.records {
		g.remapReferences(r)
		r.kind.setDefaults(r.values, now)
		if err := r.kind.schema.VisitJSON(r.values, openapi3.VisitAsResponse()); err != nil {
			return fmt.Errorf("#/components/schemas/%s/x-seed: a record does not match its schema: %w", r.kind.name, err)
		}
		s.store.insert(r)
		s.claimSeeded(r)
	}
	return nil
}

// newRecords makes the records of one type and gives them their ids.
func (g *seeding) newRecords(kind *recordType) error {
	raw, ok := kind.schema.Extensions["x-seed"]
	if !ok {
		return nil
	}
	text, err := json.Marshal(raw)
	if err != nil {
		return err
	}
	var records []map[string]any // decoded again for each company: none shares a nested value with another
	if err := json.Unmarshal(text, &records); err != nil {
		return fmt.Errorf("must be a list of records: %w", err)
	}
	g.ids[kind] = map[string]any{}
	for _, values := range records {
		id := g.server.store.nextID(kind)
		if old, ok := idOf(values[kind.id]); ok {
			g.ids[kind][old] = id
		}
		values[kind.id] = id
		for _, path := range kind.nested {
			visit(values, path, func(holder map[string]any, name string) {
				g.remapNestedID(fmt.Sprint(kind.name, path), holder, name)
			})
		}
		g.records = append(g.records, &record{
			collection: collection{g.company, kind}, seeded: true, values: values, parents: map[*recordType]string{},
		})
	}
	return nil
}

// remapNestedID gives an id inside a record a fresh value, the same wherever the old one is repeated.
func (g *seeding) remapNestedID(where string, holder map[string]any, name string) {
	old, ok := idOf(holder[name])
	if !ok {
		return
	}
	if _, text := holder[name].(string); text {
		return // of a text nothing is known that would make another one fit
	}
	place := where + " " + old
	if g.nestedIDs[place] == nil {
		g.server.store.last++
		g.nestedIDs[place] = g.server.store.last
	}
	holder[name] = g.nestedIDs[place]
}

// remapReferences turns references between seeded records to the new ids.
func (g *seeding) remapReferences(r *record) {
	for name, t := range r.kind.targets {
		if t.property == t.kind.id {
			g.remapReference(r, name, t.kind)
		}
	}
	for _, parent := range r.kind.parents {
		if parent == r.kind || r.kind.id == parent.id {
			continue
		}
		if id, ok := g.remapReference(r, parent.id, parent); ok {
			r.parents[parent] = id
		}
	}
}

// remapReference replaces the old id in a property by the new one.
func (g *seeding) remapReference(r *record, property string, kind *recordType) (string, bool) {
	old, ok := idOf(r.values[property])
	if !ok {
		return "", false
	}
	id, ok := g.ids[kind][old]
	if !ok {
		return "", false
	}
	r.values[property] = id
	spelt, _ := idOf(id)
	return spelt, true
}

// claimSeeded makes the unique values of a seeded record its own.
func (s *Server) claimSeeded(r *record) {
	for _, op := range s.model.operations {
		kind := op.kind
		if op.subject >= 0 {
			kind = op.identifiers[op.subject].target.kind
		}
		for _, f := range op.fields {
			if value := r.values[f.Name]; kind == r.kind && f.Unique != nil && value != nil {
				s.store.claim(r, f.Name, uniqueText(value, f.Unique.IgnoreCase))
			}
		}
	}
}

// Fixtures are the seeded records of either company that no operation could make: where a body refers to something
// inside the record that the address names, those records that have it. The keys are "operationId.parameter", as in a
// configuration; the second list is the other company's.
func (s *Server) Fixtures() map[string][2][]any {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	fixtures := map[string][2][]any{}
	for _, op := range s.model.operations {
		for _, f := range op.fields {
			if f.target == nil || len(f.target.nested) == 0 {
				continue
			}
			for _, id := range op.identifiers {
				if id.target != nil && id.target.kind == f.target.kind {
					fixtures[op.ID+"."+id.Name] = [2][]any{s.idsWithNested(0, f.target), s.idsWithNested(1, f.target)}
				}
			}
		}
	}
	return fixtures
}

func (s *Server) idsWithNested(company int, t *target) []any {
	var ids []any
	for _, r := range s.ring.companies[company].order[t.kind] {
		has := false
		visit(r.values, t.nested, func(map[string]any, string) { has = true })
		if !has || !r.seeded {
			continue
		}
		if n, err := strconv.ParseInt(r.id, 10, 64); err == nil {
			ids = append(ids, n)
		} else {
			ids = append(ids, r.id)
		}
	}
	return ids
}
