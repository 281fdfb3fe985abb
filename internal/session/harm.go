package session

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/judge"
	"conformance/internal/ledger"
	"conformance/internal/probe"
	"conformance/internal/result"
)

// A run changes nothing that it did not make. Every request passes here, and what might change something, if the target
// accepts it, is sent only where nobody needs the record there.

// Consent says which writes may succeed. A valid create can order, invite, bill or start something.
type Consent struct {
	Decided bool            // the configuration says something about it
	All     bool            // every operation may
	Names   map[string]bool // those that the configuration names
}

// allows says that a valid request to the operation may be sent. One that changes what no address names (settings, a
// profile) changes something that the run has not made: only its name allows that.
func (c Consent) allows(o *contract.Operation) bool {
	return c.Names[o.ID] || c.All && !changesUnaddressed(o)
}

// changesUnaddressed says that the operation replaces, changes or deletes what its address names without an id.
func changesUnaddressed(o *contract.Operation) bool {
	return !o.HasID() && !o.Creates() && !o.Reads() && o.Method != http.MethodPost
}

// guard says which requests of a session may be sent.
type guard struct{ *Session }

func guardOf(s *Session) guard { return guard{s} }

// consented insists that a request to the operation may succeed.
func (s guard) consented(o *contract.Operation) error {
	switch c := s.Config.Consent; {
	case o.Reads() || c.allows(o):
		return nil
	case s.Config.NoWrites:
		return &NotJudged{Code: result.Deselected, Reason: "needs " + o.ID + " to succeed, and --no-writes forbids it"}
	case c.All:
		return &NotJudged{Code: result.Consent, Reason: fmt.Sprintf(
			"%s changes what the run has not made; if it may succeed there, add `writes: [all, %s]` to the configuration", o.ID,
			o.ID)}
	case c.Decided:
		return &NotJudged{Code: result.Deselected, Reason: "needs " + o.ID + " to succeed, and writes: does not list it"}
	default:
		return &NotJudged{Code: result.Consent, Reason: fmt.Sprintf(
			"needs %s to succeed; if it may on this target, add `writes: [%s]` to the configuration, or `writes: all`", o.ID,
			o.ID)}
	}
}

// permitted insists that a request, if the target accepts it, harms nothing that the run has not made. The error is a
// *NotJudged, or that of a request by which an id was looked up.
func (s guard) permitted(ctx context.Context, r *Request) error {
	o := r.Operation
	if o.NotJudged != "" {
		return &NotJudged{Code: result.Deselected, Reason: "x-not-judged: " + o.NotJudged}
	}
	if isSafe(r.Sent.Method) {
		return nil
	}
	if s.Config.NoWrites {
		if r.Sent.Credential != nil || r.Sent.Misplaced != "" { // a made-up one too: there are targets that accept any
			return &NotJudged{Code: result.Deselected, Reason: "--no-writes: a write with a key that the target may accept is " +
				"not sent"}
		}
		if bookOf(s.Session).makes(r) || !o.HasID() {
			return &NotJudged{Code: result.Deselected, Reason: "--no-writes: a write that might make a record is not sent"}
		}
	} else if err := s.consentedToAccident(r); err != nil {
		return err
	}
	for _, p := range o.Identifiers() {
		if err := s.mayChange(ctx, r, p); err != nil {
			return err
		}
	}
	if !o.HasID() && s.Contract.PathExists(r.Sent.Path) && r.Sent.Method != o.Method && !s.Contract.MethodsComplete {
		return &NotJudged{Code: result.NotVerifiable, Reason: fmt.Sprintf(
			"%s %s might be served without being documented, and then change many records; `x-methods-complete: true` at the "+
				"document's root says that it names every method", r.Sent.Method, r.Sent.Path)}
	}
	return nil // where no path of the contract leads there is nothing to change
}

// consentedToAccident insists on consent to what a request does that must be refused, and that a target accepts all the
// same: it makes a record, or changes what its address does not name.
func (s guard) consentedToAccident(r *Request) error {
	if maker := bookOf(s.Session).maker(r); maker != nil {
		return s.consented(maker)
	}
	if r.Sent.Method == r.Operation.Method && !r.Operation.HasID() {
		return s.consented(r.Operation)
	}
	return nil
}

