package suite

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/probe"
)

// ScopedKey is a key with the scopes that it was given.
type ScopedKey struct {
	Key    string
	Scopes []string
}

// Credentials are the keys a run may use. Empty ones are missing: the checks that need them are skipped.
type Credentials struct {
	Full        []string // every scope; several spread the load
	Revoked     string
	IPDenied    string // its allow-list excludes this machine
	OtherTenant string // every scope, another company
	Flood       string // every scope, the company of Full; its quota will be exhausted
	Scoped      []ScopedKey
}

// Trigger is a request that makes the target answer with a fault of its own.
type Trigger struct{ Method, Path string }

// Config is what a run knows of its target besides the contract.
type Config struct {
	Credentials Credentials
	// Fixtures are values the suite cannot make or know, by "operationId.name".
	Fixtures map[string][]any
	// ServerFault is nil where the target has no such trigger.
	ServerFault *Trigger
	Seed        int64
	// NoWrites: only reads and requests that must be refused are sent.
	NoWrites bool
	// FloodMaxWait is how long to wait for a limit to lift; 90 s.
	FloodMaxWait time.Duration
	Concurrency  int
	// Floods says whether some check that floods will run on the operation; nil: on all. The flood asks no more than it
	// must.
	Floods func(*contract.Operation) bool
}

// Session is one run against one target: what the checks share. It is safe for concurrent use.
type Session struct {
	Contract *contract.Contract
	Client   *probe.Client
	Config   Config
	RunID    string // in every record that the run creates: conformance-<run id>

	serial    atomic.Int64 // makes unique values unique
	mu        sync.Mutex
	made      map[string]*making
	statuses  map[string]string // record to the status it was last moved to
	records   []createdRecord   // those that can be put to rest
	faults    []seenFault       // server errors, the first ones
	marks     *regexp.Regexp    // of the run's records
	foreign   map[string]bool   // marks of those that the other company created
	strangers map[*contract.Operation]*stranger
	trigger   sync.Once
	fault     *probe.Answer // what the trigger was answered
	faultErr  error
}

// NewSession prepares a run.
func NewSession(c *contract.Contract, client *probe.Client, config Config) *Session {
	id := make([]byte, 4)
	_, _ = rand.Read(id) // never fails (crypto/rand)
	if config.FloodMaxWait == 0 {
		config.FloodMaxWait = 90 * time.Second
	}
	run := hex.EncodeToString(id)
	return &Session{
		Contract: c, Client: client, Config: config, RunID: run, marks: regexp.MustCompile("conformance-" + run + `-\d+`),
		made: map[string]*making{}, statuses: map[string]string{},
		foreign: map[string]bool{}, strangers: map[*contract.Operation]*stranger{},
	}
}

// tenant says in whose name set-up happens.
type tenant string

const (
	own     tenant = "own"
	foreign tenant = "foreign"
)

// key is an all-scopes key of the tenant. Of several, pick takes one: the same one in every run with the same seed.
func (s *Session) key(who tenant, pick uint64) (string, error) {
	if who == foreign {
		if s.Config.Credentials.OtherTenant == "" {
			return "", missing("credentials.other_tenant")
		}
		return s.Config.Credentials.OtherTenant, nil
	}
	full := s.Config.Credentials.Full
	if len(full) == 0 {
		return "", missing("credentials.full")
	}
	return full[pick%uint64(len(full))], nil
}

// scheme is where the contract's first secured operation wants the key; nil: none is.
func (s *Session) scheme() *contract.Scheme {
	for _, o := range s.Contract.Operations {
		if o.Security != nil {
			return o.Security
		}
	}
	return nil
}

// controlled is what the operation's valid request was answered; nil if there was none.
func (s *Session) controlled(o *contract.Operation) *probe.Answer {
	var candidates []*making
	s.mu.Lock()
	prefix := strings.Join([]string{string(own), o.ID, "", ""}, "|")
	for _, name := range slices.Sorted(maps.Keys(s.made)) {
		if strings.HasPrefix(name, prefix) {
			candidates = append(candidates, s.made[name])
		}
	}
	s.mu.Unlock()
	for _, m := range candidates {
		m.mu.Lock()
		raw, ok := m.raw, m.err == nil && m.raw != nil
		m.mu.Unlock()
		if ok {
			return raw
		}
	}
	return nil
}

// insufficient are those of the keys that do not suffice for the operation.
func insufficient(keys []ScopedKey, o *contract.Operation) []ScopedKey {
	return slices.DeleteFunc(slices.Clone(keys), func(k ScopedKey) bool { return sufficient(o, k.Scopes) })
}

