package suite

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/judge"
	"conformance/internal/result"
)

// A refused request changes nothing.

var refusedChange = Check{
	ID: "STATE-001", Level: result.Must, Situation: contract.InvalidField, Source: "Errors, a refused request changes nothing",
	Writes: true,
	Title:  "a refused write leaves the record as it was",
	Clause: "A record of the check's own is read, written to in vain in every way that must be refused, and read again. That an accepted write would show is tried first.",
	Over: func(c *contract.Contract) []Subject {
		return over(func(o *contract.Operation) bool { return !o.Reads() && len(observersOf(c, o)) > 0 })(c)
	},
	Lanes: 1, Length: 6,
	Variants: refusals((*T).unchanged),
}

var refusedCreate = Check{
	ID: "STATE-002", Level: result.Must, Situation: contract.InvalidField, Source: "Errors, a refused request changes nothing",
	Writes: true,
	Title:  "a refused create leaves no record",
	Clause: "The newest records are scanned for the mark that the refused body carried. That the scan finds a record that was accepted is tried first. Totals are never compared: others use the target too.",
	Over: func(c *contract.Contract) []Subject {
		return over(func(o *contract.Operation) bool { return createsListed(c, o) })(c)
	},
	Lanes:    1,
	Variants: refusals((*T).unmade),
}

var foreignChange = Check{
	ID: "STATE-003", Level: result.Must, Situation: contract.ForeignRecord, Source: "Errors, a refused request changes nothing",
	Writes: true,
	Title:  "a refused write leaves another company's record as it was",
	Clause: "The record is read with the other company's key before and after.",
	Over: func(c *contract.Contract) []Subject {
		return over(func(o *contract.Operation) bool { return !o.Reads() && hasID(o) && len(observersOf(c, o)) > 0 })(c)
	},
	Run: func(t *T) {
		key := t.Need(t.Credentials().OtherTenant, "credentials.other_tenant")
		r := t.Valid()
		b, err := t.session.bindApart(t.ctx, foreign, t.Operation(), t.benchName())
		t.must(err)
		theirs := map[string]any{}
		for _, p := range t.Operation().Identifiers() {
			theirs[p.Name] = b[place{p.Reference.From, p.Reference.At}]
		}
		for _, p := range t.Operation().Identifiers() {
			r = r.WithParameter(p, generate.Text(theirs[p.Name]), "")
		}
		observers := t.observers(t.Operation(), theirs)
		for i := range observers {
			observers[i] = observers[i].As(key, "")
		}
		kept := &bench{}
		first := t.look(observers)
		kept.before = t.look(observers)
		kept.ignore(first, kept.before)
		t.refusedWithout(kept, r.named("to a record of another company"), observers)
	},
}

var noUpsert = Check{
	ID: "STATE-005", Level: result.Must, Situation: contract.UnknownRecord, Source: "Errors, a refused request changes nothing",
	Title:  "a refused write to an unknown record makes none",
	Clause: "The id is unknown and stays so: a store that inserts what it cannot update leaves a record behind that nobody asked for.",
	Over: func(c *contract.Contract) []Subject {
		return over(func(o *contract.Operation) bool {
			return !o.Reads() && hasID(o) && hasBody(o) && len(readersOf(c, o)) > 0
		})(c)
	},
	Run: func(t *T) {
		last := lastID(t.Operation())
		id, r := t.unknownID(last), t.Valid()
		made := mark(r, label(t.Operation().Body))
		if a := t.Send(r.WithParameter(last, id, last.Name+" of no record: "+id)); a.Status/100 == 2 {
			t.Skip(result.NotVerifiable, "the request was accepted, which is the finding of another check")
		}
		if list := listOf(t.session.Contract, t.Operation()); list != nil && made != "" && strings.Contains(t.scan(t.With(list, nil), ""), made) {
			t.Report(recordMade(list, made))
		}
		for _, reader := range readersOf(t.session.Contract, t.Operation()) {
			read := t.With(reader, map[string]any{lastID(reader).Name: id})
			if a := t.Send(read.named(last.Name + " of no record: " + id)); a.Status/100 == 2 {
				t.Report(recordMade(reader, id))
			}
		}
	},
}

