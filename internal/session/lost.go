package session

import (
	"context"
	"strconv"
	"strings"

	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/judge"
	"conformance/internal/ledger"
)

// findLost looks for records whose making was never answered.
func (s *Session) findLost(ctx context.Context) {
	for _, e := range s.Ledger.Entries() {
		o := s.Contract.Operation(e.Operation)
		if e.State != ledger.Sent || e.Mark == "" || o == nil {
			continue
		}
		list := s.Contract.ListOf(o)
		if list == nil {
			continue
		}
		if item, read := s.findMarked(ctx, list, e); item != nil {
			s.Ledger.End(e.Number, ledger.Made, s.idsOfItem(o, item)...)
		} else if read {
			s.Ledger.End(e.Number, ledger.None)
		}
	}
}

// maxListPages bounds how far a list is read for a mark.
const maxListPages = 50

// findMarked is the item of a list that carries the entry's mark; read says whether the list was read to its end.
func (s *Session) findMarked(ctx context.Context, list *contract.Operation, e ledger.Entry) (item any, read bool) {
	r := s.requestTo(list, e)
	if r == nil {
		return nil, false
	}
	p := s.Contract.Pagination
	page := list.PagingParameter(p, func(p *contract.Pagination) string { return p.Page })
	for n := 1; n <= maxListPages; n++ {
		if page != nil {
			r = r.WithParameter(page, strconv.Itoa(n), "")
		}
		a, err := s.Client.Do(ctx, r.Build())
		if err != nil || a.Status/100 != 2 {
			return nil, false
		}
		body, err := judge.Decode(a.Body)
		if err != nil {
			return nil, false
		}
		if item := itemWith(body, e.Mark); item != nil {
			return item, true
		}
		pages := 1
		if page != nil {
			v, _ := p.Pages.Get(body)
			pages, _ = generate.Count(v)
		}
		if n >= pages {
			return nil, true
		}
	}
	return nil, false
}

// itemWith is the innermost object in a list that has the mark in one of its texts, or nil.
func itemWith(v any, mark string) any {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			if found := itemWith(item, mark); found != nil {
				return found
			}
		}
	case map[string]any:
		for _, member := range v {
			if text, ok := member.(string); ok && strings.Contains(text, mark) {
				return v
			}
		}
		for _, member := range v {
			if found := itemWith(member, mark); found != nil {
				return found
			}
		}
	}
	return nil
}

// idsOfItem are the ids of a record as a list shows it: under the names that they have where it is alone.
func (s *Session) idsOfItem(o *contract.Operation, item any) []ledger.ID {
	var out []ledger.ID
	for _, at := range s.Contract.IDsOf(o) {
		name := at[strings.LastIndexByte(string(at), '/'):]
		if v, ok := name.Get(item); ok {
			out = append(out, ledger.ID{From: o.ID, At: string(at), Value: generate.Text(v)})
		}
	}
	return out
}
