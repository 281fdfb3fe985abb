package suite

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"conformance/internal/contract"
	"conformance/internal/parallel"
	"conformance/internal/probe"
	"conformance/internal/result"
)

// The flood: one key of its own is driven into its limit, once per tier and run. The checks of ratelimit.go read what it found.

const (
	// FloodCeiling is the most requests that one flood sends, whatever limit the target speaks of.
	FloodCeiling = 10_000
	// floodGuess stands in for a limit that the target does not tell.
	floodGuess = 1_000
	// FloodMargin is what is sent beyond limit and concurrency: a limiter may be off by a few under load.
	FloodMargin = 10
	floodRounds = 3
)

// flood is what driving one tier into its limit found.
type flood struct {
	tier      string
	operation *contract.Operation
	request   *Request // the one that is repeated
	err       error    // why it could not be done

	mu       sync.Mutex
	began    time.Time
	ended    time.Time
	limit    int // as told by the first answer; 0: untold
	room     int // remaining requests, as told by the first answer; -1: untold
	sent     int
	accepted int
	samples  []sample
	first    *probe.Answer
	refusals []*probe.Answer // the first few 429s
	strange  []*probe.Answer // the first few answers that are neither 2xx nor 429
	overrun  bool            // more than the limit was served before the first reset

	others    map[string]*probe.Answer // what each other operation of the tier was answered while the key was exhausted
	asked     map[string]*Request      // and by what request
	altered   *Request                 // a refused write that would have changed something
	alteredBy *probe.Answer
	shownBy   []*probe.Answer // reads after it that show the change
	neighbour *probe.Answer   // what another key of the company was answered meanwhile
	last429   *probe.Answer
	last429At time.Time
	recovery  *probe.Answer // after the wait that the last 429 asked for
	waited    time.Duration
	unwaited  string // why recovery was not tried
}

// sample is what the flood keeps of every answer.
type sample struct {
	at        time.Duration // since the flood began
	status    int
	limit     string
	remaining string
	reset     string
	date      time.Time // zero: the answer has none
}

// limited says that the key was driven into its limit.
func (f *flood) limited() bool { return len(f.refusals) > 0 }

// tiers are the rate-limit tiers of the contract in the order of its operations.
func tiers(c *contract.Contract) []string {
	var out []string
	for _, o := range c.Operations {
		if o.Tier != "" && c.RateLimit != nil && !slices.Contains(out, o.Tier) {
			out = append(out, o.Tier)
		}
	}
	return out
}

// flooded is the operation by which a tier is flooded: a read, else a replacement of a record that the run can make (the same request
// any number of times changes nothing), else one that makes no records. nil: there is none that leaves no rubbish.
func flooded(c *contract.Contract, tier string) *contract.Operation {
	var best *contract.Operation
	rank := func(o *contract.Operation) int {
		switch {
		case o == nil:
			return 0
		case o.Reads():
			return 3
		case o.Method == http.MethodPut && hasID(o) && !lastID(o).Reference.Source.Reads():
			return 2
		}
		return 0
	}
	for _, o := range c.Operations {
		if o.Tier == tier && rank(o) > rank(best) {
			best = o
		}
	}
	return best
}

func lastID(o *contract.Operation) *contract.Parameter {
	ids := o.Identifiers()
	return ids[len(ids)-1]
}

// Floods drives the tiers of a session into their limits, once, and keeps what was found.
type Floods struct {
	*Session
	flooding, recovering sync.Once
	found                map[string]*flood // by tier
}

// NewFloods prepares the floods of a session.
func NewFloods(s *Session) *Floods { return &Floods{Session: s, found: map[string]*flood{}} }

// of returns what the flood of the tier found; whoever asks first has all tiers flooded.
func (s *Floods) of(ctx context.Context, tier string) (*flood, error) {
	s.flooding.Do(func() { s.floodAll(ctx) })
	f := s.found[tier]
	return f, f.err
}

