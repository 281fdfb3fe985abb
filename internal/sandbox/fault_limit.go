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

// limitFaults: the limiter lets too much through, or too little.
func limitFaults(m *model) []Fault {
	if m.contract.RateLimit == nil {
		return nil
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
	faults := []Fault{must("never-limits", "", contract.Flood, "There is no limit.", allowing("", never))}
	for _, tier := range m.tiers {
		if tier != "" {
			faults = append(faults, must("never-limits", tier, contract.Flood, "The tier has no limit.", allowing(tier, never)))
		}
	}
	faults = append(faults,
		must("limits-late", "", contract.Flood, "Twice as many requests are served as the headers announce.",
			allowing("", func(limit int) int { return 2*limit + 10 })),
		should("limits-early", "", contract.Flood, "Only a third of the announced requests is served.",
			allowing("", func(limit int) int { return max(1, limit/3) })),
		must("limit-shared-by-company", "", contract.Flood, "All keys of a company share one limit.", func(b *rules) {
			correct := b.window
			b.window = func(c *call, k *key) *window {
				if first := c.ring.full[0]; first.company == k.company {
					return correct(c, first)
				}
				return correct(c, k)
			}
		}),
		must("never-lifts", "", contract.Flood, "A key that was limited once stays so.",
			changeQuota(func() func(*call, *window, quota) quota {
				full := map[*window]bool{}
				return func(_ *call, w *window, q quota) quota {
					if q.Full || full[w] {
						full[w], q.Full, q.Remaining = true, true, 0
						q.Wait = max(q.Wait, time.Second)
					}
					return q
				}
			})),
	)
	return append(faults, floodFaults()...)
}

// changeQuota changes what a window says; each server starts with a state of its own.
func changeQuota(begin func() func(*call, *window, quota) quota) func(*rules) {
	return func(b *rules) {
		var mu sync.Mutex
		correct, how := b.admit, begin()
		b.admit = func(c *call, w *window) quota {
			q := correct(c, w)
			mu.Lock()
			defer mu.Unlock()
			return how(c, w, q)
		}
	}
}

// floodFaults: too many requests are refused as something else.
func floodFaults() []Fault {
	flood := of(contract.Flood)
	return []Fault{
		must("flood-unauthorized", "", contract.Flood, "A limited key is answered like an invalid one.",
			replaceRefusal(flood, as(contract.InvalidKey))),
		must("flood-forbidden", "", contract.Flood, "A limited key is answered like a missing scope.",
			replaceRefusal(flood, as(contract.MissingScope))),
		must("flood-served-empty", "", contract.Flood, "A limited request is answered with success and nothing.",
			replaceRefusal(flood, empty(map[string]any{}))),
		must("flood-unavailable", "", contract.Flood, "A limited request is answered by the proxy: 503 in HTML.",
			func(b *rules) {
				changeRefusal(flood, func(_ *call, _ *refusal, a *answer) { a.status = http.StatusServiceUnavailable })(b)
				changeResponse(refused(contract.Flood), func(_ *call, a *answer) {
					a.raw = []byte("<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>")
					a.header.Set("Content-Type", "text/html")
				})(b)
			}),
		must("flood-plain", "", contract.Flood, "A limited request is answered in plain text.",
			changeResponse(refused(contract.Flood), func(_ *call, a *answer) {
				a.raw = []byte("Too Many Requests\n")
				a.header.Set("Content-Type", "text/plain; charset=utf-8")
			})),
		must("flood-crashes", "", contract.Flood, "The server fails when most of its limit is used up.", func(b *rules) {
			b.steps = slices.Clone(b.steps)
			at := slices.IndexFunc(b.steps, func(s step) bool { return s.name == "limit" })
			b.steps = slices.Insert(b.steps, at+1, step{"fail", func(c *call) *refusal {
				if c.quota != nil && c.quota.Remaining*5 < c.quota.Limit {
					return serverFault()
				}
				return nil
			}})
		}),
	}
}

// retryFaults: a limited client does not learn, or learns wrongly, when to come back.
func retryFaults(m *model) []Fault {
	limit := m.contract.RateLimit
	if limit == nil {
		return nil
	}
	flood := refused(contract.Flood)
	header := func(name, description string, value func(c *call, correct string) string) Fault {
		return must(name, "", contract.Flood, description, changeResponse(flood, func(c *call, a *answer) {
			a.header.Set("Retry-After", value(c, a.header.Get("Retry-After")))
		}))
	}
	faults := []Fault{
		must("retry-after-missing", "", contract.Flood, "A limited answer has no Retry-After.",
			changeResponse(flood, func(_ *call, a *answer) { a.header.Del("Retry-After") })),
		header("retry-after-date", "Retry-After is a date.",
			func(c *call, _ string) string { return c.now.UTC().Add(time.Minute).Format(http.TimeFormat) }),
		header("retry-after-zero", "Retry-After is 0.", func(*call, string) string { return "0" }),
		header("retry-after-negative", "Retry-After is negative.",
			func(_ *call, correct string) string { return "-" + correct }),
		header("retry-after-fraction", "Retry-After has a fraction.",
			func(_ *call, correct string) string { return correct + ".5" }),
		header("retry-after-text", "Retry-After has a unit.",
			func(_ *call, correct string) string { return correct + " seconds" }),
		header("retry-after-differs", "Retry-After differs from the body.",
			func(_ *call, correct string) string { return "1" + correct }),
	}
	if limit.RetryAfter == "" {
		return faults
	}
	member := func(name, description string, how func(a *answer, correct int)) Fault {
		return must(name, "", contract.Flood, description,
			changeRefusal(of(contract.Flood), func(_ *call, r *refusal, a *answer) { how(a, r.retryAfter) }))
	}
	set := func(value func(correct int) any) func(*answer, int) {
		return func(a *answer, correct int) { put(a.envelope(), limit.RetryAfter, value(correct)) }
	}
	return append(faults,
		member("retry-member-missing", "The body does not say when to come back.",
			func(a *answer, _ int) { drop(a.envelope(), limit.RetryAfter) }),
		member("retry-member-differs", "The body gives another time than Retry-After.", set(func(correct int) any {
			return correct + 30
		})),
		member("retry-member-zero", "The body says to come back after 0 seconds.", set(func(int) any { return 0 })),
		member("retry-member-text", "The body gives the seconds as text.", set(func(correct int) any {
			return fmt.Sprint(correct)
		})),
		member("retry-member-milliseconds", "The body gives milliseconds.", set(func(correct int) any {
			return correct * 1000
		})),
		member("retry-member-null", "The body gives null in place of seconds.", set(func(int) any { return nil })),
		must("retry-too-soon", "", contract.Flood, "A limited client is asked to retry while the limit still holds.",
			changeQuota(tripleWait)),
	)
}

// tripleWait limits a key for three times as long as it announces.
func tripleWait() func(*call, *window, quota) quota {
	until := map[*window]time.Time{}
	return func(c *call, w *window, q quota) quota {
		if q.Full && until[w].Before(c.now) {
			until[w] = c.now.Add(3 * max(q.Wait, 2*time.Second))
		}
		if c.now.Before(until[w]) {
			q.Full, q.Remaining, q.Reset = true, 0, until[w]
			q.Wait = max(time.Second, until[w].Sub(c.now)/3)
		}
		return q
	}
}
