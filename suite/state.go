package suite

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/generate"
	"conformance/internal/judge"
	"conformance/internal/result"
	"conformance/internal/session"
)

// A refused request changes nothing.

var refusedChange = check.Check{
	ID: "STATE-001", Level: result.Must, Situation: contract.InvalidField, Source: check.Ours,
	Writes: true,
	Title:  "a refused write leaves the record as it was",
	Clause: "A client that is refused corrects its request and sends it again: nothing may have happened before. A " +
		"record of the check's own is read, written to in every way that must be refused, and read again. Before that, an " +
		"accepted write proves that a change would be visible.",
	Over: func(c *contract.Contract) []check.Subject {
		return check.Operations(func(o *contract.Operation) bool { return !o.Reads() && len(c.Observers(o)) > 0 })(c)
	},
	Lanes: 1, Length: 6,
	Variants: eachRefusal(expectUnchanged),
}

var refusedCreate = check.Check{
	ID: "STATE-002", Level: result.Must, Situation: contract.InvalidField, Source: check.Ours,
	Writes: true,
	Title:  "a refused create leaves no record",
	Clause: "A client that is refused sends a corrected request: a record left behind would be there twice. The newest " +
		"records are scanned for the mark that the refused body carried. Before that, an accepted record proves that the " +
		"scan finds one. Totals are never compared: others use the target too.",
	Over: func(c *contract.Contract) []check.Subject {
		return check.Operations(func(o *contract.Operation) bool { return c.CreatesListed(o) })(c)
	},
	Lanes:    1,
	Variants: eachRefusal(expectNothingCreated),
}

var foreignChange = check.Check{
	ID: "STATE-003", Level: result.Must, Situation: contract.ForeignRecord, Source: check.Ours,
	Writes: true,
	Title:  "a refused write leaves another company's record as it was",
	Clause: "A refusal that comes after the write protects nobody. The record is read with the other company's key " +
		"before and after.",
	Over: func(c *contract.Contract) []check.Subject {
		return check.Operations(func(o *contract.Operation) bool {
			return !o.Reads() && o.HasID() && len(c.Observers(o)) > 0
		})(c)
	},
	Run: func(t *check.T) {
		if writeForeign(t, &check.LaneRecord{}, t.LaneKey()) {
			again := &check.LaneRecord{Careful: true}
			writeForeign(t, again, t.LaneKey()+" with care")
		}
	},
}

// writeForeign has a write to a record of the other company refused. It says whether that is suspected of an effect.
func writeForeign(t *check.T, kept *check.LaneRecord, instance string) (suspicion bool) {
	key := t.Need(credential.OtherTenant)
	r := t.Valid()
	b, err := t.Session.BindIsolated(t.Ctx, session.Foreign, t.Operation(), instance)
	t.Must(err)
	theirs := map[string]any{}
	for _, p := range t.Operation().Identifiers() {
		theirs[p.Name] = b[p.Reference.IDSource()]
		skipIfBothHave(t, r, p.Reference, theirs[p.Name], nil)
		r = r.WithParameter(p, generate.Text(theirs[p.Name]), "")
	}
	observers := check.Observers(t, t.Operation(), theirs)
	for i := range observers {
		observers[i] = observers[i].As(key, "")
	}
	readNew(t, kept, observers)
	return expectNoChange(t, kept, r.Described("to a record of another company"), observers)
}

var noUpsert = check.Check{
	ID: "STATE-005", Level: result.Must, Situation: contract.UnknownRecord, Source: check.Ours,
	Title: "a refused write to an unknown record creates none",
	Clause: "The id is unknown and stays unknown. A store that inserts what it cannot update leaves a record that " +
		"nobody asked for.",
	Over: func(c *contract.Contract) []check.Subject {
		return check.Operations(func(o *contract.Operation) bool {
			return !o.Reads() && o.HasID() && o.HasBody() && len(c.ReadersOf(o)) > 0
		})(c)
	},
	Run: func(t *check.T) {
		last := t.Operation().LastIdentifier()
		id, r := check.UnknownID(t, last), t.Valid()
		made := session.Mark(r, t.Operation().Body.Label())
		if a := t.Send(r.WithParameter(last, id, last.Name+" of no record: "+id)); a.Accepted() {
			t.Skip(result.NotVerifiable, "the request was accepted, which is the finding of another check")
		}
		if list := t.Session.Contract.ListOf(t.Operation()); list != nil && made != "" &&
			strings.Contains(check.Scan(t, t.RequestTo(list, nil), ""), made) {
			t.Report(recordMade(list, made))
		}
		for _, reader := range t.Session.Contract.ReadersOf(t.Operation()) {
			t.Looked()
			read := t.RequestTo(reader, map[string]any{reader.LastIdentifier().Name: id})
			if a := t.Send(read.Described(last.Name + " of no record: " + id)); a.Accepted() {
				t.Report(recordMade(reader, id))
			}
		}
	},
}

