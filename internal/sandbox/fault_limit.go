package sandbox

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"sync"
	"time"

	"conformance/internal/contract"
)

// limits: the limiter lets too much through, or too little.

func (k *catalogue) limits() {
	if k.contract.RateLimit == nil {
		return
	}
	allowing := func(tier string, how func(limit int) int) func(*rules) {
		return func(b *rules) {
			b.allowance = func(of string, limit int) int {
				if tier != "" && of != tier {
					return limit
				}
				return how(limit)
			}
		}
	}
	never := func(int) int { return math.MaxInt }
	k.must("never-limits", "", contract.Flood, "There is no limit.", allowing("", never))
	for _, tier := range k.tiers {
		if tier != "" {
			k.must("never-limits", tier, contract.Flood, "The tier has no limit.", allowing(tier, never))
		}
	}
	k.must("limits-late", "", contract.Flood, "Twice as many requests are served as the headers tell.", allowing("", func(limit int) int { return 2*limit + 10 }))
	k.should("limits-early", "", contract.Flood, "A third of the requests is served that the headers tell of.", allowing("", func(limit int) int { return max(1, limit/3) }))
	k.must("limit-shared-by-company", "", contract.Flood, "All keys of a company share one limit.", func(b *rules) {
		sound := b.window
		b.window = func(c *call, k *key) *window {
			for _, full := range c.ring.public.Full {
				if first := c.ring.keys[full]; first.company == k.company {
					return sound(c, first)
				}
			}
			return sound(c, k)
		}
	})
	k.must("never-lifts", "", contract.Flood, "A key that was limited once stays so.", admitting(func() func(*call, *window, quota) quota {
		full := map[*window]bool{}
		return func(_ *call, w *window, q quota) quota {
			if q.Full || full[w] {
				full[w], q.Full, q.Remaining = true, true, 0
				q.Wait = max(q.Wait, time.Second)
			}
			return q
		}
	}))
	k.floods()
}

// admitting changes what a window says; each server begins anew.
func admitting(begin func() func(*call, *window, quota) quota) func(*rules) {
	return func(b *rules) {
		var mu sync.Mutex
		sound, how := b.admit, begin()
		b.admit = func(c *call, w *window) quota {
			q := sound(c, w)
			mu.Lock()
			defer mu.Unlock()
			return how(c, w, q)
		}
	}
}

// floods: too many requests are refused as something else.
func (k *catalogue) floods() {
	flood := of(contract.Flood)
	k.must("flood-unauthorized", "", contract.Flood, "A limited key is answered like an invalid one.", answering(flood, as(contract.InvalidKey)))
	k.must("flood-forbidden", "", contract.Flood, "A limited key is answered like a missing scope.", answering(flood, as(contract.MissingScope)))
	k.must("flood-served-empty", "", contract.Flood, "A limited request is answered with success and nothing.", answering(flood, empty(map[string]any{})))
	k.must("flood-unavailable", "", contract.Flood, "A limited request is answered by the proxy: 503 in HTML.", func(b *rules) {
		saying(flood, func(_ *call, _ *refusal, a *answer) { a.status = http.StatusServiceUnavailable })(b)
		rendering(refused(contract.Flood), func(_ *call, a *answer) {
			a.raw = []byte("<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>")
			a.header.Set("Content-Type", "text/html")
		})(b)
	})
	k.must("flood-plain", "", contract.Flood, "A limited request is answered in plain text.", rendering(refused(contract.Flood), func(_ *call, a *answer) {
		a.raw = []byte("Too Many Requests\n")
		a.header.Set("Content-Type", "text/plain; charset=utf-8")
	}))
	k.must("flood-crashes", "", contract.Flood, "The server fails when most of its limit is used up.", func(b *rules) {
		b.steps = slices.Clone(b.steps)
		at := slices.IndexFunc(b.steps, func(s step) bool { return s.name == "limit" })
		b.steps = slices.Insert(b.steps, at+1, step{"fail", func(c *call) *refusal {
			if c.quota != nil && c.quota.Remaining*5 < c.quota.Limit {
				return serverFault()
			}
			return nil
		}})
	})
}

// retries: a limited client is not told, or wrongly told, when to come back.
func (k *catalogue) retries() {
	limit := k.contract.RateLimit
	if limit == nil {
		return
	}
	flood := refused(contract.Flood)
	header := func(name, description string, value func(c *call, sound string) string) {
		k.must(name, "", contract.Flood, description, rendering(flood, func(c *call, a *answer) {
			a.header.Set("Retry-After", value(c, a.header.Get("Retry-After")))
		}))
	}
	k.must("retry-after-missing", "", contract.Flood, "A limited answer has no Retry-After.", rendering(flood, func(_ *call, a *answer) { a.header.Del("Retry-After") }))
	header("retry-after-date", "Retry-After is a date.", func(c *call, _ string) string { return c.now.UTC().Add(time.Minute).Format(http.TimeFormat) })
	header("retry-after-zero", "Retry-After is 0.", func(*call, string) string { return "0" })
	header("retry-after-negative", "Retry-After is negative.", func(_ *call, sound string) string { return "-" + sound })
	header("retry-after-fraction", "Retry-After has a fraction.", func(_ *call, sound string) string { return sound + ".5" })
	header("retry-after-text", "Retry-After has a unit.", func(_ *call, sound string) string { return sound + " seconds" })
	header("retry-after-differs", "Retry-After differs from the body.", func(_ *call, sound string) string { return "1" + sound })
	if limit.RetryAfter == "" {
		return
	}
	member := func(name, description string, how func(a *answer, sound int)) {
		k.must(name, "", contract.Flood, description, saying(of(contract.Flood), func(_ *call, r *refusal, a *answer) { how(a, r.retryAfter) }))
	}
	set := func(value func(sound int) any) func(*answer, int) {
		return func(a *answer, sound int) { put(a.envelope(), limit.RetryAfter, value(sound)) }
	}
	member("retry-member-missing", "The body does not say when to come back.", func(a *answer, _ int) { drop(a.envelope(), limit.RetryAfter) })
	member("retry-member-differs", "The body gives another time than Retry-After.", set(func(sound int) any { return sound + 30 }))
	member("retry-member-zero", "The body says to come back after 0 seconds.", set(func(int) any { return 0 }))
	member("retry-member-text", "The body gives the seconds as text.", set(func(sound int) any { return fmt.Sprint(sound) }))
	member("retry-member-milliseconds", "The body gives milliseconds.", set(func(sound int) any { return sound * 1000 }))
	member("retry-member-null", "The body gives null in place of seconds.", set(func(int) any { return nil }))
	k.must("retry-too-soon", "", contract.Flood, "A limited client is told to come back while the limit still holds.", admitting(lockout))
}

// lockout limits a key for three times as long as it tells.
func lockout() func(*call, *window, quota) quota {
	until := map[*window]time.Time{}
	return func(c *call, w *window, q quota) quota {
		if q.Full && until[w].Before(c.now) {
			until[w] = c.now.Add(3 * max(q.Wait, 2*time.Second))
		}
		if c.now.Before(until[w]) {
			q.Full, q.Remaining = true, 0
			q.Wait = max(time.Second, until[w].Sub(c.now)/3)
		}
		return q
	}
}
