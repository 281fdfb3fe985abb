// Package flood owns driving a key into its limit, once per tier and run, and what that found. The checks read it; it
// must not know them.
package flood

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/parallel"
	"conformance/internal/probe"
	"conformance/internal/result"
	"conformance/internal/session"
)

// The flood: one key of its own is driven into its limit, once per tier and run. The checks of ratelimit.go read what
// it found.

const (
	// MaxRequests is the most requests that one flood sends, whatever limit the target announces.
	MaxRequests = 10_000
	// assumedLimit is used when the target announces no limit.
	assumedLimit = 1_000
	// LimitMargin is what is sent beyond limit and concurrency: a limiter may be off by a few under load.
	LimitMargin = 10
	maxRounds   = 3
)

// Requests is how many requests at most a flood of a tier takes whose limit was announced; 0: it was not.
func Requests(limit, concurrency int) int {
	if limit <= 0 {
		limit = assumedLimit
	}
	return min(limit, MaxRequests) + concurrency + LimitMargin
}

// Floods drives the tiers of a session into their limits, once, and keeps what was found.
type Floods struct {
	*session.Session
	flooding, recovering sync.Once
	found                map[string]*Found // by tier
}

// NewFloods prepares the floods of a session.
func NewFloods(s *session.Session) *Floods { return &Floods{Session: s, found: map[string]*Found{}} }

// Of returns what the flood of the tier found; whoever asks first has all tiers flooded.
func (s *Floods) Of(ctx context.Context, tier string) (*Found, error) {
	s.flooding.Do(func() { s.floodAll(ctx) })
	f := s.found[tier]
	return f, f.err
}

// Recovered is the flood of the tier after the wait that its last 429 asked for; whoever asks first waits for all
// tiers.
func (s *Floods) Recovered(ctx context.Context, tier string) (*Found, error) {
	if f, err := s.Of(ctx, tier); err != nil {
		return f, err
	}
	s.recovering.Do(func() { s.recoverAll(ctx) })
	f := s.found[tier]
	return f, f.err
}

// recoverAll waits, for each tier, as long as its last 429 asked, and sends its request again. Where that is refused,
// it goes on for some rounds: what is served at last shows whether someone else had taken the place.
func (s *Floods) recoverAll(ctx context.Context) {
	for range 2 * maxRounds {
		for _, tier := range s.Contract.Tiers() {
			f := s.found[tier]
			if f == nil || f.err != nil || !f.Limited() || f.recovered {
				continue
			}
			if f.Recovery == nil {
				f.due, f.wait = f.last429At, askedWait(f.Last429)
			}
			if f.wait > s.Config.FloodMaxWait && f.Recovery == nil {
				f.RecoverySkipped = fmt.Sprintf("the target asks to wait %s, more than the %s that --flood-max-wait allows",
					f.wait, s.Config.FloodMaxWait)
				f.recovered = true
				continue
			}
			f.err = s.tryRecovery(ctx, f)
		}
	}
}

func (s *Floods) floodAll(ctx context.Context) {
	for _, tier := range s.Contract.Tiers() {
		if !s.tierWanted(tier) {
			continue
		}
		f := &Found{
			Tier: tier, Operation: s.Contract.Flooded(tier), RemainingAtStart: -1, ProbeAnswers: map[string]*probe.Answer{},
			ProbeRequests: map[string]*session.Request{},
		}
		s.found[tier] = f
		f.err = s.floodTier(ctx, f)
	}
}

// tierWanted says that some check on the tier will ask what its flood found.
func (s *Floods) tierWanted(tier string) bool {
	return slices.ContainsFunc(s.Contract.Operations, func(o *contract.Operation) bool {
		return o.Tier == tier && s.operationWanted(o)
	})
}

func (s *Floods) operationWanted(o *contract.Operation) bool {
	return s.Config.Floods == nil || s.Config.Floods(o)
}

func (s *Floods) floodTier(ctx context.Context, f *Found) error {
	key, err := s.Config.OfPurpose(credential.Flood, 0)
	if err != nil {
		return err
	}
	if f.Operation == nil {
		return &session.NotJudged{
			Code: result.NotVerifiable, Reason: "no operation of the tier " + f.Tier + " can be flooded without creating " +
				"records",
		}
	}
	r, err := s.floodRequest(ctx, f.Operation)
	if err != nil {
		return err
	}
	otherKey, err := s.findOtherKey(ctx, r, key)
	if err != nil {
		return err
	}
	f.request = r.As(key, "")
	if err := s.floodUntilLimited(ctx, f, f.request); err != nil || !f.Limited() {
		return err
	}
	if err := s.probeOtherKey(ctx, f, r, key, otherKey); err != nil {
		return err
	}
	if err := s.writeWhileLimited(ctx, f, r, key); err != nil {
		return err
	}
	return s.probeTier(ctx, f, r.As(key, ""), key)
}

// floodRequest is the one request that the flood repeats.
func (s *Floods) floodRequest(ctx context.Context, o *contract.Operation) (*session.Request, error) {
	var fields map[string]any
	var err error
	if o.Reads() {
		fields, err = s.Control(ctx, o)
	} else if s.Config.NoWrites {
		return nil, &session.NotJudged{Code: result.Deselected, Reason: "a flood of writes is a write, and --no-writes " +
			"forbids it"}
	} else {
		fields, err = s.Fresh(ctx, o)
	}
	if err != nil {
		return nil, err
	}
	return s.Request(o, fields).Unpaced(), nil
}

