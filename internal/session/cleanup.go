package session

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"conformance/internal/contract"
	"conformance/internal/ledger"
	"conformance/internal/parallel"
	"conformance/internal/result"
)

// Clean-up: what the run made is deleted where the API has a way to, newest first. What stays need not look like work
// to be done: it is moved to a status from which nothing follows.

// CleanUp deletes or closes the records of the ledger. What the target refuses is left as it is: it was judged before.
// A record whose making was never answered is looked for first, by its mark.
func (s *Session) CleanUp(ctx context.Context) { cleaner{s}.run(ctx) }

// Adopt goes on with the ledger of another run: its records are known by that run's marks.
func Adopt(s *Session, l *ledger.Ledger, run string) {
	s.Ledger, s.RunID, s.marks = l, run, marksOf(run)
}

// cleaner removes what a session has made.
type cleaner struct{ *Session }

func (s cleaner) run(ctx context.Context) {
	s.findUnnoticed(ctx)
	made := slices.DeleteFunc(s.Ledger.Entries(), func(e ledger.Entry) bool { return e.State != ledger.Made })
	depth := s.depths()
	slices.SortStableFunc(made, func(a, b ledger.Entry) int {
		return cmp.Or(cmp.Compare(depth[b.Operation], depth[a.Operation]), cmp.Compare(b.Number, a.Number))
	})
	for len(made) > 0 {
		n := slices.IndexFunc(made, func(e ledger.Entry) bool { return depth[e.Operation] != depth[made[0].Operation] })
		if n < 0 {
			n = len(made)
		}
		s.cleanUp(ctx, made[:n])
		made = made[n:]
	}
}

// cleanUp deletes or closes records that do not rest on one another: side by side, and what was refused then one by
// one, since some servers refuse deletes that come together.
func (s cleaner) cleanUp(ctx context.Context, made []ledger.Entry) {
	made = slices.DeleteFunc(slices.Clone(made), func(e ledger.Entry) bool { return e.Unasked && !s.showsMark(ctx, e) })
	refused := make([]bool, len(made))
	parallel.Each(s.Config.Concurrency, len(made), func(i int) {
		if s.Contract.DeleterOf(made[i].Operation) == nil {
			s.closeRecord(ctx, made[i])
			return
		}
		refused[i] = !s.deleteRecord(ctx, made[i])
	})
	for i, e := range made {
		if refused[i] && !s.deleteRecord(ctx, e) {
			s.closeRecord(ctx, e)
		}
	}
}

// showsMark says that a read of the entry's record shows the run's mark. What a write to an id that no record had seems
// to have made may be somebody's record, which the target took for that id: without the mark nothing is done to it.
func (s cleaner) showsMark(ctx context.Context, e ledger.Entry) bool {
	for _, id := range e.IDs {
		for _, reader := range s.Contract.ReadersBy(contract.IDSource{From: id.From, At: contract.Pointer(id.At)}) {
			if r := s.requestTo(reader, e); r != nil {
				a, err := s.Do(ctx, r)
				return err == nil && a.Accepted() && s.marks.Match(a.Body)
			}
		}
	}
	return false
}

// depths say how many creates deep each create rests on others: what refers to a record goes before it.
func (s cleaner) depths() map[string]int {
	depth := map[string]int{}
	var of func(o *contract.Operation, seen int) int
	of = func(o *contract.Operation, seen int) int {
		if d, known := depth[o.ID]; known || seen > len(s.Contract.Operations) {
			return d
		}
		deepest := 0
		_ = o.EachReference(func(_ string, r *contract.Reference) error {
			if r.Source != o {
				deepest = max(deepest, of(r.Source, seen+1)+1)
			}
			return nil
		})
		depth[o.ID] = deepest
		return deepest
	}
	for _, o := range s.Contract.Operations {
		of(o, 0)
	}
	return depth
}

// deleteRecord deletes a record of the run. It says whether it is gone.
func (s cleaner) deleteRecord(ctx context.Context, e ledger.Entry) bool {
	o := s.Contract.DeleterOf(e.Operation)
	if o == nil || ctx.Err() != nil {
		return false
	}
	r := s.requestTo(o, e)
	if r == nil {
		return false
	}
	a, err := s.Do(ctx, r)
	if err != nil {
		return false
	}
	gone := a.Accepted() || a.Status == http.StatusNotFound || a.Status == http.StatusGone
	if gone { // even if it was gone before
		s.Ledger.Gone(idOf(o.LastIdentifier(), r.Fields), e.Foreign)
	}
	return gone
}

// requestTo is a request to the record of an entry with its tenant's key; nil where its ids do not suffice.
func (s cleaner) requestTo(o *contract.Operation, e ledger.Entry) *Request {
	fields := map[string]any{}
	for _, p := range o.Identifiers() {
		for _, id := range slices.Concat(e.Parents, e.IDs) {
			if id.From == p.Reference.From && id.At == string(p.Reference.At) {
				fields[p.Name] = id.Value
			}
		}
	}
	who := Own
	if e.Foreign {
		who = Foreign
	}
	r, err := requestAs(s.Session, who, o, fields, 0)
	if len(fields) < len(o.Identifiers()) || err != nil {
		return nil
	}
	return r
}

// closeRecord moves a record of the run to a status from which nothing follows, as far as legal steps lead there.
func (s cleaner) closeRecord(ctx context.Context, e ledger.Entry) {
	for _, change := range s.Contract.Operations {
		if ctx.Err() != nil || change.StatusField() == nil || !change.HasID() ||
			change.LastIdentifier().Reference.From != e.Operation || guardOf(s.Session).consented(change) != nil {
			continue
		}
		if r := s.requestTo(change, e); r != nil {
			s.close(ctx, r)
			return
		}
	}
}

func (s cleaner) close(ctx context.Context, r *Request) {
	f := r.Operation.StatusField()
	from := s.Status(RecordOf(r.Operation, r.Fields), f)
	var best []string
	for _, status := range f.Transitions.Statuses {
		if len(f.Transitions.To[status]) > 0 {
			continue
		}
		if steps := f.Transitions.Steps(from, status); steps != nil && (best == nil || len(steps) < len(best)) {
			best = steps
		}
	}
	for _, to := range best {
		step := s.Request(r.Operation, r.Fields).WithField(f.Name, to, "")
		step.Sent.Credential = r.Sent.Credential
		a, err := s.Send(ctx, step)
		if err != nil || !a.Accepted() {
			return
		}
	}
}

// Records say what became of what the run made.
func (s *Session) Records() (created, deleted int, left []result.Record) {
	for _, e := range s.Ledger.Entries() {
		switch e.State {
		case ledger.Deleted:
			created++
			deleted++
		case ledger.Made:
			created++
			left = append(left, cleaner{s}.describe(e))
		case ledger.Sent:
			left = append(left, cleaner{s}.describe(e))
		}
	}
	return created, deleted, left
}

// describe explains what an entry is and how to read it.
func (s cleaner) describe(e ledger.Entry) result.Record {
	out := result.Record{Operation: e.Operation, Mark: e.Mark, Lost: e.State == ledger.Sent, OtherTenant: e.Foreign}
	for _, id := range e.IDs {
		out.IDs = append(out.IDs, id.Value)
	}
	o := s.Contract.Operation(e.Operation)
	if o == nil {
		return out
	}
	for _, at := range s.Contract.IDsOf(o) {
		for _, reader := range s.Contract.ReadersBy(contract.IDSource{From: o.ID, At: at}) {
			if r := s.requestTo(reader, e); r != nil && out.Read == "" {
				out.Read = reader.Method + " " + r.Build().Address()
			}
		}
	}
	return out
}
