package probe

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"conformance/internal/contract"
)

// pacer holds requests back while the bucket they count in is empty, by what the target announces. A bucket is a key's
// quota in one tier. Of a bucket that nothing is known of yet, one request asks first and the others wait for its
// answer.
type pacer struct {
	mu      sync.Mutex
	buckets map[bucketKey]*bucket
	next    time.Time // when the next request may be sent under a cap on their rate
	gap     time.Duration
}

type bucketKey struct{ secret, tier string }

type bucket struct {
	known     bool
	asking    chan struct{} // closed when the first answer is there
	limit     int           // 0: the target announces none, and nothing is held back
	remaining int           // remaining requests, by the answers
	reset     time.Time
	inflight  int
	sent      []time.Time   // own requests within the window, oldest first
	low       time.Duration // least and greatest time to the reset that an answer announced
	high      time.Duration
	samples   int
	foreign   int       // requests within the window that are not ours
	count     int       // requests so far
	served    time.Time // when an answer came last that was no 429
	closed    time.Time // until then a 429 is not waited out: it has outlasted a request's patience
}

// close notes until when a 429 asks to wait that has outlasted a request's patience. Any other answer opens the bucket.
func (p *pacer) close(r *Request, a *Answer, now time.Time) {
	key, ok := keyOf(r)
	if !ok || r.Unpaced || r.Patience > 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.bucket(key)
	if asked, _ := Asked(a); a.Status != http.StatusTooManyRequests {
		b.closed = time.Time{}
	} else if !now.Before(b.closed) {
		b.closed = now.Add(asked)
	}
}

