package session

import (
	"context"
	"maps"
	"slices"

	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/judge"
	"conformance/internal/ledger"
	"conformance/internal/probe"
)

// Ids that each company counts for itself: the number of a record of the other company is then that of another record
// here. Nothing shows how such a number is refused, and a write to it would change a record of this company.

// holds says that the run made the record of that company with the id, or was given it up.
func holds(s *Session, who Tenant, id ledger.ID) bool {
	return s.Ledger.Owns(id, who == Foreign) || s.disposable[who][id]
}

// tenants are the company of a request and the other one.
func tenants(foreign bool) (who, other Tenant) {
	if foreign {
		return Foreign, Own
	}
	return Own, Foreign
}

// BothHave says that an id of the other company's record is also that of a record here, as far as a read shows. The
// request gives the ids of what the record is a part of. The error is that of a read.
func BothHave(ctx context.Context, s *Session, r *Request, of *contract.Reference, v any) (bool, error) {
	if s.Ledger.CountsApart() {
		return true, nil
	}
	if len(s.Contract.ReadersBy(of.IDSource())) > 0 {
		return guardOf(s).readByBoth(ctx, r, of, generate.Text(v))
	}
	from := int(s.single.Load())
	for i, e := range s.Ledger.Others(from) { // what cannot be read is numbered like what can
		for _, id := range e.IDs {
			source := contract.IDSource{From: id.From, At: contract.Pointer(id.At)}
			for _, o := range s.Contract.ReadersBy(source) {
				if e.State != ledger.Made || len(o.Identifiers()) > 1 {
					continue
				}
				both, err := guardOf(s).readByBoth(ctx, s.Request(o, nil), o.LastIdentifier().Reference, id.Value)
				if err != nil || both {
					return both, err
				}
			}
		}
		s.single.CompareAndSwap(int64(from+i), int64(from+i+1))
	}
	return false, nil
}

// readByBoth says that a read of the id shows each company another record.
func (s guard) readByBoth(ctx context.Context, r *Request, of *contract.Reference, id string) (bool, error) {
	who, other := tenants(bookOf(s.Session).isForeign(r))
	for _, read := range s.lookups(r, of, id, who) {
		here, err := s.look(ctx, read)
		if err != nil || !here.shown || here.foreign || here.refusal {
			return false, err
		}
		for _, read := range s.lookups(r, of, id, other) {
			there, err := s.look(ctx, read)
			return err == nil && here.sum != there.sum, err
		}
	}
	return false, nil
}

// refusesInSuccess says that an answer is a refusal with the status of a success: it shows no record.
func refusesInSuccess(c *contract.Contract, o *contract.Operation, a *probe.Answer) bool {
	body, err := judge.Decode(a.Body)
	if err != nil || a.Status/100 != 2 || !refuses(c, o, body) {
		return false
	}
	success := contract.SuccessOf(o, a.Status)
	return success != nil && success.Schema != nil && len(judge.SchemaProblems(success.Schema, body)) > 0
}

// showsRecord says that a success holds a text or a number, as every record does: an empty one shows nothing.
func showsRecord(a *probe.Answer) bool {
	body, err := judge.Decode(a.Body)
	return a.Accepted() && (err != nil || holdsValue(body))
}

func holdsValue(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), holdsValue)
	case []any:
		return slices.ContainsFunc(v, holdsValue)
	case bool, nil:
		return false
	}
	return true
}
