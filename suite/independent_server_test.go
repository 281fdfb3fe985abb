package suite_test

// An independent server of the field-service API, written from the contract brief and the vendor's
// page of error codes alone: a judge of the conformance suite. It shares no code, no description and no
// reading of the contract with the suite, so what the two disagree on is a fault of one of them.

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// indBase is the path that every operation stands below.
const indBase = "/api/v1"

// indMaxBody bounds a body, so that a very long one costs a 413 and no memory.
const indMaxBody = 8 << 20

// independentOptions choose one of two correct dialects, at most one fault, and the size of the limits.
type independentOptions struct {
	Dialect string // "plain" (or empty) or "other"
	Fault   string // a name of independentFaults, or empty for a server without fault
	Limit   int    // requests that one key has per tier and window; 2000 when zero
	Window  time.Duration
	Now     func() time.Time
	Legal   func(*independent) // makes the server one of another kind that is as correct
}

// independent is the server. Its tables (operations, fields, transitions, answers) are its own copies, so
// that a fault can bend one row of one server and leave every other server straight.
type independent struct {
	opt       independentOptions
	mu        sync.Mutex
	keyring   map[string]*indKey
	issued    independentKeys
	tables    map[string]map[int64]*indRecord
	next      map[string]int64
	stock     map[indShelf]int64
	movements []indMovement
	services  []indService
	windows   map[string][]time.Time
	ops       []*indOp
	schemas   map[string]*indSchema
	moves     map[string]map[string][]string
	first     map[string]string
	answers   map[string]indAnswer
	served    int
	companies []string

	// What only the legal kinds of server change; nil leaves it as the dialect has it.
	order     func(*indCall) []indStep
	worded    func(c *indCall, p *indProblem, text string) string
	seen      func(table string, record *indRecord, view map[string]any)
	sent      func(c *indCall, p *indProblem, reply *indReply) // p is nil on success
	dated     func(time.Time) string
	nextID    func(table string) int64
	secret    func(text string) string
	quotas    func(q *indQuota, hits []time.Time, now time.Time)
	bucket    func(c *indCall) string
	countsAll bool         // what is refused counts too
	twin      *independent // serves company B
}

// newIndependent builds a server with seed data. An unknown dialect or fault panics: a judge that silently
// ran without the fault would make a suite look blind.
func newIndependent(o independentOptions) *independent {
	if o.Dialect == "" {
		o.Dialect = "plain"
	}
	if o.Dialect != "plain" && o.Dialect != "other" {
		panic("independent: unknown dialect " + o.Dialect)
	}
	if o.Fault != "" && !indFaultNames[o.Fault] {
		panic("independent: unknown fault " + o.Fault)
	}
	if o.Limit == 0 {
		o.Limit = 2000
	}
	if o.Window == 0 {
		o.Window = time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &independent{
		opt:     o,
		keyring: map[string]*indKey{},
		tables:  map[string]map[int64]*indRecord{},
		next:    map[string]int64{},
		stock:   map[indShelf]int64{},
		windows: map[string][]time.Time{},
		ops:     indOperations(),
		schemas: indSchemas(),
		moves:   indMoves(),
		first:   map[string]string{"job": "Pending", "asset": "Active"},
		answers: indAnswers(o.Dialect), companies: []string{"A", "B"},
	}
	if o.Legal != nil {
		o.Legal(s)
	}
	s.issueKeys()
	for _, company := range s.companies {
		s.seed(company)
	}
	if twist := indTwists[o.Fault]; twist != nil {
		twist(s)
	}
	return s
}

// other says whether this server speaks the second dialect.
func (s *independent) other() bool { return s.opt.Dialect == "other" }

// broken says whether this server has the named fault. A name that is not listed is a slip in this file.
func (s *independent) broken(name string) bool {
	if !indFaultNames[name] {
		panic("independent: a fault that is not listed: " + name)
	}
	return s.opt.Fault == name
}

// indCall is one request on its way through the server.
type indCall struct {
	s       *independent
	r       *http.Request
	method  string
	path    string
	query   url.Values
	raw     []byte
	readErr error
	op      *indOp
	stray   *indProblem // why no operation was found
	key     *indKey
	quota   *indQuota
	ids     map[string]int64
	found   map[string]*indRecord
	filters map[string]string
	body    map[string]any // as sent
	fields  map[string]any // as validated
}

// ServeHTTP reads the body before it takes the lock, so that a slow client holds nobody up.
func (s *independent) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &indCall{
		s: s, r: r, method: r.Method, path: strings.TrimPrefix(r.URL.Path, indBase), query: r.URL.Query(),
		ids: map[string]int64{}, found: map[string]*indRecord{}, filters: map[string]string{},
	}
	if !strings.HasPrefix(r.URL.Path, indBase+"/") {
		c.path = "outside"
	}
	c.raw, c.readErr = io.ReadAll(http.MaxBytesReader(w, r.Body, indMaxBody))
	s.answer(c).write(w)
}