// outlasted says that the limit of a request has lasted longer than it is waited for: nobody was served in that time. A
// request that others were faster than waits on, within reason.
func (p *pacer) outlasted(r *Request, deadline, now time.Time) bool {
	key, ok := keyOf(r)
	if !ok || now.After(deadline.Add(5*max429Wait)) {
		return now.After(deadline)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return now.After(deadline) && now.After(p.bucket(key).served.Add(max429Wait))
}

// closed says that the bucket of a request is not waited for.
func (p *pacer) closed(r *Request, now time.Time) bool {
	key, ok := keyOf(r)
	p.mu.Lock()
	defer p.mu.Unlock()
	return ok && now.Before(p.bucket(key).closed)
}

func keyOf(r *Request) (bucketKey, bool) {
	secret := r.Credential.String()
	return bucketKey{secret, r.Tier}, secret != ""
}

// wait returns when the request may be sent. Each return without an error must be followed by learn. A request with a
// patience of its own waits no longer than that: it is sent then, and the target's answer says more.
func (c *Client) wait(ctx context.Context, r *Request, deadline time.Time) error {
	p, clock := &c.pacer, c.clock
	key, ok := keyOf(r)
	if !ok || r.Unpaced {
		return p.throttle(ctx, clock)
	}
	for {
		p.mu.Lock()
		b := p.bucket(key)
		now := clock.Now()
		delay, asking := b.delay(now)
		impatient := r.Patience > 0 && now.Add(delay).After(deadline)
		if delay == 0 && asking == nil || impatient {
			b.inflight++
			b.count++
			b.sent = append(b.sent, now)
			p.mu.Unlock()
			return p.throttle(ctx, clock)
		}
		p.mu.Unlock()
		if asking != nil {
			select {
			case <-asking:
			case <-ctx.Done():
				return ctx.Err()
			}
			continue
		}
		c.waits.announce(now, delay, pacedWait(r))
		if err := clock.Sleep(ctx, min(delay, time.Minute)); err != nil {
			return err
		}
	}
}

func pacedWait(r *Request) string {
	if r.Tier == "" {
		return "the target's limit is used up"
	}
	return "the target's limit of the tier " + r.Tier + " is used up"
}

// throttle keeps the requests of all buckets apart by the gap.
func (p *pacer) throttle(ctx context.Context, clock Clock) error {
	if p.gap == 0 {
		return ctx.Err()
	}
	p.mu.Lock()
	now := clock.Now()
	if p.next.Before(now) {
		p.next = now
	}
	d := p.next.Sub(now)
	p.next = p.next.Add(p.gap)
	p.mu.Unlock()
	if d == 0 {
		return ctx.Err()
	}
	return clock.Sleep(ctx, d)
}

func (p *pacer) bucket(key bucketKey) *bucket {
	if p.buckets == nil {
		p.buckets = map[bucketKey]*bucket{}
	}
	b := p.buckets[key]
	if b == nil {
		b = &bucket{}
		p.buckets[key] = b
	}
	return b
}

// delay is how long to wait before asking again, or the channel that tells when more is known; neither: go.
func (b *bucket) delay(now time.Time) (time.Duration, chan struct{}) {
	switch {
	case !b.known && b.asking != nil:
		return 0, b.asking
	case !b.known:
		b.asking = make(chan struct{})
		return 0, nil
	case b.limit == 0:
		return 0, nil
	}
	if window, rolls := b.rolling(); rolls {
		for len(b.sent) > 0 && now.Sub(b.sent[0]) > window {
			b.sent = b.sent[1:]
		}
		if b.limit-len(b.sent)-b.foreign > 0 || len(b.sent) == 0 {
			return 0, nil
		}
		return b.sent[0].Add(window).Sub(now) + time.Millisecond, nil
	}
	switch {
	case b.remaining-b.inflight > 0:
		return 0, nil
	case now.Before(b.reset):
		return b.reset.Sub(now), nil
	case b.inflight > 0:
		return 10 * time.Millisecond, nil // the window has rolled: one request asks how much there is now
	}
	b.known, b.asking, b.sent = false, make(chan struct{}), nil
	return 0, nil
}

// rolling says that each answer announces a reset one whole window away, and how long that is: then every request
// leaves the window by itself, long before the reset. Resets are announced in whole seconds, hence the band of one.
func (b *bucket) rolling() (time.Duration, bool) {
	const margin = 20 * time.Millisecond
	enough := b.samples >= 12
	return b.low + margin, enough && b.high-b.low <= time.Second+margin && b.low > 0
}

// learn takes note of an answer, or of there being none.
func (p *pacer) learn(now time.Time, limits *contract.RateLimit, r *Request, a *Answer) {
	key, ok := keyOf(r)
	if !ok || r.Unpaced {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.bucket(key)
	b.inflight = max(0, b.inflight-1)
	if a != nil && a.Status != http.StatusTooManyRequests {
		b.served = now
	}
	if a != nil && limits != nil {
		b.read(now, limits, a)
	}
	if !b.known && b.asking != nil {
		close(b.asking)
		b.asking = nil
		b.known = a != nil // where nothing was answered, the next one asks
	}
}

func (b *bucket) read(now time.Time, limits *contract.RateLimit, a *Answer) {
	limit, remaining := number(a.Get(limits.Limit)), number(a.Get(limits.Remaining))
	reset := number(a.Get(limits.Reset))
	if limit <= 0 || remaining < 0 || reset < 0 {
		return
	}
	until := time.Unix(int64(reset), 0)
	if until.Sub(now) > 5*time.Minute { // a daily quota, or no seconds: not what paces the next ones
		return
	}
	ahead := until.Sub(a.Started)
	if b.samples == 0 || ahead < b.low {
		b.low = ahead
	}
	b.high = max(b.high, ahead)
	b.samples++
	b.limit = limit
	if until.After(b.reset) {
		b.reset, b.remaining = until, remaining
	} else {
		b.remaining = min(b.remaining, remaining)
	}
	// What is gone beyond our own requests, under way or answered, somebody else has used.
	b.foreign = max(0, limit-len(b.sent)-remaining)
}

// rate is how many requests per second the slowest bucket allows that is known; 0: none is.
func (p *pacer) rate() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	slowest := 0.0
	for _, b := range p.buckets {
		if rate := float64(b.limit) / max(b.low.Seconds(), 1); b.limit > 0 && (slowest == 0 || rate < slowest) {
			slowest = rate
		}
	}
	return slowest
}

// announced is the largest limit of the tier's buckets and the length of its window, as far as answers said; 0: they
// did not.
func (p *pacer) announced(tier string) (limit int, window time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, b := range p.buckets {
		if key.tier == tier && b.limit > limit {
			limit, window = b.limit, max(b.high, 0)
		}
	}
	return limit, window
}

// load is how many requests each key has sent in each tier, the most first.
func (p *pacer) load() map[string][]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := map[string][]int{}
	for key, b := range p.buckets {
		out[key.tier] = append(out[key.tier], b.count)
	}
	for _, counts := range out {
		slices.SortFunc(counts, func(a, b int) int { return b - a })
	}
	return out
}

func number(text string) int {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return -1
	}
	return n
}
