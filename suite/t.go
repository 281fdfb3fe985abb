package suite

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"conformance/internal/contract"
	"conformance/internal/probe"
	"conformance/internal/result"
)

// T is what a check has in hand while it tries one variant on one subject.
type T struct {
	Check   *Check
	Subject Subject
	Variant Variant

	ctx      context.Context
	run      *Run
	session  *Session
	floods   *Floods
	gomega   gomega.Gomega
	random   *rand.Rand
	lane     int
	row      *result.Check
	matcher  types.GomegaMatcher // the one that judges now
	judged   *Answer             // and what it judges; nil: no answer
	answers  []*probe.Answer
	provoked bool
}

// Answer is what came back, with what it was an answer to.
type Answer struct {
	*probe.Answer
	Request   *Request // nil: not sent by the check itself
	contract  *contract.Contract
	operation *contract.Operation // whose documented responses it is judged by
	situation contract.SituationID
}

// answered is an answer with what it is judged by.
func (t *T) answered(a *probe.Answer, r *Request) *Answer {
	return &Answer{Answer: a, Request: r, contract: t.session.Contract, operation: t.Operation(), situation: t.Check.situation(t.Variant)}
}

// stop ends a variant from within: it is thrown by Skip and by a broken transport.
type stop struct{ err error }

// Run is what the checks of one run share: the session, what the floods found, the records of their lanes. It is safe for concurrent use.
type Run struct {
	session *Session
	floods  *Floods
	mu      sync.Mutex
	benches map[string]*bench
}

// NewRun prepares checks to be tried in a session.
func NewRun(s *Session) *Run {
	return &Run{session: s, floods: NewFloods(s), benches: map[string]*bench{}}
}

// FloodsFound is how the limits behaved that were deliberately exhausted.
func (r *Run) FloodsFound() []result.Flood { return r.floods.FloodsFound() }

// Try runs one variant and returns its row, with its exchanges if it did not pass, and whether a refusal was provoked and judged.
// lane is the sequence of variants that it belongs to.
func (r *Run) Try(ctx context.Context, k Case, v Variant, lane int) (row result.Check, provoked bool) {
	s := r.session
	row = k.Row(s.Contract, v)
	t := &T{Check: k.Check, Subject: k.Subject, Variant: v, ctx: ctx, run: r, session: s, floods: r.floods, row: &row, lane: lane, random: seeded(s.Config.Seed, row)}
	t.gomega = gomega.NewGomega(t.fail)
	started := s.Client.Clock().Now()
	func() {
		defer t.recover()
		v.Run(t)
	}()
	row.DurationMS = float64(s.Client.Clock().Now().Sub(started).Microseconds()) / 1000
	t.conclude()
	return row, t.provoked
}

// seeded makes the variant's own randomness, so that it does not depend on what runs beside it.
func seeded(seed int64, row result.Check) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(seed), hash(row.ID+"|"+row.Operation+"|"+row.Variant)))
}

func (t *T) recover() {
	thrown := recover()
	if thrown == nil {
		return
	}
	s, ok := thrown.(stop)
	if !ok {
		t.row.Outcome, t.row.Reason = result.Error, fmt.Sprintf("the suite broke: %v", thrown)
		return
	}
	var unmet *Unmet
	var transport *probe.TransportError
	switch {
	case errors.As(s.err, &unmet) && len(t.row.Differences) > 0:
		return // what was found before stands, whatever the rest of the check lacked
	case errors.As(s.err, &unmet):
		t.row.Outcome, t.row.Reason, t.row.ReasonCode = result.Skip, unmet.Reason, unmet.Code
		if unmet.Answer != nil {
			t.answers = append(t.answers, unmet.Answer)
		}
	case errors.As(s.err, &transport):
		t.row.Outcome, t.row.Reason = result.Error, transport.Error()
		t.reportAt(transport.Request, result.Difference{Kind: result.KindTransport, Rule: result.Answers, Detail: transport.Err.Error()})
		t.row.Exchanges = append(t.row.Exchanges, t.session.Client.Unanswered(transport.Request, transport.Started, transport.Err))
	default:
		t.row.Outcome, t.row.Reason = result.Error, s.err.Error()
	}
}

// recorded is how many exchanges a row keeps, the last ones.
const recorded = 8

