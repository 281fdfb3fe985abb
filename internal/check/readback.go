package check

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/judge"
	"conformance/internal/result"
	"conformance/internal/session"
)

// Reading back: what a write could have changed is read before and after it.

// LaneRecord is what the variants of one lane share: a record of their own, and what it looked like last.
type LaneRecord struct {
	Fields   map[string]any
	Before   View
	Stale    bool            // what was sent since then was not read back
	Volatile map[string]bool // what differs from one reading to the next
	Mark     string          // in a record that was accepted and must be found by a scan
	Stopped  any             // what a variant was stopped by that prepared it: it stops the others too
	Slow     bool            // an accepted write showed only after a while
	Careful  bool            // nothing is read in the second of what it may show
}

// Lane is what the variants of that lane share.
func (r *Run) Lane(name string) *LaneRecord {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.laneRecords[name] == nil {
		r.laneRecords[name] = &LaneRecord{}
	}
	return r.laneRecords[name]
}

// View is what observers show: every value by where it stands.
type View map[string]string

// missing is what a record shows that is not there.
const missing = "not found"

// Observers are requests that show what a write to these ids does.
func Observers(t *T, write *contract.Operation, fields map[string]any) []*session.Request {
	out, err := t.Session.Observers(write, fields, t.Random.Uint64())
	t.Must(err)
	return out
}

// Read reads what the observers show.
func Read(t *T, observers []*session.Request) View {
	seen := View{}
	for _, r := range observers {
		a := t.Send(r)
		if a.Status == http.StatusNotFound || a.Status == http.StatusGone {
			seen[r.Operation.ID] = missing // that a record is gone is a change too
			continue
		}
		if !a.Accepted() {
			t.Skip(result.Control, "%s, which would show what changed, was answered %d", r.Operation.ID, a.Status)
		}
		body, err := judge.Decode(a.Body)
		if err != nil {
			t.Skip(result.Control, "the answer of %s, which would show what changed, is not JSON: %v", r.Operation.ID, err)
		}
		flattenInto(seen, r.Operation.ID, body)
	}
	return seen
}

func flattenInto(into View, at string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			flattenInto(into, at+"/"+name, member)
		}
	case []any:
		for i, item := range v {
			flattenInto(into, at+"/"+strconv.Itoa(i), item)
		}
	default:
		text, _ := json.Marshal(v) // decoded JSON always marshals
		into[at] = string(text)
	}
}

// scanPages is how many pages are read from either end of a list.
const scanPages = 2

// Scan reads the newest records of a list, whichever end they are at, and returns what it read as text. Where the first
// page shows what was created before, it shows all that is newer, and is enough.
func Scan(t *T, base *session.Request, before string) string {
	list, p := base.Operation, t.Session.Contract.Pagination
	var text strings.Builder
	read := func(r *session.Request) *Answer {
		a := t.Send(r)
		if !a.Accepted() {
			t.Skip(result.Control, "%s, which would show a new record, was answered %d", list.ID, a.Status)
		}
		if body, err := judge.Read(a.Answer); err != nil {
			t.Skip(result.Control, "the success answer of %s, which would show a new record, %v", list.ID, err)
		} else if body == nil {
			t.Skip(result.Control, "the success answer of %s, which would show a new record, is null", list.ID)
		}
		text.WriteString(judge.Text(a.Body))
		return a
	}
	size, page := contract.PagingParameter(list, p, func(p *contract.Pagination) string {
		return p.Size
	}), contract.PagingParameter(list, p, func(p *contract.Pagination) string { return p.Page })
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
		pages, _ = generate.Count(n)
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

// Shows says that some value holds a text.
func (v View) Shows(text string) bool {
	for _, value := range v {
		if text != "" && strings.Contains(value, text) {
			return true
		}
	}
	return false
}

// Missing says that a record is not there for one of the observers.
func (v View) Missing() bool {
	for at := range v {
		if v[at] == missing && !strings.Contains(at, "/") {
			return true
		}
	}
	return false
}

// LaneKey is shared by the variants of one lane.
func (t *T) LaneKey() string {
	return t.Instance(fmt.Sprint(t.Check.ID, " ", t.Subject.Name(), " ", t.lane))
}