// lacking returns scoped keys that do not suffice for the operation: as few as together have every scope that such keys have, those
// with most scopes first.
func (s *Session) lacking(o *contract.Operation) []ScopedKey {
	rest := insufficient(s.Config.Credentials.Scoped, o)
	var chosen []ScopedKey
	covered := map[string]bool{}
	adds := func(k ScopedKey) (n int) {
		for _, scope := range k.Scopes {
			if !covered[scope] {
				n++
			}
		}
		return n
	}
	for len(rest) > 0 {
		best := slices.MaxFunc(rest, func(a, b ScopedKey) int { return cmp.Compare(adds(a), adds(b)) })
		if len(chosen) > 0 && adds(best) == 0 {
			break
		}
		chosen = append(chosen, best)
		for _, scope := range best.Scopes {
			covered[scope] = true
		}
	}
	return chosen
}

// fewest returns the scoped key with fewest scopes that does not suffice for the operation.
func (s *Session) fewest(o *contract.Operation) []ScopedKey {
	rest := insufficient(s.Config.Credentials.Scoped, o)
	slices.SortStableFunc(rest, func(a, b ScopedKey) int { return cmp.Compare(len(a.Scopes), len(b.Scopes)) })
	return rest[:min(1, len(rest))]
}

// least returns the scoped key with the fewest scopes that suffice for the operation.
func (s *Session) least(o *contract.Operation, literal bool) (ScopedKey, bool) {
	var best ScopedKey
	found := false
	for _, k := range s.Config.Credentials.Scoped {
		has := !slices.ContainsFunc(o.RequiredScopes, func(scope string) bool { return !slices.Contains(k.Scopes, scope) })
		if sufficient(o, k.Scopes) && has == literal && (!found || len(k.Scopes) < len(best.Scopes)) {
			best, found = k, true
		}
	}
	return best, found
}

func sufficient(o *contract.Operation, scopes []string) bool {
	return !slices.ContainsFunc(o.RequiredScopes, func(required string) bool { return !o.Security.Grants(scopes, required) })
}

// recordOf names the record that a request to the operation acts on.
func recordOf(o *contract.Operation, fields map[string]any) string {
	ids := o.Identifiers()
	if len(ids) == 0 {
		return ""
	}
	last := ids[len(ids)-1]
	return fmt.Sprint(last.Reference.From, last.Reference.At, " ", fields[last.Name])
}

// status is what the record was last moved to, or what new records start from.
func (s *Session) status(record string, f *contract.Field) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if status, ok := s.statuses[record]; ok {
		return status
	}
	return f.Transitions.Initial
}

// noteStatus remembers a status change that the target accepted.
func (s *Session) noteStatus(r *Request) {
	if f := statusField(r.operation); f != nil {
		if status, ok := r.Body[f.Name].(string); ok && slices.Contains(f.Transitions.Statuses, status) {
			s.mu.Lock()
			s.statuses[recordOf(r.operation, r.fields)] = status
			s.mu.Unlock()
		}
	}
}

// unknown is the status of a record whose change was never answered: no legal step leads from it.
const unknown = "\x00unknown"

func (s *Session) forgetStatus(r *Request) {
	if statusField(r.operation) != nil && hasID(r.operation) {
		s.mu.Lock()
		s.statuses[recordOf(r.operation, r.fields)] = unknown
		s.mu.Unlock()
	}
}

// with is a valid request to the operation with these ids and an all-scopes key.
func (s *Session) with(o *contract.Operation, fields map[string]any, pick uint64) (*Request, error) {
	r := s.request(o, fields)
	if err := s.allowed(r); err != nil || o.Security == nil {
		return r, err
	}
	secret, err := s.key(own, pick)
	return r.As(secret, ""), err
}

// allowed insists that what the suite made up for a valid request is valid: else the target would be blamed for
// refusing it. Ids that the target answered and fixtures are others' word.
func (s *Session) allowed(r *Request) error {
	if r.Body == nil {
		return nil
	}
	o := r.operation
	for _, f := range o.Body.Fields {
		_, bound := r.fields[f.Name]
		v, sent := r.Body[f.Name]
		if !sent || bound || len(s.Config.Fixtures[o.ID+"."+f.Name]) > 0 || generate.Accepts(f.Schema, v) {
			continue
		}
		return fmt.Errorf("this is an error of the suite: its valid request to %s has %q for %s, which the contract "+
			"does not allow; please report it", o.ID, v, f.Name)
	}
	return nil
}

// send sends what was built and remembers what an acceptance changed.
func (s *Session) send(ctx context.Context, r *Request) (*probe.Answer, error) {
	a, err := s.Client.Do(ctx, r.build())
	switch {
	case r.operation == nil:
	case err != nil:
		s.forgetStatus(r)
	case a.Status/100 == 2:
		s.noteStatus(r)
		s.noteRecord(r, a)
		s.noteStrangers(r, a)
	case a.Status >= 500:
		s.noteFault(r.operation, a)
	}
	return a, err
}
