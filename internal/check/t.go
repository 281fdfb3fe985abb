package check

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/onsi/gomega"

	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/flood"
	"conformance/internal/probe"
	"conformance/internal/result"
	"conformance/internal/session"
)

// Show adds an answer that was not sent by the variant itself to its exchanges.
func (t *T) Show(a *probe.Answer) {
	if a != nil {
		t.Answers = append(t.Answers, a)
	}
}

// T is what a check has in hand while it tries one variant on one subject.
type T struct {
	Check   *Check
	Subject Subject
	Variant Variant

	Ctx           context.Context
	Run           *Run
	Session       *session.Session
	Floods        *flood.Floods
	gomega        gomega.Gomega
	Random        *rand.Rand
	lane          int
	row           *result.Check
	Answers       []*probe.Answer
	Provoked      bool
	looked        bool                  // something was judged
	sent          *session.Request      // the last one
	dropped       *probe.TransportError // what ended the variant, if the connection was dropped
	second        bool                  // the variant failed, and is tried again
	newConnection bool                  // every request of it goes over a connection of its own
	leftover      bool                  // a bad request succeeded over a connection that others had used before
	needsControl  bool                  // some valid request must succeed, and nothing has shown that one does
	uncontrolled  *session.NotJudged    // the plain request was refused: only what needs no control counts
}

// Answer is what came back, with what it was an answer to.
type Answer struct {
	*probe.Answer
	Request   *session.Request // nil: not sent by the check itself
	Contract  *contract.Contract
	Operation *contract.Operation // whose documented responses it is judged by
	Situation contract.SituationID
}

// NewAnswer is an answer with what it is judged by.
func (t *T) NewAnswer(a *probe.Answer, r *session.Request) *Answer {
	return &Answer{
		Answer: a, Request: r,
		Contract: t.Session.Contract, Operation: t.Operation(), Situation: t.Check.situation(t.Variant),
	}
}

// abort ends a variant from within: it is thrown by Skip and by a broken transport.
type abort struct{ err error }

// Run is what the checks of one run share: the session, what the floods found, the records of their lanes. It is safe
// for concurrent use.
type Run struct {
	session     *session.Session
	floods      *flood.Floods
	mu          sync.Mutex
	laneRecords map[string]*LaneRecord
	// Unconfirmed: a row that fails is not tried again.
	Unconfirmed bool
}

// NewRun prepares checks to be tried in a session.
func NewRun(s *session.Session) *Run {
	return &Run{session: s, floods: flood.NewFloods(s), laneRecords: map[string]*LaneRecord{}}
}

// FloodsFound is how the limits behaved that were deliberately exhausted.
func (r *Run) FloodsFound() []result.Flood { return r.floods.FloodsFound() }

// Try runs one variant and returns its row, with its exchanges if it did not pass, and whether a refusal was provoked
// and judged. lane is the sequence of variants that it belongs to.
func (r *Run) Try(ctx context.Context, k Case, v Variant, lane int) (row result.Check, provoked bool) {
	t := r.try(ctx, k, v, lane, nil)
	if confirmCrash(t) {
		return *t.row, t.Provoked
	}
	if r.Unconfirmed || !wantsSecondTry(t) || ctx.Err() != nil {
		return *t.row, t.Provoked
	}
	again := r.try(ctx, k, v, lane, t)
	if ctx.Err() != nil {
		return *t.row, t.Provoked // broken by the interruption: it says nothing of the first try
	}
	return settleTries(t, again), t.Provoked || again.Provoked
}

// try runs a variant once; first is the try that it repeats, if any.
func (r *Run) try(ctx context.Context, k Case, v Variant, lane int, first *T) *T {
	s := r.session
	row := k.Row(s.Contract, v)
	t := &T{
		Check: k.Check, Subject: k.Subject, Variant: v, Ctx: ctx, Run: r, Session: s, Floods: r.floods, row: &row, lane: lane,
		Random: newRandom(s.Config.Seed, row), second: first != nil, newConnection: first != nil && first.leftover,
	}
	t.gomega = gomega.NewGomega(func(message string, _ ...int) { fail(t, message) })
	started := s.Client.Clock().Now()
	func() {
		defer recoverOutcome(t)
		v.Run(t)
	}()
	weighControl(t)
	row.DurationMS = float64(s.Client.Clock().Now().Sub(started).Microseconds()) / 1000
	conclude(t)
	return t
}

// newRandom makes the variant's own randomness, so that it does not depend on what runs at the same time.
func newRandom(seed int64, row result.Check) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(seed), session.Hash(row.ID+"|"+row.Operation+"|"+row.Variant)))
}

func recoverOutcome(t *T) {
	thrown := recover()
	if thrown == nil {
		return
	}
	s, ok := thrown.(abort)
	if !ok {
		t.row.Outcome, t.row.Reason = result.Error, fmt.Sprintf("the suite failed: %v", thrown)
		return
	}
	var unmet *session.NotJudged
	var transport *probe.TransportError
	var gaveUp *probe.GaveUpError
	switch {
	case errors.As(s.err, &unmet) && len(t.row.Differences) > 0:
		return // what was found before stands, whatever the rest of the check lacked
	case errors.As(s.err, &unmet):
		t.row.Outcome, t.row.Reason, t.row.ReasonCode = result.Skip, unmet.Reason, unmet.Code
		if unmet.Answer != nil {
			t.Answers = append(t.Answers, unmet.Answer)
		}
	case errors.As(s.err, &transport):
		t.row.Outcome, t.row.Reason = result.Error, transport.Error()
		if transport.Dropped {
			t.dropped = transport
		}
		d := result.Difference{Kind: result.KindTransport, Rule: result.Answers, Detail: transport.Err.Error()}
		if transport.Timeout && transport.Request.Fault == "" {
			d.Rule, d.At = result.AnswersInTime, transport.Request.Group
		}
		reportAt(t, transport.Request, d)
		t.row.Exchanges = append(t.row.Exchanges, t.Session.Client.Unanswered(transport.Request, transport.Started,
			transport.Err))
	case errors.As(s.err, &gaveUp):
		t.row.Outcome, t.row.Reason = result.Error, gaveUp.Error()
		t.Report(result.Difference{
			Kind: result.KindTransport, Rule: result.AnswersInTime, At: gaveUp.Group, Detail: gaveUp.Error(),
		})
	default:
		t.row.Outcome, t.row.Reason = result.Error, s.err.Error()
	}
}