func (t *T) conclude() {
	row := t.row
	switch {
	case row.Outcome != "":
	case len(row.Differences) == 0:
		row.Outcome = result.Pass
		return
	case row.Level == result.Should:
		row.Outcome = result.Warn
	default:
		row.Outcome = result.Fail
	}
	var exchanges []result.Exchange
	for _, a := range t.answers[max(0, len(t.answers)-recorded):] {
		exchanges = append(exchanges, a.Exchange())
	}
	row.Exchanges = append(exchanges, row.Exchanges...)
	redact := t.session.Client.Redactor()
	row.Reason = redact.String(row.Reason)
	for i, d := range row.Differences {
		row.Differences[i] = d.Redacted(redact.String)
	}
}

// Report records differences that no matcher expresses. They belong to the last request with a fault.
func (t *T) Report(differences ...result.Difference) {
	var last *probe.Request
	for _, a := range t.answers {
		if a.Request != nil && len(a.Request.FaultAt) > 0 {
			last = a.Request
		}
	}
	t.reportAt(last, differences...)
}

// reportAt records differences in the answer to a request, or in what it left behind.
func (t *T) reportAt(r *probe.Request, differences ...result.Difference) {
	for _, d := range differences {
		if r != nil {
			d.Part = strings.Join(r.FaultAt, " ")
		}
		if change := t.Variant.Change; change != nil {
			d.From, d.To = change.From, change.To
		}
		t.row.Differences = append(t.row.Differences, d)
	}
}

// Skip ends the variant without a verdict.
func (t *T) Skip(code result.ReasonCode, format string, args ...any) {
	panic(stop{&Unmet{Code: code, Reason: fmt.Sprintf(format, args...)}})
}

// try calls f and returns what it was stopped by.
func (t *T) try(f func()) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			s, ok := thrown.(stop)
			if !ok {
				panic(thrown)
			}
			err = s.err
		}
	}()
	f()
	return nil
}

func (t *T) must(err error) {
	if err != nil {
		panic(stop{err})
	}
}

// Operation is the operation the check is tried on, or the one that speaks for the path.
func (t *T) Operation() *contract.Operation { return t.Subject.speaks() }

// Valid is a valid request to the operation with an all-scopes key, after the same request has succeeded once in this run.
func (t *T) Valid() *Request { return t.ValidFor(t.Operation()) }

// control is what the operation's valid request was answered.
func (t *T) control() *probe.Answer {
	_, err := t.session.control(t.ctx, t.Operation())
	t.must(err)
	a := t.session.controlled(t.Operation())
	if a == nil {
		t.Skip(result.Deselected, "no valid request was sent")
	}
	return a
}

// ValidFor is Valid for another operation.
func (t *T) ValidFor(o *contract.Operation) *Request {
	fields, err := t.session.control(t.ctx, o)
	t.must(err)
	return t.With(o, fields)
}

// Own is a valid request to the operation on a record that was made for this variant alone.
func (t *T) Own() *Request { return t.OwnFor(t.Operation()) }

// Sacrifice is a valid request to the operation that may be accepted: to a record of its own where that is its end, or where it moves
// the record to another one, since moving it to where it already is may be refused.
func (t *T) Sacrifice() *Request {
	if o := t.Operation(); o.Method == http.MethodDelete || hasID(o) && moves(o) {
		return t.Own()
	}
	return t.Valid()
}

// moves says that a body field must name another record than the one that the address leads to now.
func moves(o *contract.Operation) bool {
	return o.Body != nil && slices.ContainsFunc(o.Body.Fields, func(f *contract.Field) bool { return f.Reference != nil && f.Reference.Distinct })
}

// OwnFor is Own for another operation.
func (t *T) OwnFor(o *contract.Operation) *Request {
	fields, err := t.session.fresh(t.ctx, o)
	t.must(err)
	return t.With(o, fields)
}

// With is a valid request to the operation with these ids and an all-scopes key.
func (t *T) With(o *contract.Operation, fields map[string]any) *Request {
	r, err := t.session.with(o, fields, t.random.Uint64())
	t.must(err)
	return r
}

// Send sends a request. A broken transport ends the variant as an error, not as a failure.
func (t *T) Send(r *Request) *Answer {
	a, err := t.session.send(t.ctx, r)
	t.must(err)
	t.answers = append(t.answers, a)
	return t.answered(a, r)
}

// Credentials are the keys of the run.
func (t *T) Credentials() Credentials { return t.session.Config.Credentials }

// Need returns the secret, or skips the variant where it is not configured.
func (t *T) Need(secret, setting string) string {
	if secret == "" {
		panic(stop{missing(setting)})
	}
	return secret
}

// Word is a random lower-case word of n letters.
func (t *T) Word(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "abcdefghijklmnopqrstuvwxyz0123456789"[t.random.IntN(36)]
	}
	return string(b)
}