// isSafe says that a request with the method changes nothing (RFC 9110, 9.2.1).
func isSafe(method string) bool {
	return slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace}, method)
}

// mayChange insists that the record which the request's identifier names is the run's own, given up for the purpose, or
// none at all.
func (s guard) mayChange(ctx context.Context, r *Request, p *contract.Parameter) error {
	id := idOf(p, r.Fields)
	who, other := tenants(bookOf(s.Session).isForeign(r))
	if !s.Config.NoWrites && holds(s.Session, who, id) {
		return nil
	}
	if !s.Config.NoWrites && holds(s.Session, other, id) {
		both, err := BothHave(ctx, s.Session, r, p.Reference, id.Value)
		if err == nil && both {
			err = &NotJudged{Code: result.NotVerifiable, Reason: fmt.Sprintf(
				"both companies have a record with the id %s", id.Value)}
		}
		return err
	}
	if !s.Config.NoWrites && s.ownsEveryReading(who, p, id) {
		return nil
	}
	absent, err := s.isAbsent(ctx, r, p, id)
	if err != nil || absent {
		return err
	}
	named := s.Config.Fixtures[r.Operation.ID+"."+p.Name].Values
	if p.Reference.Source.Creates() && len(named) == 0 {
		return &NotJudged{Code: result.NotVerifiable, Reason: fmt.Sprintf(
			"%s %s %s: it cannot be shown that this is no record, so nothing is written to it", r.Sent.Method, p.Name, id.Value)}
	}
	return s.needsDisposable(r.Operation, p)
}