// tookEffect is a change that a refused request made: the value before, where it is known, and the value now.
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
		Kind: result.KindState, Rule: result.NothingCreated, At: shownBy.ID, Want: []string{record},
		Got: "a record " + record, Accepted: true,
	}
}

// expectUnchanged has a write refused and looks whether the record is as it was.
func expectUnchanged(t *check.T, way refusal) {
	if len(t.Session.ChangedReferences(session.Own, t.Operation())) == 0 {
		expectFixtureUnchanged(t, way)
		return
	}
	b := t.Run.Lane(t.LaneKey())
	if b.Fields == nil {
		prepared(b, func() { prepareRecord(t, b, t.LaneKey()) })
	}
	if !changesAnything(t, way, b) {
		return
	}
	again := &check.LaneRecord{Careful: true}
	prepareRecord(t, again, fmt.Sprint(t.LaneKey(), " ", way.situation, " with care"))
	changesAnything(t, way, again)
}

// changesAnything has the lane's record refused in one way. It says whether that is suspected of an effect.
func changesAnything(t *check.T, way refusal, b *check.LaneRecord) (suspicion bool) {
	for _, r := range way.invalidate(t, t.RequestTo(t.Operation(), b.Fields)) {
		suspicion = expectNoChange(t, b, r, check.Observers(t, t.Operation(), b.Fields)) || suspicion
	}
	return suspicion
}

// prepareRecord gives the lane a record, after an accepted write has shown in what the observers see.
func prepareRecord(t *check.T, b *check.LaneRecord, instance string) {
	o := t.Operation()
	trial, err := t.Session.Isolated(t.Ctx, o, instance+" trial")
	t.Must(err)
	observers := check.Observers(t, o, trial)
	readNew(t, b, observers)
	r := t.RequestTo(o, trial)
	if a := t.Send(r); !a.Accepted() {
		t.Skip(result.Control, "a valid request to %s was answered %d: whether a change would show is unknown", o.ID,
			a.Status)
	}
	after := readBack(t, b, observers)
	if changed(b, b.Before, after) == "" {
		wait(t, tick)
		b.Slow, after = true, check.Read(t, observers)
	}
	if changed(b, b.Before, after) == "" {
		t.Skip(result.NotVerifiable, "an accepted %s is not visible in what can be read, so a refused one would not be "+
			"either", o.ID)
	}
	b.Fields, b.Before = trial, after
	if b.Careful { // a list has an item only now: what of it changes by itself shows from here on
		b.Before = readBack(t, b, observers)
		ignore(b, after, b.Before)
	}
	if o.StatusField() != nil || after.Shows(session.Mark(r, o.Body.Label())) {
		return // every further request would change the record again
	}
	// What shows is a value that every request has, as where a transfer goes to: only a record that has not got it yet can
	// tell.
	b.Fields = nil
	fields, err := t.Session.Isolated(t.Ctx, o, instance)
	t.Must(err)
	readNew(t, b, check.Observers(t, o, fields))
	b.Fields = fields
}

// expectFixtureUnchanged has a write refused on a record that the configuration names. Others use it, so its state
// before and after proves nothing, and a change that shows an accepted write would disturb them; but a number that was
// only sent in refused requests must not be in it.
func expectFixtureUnchanged(t *check.T, way refusal) {
	o, r := t.Operation(), t.Valid()
	for _, f := range o.Body.Fields {
		unused, isNumber := generate.Above(r.Body[f.Name], 1000+t.Random.Int64N(100_000))
		if f.Reference == nil || !f.Reference.Keep || !isNumber {
			continue
		}
		for _, invalid := range way.invalidate(t, r.WithField(f.Name, unused, "")) {
			a := t.Send(invalid)
			if !a.Accepted() &&
				slices.Contains(slices.Collect(maps.Values(check.Read(t, check.Observers(t, o, r.Fields)))),
					generate.Text(unused)) {
				t.Report(tookEffect(f.Name, "", generate.Text(unused)))
				return
			}
		}
	}
	t.Answers = nil // they show nothing
	t.Skip(result.NotVerifiable, "%s acts on a record that the configuration names and others use: whether anything "+
		"changed cannot be determined", o.ID)
}