// nothingJudged is the reason of a row that is not applicable.
const nothingJudged = "nothing came that this row could judge"

// maxExchanges is how many exchanges a row keeps, the last ones.
const maxExchanges = 8

func conclude(t *T) {
	row := t.row
	switch {
	case row.Outcome != "":
	case len(row.Differences) > 0 && row.Level == result.Should:
		row.Outcome = result.Warn
	case len(row.Differences) > 0:
		row.Outcome = result.Fail
	case t.looked:
		row.Outcome = result.Pass
		return
	default:
		row.Outcome, row.ReasonCode, row.Reason = result.Skip, result.NotApplicable, nothingJudged
	}
	row.Exchanges = append(exchanges(t, maxExchanges), row.Exchanges...)
	redact := t.Session.Client.Redactor()
	row.Reason = redact.String(row.Reason)
	for i, d := range row.Differences {
		row.Differences[i] = d.Redacted(redact.String)
	}
}

// exchanges are the last ones of a variant, at most so many.
func exchanges(t *T, most int) []result.Exchange {
	var out []result.Exchange
	for _, a := range t.Answers[max(0, len(t.Answers)-most):] {
		out = append(out, a.Exchange())
	}
	return out
}

// Report records differences that no matcher expresses. They belong to the last request with a fault.
func (t *T) Report(differences ...result.Difference) {
	var last *probe.Request
	for _, a := range t.Answers {
		if a.Request != nil && len(a.Request.FaultAt) > 0 {
			last = a.Request
		}
	}
	reportAt(t, last, differences...)
}

// reportAt records differences in the answer to a request, or in what it left behind.
func reportAt(t *T, r *probe.Request, differences ...result.Difference) {
	t.looked = true
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

// Looked says that the check has judged something without a matcher, and may have found nothing wrong. A variant
// that ends without one Expect, Report or Looked is not applicable, never a pass.
func (t *T) Looked() { t.looked = true }

// Skip ends the variant without a verdict.
func (t *T) Skip(code result.ReasonCode, format string, args ...any) {
	panic(abort{&session.NotJudged{Code: code, Reason: fmt.Sprintf(format, args...)}})
}

// Must ends the variant with what stopped it, if anything did.
func (t *T) Must(err error) {
	if err != nil {
		panic(abort{err})
	}
}

// Operation is the operation the check is tried on, or the one that speaks for the path.
func (t *T) Operation() *contract.Operation { return t.Subject.documentingOperation() }

// Valid is a valid request to the operation with an all-scopes key, after the same request was sent once in this run.
// Where it was refused, the variant goes on, but only what needs no control counts.
func (t *T) Valid() *session.Request {
	fields, err := t.Session.Control(t.Ctx, t.Operation())
	t.controlled(err)
	return t.RequestTo(t.Operation(), t.own(fields))
}

// Control is what the operation's valid request was answered.
func (t *T) Control() *probe.Answer {
	_, err := t.Session.Control(t.Ctx, t.Operation())
	t.Must(err)
	return t.Plain()
}

// Plain is what the operation's valid request was answered, be it a success or not.
func (t *T) Plain() *probe.Answer {
	fields, err := t.Session.Control(t.Ctx, t.Operation())
	a := session.PlainAnswer(t.Operation(), err)
	if a == nil {
		t.Must(err)
	}
	if t.second { // the control is what the first try saw
		return t.Send(t.RequestTo(t.Operation(), t.own(fields))).Answer
	}
	if err == nil {
		a = t.Session.ControlAnswer(t.Operation())
	}
	if a == nil {
		t.Skip(result.Deselected, "no valid request was sent")
	}
	return a
}

// Fresh is a valid request to the operation on a record that was made for this variant alone. What it is answered
// counts only if the operation accepts some valid request.
func (t *T) Fresh() *session.Request {
	fields, err := t.Session.Fresh(t.Ctx, t.Operation())
	t.Must(err)
	t.NeedControl()
	return t.RequestTo(t.Operation(), fields)
}

// RequestTo is a valid request to the operation with these ids and an all-scopes key.
func (t *T) RequestTo(o *contract.Operation, fields map[string]any) *session.Request {
	r, err := t.Session.With(o, fields, t.Random.Uint64())
	t.Must(err)
	return r
}

// Send sends a request. A broken transport ends the variant as an error, not as a failure.
func (t *T) Send(r *session.Request) *Answer {
	t.sent = r
	a, err := t.Session.Send(t.Ctx, t.connected(r))
	t.Must(err)
	t.Answers = append(t.Answers, a)
	return t.NewAnswer(a, r)
}

// Credentials are the keys of the run.
func (t *T) Credentials() credential.Set { return t.Session.Config.Credentials }

// Need returns a key of that purpose, or skips the variant where there is none that can be used.
func (t *T) Need(p credential.Purpose) credential.Key {
	key, err := t.Session.Config.OfPurpose(p, 0)
	t.Must(err)
	return key
}

// RandomWord is a random lower-case word of n letters.
func (t *T) RandomWord(n int) string { return session.Word(t.Random, n) }
