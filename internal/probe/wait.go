package probe

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// max429Wait is how long one request waits for a target that keeps answering 429, if it does not say so itself.
const max429Wait = 3 * time.Minute

// announced is the longest wait that is not reported.
const announced = 10 * time.Second

// waits reports long waits: of those at the same time for the same thing, once.
type waits struct {
	tell  func(d time.Duration, why string) // nil: nobody asks
	mu    sync.Mutex
	until time.Time // the end of what was reported last
}

func (w *waits) announce(now time.Time, d time.Duration, why string) {
	if w.tell == nil || d <= announced {
		return
	}
	end := now.Add(d)
	w.mu.Lock()
	known := end.Sub(w.until) <= time.Second
	if !known {
		w.until = end
	}
	w.mu.Unlock()
	if !known {
		w.tell(d, why)
	}
}

// Wait waits by the client's clock. A long wait is announced with its reason.
func (c *Client) Wait(ctx context.Context, d time.Duration, why string) error {
	c.waits.announce(c.clock.Now(), d, why)
	return c.clock.Sleep(ctx, d)
}

// RetryAfter is how long an answer asks to wait: one second where it does not say, at most a minute.
func RetryAfter(a *Answer) time.Duration {
	asked, _ := Asked(a)
	return min(max(asked, time.Second), time.Minute)
}

// Asked is how long an answer asks to wait, and whether it says so at all.
func Asked(a *Answer) (time.Duration, bool) {
	seconds, err := strconv.Atoi(strings.TrimSpace(a.Get("Retry-After")))
	if err != nil || seconds < 0 {
		return 0, false
	}
	const century = 100 * 365 * 24 * 3600
	return time.Duration(min(seconds, century)) * time.Second, true
}

// limitWait is why a 429 is waited out.
func limitWait(r *Request, a *Answer) string {
	why := fmt.Sprintf("the target's limit: it answered %d", a.Status)
	if r.Group != "" {
		why += " to " + r.Group
	}
	if text := strings.TrimSpace(a.Get("Retry-After")); text != "" {
		why += ", Retry-After: " + text
	}
	return why
}

// limited says whether a 429 is to be waited out: not where it asks for more than is left of the request's patience.
func (c *Client) limited(r *Request, a *Answer, deadline time.Time) bool {
	if a.Status != http.StatusTooManyRequests || r.Unpaced {
		return false
	}
	now := c.clock.Now()
	if asked, _ := Asked(a); r.Patience > 0 {
		return !now.Add(max(asked, RetryAfter(a))).After(deadline)
	}
	return !c.pacer.outlasted(r, deadline, now) && !c.pacer.closed(r, now)
}

// UsedUp says that an answer is a limiter's, whose quota was used up for longer than the request waited: a 429 that
// does not say that some is left.
func UsedUp(a *Answer) bool {
	if a.Status != http.StatusTooManyRequests || a.Request.Unpaced {
		return false
	}
	if limits := a.client.limits; limits != nil && a.Get(limits.Remaining) != "" {
		return number(a.Get(limits.Remaining)) <= 0
	}
	_, asks := Asked(a)
	return asks
}
