package suite

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/judge"
	"conformance/internal/probe"
	"conformance/internal/result"
)

// 404: what belongs to another company is not there for this one.

var foreignRecord = Check{
	ID: "FOUND-003", Level: result.Must, Situation: contract.ForeignRecord, Source: errorCodes + "404",
	Title:  "another company's record is not found",
	Clause: "Reading, writing or adding to a record of another company must look as if it did not exist, whatever else is asked for. Queries that forget the company break this.",
	Over:   over(hasID),
	Variants: func(_ *contract.Contract, s Subject) []Variant {
		o := s.Operation
		ids := o.Identifiers()
		out := []Variant{{Name: "record", Run: func(t *T) { t.foreign(t.Valid(), ids...) }}}
		if o.Reads() && len(o.Inputs()) > 0 {
			out = append(out, Variant{Name: "record, with every parameter", Run: func(t *T) {
				r := t.Valid()
				for _, p := range o.Inputs() {
					if texts := goodTexts(p); len(texts) > 0 {
						r = r.WithParameter(p, texts[0], p.Name+"="+texts[0])
					}
				}
				t.foreign(r, ids...)
			}})
		}
		if part := partOf(o); part != nil {
			out = append(out, Variant{Name: "record and its " + part.Name, Run: func(t *T) {
				id, value := t.foreignPart(part)
				r := t.Valid().WithParameter(lastID(o), generate.Text(id), fmt.Sprintf("%s and %s of another company: %v, %v", lastID(o).Name, part.Name, id, value))
				t.Expect(t.Send(r.WithField(part.Name, value, ""))).To(BeRefusedAs(t.alsoUnknown(contract.ForeignRecord)...))
			}})
		}
		if len(ids) > 1 {
			for _, p := range ids {
				out = append(out, Variant{Name: p.Name + " alone", Run: func(t *T) { t.foreign(t.Valid(), p) }})
			}
		}
		return out
	},
}

// foreign sends the request with these identifiers of another company's record.
func (t *T) foreign(r *Request, ids ...*contract.Parameter) {
	fields := t.foreignFields()
	for _, p := range ids {
		id := generate.Text(fields[p.Name])
		if id == generate.Text(r.fields[p.Name]) {
			t.Skip(result.NotVerifiable, "both companies have a record with the id %s", id)
		}
		r = r.WithParameter(p, id, fmt.Sprintf("%s of another company's record: %s", p.Name, id))
	}
	t.Expect(t.Send(r)).To(BeRefusedAs(t.alsoUnknown(contract.ForeignRecord)...))
}

// foreignFields are the identifiers of a record of the other company.
func (t *T) foreignFields() map[string]any {
	fields, b := map[string]any{}, binding{}
	for _, p := range t.Operation().Identifiers() {
		v, err := t.session.find(t.ctx, foreign, t.Operation(), p.Name, p.Reference, b)
		t.must(err)
		fields[p.Name] = v
	}
	return fields
}

var foreignLikeUnknown = Check{
	ID: "FOUND-005", Level: result.Should, Situation: contract.ForeignRecord, Source: errorCodes + "404",
	Title:  "another company's record is answered like an unknown one",
	Clause: "Status, code, message and members are the same, apart from the id: any difference tells that the record exists. In the address and in a body.",
	Over: over(func(o *contract.Operation) bool {
		return hasID(o) || o.Body != nil && slices.ContainsFunc(o.Body.Fields, func(f *contract.Field) bool { return f.Reference != nil && !f.Reference.Keep })
	}),
	Variants: func(_ *contract.Contract, s Subject) []Variant {
		var out []Variant
		if hasID(s.Operation) {
			last := lastID(s.Operation)
			out = append(out, Variant{Run: func(t *T) {
				t.alike(generate.Text(t.foreignFields()[last.Name]), t.unknownID(last), func(id string) *Request {
					return t.Valid().WithParameter(last, id, last.Name+": "+id)
				})
			}})
		}
		if s.Operation.Body != nil {
			for _, f := range s.Operation.Body.Fields {
				if r := f.Reference; r != nil && r.Unknown != "" && !nestedSource(s.Operation, r) {
					out = append(out, Variant{Name: f.Name, Situation: r.Unknown, Run: func(t *T) {
						theirs, none := t.foreignValue(f), t.unknownValue(f)
						t.alike(generate.Text(theirs), generate.Text(none), func(id string) *Request {
							if id == generate.Text(none) {
								return t.Valid().WithField(f.Name, none, f.Name+" of no record: "+id)
							}
							return t.Valid().WithField(f.Name, theirs, f.Name+" of another company's record: "+id)
						})
					}})
				}
			}
		}
		return out
	},
}

