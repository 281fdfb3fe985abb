package probe

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"conformance/internal/contract"
)

// pacer holds requests back while the bucket they count in is empty, by what the target said last about it.
type pacer struct {
	mu      sync.Mutex
	buckets map[bucketKey]*bucket
}

type bucketKey struct{ secret, tier string }

type bucket struct {
	remaining int // after the requests that are under way
	reset     time.Time
}

func keyOf(r *Request) (bucketKey, bool) {
	if r.Credential == nil {
		return bucketKey{}, false
	}
	return bucketKey{r.Credential.Secret, r.Tier}, true
}

func (p *pacer) wait(ctx context.Context, clock Clock, r *Request) error {
	key, ok := keyOf(r)
	if !ok {
		return nil
	}
	for {
		p.mu.Lock()
		b, now := p.buckets[key], clock.Now()
		if b == nil || b.remaining > 0 || !now.Before(b.reset) {
			if b != nil {
				b.remaining--
			}
			p.mu.Unlock()
			return nil
		}
		d := b.reset.Sub(now)
		p.mu.Unlock()
		if err := clock.Sleep(ctx, min(d, time.Minute)); err != nil {
			return err
		}
	}
}

func (p *pacer) learn(now time.Time, limits *contract.RateLimit, a *Answer) {
	key, ok := keyOf(a.Request)
	if !ok || limits == nil {
		return
	}
	remaining, err1 := strconv.Atoi(strings.TrimSpace(a.Get(limits.Remaining)))
	reset, err2 := strconv.ParseInt(strings.TrimSpace(a.Get(limits.Reset)), 10, 64)
	if err1 != nil || err2 != nil {
		return
	}
	until := time.Unix(reset, 0)
	if until.Sub(now) > 5*time.Minute { // a daily quota, or milliseconds: not what paces the next seconds
		until = now.Add(time.Second)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.buckets == nil {
		p.buckets = map[bucketKey]*bucket{}
	}
	b := p.buckets[key]
	if b == nil || until.After(b.reset) {
		p.buckets[key] = &bucket{remaining, until}
		return
	}
	b.remaining = min(b.remaining, remaining)
}