// recovered is the flood of the tier after the wait that its last 429 asked for; whoever asks first waits for all tiers.
func (s *Floods) recovered(ctx context.Context, tier string) (*flood, error) {
	if f, err := s.of(ctx, tier); err != nil {
		return f, err
	}
	s.recovering.Do(func() {
		for _, tier := range tiers(s.Contract) {
			if f := s.found[tier]; f != nil && f.err == nil && f.limited() {
				f.err = s.recover(ctx, f)
			}
		}
	})
	f := s.found[tier]
	return f, f.err
}

func (s *Floods) floodAll(ctx context.Context) {
	for _, tier := range tiers(s.Contract) {
		if !s.wants(tier) {
			continue
		}
		f := &flood{tier: tier, operation: flooded(s.Contract, tier), room: -1, others: map[string]*probe.Answer{}, asked: map[string]*Request{}}
		s.found[tier] = f
		f.err = s.floodTier(ctx, f)
	}
}

// wants says that some check on the tier will ask what its flood found.
func (s *Floods) wants(tier string) bool {
	return slices.ContainsFunc(s.Contract.Operations, func(o *contract.Operation) bool {
		return o.Tier == tier && s.asks(o)
	})
}

func (s *Floods) asks(o *contract.Operation) bool {
	return s.Config.Floods == nil || s.Config.Floods(o)
}

func (s *Floods) floodTier(ctx context.Context, f *flood) error {
	key := s.Config.Credentials.Flood
	if key == "" {
		return missing("credentials.flood")
	}
	if f.operation == nil {
		return &Unmet{Code: result.NotVerifiable, Reason: "no operation of the tier " + f.tier + " can be flooded without making records"}
	}
	r, err := s.floodRequest(ctx, f.operation)
	if err != nil {
		return err
	}
	spare, err := s.neighbour(ctx, r)
	if err != nil {
		return err
	}
	f.request = r.As(key, "")
	if err := s.drive(ctx, f, f.request); err != nil || !f.limited() {
		return err
	}
	if err := s.compareNeighbour(ctx, f, r, key, spare); err != nil {
		return err
	}
	if err := s.alter(ctx, f, r, key); err != nil {
		return err
	}
	return s.knock(ctx, f, r.As(key, ""))
}

// floodRequest is the one request that the flood repeats.
func (s *Floods) floodRequest(ctx context.Context, o *contract.Operation) (*Request, error) {
	var fields map[string]any
	var err error
	if o.Reads() {
		fields, err = s.control(ctx, o)
	} else if s.Config.NoWrites {
		return nil, &Unmet{Code: result.Deselected, Reason: "a flood of writes is a write, and --no-writes forbids it"}
	} else {
		fields, err = s.fresh(ctx, o)
	}
	if err != nil {
		return nil, err
	}
	return s.request(o, fields).unpaced(), nil
}

// drive sends the request until it is refused for its number, or until clearly more than the limit was sent.
func (s *Floods) drive(ctx context.Context, f *flood, r *Request) error {
	for range floodRounds {
		if err := s.round(ctx, f, r); err != nil {
			return err
		}
		if f.limited() || f.overrun || len(f.strange) > 0 {
			return nil
		}
	}
	return &Unmet{Code: result.NotVerifiable, Reason: fmt.Sprintf(
		"the flood of %s was served whole: %d requests in %s at %.0f per second; the window that the target told rolls faster than that",
		f.operation.ID, f.sent, f.ended.Sub(f.began).Round(time.Millisecond), f.rate())}
}

// rate is the achieved number of requests per second.
func (f *flood) rate() float64 {
	return float64(f.sent) / max(f.ended.Sub(f.began).Seconds(), 0.001)
}

func (s *Floods) round(ctx context.Context, f *flood, r *Request) error {
	first, err := s.Client.Do(ctx, r.build())
	if err != nil {
		return err
	}
	now := s.Client.Clock().Now()
	if f.first == nil {
		f.first, f.began = first, now
		f.limit, f.room = s.told(first, s.Contract.RateLimit.Limit, 0), s.told(first, s.Contract.RateLimit.Remaining, -1)
	}
	if first.Status/100 != 2 && first.Status != http.StatusTooManyRequests {
		return &Unmet{Code: result.Control, Answer: first, Reason: fmt.Sprintf(
			"credentials.flood: a valid request to %s was answered %d, not 2xx", f.operation.ID, first.Status)}
	}
	f.note(s, first)
	budget := f.limit
	if budget <= 0 {
		budget = floodGuess
	}
	if budget > FloodCeiling {
		return &Unmet{Code: result.NotVerifiable, Reason: fmt.Sprintf(
			"the limit of %s is %d; the suite floods with at most %d requests", f.operation.ID, budget, FloodCeiling)}
	}
	before := f.accepted
	err = s.surge(ctx, f, r, budget+s.Config.Concurrency+FloodMargin)
	f.ended = s.Client.Clock().Now()
	f.overrun = f.accepted-before >= budget+s.Config.Concurrency && f.beforeReset(s, first)
	return err
}