// alike compares the answers to a request with the id of another company's record and with that of none.
func (t *T) alike(theirs, none string, with func(id string) *Request) {
	there, nowhere := t.Send(with(theirs)), t.Send(with(none))
	if there.Status/100 != 4 || nowhere.Status/100 != 4 {
		return // judged elsewhere
	}
	a, b := t.likeness(there, theirs), t.likeness(nowhere, none)
	if a != b {
		t.Report(result.Difference{Kind: result.KindState, Rule: result.LikeUnknown, Want: []string{b}, Got: a})
	}
}

var ownList = Check{
	ID: "FOUND-006", Level: result.Must, Situation: contract.ForeignRecord, Source: errorCodes + "404", Length: 20,
	Title:  "a list shows no record of another company",
	Clause: "The other company creates records; its own list shows them, the list of this company does not, whatever filter or page is asked for. A query that forgets the company shows both.",
	Over: func(c *contract.Contract) []Subject {
		return over(func(o *contract.Operation) bool { return makerOf(c, o) != nil || readerListed(c, o) != nil })(c)
	},
	Run: func(t *T) {
		list := t.Operation()
		if reader := readerListed(t.session.Contract, list); reader != nil {
			t.hidesID(list, reader)
			return
		}
		key := t.Need(t.Credentials().OtherTenant, "credentials.other_tenant")
		records := t.foreignRecords(makerOf(t.session.Contract, list))
		ours := t.Valid()
		if !shows(t.scan(ours.As(key, ""), records[0]), records) {
			t.Skip(result.NotVerifiable, "a record that the other company created is not among the first and last pages of its own %s", list.ID)
		}
		t.provoked = true
		t.hides(ours, records)
		for _, p := range list.Inputs() {
			for _, text := range filters(t.session.Contract, p, records) {
				t.hides(ours.WithParameter(p, text, p.Name+"="+text), records)
			}
		}
		for _, page := range laterPages(t.session.Contract, ours) {
			t.hides(page, records)
		}
	},
}

// foreignRecords are the marked texts of two records of the other company: one that others have made something of, and one that is left
// as it was made. A filter may show but one of them. A whole text, since an answer may repeat the mark that was searched for.
func (t *T) foreignRecords(maker *contract.Operation) []string {
	var texts []string
	for _, instance := range []string{"", "untouched"} {
		if instance != "" && !slices.ContainsFunc(t.session.Contract.Operations, func(o *contract.Operation) bool {
			return o.Method == http.MethodPost && hasID(o) && o.Identifiers()[0].Reference.From == maker.ID
		}) {
			continue // nothing makes anything of such a record
		}
		m, err := t.session.ensure(t.ctx, foreign, maker, binding{}, instance)
		t.must(err)
		texts = append(texts, generate.Text(m.body[label(maker.Body).Name]))
	}
	return texts
}

// laterPages are the second and third page, of few records each.
func laterPages(c *contract.Contract, list *Request) []*Request {
	size := parameter(list.operation, c.Pagination, func(p *contract.Pagination) string { return p.Size })
	page := parameter(list.operation, c.Pagination, func(p *contract.Pagination) string { return p.Page })
	if size == nil || page == nil || !generate.Accepts(size.Schema, 5.0) {
		return nil
	}
	var out []*Request
	for _, n := range []string{"2", "3"} {
		out = append(out, list.WithParameter(size, "5", "").WithParameter(page, n, fmt.Sprintf("%s=%s of five each", page.Name, n)))
	}
	return out
}

// readerListed is the read by an id that comes from the list, where no operation creates such records; or nil.
func readerListed(c *contract.Contract, list *contract.Operation) *contract.Operation {
	for _, o := range c.Operations {
		if ids := o.Identifiers(); o.Reads() && len(ids) == 1 && ids[0].Reference.From == list.ID && strings.Contains(string(ids[0].Reference.At), "/0/") {
			return o
		}
	}
	return nil
}

