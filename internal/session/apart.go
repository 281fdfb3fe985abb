package session

import (
	"context"

	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/ledger"
)

// Ids that each company counts for itself: the number of a record of the other company is then that of another record
// here. Nothing shows how such a number is refused, and a write to it would change a record of this company.

// holds says that the run made the record of that company with the id, or was given it up.
func (s *Session) holds(who Tenant, id ledger.ID) bool {
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
func (s *Session) BothHave(ctx context.Context, r *Request, of *contract.Reference, v any) (bool, error) {
	if s.Ledger.CountsApart() {
		return true, nil
	}
	who, other := tenants(bookOf(s).isForeign(r))
	g, text := guardOf(s), generate.Text(v)
	for _, read := range g.lookups(r, of, text, who) {
		here, err := g.look(ctx, read)
		if err != nil || !here.shown || here.foreign {
			return false, err
		}
		for _, read := range g.lookups(r, of, text, other) {
			there, err := g.look(ctx, read)
			return err == nil && here.sum != there.sum, err
		}
	}
	return false, nil
}
