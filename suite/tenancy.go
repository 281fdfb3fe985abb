package suite

import (
	"fmt"
	"net/http"
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

// 404: what belongs to another company is not there for this one.

var foreignRecord = check.Check{
	ID: "FOUND-003", Level: result.Must, Situation: contract.ForeignRecord,
	Title: "another company's record is not found",
	Clause: "Reading, writing or adding to a record of another company must look as if it did not exist, with any other " +
		"parameters. Queries that forget the company break this.",
	Over: check.Operations((*contract.Operation).HasID),
	Variants: func(_ *contract.Contract, s check.Subject) []check.Variant {
		o := s.Operation
		ids := o.Identifiers()
		out := []check.Variant{{Name: "record", Run: func(t *check.T) { expectForeignRefused(t, t.Valid(), ids...) }}}
		if o.Reads() && len(o.Inputs()) > 0 {
			out = append(out, check.Variant{Name: "record, with every parameter", Run: func(t *check.T) {
				r := t.Valid()
				for _, p := range o.Inputs() {
					if texts := validTexts(p); len(texts) > 0 {
						r = r.WithParameter(p, texts[0], p.Name+"="+texts[0])
					}
				}
				expectForeignRefused(t, r, ids...)
			}})
		}
		if part := o.PartField(); part != nil {
			out = append(out, check.Variant{Name: "record and its " + part.Name, Run: func(t *check.T) {
				id, value := foreignPart(t, part)
				r := t.Valid().WithParameter(o.LastIdentifier(), generate.Text(id), fmt.Sprintf("%s and %s of another company: "+
					"%v, %v", o.LastIdentifier().Name, part.Name, id, value))
				t.Expect(t.Send(r.WithField(part.Name, value, ""))).To(check.BeRefusedAs(alsoUnknown(t, contract.ForeignRecord)...))
			}})
		}
		if len(ids) > 1 {
			for _, p := range ids {
				out = append(out, check.Variant{
					Name: p.Name + " only", Run: func(t *check.T) { expectForeignRefused(t, t.Valid(), p) },
				})
			}
		}
		return out
	},
}

// expectForeignRefused sends the request with these identifiers of another company's record.
func expectForeignRefused(t *check.T, r *session.Request, ids ...*contract.Parameter) {
	fields := foreignFields(t)
	for _, p := range ids {
		id := generate.Text(fields[p.Name])
		skipIfBothHave(t, r, p.Reference, id, r.Fields[p.Name])
		r = r.WithParameter(p, id, fmt.Sprintf("%s of another company's record: %s", p.Name, id))
	}
	t.Expect(t.Send(r)).To(check.BeRefusedAs(alsoUnknown(t, contract.ForeignRecord)...))
}

// skipIfBothHave ends the variant where an id of the other company's record is that of one here too: each company's are
// counted apart then.
func skipIfBothHave(t *check.T, r *session.Request, of *contract.Reference, id, mine any) {
	if both, err := session.BothHave(t.Ctx, t.Session, r, of, id); err != nil {
		t.Must(err)
	} else if both || generate.Text(id) == generate.Text(mine) {
		t.Skip(result.NotVerifiable, "both companies have a record with the id %s", generate.Text(id))
	}
}

// foreignFields are the identifiers of a record of the other company.
func foreignFields(t *check.T) map[string]any {
	fields, b := map[string]any{}, session.Binding{}
	for _, p := range t.Operation().Identifiers() {
		v, err := t.Session.ResolveReference(t.Ctx, session.Foreign, t.Operation(), p.Name, p.Reference, b)
		t.Must(err)
		fields[p.Name] = v
	}
	return fields
}

var ownList = check.Check{
	ID: "FOUND-006", Level: result.Must, Situation: contract.ForeignRecord, Source: check.Ours, Length: 20,
	Title: "a list shows no record of another company",
	Clause: "What one company writes is not for another to read. The other company creates records; its own list shows " +
		"them, the list of this company does not, with any filter or page. A query that forgets the company shows both.",
	Over: func(c *contract.Contract) []check.Subject {
		return check.Operations(func(o *contract.Operation) bool {
			return c.CreatorOf(o) != nil || c.ReaderListed(o) != nil
		})(c)
	},
	Run: func(t *check.T) {
		list := t.Operation()
		if reader := t.Session.Contract.ReaderListed(list); reader != nil {
			expectReadable(t, list, reader)
			return
		}
		key := t.Need(credential.OtherTenant)
		records := foreignRecords(t, t.Session.Contract.CreatorOf(list))
		ours := t.Valid()
		if !containsAny(check.Scan(t, ours.As(key, ""), records[0]), records) {
			t.Skip(result.NotVerifiable, "a record that the other company created is not among the first and last pages of "+
				"its own %s", list.ID)
		}
		t.Provoked = true
		expectAbsent(t, ours, records)
		for _, p := range list.Inputs() {
			for _, text := range filterTexts(t.Session.Contract, p, records) {
				expectAbsent(t, ours.WithParameter(p, text, p.Name+"="+text), records)
			}
		}
		for _, page := range laterPages(t.Session.Contract, ours) {
			expectAbsent(t, page, records)
		}
	},
}

// foreignRecords are the marked texts of two records of the other company: one that others have made something of, and
// one that is left as it was made. A filter may show but one of them. A whole text, since an answer may repeat the mark
// that was searched for.
func foreignRecords(t *check.T, maker *contract.Operation) []string {
	var texts []string
	for _, instance := range []string{"", "untouched"} {
		if instance != "" && !slices.ContainsFunc(t.Session.Contract.Operations, func(o *contract.Operation) bool {
			return o.Method == http.MethodPost && o.HasID() && o.Identifiers()[0].Reference.From == maker.ID
		}) {
			continue // nothing makes anything of such a record
		}
		m, err := t.Session.EnsureSetup(t.Ctx, session.Foreign, maker, session.Binding{}, instance)
		t.Must(err)
		texts = append(texts, generate.Text(m.Body[maker.Body.Label().Name]))
	}
	return texts
}

// laterPages are the second and third page, of few records each.
func laterPages(c *contract.Contract, list *session.Request) []*session.Request {
	size := contract.PagingParameter(list.Operation, c.Pagination, func(p *contract.Pagination) string { return p.Size })
	page := contract.PagingParameter(list.Operation, c.Pagination, func(p *contract.Pagination) string { return p.Page })
	if size == nil || page == nil || !generate.Accepts(size.Schema, 5.0) {
		return nil
	}
	var out []*session.Request
	for _, n := range []string{"2", "3"} {
		out = append(out, list.WithParameter(size, "5", "").WithParameter(page, n,
			fmt.Sprintf("%s=%s of five each", page.Name, n)))
	}
	return out
}

// expectReadable reads what the list shows: what only the other company can read is a record of that one.
func expectReadable(t *check.T, list, reader *contract.Operation) {
	const enough = 20
	id, key := reader.LastIdentifier(), t.Need(credential.OtherTenant)
	body, _ := judge.Decode(t.Send(t.RequestTo(list, nil)).Body)
	shown := id.Reference.At.Items(body)
	t.Provoked = len(shown) > 0
	for _, v := range shown[:min(len(shown), enough)] {
		t.Looked()
		read := t.RequestTo(reader, map[string]any{id.Name: v})
		if t.Send(read).Status == http.StatusNotFound &&
			t.Send(read.As(key, "with the other company's key")).Accepted() {
			t.Report(foreignShown(list, generate.Text(v)))
		}
	}
}

func containsAny(text string, records []string) bool {
	return slices.ContainsFunc(records, func(record string) bool { return strings.Contains(text, record) })
}

// expectAbsent reads one page and looks for records of the other company.
func expectAbsent(t *check.T, list *session.Request, records []string) {
	a := t.Send(list)
	if a.Accepted() {
		t.Looked()
	}
	text := judge.Text(a.Body)
	for _, record := range records {
		if strings.Contains(text, record) {
			t.Report(foreignShown(list.Operation, record))
		}
	}
}

// filterTexts are texts of a list's parameter that a record may pass: each of an enum, its mark for a free text, times
// long before and after.
func filterTexts(c *contract.Contract, p *contract.Parameter, records []string) []string {
	switch paging := c.Pagination; {
	case paging != nil && (p.Name == paging.Page || p.Name == paging.Size):
		return nil
	case len(p.Schema.Enum) > 0:
		return validTexts(p)
	case p.Schema.Format == "date-time":
		return []string{"2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z"}
	case p.Schema.Type.Is("string") && !p.Constrained():
		var marks []string
		for _, text := range records {
			marks = append(marks, text[strings.LastIndex(text, " ")+1:])
		}
		return marks
	}
	return nil
}

var noForeignData = check.Check{
	ID: "FOUND-010", Level: result.Must, Situation: contract.ForeignRecord, Source: check.Ours,
	Title: "no answer shows what another company wrote",
	Clause: "What one company writes is not for another to read. Every record that the other company creates in a run " +
		"carries a mark. None of them may occur in an answer to this company: in a record, a list or an included object. " +
		"Looks back on the whole run.",
	Over: check.Operations(func(o *contract.Operation) bool { return o.Reads() && o.Secured() }), Last: true,
	Run: func(t *check.T) {
		if t.Session.Searched(t.Operation()) {
			t.Looked()
		}
		if seen := t.Session.Sighting(t.Operation()); seen != nil {
			t.Report(foreignShown(t.Operation(), seen.Mark))
			t.Show(seen.Answer) // afterwards: which request showed it is chance, and no part of the finding
		}
	},
}

// foreignShown is something of another company in an answer to this one.
func foreignShown(by *contract.Operation, what string) result.Difference {
	return result.Difference{Kind: result.KindState, Rule: result.OwnRecords, At: by.ID, Got: what}
}