// tookEffect is a change that a refused request made: what stood at the place before, where it is known, and what stands there now.
func tookEffect(at, before, now string) result.Difference {
	d := result.Difference{Kind: result.KindState, Rule: result.NothingChanged, At: at, Got: now, Accepted: true}
	if before != "" {
		d.Want = []string{before}
	}
	return d
}

// recordMade is a record that a refused request left behind, and the operation that shows it.
func recordMade(shownBy *contract.Operation, record string) result.Difference {
	return result.Difference{
		Kind: result.KindState, Rule: result.NothingMade, At: shownBy.ID, Want: []string{record}, Got: "a record " + record, Accepted: true,
	}
}

// readersOf are the observers of a write that read by the very id of the record it is sent to.
func readersOf(c *contract.Contract, write *contract.Operation) []*contract.Operation {
	return slices.DeleteFunc(observersOf(c, write), func(o *contract.Operation) bool {
		read, written := lastID(o).Reference, lastID(write).Reference
		return len(o.Identifiers()) > 1 || read.From != written.From || read.At != written.At
	})
}

// unchanged has a write refused and looks whether the record is as it was.
func (t *T) unchanged(way refusal) {
	if len(t.session.subjects(own, t.Operation())) == 0 {
		t.traceless(way)
		return
	}
	b := t.run.bench(t.benchName())
	if b.fields == nil && b.err == nil {
		b.err = t.try(func() { t.furnish(b) })
	}
	t.must(b.err)
	for _, r := range way.spoil(t, t.With(t.Operation(), b.fields)) {
		t.refusedWithout(b, r, t.observers(t.Operation(), b.fields))
	}
}

// furnish gives the bench a record, after an accepted write has shown in what the observers see.
func (t *T) furnish(b *bench) {
	o := t.Operation()
	trial, err := t.session.apart(t.ctx, o, t.benchName()+" trial")
	t.must(err)
	observers := t.observers(o, trial)
	first := t.look(observers)
	before := t.look(observers)
	b.ignore(first, before)
	r := t.With(o, trial)
	if a := t.Send(r); a.Status/100 != 2 {
		t.Skip(result.Control, "a valid request to %s was answered %d: whether a change would show is unknown", o.ID, a.Status)
	}
	after := t.look(observers)
	if b.changed(before, after) == "" {
		t.Skip(result.NotVerifiable, "an accepted %s does not show in what can be read, so neither would a refused one", o.ID)
	}
	b.fields, b.before = trial, after
	if statusField(o) != nil || after.shows(mark(r, label(o.Body))) {
		return // every further request would change the record again
	}
	// What shows is a value that every request has, as where a transfer goes to: only a record that has not got it yet can tell.
	b.fields = nil
	fields, err := t.session.apart(t.ctx, o, t.benchName())
	t.must(err)
	b.before = t.look(t.observers(o, fields))
	b.fields = fields
}

// traceless has a write refused on a record that the configuration names. Others use it, so what it is like before and after tells nothing,
// and a change that shows an accepted write would be in their way; but a number that was only ever sent in vain has no place in it.
func (t *T) traceless(way refusal) {
	o, r := t.Operation(), t.Valid()
	for _, f := range o.Body.Fields {
		now, isNumber := r.Body[f.Name].(float64)
		if f.Reference == nil || !f.Reference.Keep || !isNumber {
			continue
		}
		vain := math.Floor(now) + float64(1000+t.random.IntN(100_000))
		for _, spoilt := range way.spoil(t, r.WithField(f.Name, vain, "")) {
			a := t.Send(spoilt)
			if a.Status/100 != 2 && slices.Contains(slices.Collect(maps.Values(t.look(t.observers(o, r.fields)))), generate.Text(vain)) {
				t.Report(tookEffect(f.Name, "", generate.Text(vain)))
				return
			}
		}
	}
	t.answers = nil // they show nothing
	t.Skip(result.NotVerifiable, "%s acts on a record that the configuration names and others use: that nothing at all changed cannot be told", o.ID)
}

// shows says that a text stands in some value.
func (v view) shows(text string) bool {
	for _, value := range v {
		if text != "" && strings.Contains(value, text) {
			return true
		}
	}
	return false
}

// ignore notes what differs between two readings with nothing in between.
func (b *bench) ignore(first, second view) {
	b.volatile = map[string]bool{}
	for _, at := range differences(first, second) {
		b.volatile[at] = true
	}
}