// surge sends up to n requests side by side and stops at the first 429.
func (s *Floods) surge(ctx context.Context, f *flood, r *Request, n int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var full atomic.Bool
	full.Store(f.limited())
	parallel.Each(s.Config.Concurrency, n, func(int) {
		if full.Load() || ctx.Err() != nil {
			return
		}
		a, err := s.Client.Do(ctx, r.build())
		if err != nil {
			cancel(err)
			return
		}
		f.note(s, a)
		if a.Status/100 != 2 {
			full.Store(true)
		}
	})
	return context.Cause(ctx)
}

// note keeps what matters of an answer.
func (f *flood) note(s *Floods, a *probe.Answer) {
	const few = 3
	f.mu.Lock()
	defer f.mu.Unlock()
	limits := s.Contract.RateLimit
	date, _ := http.ParseTime(a.Get("Date"))
	f.sent++
	f.samples = append(f.samples, sample{
		at: s.Client.Clock().Now().Sub(f.began), status: a.Status, limit: a.Get(limits.Limit), remaining: a.Get(limits.Remaining),
		reset: a.Get(limits.Reset), date: date,
	})
	switch {
	case a.Status/100 == 2:
		f.accepted++
	case a.Status == http.StatusTooManyRequests:
		if len(f.refusals) < few {
			f.refusals = append(f.refusals, a)
		}
		f.last429, f.last429At = a, s.Client.Clock().Now()
	case len(f.strange) < few:
		f.strange = append(f.strange, a)
	}
}

func (s *Floods) told(a *probe.Answer, header string, none int) int {
	n, err := strconv.Atoi(strings.TrimSpace(a.Get(header)))
	if err != nil || n < 0 {
		return none
	}
	return n
}

// beforeReset says that everything was answered before the window of the first answer ended, by the target's own clock where it
// tells the time.
func (f *flood) beforeReset(s *Floods, first *probe.Answer) bool {
	reset, err := strconv.ParseInt(strings.TrimSpace(first.Get(s.Contract.RateLimit.Reset)), 10, 64)
	if err != nil || reset > maxUnix {
		// The target tells no window. A minute is the shortest that the sentence "too many requests" is worth anything for.
		return f.ended.Sub(f.began) < time.Minute
	}
	last := f.samples[len(f.samples)-1].date
	if last.IsZero() {
		last = f.ended
	}
	return last.Unix() < reset-1 // both are whole seconds, the one cut off and the other rounded up: between them the window may have rolled
}

// again exhausts the key once more, if a window has rolled meanwhile.
func (s *Floods) again(ctx context.Context, f *flood, r *Request) error {
	extra := &flood{tier: f.tier, operation: f.operation, began: f.began}
	err := s.surge(ctx, extra, r, f.limit+s.Config.Concurrency+FloodMargin)
	f.last429, f.last429At = extra.last429, extra.last429At
	if f.last429 == nil {
		return &Unmet{Code: result.NotVerifiable, Reason: "the window of " + f.operation.ID + " rolls faster than requests can be sent"}
	}
	return err
}

// knock sends one request to every other operation of the tier while the key is exhausted: side by side, and those that were served
// again, one by one.
func (s *Floods) knock(ctx context.Context, f *flood, flooding *Request) error {
	var asked []*Request
	for _, o := range s.Contract.Operations {
		if o.Tier != f.tier || o == f.operation || s.Config.NoWrites && !o.Reads() || !s.asks(o) {
			continue
		}
		if fields, err := s.control(ctx, o); err == nil { // else its own check says why
			asked = append(asked, s.request(o, fields).As(s.Config.Credentials.Flood, "with an exhausted key").unpaced())
		}
	}
	answers, err := s.sendAll(ctx, asked)
	if err != nil {
		return err
	}
	for i, r := range asked {
		if err := s.knockAt(ctx, f, flooding, r, answers[i]); err != nil {
			return err
		}
	}
	return nil
}

