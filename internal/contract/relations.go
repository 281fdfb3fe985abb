package contract

import (
	"net/http"
	"slices"
	"strings"
)

// How operations relate: what shows what a write does, what lists what a create makes, which operation a tier is
// flooded by.

// Tiers are the rate-limit tiers of the contract in the order of its operations.
func (c *Contract) Tiers() []string {
	var out []string
	for _, o := range c.Operations {
		if o.Tier != "" && c.RateLimit != nil && !slices.Contains(out, o.Tier) {
			out = append(out, o.Tier)
		}
	}
	return out
}

// Flooded is the operation by which a tier is flooded: a read, else a replacement of a record that the run can make
// (the same request any number of times changes nothing), else one that makes no records. nil: there is none that
// leaves no rubbish.
func (c *Contract) Flooded(tier string) *Operation {
	var best *Operation
	rank := func(o *Operation) int {
		switch {
		case o == nil:
			return 0
		case o.Reads():
			return 3
		case o.Method == http.MethodPut && o.HasID() && !o.LastIdentifier().Reference.Source.Reads():
			return 2
		}
		return 0
	}
	for _, o := range c.Operations {
		if o.Tier == tier && rank(o) > rank(best) {
			best = o
		}
	}
	return best
}

// PathExists says that some path of the contract, with its parameters filled in, is that one.
func (c *Contract) PathExists(path string) bool {
	segments := strings.Split(path, "/")
	return slices.ContainsFunc(c.Paths, func(p *Path) bool {
		if len(segments) != strings.Count(p.URL, "/")+1 {
			return false
		}
		return slices.EqualFunc(strings.Split(p.URL, "/"), segments, func(have, want string) bool {
			return have == want || strings.Contains(have, "{")
		})
	})
}

// CreatesListed says that what the operation creates is found again in a list, by its mark.
func (c *Contract) CreatesListed(o *Operation) bool {
	return o.Creates() && c.ListOf(o) != nil && len(c.Observers(o)) == 0 && o.Body.Label() != nil
}

// Observers are the operations that show what a write does: the reads on the same URL that need no other identifiers
// than the write's references yield. What no operation creates, everybody shares: it changes without the check's doing,
// and shows nothing.
func (c *Contract) Observers(write *Operation) []*Operation {
	places := map[IDSource]bool{}
	_ = write.EachReference(func(_ string, r *Reference) error { places[r.IDSource()] = true; return nil })
	var out []*Operation
	for _, o := range c.Operations {
		ids := o.Identifiers()
		if !o.Reads() || o.Path.URL != write.Path.URL || len(ids) == 0 {
			continue
		}
		if !slices.ContainsFunc(ids, func(p *Parameter) bool {
			return !places[p.Reference.IDSource()] || !p.Reference.Source.Creates()
		}) {
			out = append(out, o)
		}
	}
	return out
}

// ListOf is the list in which a record appears that the operation creates, or nil.
func (c *Contract) ListOf(create *Operation) *Operation {
	for _, o := range c.Operations {
		if o.Reads() && o.Path.URL == create.Path.URL && len(o.Identifiers()) == 0 && len(o.Path.Selectors) == 0 &&
			o != create {
			return o
		}
	}
	return nil
}

// IDSource is where an id comes from: two references to the same place are the same record within one set-up.
type IDSource struct {
	From string
	At   Pointer
}

// IDSource is where the reference's id comes from.
func (r *Reference) IDSource() IDSource { return IDSource{r.From, r.At} }

// ReadersOf are the observers of a write that read by the very id of the record it is sent to.
func (c *Contract) ReadersOf(write *Operation) []*Operation {
	return slices.DeleteFunc(c.Observers(write), func(o *Operation) bool {
		read, written := o.LastIdentifier().Reference, write.LastIdentifier().Reference
		return len(o.Identifiers()) > 1 || read.From != written.From || read.At != written.At
	})
}

// ReaderOf is the read that shows what the operation creates, by its id alone; or nil.
func (c *Contract) ReaderOf(create *Operation) *Operation {
	for _, o := range c.Operations {
		if ids := o.Identifiers(); o.Reads() && len(ids) == 1 && ids[0].Reference.From == create.ID &&
			o.Path.URL == create.Path.URL {
			return o
		}
	}
	return nil
}

// ReadersBy are the reads of a record whose ids come from there.
func (c *Contract) ReadersBy(id IDSource) []*Operation { return c.readers[id] }

// readersBySource finds the reads of records once: they are asked for at every write.
func readersBySource(operations []*Operation) map[IDSource][]*Operation {
	out := map[IDSource][]*Operation{}
	for _, o := range operations {
		if o.Reads() && o.HasID() {
			id := o.LastIdentifier().Reference.IDSource()
			out[id] = append(out[id], o)
		}
	}
	return out
}

// DeleterOf is the operation that deletes what the create makes, or nil: its address is that of the record, not of a
// part of it.
func (c *Contract) DeleterOf(create string) *Operation {
	var best *Operation
	for _, o := range c.Operations {
		if o.Method != http.MethodDelete || !o.HasID() || o.LastIdentifier().Reference.From != create || o.NotJudged != "" {
			continue
		}
		last := o.LastIdentifier()
		if last.In == "path" && !strings.HasSuffix(o.Path.URL, "{"+last.Name+"}") ||
			last.In != "path" && o.Path.URL != last.Reference.Source.Path.URL {
			continue
		}
		if best == nil || len(o.Selectors()) < len(best.Selectors()) {
			best = o
		}
	}
	return best
}

// CreatorAt is the operation on the path that makes records, or nil.
func (c *Contract) CreatorAt(p *Path) *Operation {
	for _, o := range p.Operations {
		if o.Creates() {
			return o
		}
	}
	return nil
}

// IDsOf are the places in the operation's answer from which identifiers are taken.
func (c *Contract) IDsOf(create *Operation) []Pointer {
	var out []Pointer
	for _, o := range c.Operations {
		for _, p := range o.Identifiers() {
			if r := p.Reference; r.From == create.ID && !slices.Contains(out, r.At) {
				out = append(out, r.At)
			}
		}
	}
	return out
}

// ReaderListed is the read by an id that comes from the list, where no operation creates such records; or nil.
func (c *Contract) ReaderListed(list *Operation) *Operation {
	for _, o := range c.Operations {
		if ids := o.Identifiers(); o.Reads() && len(ids) == 1 && ids[0].Reference.From == list.ID &&
			strings.Contains(string(ids[0].Reference.At), "/0/") {
			return o
		}
	}
	return nil
}

// CreatorOf is an operation whose records a list may show, or nil.
func (c *Contract) CreatorOf(list *Operation) *Operation {
	if !list.Reads() || len(list.Identifiers()) > 0 || list.Security == nil {
		return nil
	}
	for _, o := range c.Operations {
		if o.Creates() && o.Path.URL == list.Path.URL && o.HasBody() && o.Body.Label() != nil && len(c.Observers(o)) == 0 {
			return o
		}
	}
	return nil
}

// references are those of the operation's parameters and body.
func referencesOf(o *Operation) []*Reference {
	var all []*Reference
	for _, p := range o.Parameters {
		if p.Reference != nil {
			all = append(all, p.Reference)
		}
	}
	if o.Body != nil {
		for _, f := range o.Body.Fields {
			if f.Reference != nil {
				all = append(all, f.Reference)
			}
		}
	}
	return all
}
