package suite

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/probe"
	"conformance/internal/result"
)

// 404: there is no such thing, at least not for this caller.

var invalidID = Check{
	ID: "FOUND-001", Level: result.Must, Situation: contract.InvalidID, Source: errorCodes + "400 and 404",
	Title:  "an id that cannot be one is refused",
	Clause: "Text, a number with text behind it, zero, a negative number, a fraction, a number beyond 64 bits: no record, no list and no server error.",
	Over:   over(hasID),
	Variants: func(_ *contract.Contract, s Subject) []Variant {
		var out []Variant
		for _, p := range s.Operation.Identifiers() {
			for _, id := range generate.InvalidIDs(p) {
				out = append(out, Variant{Name: id.Name, Run: func(t *T) {
					t.Expect(t.Send(t.Valid().WithParameter(p, id.Text, p.Name+"="+id.Text))).To(BeRefused())
				}})
			}
			if p.Schema.Type.Is("integer") {
				out = append(out, Variant{Name: p.Name + ": text behind it", Run: func(t *T) {
					r := t.Valid()
					id := generate.Text(r.fields[p.Name]) + "abc"
					t.Expect(t.Send(r.WithParameter(p, id, p.Name+"="+id))).To(BeRefused())
				}})
			}
		}
		return out
	},
}

var unknownRecord = Check{
	ID: "FOUND-002", Level: result.Must, Situation: contract.UnknownRecord, Source: errorCodes + "404",
	Title:  "an id that no record has is not found",
	Clause: "Each identifier of the address in turn, all else being good.",
	Over:   over(hasID),
	Variants: func(_ *contract.Contract, s Subject) []Variant {
		var out []Variant
		for _, p := range s.Operation.Identifiers() {
			out = append(out, Variant{Name: p.Name, Situation: p.Reference.Unknown, Run: func(t *T) {
				id := t.unknownID(p)
				t.Expect(t.Send(t.Valid().WithParameter(p, id, p.Name+" of no record: "+id))).To(BeRefusedAs(t.alsoUnknown(p.Reference.Unknown)...))
			}})
		}
		return out
	},
}

// alsoUnknown adds the situations of body references into the addressed record: where that is not found, neither are its parts.
func (t *T) alsoUnknown(id contract.SituationID) []contract.SituationID {
	ids := []contract.SituationID{id}
	if o := t.Operation(); o.Body != nil {
		for _, f := range o.Body.Fields {
			if r := f.Reference; r != nil && r.Unknown != "" && nestedSource(o, r) {
				ids = append(ids, r.Unknown)
			}
		}
	}
	return ids
}

var foreignRecord = Check{
	ID: "FOUND-003", Level: result.Must, Situation: contract.ForeignRecord, Source: errorCodes + "404",
	Title:  "another company's record is not found",
	Clause: "Reading, writing or adding to a record of another company must look as if it did not exist. Queries that forget the company break this.",
	Over:   over(hasID),
	Variants: func(_ *contract.Contract, s Subject) []Variant {
		ids := s.Operation.Identifiers()
		out := []Variant{{Name: "record", Run: func(t *T) { t.foreign(ids...) }}}
		if len(ids) > 1 {
			for _, p := range ids {
				out = append(out, Variant{Name: p.Name + " alone", Run: func(t *T) { t.foreign(p) }})
			}
		}
		return out
	},
}