// sendAll sends requests side by side and returns their answers in the same order, or the first error.
func (s *Floods) sendAll(ctx context.Context, requests []*Request) ([]*probe.Answer, error) {
	answers, errs := make([]*probe.Answer, len(requests)), make([]error, len(requests))
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(max(s.Config.Concurrency, 1), len(requests)) {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(requests)); i = next.Add(1) - 1 {
				answers[i], errs[i] = s.send(ctx, requests[i])
			}
		})
	}
	all.Wait()
	return answers, cmp.Or(errs...)
}

// knockAt asks until the operation is refused like the flood; a is its first answer. That it is served means something only where the
// flood is refused right before and right after; and somebody's old requests may leave the window at just that moment: only the third
// time counts.
func (s *Floods) knockAt(ctx context.Context, f *flood, flooding, r *Request, a *probe.Answer) error {
	served := 0
	for attempt := range 2 * floodRounds {
		if attempt > 0 { // with a mark of its own: what an attempt that was served has made is not what the refused one would have
			r = s.request(r.operation, r.fields).As(s.Config.Credentials.Flood, "with an exhausted key").unpaced()
			var err error
			if a, err = s.send(ctx, r); err != nil {
				return err
			}
		}
		f.asked[r.operation.ID] = r
		if a.Status/100 != 2 {
			f.others[r.operation.ID] = a
			if a.Status == http.StatusTooManyRequests {
				f.last429, f.last429At = a, s.Client.Clock().Now()
			}
			return nil
		}
		after, err := s.Client.Do(ctx, flooding.build())
		if err != nil {
			return err
		}
		if after.Status == http.StatusTooManyRequests {
			f.last429, f.last429At = after, s.Client.Clock().Now()
			if served++; served == floodRounds {
				f.others[r.operation.ID] = a
				return s.alone(ctx, f, r)
			}
		} else if err := s.Client.Clock().Sleep(ctx, time.Second); err != nil {
			return err
		}
		if err := s.again(ctx, f, flooding); err != nil {
			return err
		}
	}
	return nil
}

// alone floods an operation by itself that was served while its tier was not. A read may count in another bucket than the contract's
// tiers suggest, as long as it is limited at all; a write would leave records behind.
func (s *Floods) alone(ctx context.Context, f *flood, r *Request) error {
	if !r.operation.Reads() || f.limit <= 0 {
		return nil
	}
	extra := &flood{tier: f.tier, operation: r.operation, began: s.Client.Clock().Now()}
	err := s.surge(ctx, extra, r, f.limit+s.Config.Concurrency+FloodMargin)
	if extra.last429 != nil {
		f.others[r.operation.ID] = extra.last429
	}
	return err
}

// alter sends a write that would change something while the key is exhausted.
func (s *Floods) alter(ctx context.Context, f *flood, r *Request, key string) error {
	if f.operation.Reads() || label(f.operation.Body) == nil {
		return nil
	}
	f.altered = s.request(f.operation, r.fields).As(key, "with an exhausted key").unpaced()
	a, err := s.Client.Do(ctx, f.altered.build())
	if err != nil {
		return err
	}
	f.alteredBy = a
	observers, err := s.observers(f.operation, f.altered.fields, 0)
	for _, r := range observers {
		shown, err := s.Client.Do(ctx, r.build())
		if err != nil {
			return err
		}
		if strings.Contains(string(shown.Body), mark(f.altered, label(f.operation.Body))) {
			f.shownBy = append(f.shownBy, shown)
		}
	}
	return err
}

