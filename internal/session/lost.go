package session

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/judge"
	"conformance/internal/ledger"
)

// findUnnoticed looks in lists for records that carry a mark of the run and that no answer told of: their making was
// refused or never answered, and happened anyway.
func (s cleaner) findUnnoticed(ctx context.Context) {
	for _, maker := range s.Contract.Operations {
		list := s.Contract.ListOf(maker)
		if !maker.Creates() || maker.HasID() || list == nil || list.NotJudged != "" {
			continue
		}
		for _, who := range []Tenant{Own, Foreign} {
			key, err := s.Config.Key(list, who, 0)
			if err != nil {
				continue
			}
			items, whole := s.readList(ctx, s.Request(list, nil).As(key, ""), s.mayBeLost(maker))
			for _, item := range items {
				s.enterUnnoticed(maker, item)
			}
			if whole {
				s.settleLost(maker, who)
			}
		}
	}
}

// mayBeLost says that the answer to some create was lost.
func (s cleaner) mayBeLost(maker *contract.Operation) bool {
	return slices.ContainsFunc(s.Ledger.Of(maker.ID), func(e ledger.Entry) bool { return e.State == ledger.Sent })
}

// settleLost enters that nothing came of creates whose answers were lost, and whose marks no list shows.
func (s cleaner) settleLost(maker *contract.Operation, who Tenant) {
	for _, e := range s.Ledger.Of(maker.ID) {
		if e.State == ledger.Sent && e.Mark != "" && e.Foreign == (who == Foreign) {
			s.Ledger.End(e.Number, ledger.None)
		}
	}
}

// enterUnnoticed enters an item of a list, if it carries the mark of a create that the ledger knows no record of. The
// mark of another write shows no more than that the record was changed: it may be anybody's.
func (s cleaner) enterUnnoticed(maker *contract.Operation, item any) {
	ids := s.idsOfItem(maker, item)
	text, _ := json.Marshal(item) // decoded JSON always marshals
	mark := string(s.marks.Find(text))
	if mark == "" || len(ids) == 0 {
		return
	}
	known := s.Ledger.Of(maker.ID)
	if slices.ContainsFunc(known, func(e ledger.Entry) bool { return slices.Contains(e.IDs, ids[0]) }) {
		return
	}
	for _, e := range known { // of several that were sent with the same mark, any will do
		if e.Mark == mark && (e.State == ledger.Sent || e.State == ledger.None) {
			s.Ledger.End(e.Number, ledger.Made, ids...)
			return
		}
	}
}

// How many pages of a list are read: from either end, and at most if an answer was lost.
const (
	endPages = 2
	maxPages = 50
)

// readList reads the records of a list, from both of its ends or as a whole, and says whether that was all of them.
func (s cleaner) readList(ctx context.Context, r *Request, all bool) (items []any, whole bool) {
	p := s.Contract.Pagination
	page := contract.PagingParameter(r.Operation, p, func(p *contract.Pagination) string { return p.Page })
	size := contract.PagingParameter(r.Operation, p, func(p *contract.Pagination) string { return p.Size })
	if size != nil && size.Schema.Max != nil {
		r = r.WithParameter(size, generate.Text(*size.Schema.Max), "")
	}
	pages := 1
	for n := 1; n <= pages; n++ {
		if page != nil {
			r = r.WithParameter(page, strconv.Itoa(n), "")
		}
		a, err := s.Do(ctx, r)
		if err != nil || !a.Accepted() {
			return items, false
		}
		body, err := judge.Decode(a.Body)
		if err != nil {
			return items, false
		}
		items = append(items, objectsIn(body)...)
		if page != nil && n == 1 {
			v, _ := p.Pages.Get(body)
			pages, _ = generate.Count(v)
		}
		if n == endPages && pages > 2*endPages && !all {
			n = pages - endPages
		}
		if n >= maxPages && all {
			return items, false
		}
	}
	return items, true
}

// objectsIn are the objects of the lists in a body.
func objectsIn(v any) []any {
	var out []any
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			if _, ok := item.(map[string]any); ok {
				out = append(out, item)
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out = append(out, objectsIn(v[name])...)
		}
	}
	return out
}

// idsOfItem are the ids of a record as a list shows it: under the names that they have where it is alone.
func (s cleaner) idsOfItem(o *contract.Operation, item any) []ledger.ID {
	var out []ledger.ID
	for _, at := range s.Contract.IDsOf(o) {
		name := at[strings.LastIndexByte(string(at), '/'):]
		if v, ok := name.Get(item); ok {
			out = append(out, ledger.ID{From: o.ID, At: string(at), Value: generate.Text(v)})
		}
	}
	return out
}