// foreign sends the operation's valid request with these identifiers of another company's record.
func (t *T) foreign(ids ...*contract.Parameter) {
	r, fields := t.Valid(), t.foreignFields()
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

var unknownPath = Check{
	ID: "FOUND-004", Level: result.Must, Situation: contract.UnknownPath, Source: errorCodes + "404",
	Title:  "a path that does not exist is not found",
	Clause: "Frameworks answer unknown routes themselves, in HTML or with an envelope of their own.",
	Over:   overPaths(func(_ *contract.Contract, p *contract.Path) bool { return p.Key == p.URL }),
	Variants: func(c *contract.Contract, s Subject) []Variant {
		var out []Variant
		for _, v := range []struct {
			name string
			of   func(path, word string) string
		}{
			{"another path", func(_, word string) string { return "/" + word }},
			{"longer name", func(path, word string) string { return path + word }},
			{"extra segment", func(path, word string) string { return path + "/" + word }},
			{"under another", func(path, word string) string { return "/" + word + path }},
			{"a word of programs", func(string, string) string { return "/constructor" }},
		} {
			if !leads(c, v.of(s.Path.URL, "conformance")) {
				out = append(out, Variant{Name: v.name, Run: func(t *T) { t.nowhere("", v.of) }})
			}
		}
		for _, method := range []string{"POST", "DELETE"} {
			out = append(out, Variant{Name: "another path by " + method, Run: func(t *T) {
				t.nowhere(method, func(_, word string) string { return "/" + word })
			}})
		}
		return out
	},
}

// nowhere sends a valid request to a path that is made of its own and a random word, by its own method or another.
func (t *T) nowhere(method string, of func(path, word string) string) {
	r := t.keyed(t.Valid())
	path := of(r.sent.Path, "conformance"+t.Word(8))
	r = r.WithPath(path, "path "+path)
	if method != "" {
		r = r.WithMethod(method, "method "+method).bodyFor(method)
	}
	t.Expect(t.Send(r)).To(BeRefused())
}

var pathCase = Check{
	ID: "FOUND-007", Level: result.Should, Situation: contract.UnknownPath, Source: "RFC 3986, 6.2.2.1",
	Title:  "a path in another letter case is not found",
	Clause: "Paths are case-sensitive: what is written otherwise is another path. Some frameworks take them for the same, and caches do not.",
	Over:   overPaths(func(_ *contract.Contract, p *contract.Path) bool { return p.Key == p.URL && swapped(p.URL) != p.URL }),
	Run:    func(t *T) { t.nowhere("", func(path, _ string) string { return swapped(path) }) },
}

// leads says that some path of the contract, with its parameters filled in, is that one.
func leads(c *contract.Contract, path string) bool {
	segments := strings.Split(path, "/")
	return slices.ContainsFunc(c.Paths, func(p *contract.Path) bool {
		return slices.EqualFunc(strings.Split(p.URL, "/"), segments, func(have, want string) bool { return have == want || strings.Contains(have, "{") })
	})
}

// keyed sends a key even where the operation asks for none: what is not found is the question, not who asks.
func (t *T) keyed(r *Request) *Request {
	scheme := t.session.scheme()
	if r.sent.Credential != nil || scheme == nil {
		return r
	}
	secret := t.fullKey()
	return r.with("", func(c *Request) { c.sent.Credential = &probe.Credential{Scheme: scheme, Secret: secret} })
}

var foreignLikeUnknown = Check{
	ID: "FOUND-005", Level: result.Should, Situation: contract.ForeignRecord, Source: errorCodes + "404",
	Title:  "another company's record is answered like an unknown one",
	Clause: "Status, code and message are the same, apart from the id: any difference tells that the record exists.",
	Over:   over(hasID),
	Run: func(t *T) {
		ids, fields := t.Operation().Identifiers(), t.foreignFields()
		last := ids[len(ids)-1]
		theirs, none := generate.Text(fields[last.Name]), t.unknownID(last)
		there := t.Send(t.Valid().WithParameter(last, theirs, last.Name+" of another company's record: "+theirs))
		nowhere := t.Send(t.Valid().WithParameter(last, none, last.Name+" of no record: "+none))
		if there.Status/100 != 4 || nowhere.Status/100 != 4 {
			return // judged elsewhere
		}
		a, b := t.likeness(there, theirs), t.likeness(nowhere, none)
		if a != b {
			t.Failf(result.KindState, b, a, "another company's record is answered %s, an unknown one %s", a, b)
		}
	},
}

var ownList = Check{
	ID: "FOUND-006", Level: result.Must, Situation: contract.ForeignRecord, Source: errorCodes + "404",
	Title:  "a list shows no record of another company",
	Clause: "The other company creates a record; its own list shows it, the list of this company does not, whatever filter is set. A query that forgets the company shows both.",
	Over: func(c *contract.Contract) []Subject {
		return over(func(o *contract.Operation) bool { return makerOf(c, o) != nil || readerListed(c, o) != nil })(c)
	},
	Run: func(t *T) {
		list := t.Operation()
		if reader := readerListed(t.session.Contract, list); reader != nil {
			t.hidesID(list, reader)
			return
		}
		maker := makerOf(t.session.Contract, list)
		key := t.Need(t.Credentials().OtherTenant, "credentials.other_tenant")
		m, err := t.session.ensure(t.ctx, foreign, maker, binding{}, "")
		t.must(err)
		record := mark(&Request{Body: m.body}, label(maker.Body))
		ours := t.Valid()
		theirs := ours.As(key, "")
		if !t.shows(theirs, record) {
			t.Skip(result.NotVerifiable, "a record that the other company created is not among the first and last pages of its own %s", list.ID)
		}
		t.provoked = true
		t.hides(ours, record)
		for _, p := range list.Inputs() {
			for _, text := range filters(t.session.Contract, p, record) {
				if t.shows(theirs.WithParameter(p, text, p.Name+"="+text), record) {
					t.hides(ours.WithParameter(p, text, p.Name+"="+text), record)
				}
			}
		}
	},
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
	body, _ := decode(t.Send(t.With(list, nil)).Body)
	shown := id.Reference.At.Items(body)
	t.provoked = len(shown) > 0
	for _, v := range shown[:min(len(shown), enough)] {
		if a := t.Send(t.With(reader, map[string]any{id.Name: v})); a.Status == http.StatusNotFound {
			t.Failf(result.KindState, "only this company's records", generate.Text(v), "%s shows the record %s, and %s says that there is none: it is another company's", list.ID, generate.Text(v), reader.ID)
		}
	}
}

func (t *T) shows(list *Request, record string) bool {
	return strings.Contains(t.scan(list, record), record)
}

func (t *T) hides(list *Request, record string) {
	if t.shows(list, record) {
		t.Failf(result.KindState, "only this company's records", record, "%s shows %s, a record of another company", firstOf(list.sent.Fault, list.operation.ID), record)
	}
}

// filters are texts of a list's parameter that a record may pass: each of an enum, its mark for a free text, times long before and after.
func filters(c *contract.Contract, p *contract.Parameter, record string) []string {
	switch paging := c.Pagination; {
	case paging != nil && (p.Name == paging.Page || p.Name == paging.Size):
		return nil
	case len(p.Schema.Enum) > 0:
		return goodTexts(p)
	case p.Schema.Format == "date-time":
		return []string{"2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z"}
	case p.Schema.Type.Is("string") && !p.Constrained():
		return []string{record}
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

// likeness is what two answers are compared by: status, code and message, without the id.
func (t *T) likeness(a *Answer, id string) string {
	e, out := t.session.Contract.Envelope, fmt.Sprint(a.Status)
	body, err := decode(a.Body)
	if err != nil {
		return out
	}
	if e.Code != "" {
		out += " " + at(body, e.Code)
	}
	return out + " " + without(at(body, e.Message), id)
}