// expectNoChange sends what must be refused and compares what the observers show with what they showed before. It says
// whether there is a suspicion, which another try with care must confirm.
func expectNoChange(
	t *check.T, b *check.LaneRecord, r *session.Request, observers []*session.Request,
) (suspicion bool) {
	if b.Stale {
		b.Before = readBack(t, b, observers)
	}
	b.Stale = true // until it is read back: a lost answer may have been to anything
	a := t.Send(r)
	before := b.Before
	b.Before = readBack(t, b, observers)
	b.Stale = false
	if a.Accepted() {
		t.Skip(result.NotVerifiable, "the request was accepted, which is the finding of another check; whether a refusal "+
			"changes nothing is not verified")
	}
	t.Looked()
	return judgeChange(t, b, r, observers, before)
}

// expectNothingCreated has a create refused and scans the newest records for its mark.
func expectNothingCreated(t *check.T, way refusal) {
	o := t.Operation()
	list, field := t.Session.Contract.ListOf(o), o.Body.Label()
	b := t.Run.Lane(t.LaneKey())
	if b.Mark == "" {
		prepared(b, func() {
			r := t.Valid()
			if a := t.Send(r); !a.Accepted() {
				t.Skip(result.Control, "a valid request to %s was answered %d", o.ID, a.Status)
			}
			b.Mark = session.Mark(r, field)
		})
	}
	good := t.Valid()
	requests, accepted := way.invalidate(t, good), false
	if len(requests) > 0 {
		t.Looked()
	}
	for _, r := range requests {
		accepted = t.Send(r).Accepted() || accepted
	}
	newest, left := check.Scan(t, t.RequestTo(list, nil), b.Mark), session.Mark(good, field)
	switch {
	case accepted:
		t.Skip(result.NotVerifiable, "the request was accepted, which is the finding of another check; whether a refusal "+
			"leaves nothing is not verified")
	case !strings.Contains(newest, b.Mark):
		t.Skip(result.NotVerifiable, "a record that was created shortly before is not among the first and last pages of %s",
			list.ID)
	case strings.Contains(newest, left):
		t.Report(recordMade(list, left))
	case way.situation == contract.InvalidField && o.HasUnique():
		f := o.UniqueField()
		if a := t.Send(t.Valid().WithField(f.Name, good.Body[f.Name],
			f.Name+" of a create that was refused")); !a.Accepted() {
			t.Report(result.Difference{
				Kind: result.KindState, Rule: result.ValueReleased, At: f.Name, Got: fmt.Sprint(a.Status), Accepted: true,
			})
		}
	}
}

var untouchedOriginal = check.Check{
	ID: "STATE-004", Level: result.Must, Situation: contract.Duplicate, Source: check.Ours,
	Writes: true,
	Title:  "a refused duplicate leaves the original as it was",
	Clause: "An insert that turns into an update overwrites the record whose value was repeated.",
	Over: func(c *contract.Contract) []check.Subject {
		return check.Operations(func(o *contract.Operation) bool { return o.CreatesUnique() && c.ReaderOf(o) != nil })(c)
	},
	Run: func(t *check.T) {
		if repeatValue(t, &check.LaneRecord{}) {
			repeatValue(t, &check.LaneRecord{Careful: true})
		}
	},
}

// repeatValue makes a record and has another one refused that repeats its unique value. It says whether that is
// suspected of an effect on the first one.
func repeatValue(t *check.T, b *check.LaneRecord) (suspicion bool) {
	o := t.Operation()
	reader := t.Session.Contract.ReaderOf(o)
	r := t.Valid()
	made := t.Send(r)
	body, err := judge.Decode(made.Body)
	id, ok := reader.LastIdentifier().Reference.At.Get(body)
	if !made.Accepted() || err != nil || !ok {
		t.Skip(result.Control, "a valid request to %s was answered %d without an id", o.ID, made.Status)
	}
	observers := []*session.Request{t.RequestTo(reader, map[string]any{reader.LastIdentifier().Name: id})}
	readNew(t, b, observers)
	f := o.UniqueField()
	return expectNoChange(t, b, t.Valid().WithField(f.Name, r.Body[f.Name], f.Name+" of an existing record"), observers)
}
