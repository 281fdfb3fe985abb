// Package session owns one run against one target: keys, the records that are made for it and what is known of them,
// valid requests, what answers happened to show, preflight and clean-up. It must not know checks or floods.
package session

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/generate"
	"conformance/internal/ledger"
	"conformance/internal/probe"
	"conformance/internal/result"
)

// Trigger is a request that makes the target answer with a fault of its own.
type Trigger struct{ Method, Path string }

// Fixture is what the configuration says about one parameter or field.
type Fixture struct {
	Values      []any
	OtherTenant []any // of the other tenant
	// Disposable: the records may be changed and deleted.
	Disposable bool
}

// Of are the tenant's values.
func (f Fixture) Of(who Tenant) []any {
	if who == Foreign {
		return f.OtherTenant
	}
	return f.Values
}

// Config is what a run knows of its target besides the contract.
type Config struct {
	Credentials credential.Set
	// Fixtures are values the suite cannot make or know, by "operationId.name".
	Fixtures map[string]Fixture
	// Headers are sent with every request, in this order.
	Headers []probe.Pair
	Consent Consent
	// ServerFault is nil where the target has no such trigger.
	ServerFault *Trigger
	Seed        int64
	// Wrote is called for every operation that accepted a write, from many goroutines; nil: nobody.
	Wrote func(operation string)
	// NoWrites: with a key that the target may accept only reads are sent, and without one no creates.
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
	RunID    string         // in every record that the run creates: conformance-<run id>
	Ledger   *ledger.Ledger // of those records

	statuses
	witnesses
	absences
	repeats
	disposable map[Tenant]map[ledger.ID]bool // by the configuration
	serial     atomic.Int64                  // makes unique values unique
	mu         sync.Mutex
	setupCalls map[string]*SetupCall
	plain      sync.Map     // by operation: its texts are not marked, but for the label
	single     atomic.Int64 // so many of the ledger's Others have ids that name a record in one company alone
	// otherChanges says of operations whose plain status change was refused whether another legal one succeeds.
	otherChanges sync.Map // operationId to func() bool
	trigger      sync.Once
	fault        *probe.Answer // what the trigger was answered
	faultErr     error
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
		Contract: c, Client: client, Config: config, RunID: run,
		setupCalls: map[string]*SetupCall{}, statuses: newStatuses(), witnesses: newWitnesses(run),
		absences: absences{looked: map[string]*absence{}, madeUp: map[string]bool{}},
		repeats:  newRepeats(),
		Ledger:   ledger.New(nil, ledger.Head{Run: run}), disposable: disposable(c, config.Fixtures),
	}
}

// ControlAnswer is what the operation's valid request was answered; nil if there was none.
func (s *Session) ControlAnswer(o *contract.Operation) *probe.Answer {
	var candidates []*SetupCall
	s.mu.Lock()
	prefix := strings.Join([]string{string(Own), o.ID, "", ""}, "|")
	for _, name := range slices.Sorted(maps.Keys(s.setupCalls)) {
		if strings.HasPrefix(name, prefix) {
			candidates = append(candidates, s.setupCalls[name])
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

// With is a valid request to the operation with these ids and an all-scopes key.
func (s *Session) With(o *contract.Operation, fields map[string]any, pick uint64) (*Request, error) {
	r, err := requestAs(s, Own, o, fields, pick)
	return r, cmp.Or(allowed(s, r), err)
}

// requestAs is a valid request to the operation with a key of the tenant. The error is that there is none, and the
// operation needs one.
func requestAs(
	s *Session, who Tenant, o *contract.Operation, fields map[string]any, pick uint64,
) (*Request, error) {
	r := s.Request(o, fields)
	key, err := s.Config.Key(o, who, pick)
	if err == nil {
		return r.As(key, ""), nil
	}
	if !o.Secured() {
		return r, nil
	}
	return r, err
}

// allowed insists that what the suite made up for a valid request is valid: else the target would be blamed for
// refusing it. Ids that the target answered and fixtures are others' word.
func allowed(s *Session, r *Request) error {
	if r.Body == nil {
		return nil
	}
	o := r.Operation
	for _, f := range o.Body.Fields {
		_, bound := r.Fields[f.Name]
		v, sent := r.Body[f.Name]
		if !sent || bound || len(s.Config.Fixtures[o.ID+"."+f.Name].Values) > 0 || generate.Accepts(f.Schema, v) {
			continue
		}
		return fmt.Errorf("this is an error of the suite: its valid request to %s has %q for %s, which the contract "+
			"does not allow; please report it", o.ID, v, f.Name)
	}
	return nil
}

// Send sends what was built and remembers what an acceptance changed.
func (s *Session) Send(ctx context.Context, r *Request) (*probe.Answer, error) {
	a, err := s.Do(ctx, r)
	var unsent *NotJudged
	switch {
	case errors.As(err, &unsent):
	case err != nil:
		s.forgetStatus(r)
	case a.Accepted():
		s.noteStatus(r)
		s.noteForeignData(r, a, s.Config.Credentials)
	case a.Status >= 500:
		s.noteFault(r.Operation, a)
	}
	if err == nil {
		s.noteRepeated(r.Operation, a)
	}
	if err == nil && probe.UsedUp(a) {
		return nil, &NotJudged{Code: result.Credential, Answer: a, Reason: usedUp(r.Operation, a)}
	}
	return a, err
}

// usedUp is why a request whose limit was used up for longer than it waits is not judged, and what to do.
func usedUp(o *contract.Operation, a *probe.Answer) string {
	asks := ""
	if wait, ok := probe.Asked(a); ok {
		asks = fmt.Sprintf(", and the answer asks to wait %s", wait)
	}
	return fmt.Sprintf("the rate limit of the key is used up: %s was answered %d%s; configure more keys under "+
		"credentials.full, raise the limit, or run fewer checks at a time (--shard)", o.ID, a.Status, asks)
}