// refusedWithout sends what must be refused and compares what the observers show with what they showed before.
func (t *T) refusedWithout(b *bench, r *Request, observers []*Request) {
	if b.stale {
		b.before = t.look(observers)
	}
	b.stale = true // until it is read back: a lost answer may have been to anything
	a := t.Send(r)
	after := t.look(observers)
	before := b.before
	b.before, b.stale = after, false
	if a.Status/100 == 2 {
		t.Skip(result.NotVerifiable, "the request was accepted, which is the finding of another check; that a refusal changes nothing remains open")
	}
	if at := b.changed(before, after); at != "" {
		t.Report(tookEffect(at, orAbsent(before, at), orAbsent(after, at)))
	}
}

// unmade has a create refused and scans the newest records for its mark.
func (t *T) unmade(way refusal) {
	o := t.Operation()
	list, field := listOf(t.session.Contract, o), label(o.Body)
	b := t.run.bench(t.benchName())
	if b.mark == "" && b.err == nil {
		b.err = t.try(func() {
			r := t.Valid()
			if a := t.Send(r); a.Status/100 != 2 {
				t.Skip(result.Control, "a valid request to %s was answered %d", o.ID, a.Status)
			}
			b.mark = mark(r, field)
		})
	}
	t.must(b.err)
	good := t.Valid()
	accepted := false
	for _, r := range way.spoil(t, good) {
		accepted = t.Send(r).Status/100 == 2 || accepted
	}
	newest, left := t.scan(t.With(list, nil), b.mark), mark(good, field)
	switch {
	case accepted:
		t.Skip(result.NotVerifiable, "the request was accepted, which is the finding of another check; that a refusal leaves nothing remains open")
	case !strings.Contains(newest, b.mark):
		t.Skip(result.NotVerifiable, "a record that was created shortly before is not among the first and last pages of %s", list.ID)
	case strings.Contains(newest, left):
		t.Report(recordMade(list, left))
	case way.situation == contract.InvalidField && hasUnique(o):
		f := uniqueField(o)
		if a := t.Send(t.Valid().WithField(f.Name, good.Body[f.Name], f.Name+" of a create that was refused")); a.Status/100 != 2 {
			t.Report(result.Difference{Kind: result.KindState, Rule: result.NothingKept, At: f.Name, Got: fmt.Sprint(a.Status), Accepted: true})
		}
	}
}

// mark is what tells a request's record from all others.
func mark(r *Request, f *contract.Field) string {
	if f == nil {
		return ""
	}
	text, _ := r.Body[f.Name].(string)
	return text[strings.LastIndex(text, " ")+1:]
}

var untouchedOriginal = Check{
	ID: "STATE-004", Level: result.Must, Situation: contract.Duplicate, Source: "Errors, a refused request changes nothing",
	Writes: true,
	Title:  "a refused duplicate leaves the original as it was",
	Clause: "An insert that turns into an update overwrites the record whose value was repeated.",
	Over: func(c *contract.Contract) []Subject {
		return over(func(o *contract.Operation) bool { return createsUnique(o) && readerOf(c, o) != nil })(c)
	},
	Run: func(t *T) {
		o := t.Operation()
		reader := readerOf(t.session.Contract, o)
		r := t.Valid()
		made := t.Send(r)
		body, err := judge.Decode(made.Body)
		id, ok := lastID(reader).Reference.At.Get(body)
		if made.Status/100 != 2 || err != nil || !ok {
			t.Skip(result.Control, "a valid request to %s was answered %d without an id", o.ID, made.Status)
		}
		observers := []*Request{t.With(reader, map[string]any{lastID(reader).Name: id})}
		b := &bench{}
		first := t.look(observers)
		b.before = t.look(observers)
		b.ignore(first, b.before)
		f := uniqueField(o)
		t.refusedWithout(b, t.Valid().WithField(f.Name, r.Body[f.Name], f.Name+" of an existing record"), observers)
	},
}

// readerOf is the read that shows what the operation creates, by its id alone; or nil.
func readerOf(c *contract.Contract, create *contract.Operation) *contract.Operation {
	for _, o := range c.Operations {
		if ids := o.Identifiers(); o.Reads() && len(ids) == 1 && ids[0].Reference.From == create.ID && o.Path.URL == create.Path.URL {
			return o
		}
	}
	return nil
}