// answer judges a request and makes its reply, alone: one lock over all of it keeps a check and the write
// that rests on it together.
func (s *independent) answer(c *indCall) *indReply {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.served++
	s.resolve(c)
	data, p := s.judge(c)
	var reply *indReply
	if p != nil {
		s.leak(c, p)
		reply = s.refusal(c, p)
	} else {
		reply = s.success(c, data)
	}
	s.stampQuota(c, reply)
	if s.sent != nil {
		s.sent(c, p, reply)
	}
	return reply
}

// indStep is one thing that is judged; nil lets the request pass on.
type indStep func(*indCall) *indProblem

// judge takes a request through the steps in the dialect's order and, when all let it pass, performs it.
func (s *independent) judge(c *indCall) (any, *indProblem) {
	if c.path == "outside" {
		return nil, c.stray
	}
	for _, step := range append(s.gates(c), s.checks(c)...) {
		if p := step(c); p != nil {
			return nil, p
		}
	}
	return c.op.do(c)
}

// gates are the steps that ask who calls: authentication first, then scope. The limit may be on either
// side of the scope, so each dialect has its own side.
func (s *independent) gates(c *indCall) []indStep {
	gates := []indStep{s.authenticate, s.admitAddress, s.authorise, s.spend, s.routed}
	if s.other() {
		gates = []indStep{s.authenticate, s.admitAddress, s.spend, s.authorise, s.routed}
	}
	switch {
	case c.op == nil && c.stray.situation == "unknown-path" && s.broken("unknown-path-before-auth"):
		return []indStep{s.routed}
	case c.op != nil && s.broken("validation-before-auth"):
		return append([]indStep{s.readBody}, gates...)
	case c.op != nil && s.broken("scope-after-validation"):
		return []indStep{s.authenticate, s.admitAddress, s.spend, s.readIDs, s.readFilters, s.readBody, s.authorise}
	}
	return gates
}

// checks are the steps that judge the request itself. The brief leaves their order open: the plain dialect
// validates before it looks the record up, the other one looks first.
func (s *independent) checks(c *indCall) []indStep {
	if s.order != nil {
		return s.order(c)
	}
	if s.other() {
		return []indStep{s.readIDs, s.findRecords, s.readFilters, s.readBody, s.checkReferences}
	}
	return []indStep{s.readIDs, s.readFilters, s.readBody, s.findRecords, s.checkReferences}
}

// routed refuses a request that no operation takes, once it is known who sent it.
func (s *independent) routed(c *indCall) *indProblem {
	if c.op == nil {
		return c.stray
	}
	return nil
}

// now is the server's clock, which a test may hold.
func (s *independent) now() time.Time { return s.opt.Now().UTC() }

// stamp writes a moment as a date-time; RFC 3339 lets the dialects differ.
func (s *independent) stamp(t time.Time) string {
	if s.dated != nil {
		return s.dated(t)
	}
	if s.other() {
		return t.Format("2006-01-02T15:04:05.000000") + "+00:00"
	}
	return t.Format(time.RFC3339)
}

// requestID numbers the requests, for the envelope's extra member.
func (s *independent) requestID() string { return fmt.Sprintf("req-%08d", s.served) }
