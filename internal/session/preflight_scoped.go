package session

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/parallel"
)

// scoped proves that each key can do something that its scopes are for.
func (p *preflight) scoped() error {
	keys := p.keys.Of(credential.Scoped)
	proofs := make([]struct {
		works       bool
		answer, why string
		err         error
	}, len(keys))
	parallel.Each(p.session.Config.Concurrency, len(keys), func(i int) {
		proof := &proofs[i]
		proof.works, proof.answer, proof.why, proof.err = p.keyWorks(keys[i])
	})
	for i, proof := range proofs {
		if proof.err != nil {
			return proof.err
		}
		if !proof.works {
			p.note(Finding{Field: credential.Scoped.Setting(), Index: i, Answer: proof.answer, Unusable: true},
				"credentials.scoped[%d] (%s) does nothing that its scopes allow (%s): correct its key or its "+
					"scopes; it is not used.", i, keys[i].ScopeList(), proof.why)
		}
	}
	p.scopesWithoutNegativeKey()
	return nil
}

// scopesWithoutNegativeKey names the scopes that every scoped key has: nothing shows that an operation asks for them.
func (p *preflight) scopesWithoutNegativeKey() {
	s := p.session
	if len(p.keys.Usable(credential.Scoped)) == 0 {
		return // each check says so
	}
	seen := map[string]bool{}
	for _, o := range s.Contract.Operations {
		needed := strings.Join(o.RequiredScopes, ", ")
		if !o.Scoped() || seen[needed] || len(p.keys.Scoped(o.Lacks)) > 0 {
			continue
		}
		seen[needed] = true
		also := ""
		for _, scope := range o.RequiredScopes {
			for _, from := range o.Security.Impliers(scope) {
				also += fmt.Sprintf(" (%s includes it)", from)
			}
		}
		p.note(Finding{Field: credential.Scoped.Setting()},
			"credentials.scoped holds no key without %s%s: add one, or it stays open whether %s and others ask for "+
				"it.", needed, also, o.ID)
	}
}

// keyWorks asks one cheap thing after the other until one is neither unauthorized nor forbidden. It returns the last
// answer too, and why it shows that the key does not work.
func (p *preflight) keyWorks(k credential.Key) (works bool, answer, why string, err error) {
	if len(k.Scopes) == 0 {
		return p.exists(k)
	}
	why = "it has none that this contract knows"
	waited := false // for the operation asked last, which did not answer
	for _, o := range p.proving(k.Scopes) {
		if !p.answers(o) {
			waited = true
			continue
		}
		a, err := p.sendWithRetry(p.harmlessRequest(o).As(k, ""))
		if p.silent(o, err) {
			waited = true
			continue
		}
		if unsent(err) {
			return true, "", "", nil
		}
		if err != nil {
			return false, "", "", err
		}
		waited, answer = false, p.describeAnswer(a)
		if a.Status != http.StatusUnauthorized && a.Status != http.StatusForbidden {
			return true, answer, "", nil
		}
		why = answer + " by " + o.ID
		if a.Status == http.StatusUnauthorized {
			break
		}
	}
	return waited, answer, why, nil // nothing is known of a key whose operations do not answer
}

// proving are operations that show, one cheap request each, whether a key with these scopes works: reads first. Writes
// that are wrong in every other respect will do where no read asks for one of the scopes itself: that a read is refused
// which a scope only implies may be the target's mistake, and does not show that the key is wrong.
func (p *preflight) proving(scopes []string) []*contract.Operation {
	var reads, writes []*contract.Operation
	named := false
	for _, o := range p.session.Contract.Operations {
		switch {
		case o.Security == nil || len(o.RequiredScopes) == 0 || !o.Sufficient(scopes):
		case !o.Reads():
			writes = append(writes, o)
		case len(o.Identifiers()) == 0:
			reads, named = append(reads, o), named || o.Names(scopes)
		}
	}
	if named {
		return reads
	}
	return append(reads, writes...)
}

// exists asks for nothing that a key without any scope may do: it is good for being refused, but not as one that is
// unknown.
func (p *preflight) exists(k credential.Key) (exists bool, answer, why string, err error) {
	i := slices.IndexFunc(p.session.Contract.Operations, (*contract.Operation).Secured)
	if i < 0 {
		return true, "", "", nil // no operation asks for a key
	}
	o := p.session.Contract.Operations[i]
	a, err := p.sendWithRetry(p.harmlessRequest(o).As(k, ""))
	if p.silent(o, err) || unsent(err) {
		return true, "", "", nil // no request that would prove it may be sent
	}
	if err != nil {
		return false, "", "", err
	}
	return a.Status != http.StatusUnauthorized, p.describeAnswer(a), p.describeAnswer(a) + " by " + o.ID, nil
}

// unsent says that a request was not sent because it might do harm.
func unsent(err error) bool {
	var reason *NotJudged
	return errors.As(err, &reason)
}

// harmlessRequest is a read, or a write that no correct server carries out: to no record, and with a body that is none.
func (p *preflight) harmlessRequest(o *contract.Operation) *Request {
	r := p.session.Request(o, unknownIDs(p.session, o))
	if o.Body != nil {
		r = r.WithRaw([]byte("[]"), "preflight: a body that must be refused")
	}
	return r
}
