package session

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/generate"
	"conformance/internal/judge"
	"conformance/internal/ledger"
	"conformance/internal/probe"
)

// Do sends a request that harms nothing which the run has not made, and enters what it made or deleted. Of what the
// answer tells else nothing is remembered: that is Send's.
func (s *Session) Do(ctx context.Context, r *Request) (*probe.Answer, error) {
	if r.unmet != nil {
		return nil, r.unmet
	}
	if err := guardOf(s).permitted(ctx, r); err != nil {
		return nil, err
	}
	a, err := bookOf(s).send(ctx, r)
	if err == nil && a.Status == http.StatusUnauthorized {
		if renewed := renew(ctx, s.Config.Credentials, r); renewed != nil {
			return bookOf(s).send(ctx, renewed)
		}
	}
	return a, err
}

// renew is the request with a new secret in place of one that has run out; nil: there is none.
func renew(ctx context.Context, keys credential.Set, r *Request) *Request {
	for _, k := range keys {
		for _, p := range r.Sent.Credential {
			if k.Command == nil || !slices.Contains(k.Secrets(), p.Secret) {
				continue
			}
			if secret := k.Command.Renew(ctx, p.Secret); secret != p.Secret {
				return r.With("", "", func(c *Request) { c.Sent.Credential.Of(p.Scheme).Secret = secret })
			}
		}
	}
	return nil
}

// send sends a request that may be sent, and enters what it made or deleted.
func (s book) send(ctx context.Context, r *Request) (*probe.Answer, error) {
	number := s.begin(r)
	a, err := s.Client.Do(ctx, r.Build())
	if err == nil {
		a.Refused = judge.Refuses(r.Operation, a)
	}
	s.enter(number, r, a, err)
	return a, err
}

// book enters in a session's ledger what its requests make.
type book struct{ *Session }

func bookOf(s *Session) book { return book{s} }

// makes says that the request makes a record if the target accepts it: a create, whatever is wrong with it, its path
// included, or a write to an address without an id whose method is not documented.
func (s book) makes(r *Request) bool {
	if isSafe(r.Sent.Method) {
		return false
	}
	return s.maker(r) != nil || r.Sent.Method != r.Operation.Method && !r.Operation.HasID() &&
		r.Sent.Method != http.MethodDelete && s.Contract.PathExists(r.Sent.Path)
}

// maker is the operation whose records the request makes, if it is accepted; or nil.
func (s book) maker(r *Request) *contract.Operation {
	switch {
	case r.Sent.Method == http.MethodDelete:
	case r.Sent.Method != r.Operation.Method: // a target may serve it as it serves POST
		return s.Contract.CreatorAt(r.Operation.Path)
	case r.Operation.Creates():
		return r.Operation
	}
	return nil
}

// begin enters a request that may make a record; 0: it makes none.
func (s book) begin(r *Request) int {
	if !s.makes(r) {
		return 0
	}
	e := ledger.Entry{Operation: r.Sent.Method + " " + r.Sent.Path, Foreign: s.isForeign(r)}
	if o := s.maker(r); o != nil {
		e.Operation = o.ID
	}
	e.Parents = idsOf(r, r.Operation.Identifiers())
	e.Mark = string(s.marks.Find(r.Build().Body))
	return s.Ledger.Begin(e)
}

// idsOf are the ids that those identifiers have in a request.
func idsOf(r *Request, identifiers []*contract.Parameter) []ledger.ID {
	var out []ledger.ID
	for _, p := range identifiers {
		out = append(out, idOf(p, r.Fields))
	}
	return out
}

func (s book) isForeign(r *Request) bool {
	return s.Config.Credentials.Has(credential.OtherTenant, r.Sent.Credential.Secrets()...)
}

// enter notes what became of a request.
func (s book) enter(number int, r *Request, a *probe.Answer, err error) {
	accepted := err == nil && a.Accepted()
	if accepted && !isSafe(r.Sent.Method) && s.Config.Wrote != nil {
		s.Config.Wrote(r.Operation.ID)
	}
	var transport *probe.TransportError
	switch {
	case number > 0 && errors.As(err, &transport):
		// It stays as it was begun: the target may have made the record and lost its answer.
	case number > 0 && !accepted:
		s.Ledger.End(number, ledger.None)
	case number > 0:
		var ids []ledger.ID
		if o := s.maker(r); o != nil {
			ids = s.idsIn(o, a)
		}
		if len(ids) == 0 && !s.Contract.PathExists(r.Sent.Path) {
			s.Ledger.End(number, ledger.None) // many servers answer any path with a page
			return
		}
		s.Ledger.End(number, ledger.Made, ids...)
	case !accepted || isSafe(r.Sent.Method) || !r.Operation.HasID():
	case r.Sent.Method == http.MethodDelete:
		if last := r.Operation.LastIdentifier(); s.Contract.DeleterOf(last.Reference.From) == r.Operation {
			s.Ledger.Gone(idOf(last, r.Fields), s.isForeign(r)) // else it was a part of the record
		}
	default: // a write to an id: if no record had it, one may have it now
		last := r.Operation.LastIdentifier()
		if id := idOf(last, r.Fields); !holds(s.Session, Own, id) && !holds(s.Session, Foreign, id) &&
			generate.AcceptsText(last, id.Value) {
			made := s.Ledger.Begin(ledger.Entry{
				Operation: id.From, Foreign: s.isForeign(r), Unasked: true,
				Parents: idsOf(r, slices.DeleteFunc(slices.Clone(r.Operation.Identifiers()), func(p *contract.Parameter) bool {
					return p == last
				})),
			})
			s.Ledger.End(made, ledger.Made, id)
		}
	}
}

// idsIn are the ids of the record that an operation has made, from its answer: in the body where references
// point, else in Location (RFC 9110, 10.2.2).
func (s book) idsIn(o *contract.Operation, a *probe.Answer) []ledger.ID {
	var out []ledger.ID
	body, err := judge.Decode(a.Body)
	for _, at := range s.Contract.IDsOf(o) {
		v, ok := at.Get(body)
		text := generate.Text(v)
		if err != nil || !ok || v == nil {
			text = s.idInLocation(o, at, a.Get("Location"))
		}
		if text != "" {
			out = append(out, ledger.ID{From: o.ID, At: string(at), Value: text})
		}
	}
	return out
}

// idInLocation is the id in the address of the new record, which is that of an operation on such records; or empty.
func (s book) idInLocation(o *contract.Operation, at contract.Pointer, location string) string {
	u, err := url.Parse(location)
	if err != nil || location == "" {
		return ""
	}
	for _, other := range s.Contract.Operations {
		if !other.HasID() || other.LastIdentifier().Reference.IDSource() != (contract.IDSource{From: o.ID, At: at}) {
			continue
		}
		switch p := other.LastIdentifier(); {
		case p.In == "query" && u.Query().Has(p.Name):
			return u.Query().Get(p.Name)
		case p.In == "path" && strings.HasSuffix(other.Path.URL, "{"+p.Name+"}"):
			return path.Base(u.Path)
		}
	}
	return ""
}