// neighbour finds another key of the company with quota to spare, so that being refused later can only be the flood's doing.
func (s *Floods) neighbour(ctx context.Context, r *Request) (string, error) {
	for i := range max(1, len(s.Config.Credentials.Full)) {
		key, err := s.key(own, uint64(i))
		if err != nil {
			return "", err
		}
		if key == s.Config.Credentials.Flood {
			continue
		}
		a, err := s.Client.Do(ctx, r.As(key, "").paced().build())
		if err != nil {
			return "", err
		}
		limit, left := s.told(a, s.Contract.RateLimit.Limit, 0), s.told(a, s.Contract.RateLimit.Remaining, -1)
		if a.Status/100 == 2 && (left < 0 || left*10 > limit) {
			return key, nil
		}
	}
	return "", nil
}

// compareNeighbour asks with another key while the flooded one is exhausted. Somebody else may use that key: only the third refusal
// in as many floods counts.
func (s *Floods) compareNeighbour(ctx context.Context, f *flood, r *Request, key, spare string) error {
	for attempt := range floodRounds {
		if spare == "" {
			return nil
		}
		if attempt > 0 {
			if err := s.again(ctx, f, r.As(key, "")); err != nil {
				return err
			}
		}
		a, err := s.Client.Do(ctx, r.As(spare, "with another key of the company").build())
		if err != nil {
			return err
		}
		f.neighbour = a
		if a.Status != http.StatusTooManyRequests {
			return nil
		}
		wait := probe.RetryAfter(a)
		if wait > s.Config.FloodMaxWait/floodRounds {
			return nil
		}
		if err := s.Client.Clock().Sleep(ctx, wait); err != nil {
			return err
		}
		if spare, err = s.neighbour(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// recover waits as long as the last 429 asked and sends the request once more.
func (s *Floods) recover(ctx context.Context, f *flood) error {
	wait := probe.RetryAfter(f.last429)
	if raw := strings.TrimSpace(f.last429.Get("Retry-After")); raw != "" {
		if seconds, err := strconv.Atoi(raw); err == nil && seconds > 0 {
			wait = time.Duration(seconds) * time.Second
		}
	}
	if wait > s.Config.FloodMaxWait {
		f.unwaited = fmt.Sprintf("the target asks to wait %s, more than the %s that --flood-max-wait allows", wait, s.Config.FloodMaxWait)
		return nil
	}
	r := f.request.named(fmt.Sprintf("after the %s that the last 429 asked for", wait))
	// Where tiers share a bucket, the first of them may take what one answer has promised: then each is owed its own wait.
	for range floodRounds {
		due := f.last429At.Add(wait)
		if d := due.Sub(s.Client.Clock().Now()); d > 0 {
			if err := s.Client.Clock().Sleep(ctx, d); err != nil {
				return err
			}
		}
		a, err := s.Client.Do(ctx, r.build())
		if err != nil {
			return err
		}
		f.recovery = a
		f.waited = s.Client.Clock().Now().Sub(f.last429At)
		if f.recovery.Status != http.StatusTooManyRequests || f.accepted > 0 {
			return nil
		}
		f.last429At = s.Client.Clock().Now()
	}
	return nil
}

// FloodsFound are what the run's floods found, for the reports.
func (s *Floods) FloodsFound() []result.Flood {
	var out []result.Flood
	for _, tier := range tiers(s.Contract) {
		f := s.found[tier]
		if f == nil || f.first == nil {
			continue
		}
		flood := result.Flood{Tier: tier, Operation: f.operation.ID, Limit: f.limit, Sent: f.sent, RateRPS: f.rate()}
		if f.recovery != nil && f.recovery.Status/100 == 2 {
			flood.RecoveryMS = f.waited.Milliseconds()
		}
		// Thinned out: a chart needs no more points than a screen has columns.
		const points = 400
		for i, a := range f.samples {
			if a.status == http.StatusTooManyRequests && flood.First429 == 0 {
				flood.First429 = i + 1
			}
			if len(f.samples) > points && i%(len(f.samples)/points+1) != 0 && a.status/100 == 2 {
				continue
			}
			point := result.FloodSample{AtMS: float64(a.at.Microseconds()) / 1000, Status: a.status}
			if left, err := strconv.Atoi(a.remaining); err == nil {
				point.Remaining = &left
			}
			flood.Samples = append(flood.Samples, point)
		}
		out = append(out, flood)
	}
	return out
}