// floodUntilLimited sends the request until it is refused for its number, or until clearly more than the limit was
// sent.
func (s *Floods) floodUntilLimited(ctx context.Context, f *Found, r *session.Request) error {
	for range maxRounds {
		if err := s.round(ctx, f, r); err != nil {
			return err
		}
		if f.Limited() || f.LimitExceeded || len(f.Unexpected) > 0 {
			return nil
		}
	}
	return &session.NotJudged{Code: result.NotVerifiable, Reason: fmt.Sprintf(
		"every request of the flood of %s was served: %d in %s at %.0f per second; the announced window ends sooner than "+
			"that",
		f.Operation.ID, f.Sent, f.ended.Sub(f.started).Round(time.Millisecond), f.rate())}
}

func (s *Floods) round(ctx context.Context, f *Found, r *session.Request) error {
	first, err := s.Do(ctx, r)
	if err != nil {
		return err
	}
	now := s.Client.Clock().Now()
	if f.First == nil {
		f.First, f.started = first, now
		f.Limit, f.RemainingAtStart = s.headerInt(first, s.Contract.RateLimit.Limit, 0), s.headerInt(first,
			s.Contract.RateLimit.Remaining, -1)
		f.noteStart()
	}
	if !first.Accepted() && first.Status != http.StatusTooManyRequests {
		return &session.NotJudged{Code: result.Control, Answer: first, Reason: fmt.Sprintf(
			"credentials.flood: a valid request to %s was answered %d, not 2xx", f.Operation.ID, first.Status)}
	}
	f.record(s, first)
	budget := f.Limit
	if budget <= 0 {
		budget = assumedLimit
	}
	if budget > MaxRequests {
		return &session.NotJudged{Code: result.NotVerifiable, Reason: fmt.Sprintf(
			"the limit of %s is %d; the suite floods with at most %d requests", f.Operation.ID, budget, MaxRequests)}
	}
	before := f.Accepted
	err = s.burst(ctx, f, r, budget+s.Config.Concurrency+LimitMargin)
	f.ended = s.Client.Clock().Now()
	f.LimitExceeded = f.Accepted-before >= budget+s.Config.Concurrency && f.BeforeReset(s, first)
	return err
}

// burst sends up to n requests side by side and stops at the first 429.
func (s *Floods) burst(ctx context.Context, f *Found, r *session.Request, n int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var limited atomic.Bool
	limited.Store(f.Limited())
	parallel.Each(s.Config.Concurrency, n, func(int) {
		if limited.Load() || ctx.Err() != nil {
			return
		}
		a, err := s.Do(ctx, r)
		if err != nil {
			cancel(err)
			return
		}
		f.record(s, a)
		if !a.Accepted() {
			limited.Store(true)
		}
	})
	return context.Cause(ctx)
}

// exhaustAgain exhausts the key again, if a window has rolled meanwhile.
func (s *Floods) exhaustAgain(ctx context.Context, f *Found, r *session.Request) error {
	extra := &Found{Tier: f.Tier, Operation: f.Operation, started: f.started}
	err := s.burst(ctx, extra, r, f.Limit+s.Config.Concurrency+LimitMargin)
	f.Last429, f.last429At = extra.Last429, extra.last429At
	if f.Last429 == nil {
		return &session.NotJudged{
			Code: result.NotVerifiable, Reason: "the window of " + f.Operation.ID + " ends before its limit can be reached " +
				"again",
		}
	}
	return err
}

// tryRecovery waits and sends the flood's request again, once.
func (s *Floods) tryRecovery(ctx context.Context, f *Found) error {
	since := f.due
	if d := since.Add(f.wait).Sub(s.Client.Clock().Now()); d > 0 {
		if err := s.Client.Wait(ctx, d, "the target's limit is to lift then, by its last 429"); err != nil {
			return err
		}
	}
	a, err := s.Do(ctx, f.request.Described(fmt.Sprintf("after the %s that the last 429 asked for", f.wait)))
	if err != nil {
		return err
	}
	f.due, f.waitedInAll = s.Client.Clock().Now(), f.waitedInAll+f.wait
	first := f.Recovery == nil
	if first || f.Shared != "" { // where others take places, each refusal is owed a wait of its own
		f.Recovery, f.waited = a, f.due.Sub(since)
	}
	if a.Status != http.StatusTooManyRequests {
		if f.Recovery != a && a.Accepted() {
			f.noteLate(s, a)
		}
		f.recovered = true
		return nil
	}
	if f.wait = askedWait(a); f.wait > s.Config.FloodMaxWait {
		f.Shared = fmt.Sprintf("the target now asks to wait %s: another limit, such as one per day, is used up", f.wait)
	}
	f.recovered = f.waitedInAll+f.wait > s.Config.FloodMaxWait
	return nil
}

// askedWait is how long a 429 asks to wait.
func askedWait(a *probe.Answer) time.Duration {
	if asked, ok := probe.Asked(a); ok && asked > 0 {
		return asked
	}
	return probe.RetryAfter(a)
}

// 429: more than the window allows. What the flood found is read here; how it is done is in flood.go.

// MaxUnixSeconds is the largest time that is plausibly in seconds; milliseconds of today are beyond it.
const MaxUnixSeconds = 100_000_000_000