// hidesID reads what the list shows: what cannot be read is no record of this company.
func (t *T) hidesID(list, reader *contract.Operation) {
	const enough = 20
	id := lastID(reader)
	body, _ := judge.Decode(t.Send(t.With(list, nil)).Body)
	shown := id.Reference.At.Items(body)
	t.provoked = len(shown) > 0
	for _, v := range shown[:min(len(shown), enough)] {
		if a := t.Send(t.With(reader, map[string]any{id.Name: v})); a.Status == http.StatusNotFound {
			t.Report(foreignShown(list, generate.Text(v)))
		}
	}
}

func shows(text string, records []string) bool {
	return slices.ContainsFunc(records, func(record string) bool { return strings.Contains(text, record) })
}

// hides reads one page and looks for records of the other company.
func (t *T) hides(list *Request, records []string) {
	text := string(t.Send(list).Body)
	for _, record := range records {
		if strings.Contains(text, record) {
			t.Report(foreignShown(list.operation, record))
		}
	}
}

// filters are texts of a list's parameter that a record may pass: each of an enum, its mark for a free text, times long before and after.
func filters(c *contract.Contract, p *contract.Parameter, records []string) []string {
	switch paging := c.Pagination; {
	case paging != nil && (p.Name == paging.Page || p.Name == paging.Size):
		return nil
	case len(p.Schema.Enum) > 0:
		return goodTexts(p)
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

// makerOf is an operation whose records a list may show, or nil.
func makerOf(c *contract.Contract, list *contract.Operation) *contract.Operation {
	if !list.Reads() || len(list.Identifiers()) > 0 || list.Security == nil {
		return nil
	}
	for _, o := range c.Operations {
		if o.Creates() && o.Path.URL == list.Path.URL && hasBody(o) && label(o.Body) != nil && len(observersOf(c, o)) == 0 {
			return o
		}
	}
	return nil
}

// likeness is what two answers are compared by: status, code, message and the names of all members, without the id.
func (t *T) likeness(a *Answer, id string) string {
	e, out := t.session.Contract.Envelope, fmt.Sprint(a.Status)
	body, err := judge.Decode(a.Body)
	if err != nil {
		return out
	}
	if e.Code != "" {
		out += " " + judge.Show(body, e.Code)
	}
	out += " " + without(judge.Show(body, e.Message), id)
	if object, ok := body.(map[string]any); ok {
		out += " with the members " + strings.Join(sorted(object), ", ")
	}
	return out
}

var noStrangers = Check{
	ID: "FOUND-010", Level: result.Must, Situation: contract.ForeignRecord, Source: errorCodes + "404",
	Title:  "no answer shows what another company wrote",
	Clause: "Every record that the other company creates in a run carries a mark. None of them may stand in an answer to this company, be it a record, a list or something that is included. Looks back on the whole run.",
	Over:   over(func(o *contract.Operation) bool { return o.Reads() && secured(o) }), Last: true,
	Run: func(t *T) {
		if seen := t.session.sighting(t.Operation()); seen != nil {
			t.show(seen.answer)
			t.Report(foreignShown(t.Operation(), seen.mark))
		}
	},
}

// foreignShown is something of another company in an answer to this one.
func foreignShown(by *contract.Operation, what string) result.Difference {
	return result.Difference{Kind: result.KindState, Rule: result.OwnRecords, At: by.ID, Got: what}
}

// stranger is an answer to this company with something that the other one wrote.
type stranger struct {
	mark   string
	answer *probe.Answer
}

// sighting is an answer of the operation that shows what the other company wrote; nil: none was seen.
func (s *Session) sighting(o *contract.Operation) *stranger {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.strangers[o]
}

// noteStrangers looks for marks of the other company in what this one reads.
func (s *Session) noteStrangers(r *Request, a *probe.Answer) {
	if !r.operation.Reads() || a.Status/100 != 2 || r.sent.Credential == nil || r.sent.Credential.Secret == s.Config.Credentials.OtherTenant {
		return
	}
	asked := r.sent.RawQuery
	for _, p := range r.sent.Query {
		asked += " " + p.Value // it may be repeated
	}
	body := string(a.Body)
	for _, m := range s.marks.FindAllString(body, -1) {
		s.mu.Lock()
		if s.foreign[m] && s.strangers[r.operation] == nil && !strings.Contains(asked, m) {
			s.strangers[r.operation] = &stranger{m, a}
		}
		s.mu.Unlock()
	}
}
