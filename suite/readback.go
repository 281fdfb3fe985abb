package suite

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"conformance/internal/contract"
	"conformance/internal/judge"
	"conformance/internal/result"
)

// Reading back: what a write could have changed is read before and after it.

// bench is what the variants of one lane share: a record of their own, and what it looked like last.
type bench struct {
	fields   map[string]any
	before   view
	stale    bool            // what was sent since then was not read back
	volatile map[string]bool // what differs from one reading to the next
	mark     string          // in a record that was accepted and must be found by a scan
	err      error           // why the bench is of no use
}

func (r *Run) bench(name string) *bench {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.benches[name] == nil {
		r.benches[name] = &bench{}
	}
	return r.benches[name]
}

// view is what observers show: every value by where it stands.
type view map[string]string

// observersOf are the operations that show what a write does: the reads on the same URL that need no other identifiers than the
// write's references yield. What no operation creates, everybody shares: it changes without the check's doing, and shows nothing.
func observersOf(c *contract.Contract, write *contract.Operation) []*contract.Operation {
	places := map[place]bool{}
	_ = each(write, func(_ string, r *contract.Reference) error { places[place{r.From, r.At}] = true; return nil })
	var out []*contract.Operation
	for _, o := range c.Operations {
		ids := o.Identifiers()
		if !o.Reads() || o.Path.URL != write.Path.URL || len(ids) == 0 {
			continue
		}
		if !slices.ContainsFunc(ids, func(p *contract.Parameter) bool {
			return !places[place{p.Reference.From, p.Reference.At}] || !p.Reference.Source.Creates()
		}) {
			out = append(out, o)
		}
	}
	return out
}

// observers are requests that show what a write to these ids does.
func (t *T) observers(write *contract.Operation, fields map[string]any) []*Request {
	out, err := t.session.observers(write, fields, t.random.Uint64())
	t.must(err)
	return out
}

func (s *Session) observers(write *contract.Operation, fields map[string]any, pick uint64) ([]*Request, error) {
	values := map[place]any{}
	_ = each(write, func(name string, r *contract.Reference) error {
		if v, ok := fields[name]; ok {
			values[place{r.From, r.At}] = v
		}
		return nil
	})
	var out []*Request
	for _, o := range observersOf(s.Contract, write) {
		bound := map[string]any{}
		for _, p := range o.Identifiers() {
			if v, ok := values[place{p.Reference.From, p.Reference.At}]; ok {
				bound[p.Name] = v
			}
		}
		if len(bound) == len(o.Identifiers()) {
			r, err := s.with(o, bound, pick)
			if err != nil {
				return nil, err
			}
			out = append(out, r)
		}
	}
	return out, nil
}

// look reads what the observers show.
func (t *T) look(observers []*Request) view {
	seen := view{}
	for _, r := range observers {
		a := t.Send(r)
		if a.Status == http.StatusNotFound || a.Status == http.StatusGone {
			seen[r.operation.ID] = fmt.Sprint("answered ", a.Status) // that a record is gone is a change too
			continue
		}
		if a.Status/100 != 2 {
			t.Skip(result.Control, "%s, which would show what changed, was answered %d", r.operation.ID, a.Status)
		}
		body, err := judge.Decode(a.Body)
		if err != nil {
			t.Skip(result.Control, "the answer of %s, which would show what changed, is not JSON: %v", r.operation.ID, err)
		}
		spread(seen, r.operation.ID, body)
	}
	return seen
}

func spread(into view, at string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			spread(into, at+"/"+name, member)
		}
	case []any:
		for i, item := range v {
			spread(into, at+"/"+strconv.Itoa(i), item)
		}
	default:
		text, _ := json.Marshal(v) // decoded JSON always marshals
		into[at] = string(text)
	}
}

// differences are the places where two views differ, sorted.
func differences(a, b view) []string {
	var out []string
	for at, v := range a {
		if w, ok := b[at]; !ok || w != v {
			out = append(out, at)
		}
	}
	for at := range b {
		if _, ok := a[at]; !ok {
			out = append(out, at)
		}
	}
	slices.Sort(out)
	return out
}

// changed is the first place where two views differ, what is volatile aside; "" if there is none.
func (b *bench) changed(before, after view) string {
	for _, at := range differences(before, after) {
		if !b.volatile[at] {
			return at
		}
	}
	return ""
}

func orAbsent(v view, at string) string {
	if text, ok := v[at]; ok {
		return judge.Short(text)
	}
	return "absent"
}

// listOf is the list in which a record appears that the operation creates, or nil.
func listOf(c *contract.Contract, create *contract.Operation) *contract.Operation {
	for _, o := range c.Operations {
		if o.Reads() && o.Path.URL == create.Path.URL && len(o.Identifiers()) == 0 && len(o.Path.Selectors) == 0 && o != create {
			return o
		}
	}
	return nil
}

// scanPages is how many pages are read from either end of a list.
const scanPages = 2

// scan reads the newest records of a list, whichever end they are at, and returns what it read as text. Where the first page shows what
// was created before, it shows all that is newer, and is enough.
func (t *T) scan(base *Request, before string) string {
	list, p := base.operation, t.session.Contract.Pagination
	var text strings.Builder
	read := func(r *Request) *Answer {
		a := t.Send(r)
		if a.Status/100 != 2 {
			t.Skip(result.Control, "%s, which would show a new record, was answered %d", list.ID, a.Status)
		}
		text.Write(a.Body)
		return a
	}
	size, page := parameter(list, p, func(p *contract.Pagination) string { return p.Size }), parameter(list, p, func(p *contract.Pagination) string { return p.Page })
	if size == nil || page == nil {
		read(base)
		return text.String()
	}
	if size.Schema.Max != nil {
		base = base.WithParameter(size, strconv.Itoa(int(*size.Schema.Max)), "")
	}
	first := read(base)
	if before != "" && strings.Contains(text.String(), before) {
		return text.String()
	}
	pages := 1
	body, _ := judge.Decode(first.Body)
	if n, ok := p.Pages.Get(body); ok {
		if f, ok := n.(float64); ok {
			pages = int(f)
		}
	}
	wanted := map[int]bool{}
	for i := range scanPages {
		wanted[1+i], wanted[pages-i] = true, true
	}
	for _, n := range slices.Sorted(maps.Keys(wanted)) {
		if n > 1 && n <= pages {
			read(base.WithParameter(page, strconv.Itoa(n), ""))
		}
	}
	return text.String()
}

func parameter(o *contract.Operation, p *contract.Pagination, name func(*contract.Pagination) string) *contract.Parameter {
	if p == nil {
		return nil
	}
	for _, candidate := range o.Inputs() {
		if candidate.Name == name(p) {
			return candidate
		}
	}
	return nil
}