// ownsEveryReading says that an id in another notation (17.0, 0x11, 17abc), however a lenient target reads it, is that
// of a record of the run.
func (s guard) ownsEveryReading(who Tenant, p *contract.Parameter, id ledger.ID) bool {
	if !p.Schema.Type.Is("integer") {
		return false
	}
	text, owned := strings.TrimSpace(id.Value), false
	leading := text[:len(text)-len(strings.TrimLeft(text, "0123456789"))]
	readings := []string{text, leading}
	if n, err := strconv.ParseInt(text, 0, 64); err == nil {
		readings = append(readings, strconv.FormatInt(n, 10))
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(n) < 1<<63 { // beyond 53 bits that is a neighbour
		readings = append(readings, strconv.FormatInt(int64(n), 10))
	}
	for _, reading := range readings {
		if _, err := strconv.ParseInt(reading, 10, 64); err != nil || !generate.AcceptsText(p, reading) {
			continue // no record has that id
		}
		if !holds(s.Session, who, ledger.ID{From: id.From, At: id.At, Value: reading}) {
			return false
		}
		owned = true
	}
	return owned
}

// Owns says that the run made, or was given up, every record that an address with these ids names.
func (s *Session) Owns(o *contract.Operation, fields map[string]any) bool {
	for _, p := range o.Identifiers() {
		if !holds(s, Own, idOf(p, fields)) {
			return false
		}
	}
	return true
}

// Made says that the run made the record with that id.
func Made(s *Session, from contract.IDSource, id any) bool {
	return s.Ledger.Owns(ledger.ID{From: from.From, At: string(from.At), Value: generate.Text(id)}, false)
}

// needsDisposable says which line of the configuration gives up a record for writes.
func (s guard) needsDisposable(o *contract.Operation, p *contract.Parameter) error {
	return &NotJudged{Code: result.Fixture, Reason: fmt.Sprintf(
		"the run makes no record that %s could be sent to: give one up by `fixtures: {%s.%s: {values: [ID], disposable: "+
			"true}}`; it will be changed",
		o.ID, o.ID, p.Name)}
}

// idOf is the id that an identifier has in a request.
func idOf(p *contract.Parameter, fields map[string]any) ledger.ID {
	return ledger.ID{From: p.Reference.From, At: string(p.Reference.At), Value: generate.Text(fields[p.Name])}
}

// disposable are the records that a configuration gives up, of each company.
func disposable(c *contract.Contract, fixtures map[string]Fixture) map[Tenant]map[ledger.ID]bool {
	out := map[Tenant]map[ledger.ID]bool{Own: {}, Foreign: {}}
	for _, o := range c.Operations {
		for _, p := range o.Identifiers() {
			f := fixtures[o.ID+"."+p.Name]
			for who, given := range out {
				for _, v := range f.Of(who) {
					if f.Disposable {
						given[idOf(p, map[string]any{p.Name: v})] = true
					}
				}
			}
		}
	}
	return out
}

// absences are ids that were looked up, and that no record has. It is safe for concurrent use.
type absences struct {
	absenceMu sync.Mutex
	looked    map[string]*absence // by the request that looks
	madeUp    map[string]bool     // values that nobody can have guessed
}

// absence is what a lookup showed. It is sent by whoever asks first.
type absence struct {
	mu     sync.Mutex
	done   bool
	absent bool
	known  bool // the answer says whether there is such a record

	shown   bool // some record came
	foreign bool // with what the other company wrote
	refusal bool // in place of a record, whatever the status
	sum     [sha256.Size]byte
}

// isAbsent looks up, for every tenant of the run, whether some record has the id. Where that cannot be seen, an id that
// the schema refuses, or one of the run's own random making, is taken for nobody's.
func (s guard) isAbsent(ctx context.Context, r *Request, p *contract.Parameter, id ledger.ID) (bool, error) {
	seen := false
	for _, read := range s.lookups(r, p.Reference, id.Value, Own, Foreign) {
		a, err := s.look(ctx, read)
		if err != nil {
			return false, err
		}
		if a.known && !a.absent {
			return false, nil
		}
		seen = seen || a.known
	}
	s.absenceMu.Lock()
	defer s.absenceMu.Unlock()
	return seen || s.madeUp[id.Value] || !generate.AcceptsText(p, id.Value), nil
}

// isUnguessable says that every id in the request's address is of the run's own random making.
func (s guard) isUnguessable(r *Request) bool {
	s.absenceMu.Lock()
	defer s.absenceMu.Unlock()
	return !slices.ContainsFunc(r.Operation.Identifiers(), func(p *contract.Parameter) bool {
		return !s.madeUp[generate.Text(r.Fields[p.Name])]
	})
}

// lookups are requests that read the record with the id, one for each of the tenants that has a key.
func (s guard) lookups(r *Request, of *contract.Reference, id string, tenants ...Tenant) []*Request {
	var out []*Request
	for _, o := range s.Contract.ReadersBy(of.IDSource()) {
		fields := map[string]any{}
		for _, q := range o.Identifiers() {
			for _, have := range r.Operation.Identifiers() {
				if have.Reference.IDSource() == q.Reference.IDSource() {
					fields[q.Name] = r.Fields[have.Name]
				}
			}
		}
		fields[o.LastIdentifier().Name] = id
		if len(fields) < len(o.Identifiers()) {
			continue
		}
		for _, who := range tenants {
			if key, err := s.Config.Key(o, who, 0); err == nil {
				out = append(out, s.Request(o, fields).As(key, ""))
			}
		}
		break
	}
	return out
}

// look sends a lookup once in a run.
func (s guard) look(ctx context.Context, r *Request) (*absence, error) {
	s.absenceMu.Lock()
	name := strings.Join([]string{r.Operation.ID, r.Sent.Path, fmt.Sprint(r.Sent.Query), r.Sent.Credential.String()}, "|")
	found := s.looked[name]
	if found == nil {
		found = &absence{}
		s.looked[name] = found
	}
	s.absenceMu.Unlock()
	found.mu.Lock()
	defer found.mu.Unlock()
	if found.done {
		return found, nil
	}
	a, err := s.Client.Do(ctx, r.Build())
	if err == nil {
		found.done, a.Refused = true, judge.Refuses(r.Operation, a)
		found.shown, found.foreign, found.sum = showsRecord(a), s.showsForeign(a), sha256.Sum256(a.Body)
		found.absent, found.known = s.showsAbsence(a)
		found.refusal = refusesInSuccess(s.Contract, r.Operation, a)
	}
	return found, err
}

// showsAbsence says what a lookup proves: whether no record of anybody else has the id, and whether it tells.
func (s guard) showsAbsence(a *probe.Answer) (absent, known bool) {
	switch {
	case a.Accepted(): // a lenient target may have read it as the id of one of the run's own
		return s.marks.MatchString(judge.Text(a.Body)), true
	case a.Refused, a.Status/100 == 3, slices.Contains([]int{
		http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests,
	}, a.Status):
		return false, false
	}
	return true, true
}
