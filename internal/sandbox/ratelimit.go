package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"conformance/internal/contract"
)

// window is a rolling window: the times of the requests that count, oldest first, in a ring that grows up to the limit.
type window struct {
	mu        sync.Mutex
	limit     int // requests that are served
	announced int // requests that the headers report
	span      time.Duration
	times     []int64 // Unix nanoseconds
	first     int
	count     int
	last      int64 // never goes back, even where the clock does
}

func newWindow(o Options, limit int) *window {
	return &window{limit: limit, announced: o.Limit, span: o.Window}
}

// quota is what a window says after a request.
type quota struct {
	Limit, Remaining int
	Reset            time.Time     // when the window is wholly free
	Full             bool          // the request was one too many
	Wait             time.Duration // of a full window: until the next request is served
}

// take counts a request, unless the window is full. A request that is turned away does not count: or a client that
// keeps trying would never be served.
func (w *window) take(now time.Time, counts bool) quota {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := max(now.UnixNano(), w.last)
	w.last = at
	for w.count > 0 && w.times[w.first]+int64(w.span) <= at {
		w.first = (w.first + 1) % len(w.times)
		w.count--
	}
	q := quota{Limit: w.announced, Full: counts && w.count == w.limit}
	if counts && !q.Full {
		w.addAt(at)
	}
	q.Remaining, q.Reset = max(0, w.announced-w.count), now
	if w.count > 0 {
		newest := w.times[(w.first+w.count-1)%len(w.times)]
		q.Reset = time.Unix(0, newest+int64(w.span))
	}
	if q.Full {
		q.Wait = time.Duration(w.times[w.first] + int64(w.span) - at)
	}
	return q
}

func (w *window) addAt(at int64) {
	if w.count == len(w.times) {
		grown := make([]int64, min(max(2*w.count, 16), w.limit))
		for i := range w.count {
			grown[i] = w.times[(w.first+i)%len(w.times)]
		}
		w.times, w.first = grown, 0
	}
	w.times[(w.first+w.count)%len(w.times)] = at
	w.count++
}

// windowOf the request: one per key and tier, so that a flood of reads leaves writes open.
func windowOf(c *call, k *key) *window {
	if c.operation == nil {
		return k.windows[""]
	}
	return k.windows[c.operation.Tier]
}

func admit(c *call, w *window) quota { return w.take(c.now, true) }

func limit(c *call) *refusal {
	if c.key == nil || c.contract.RateLimit == nil {
		return nil
	}
	q := c.rules.admit(c, c.rules.window(c, c.key))
	c.quota = &q
	if !q.Full {
		return nil
	}
	seconds := wholeSeconds(q.Wait)
	return &refusal{
		situation: contract.Flood, retryAfter: seconds,
		message: fmt.Sprintf("Too many requests; try again after %d seconds.", seconds),
	}
}

// wholeSeconds rounds up, so that a client that waits as long as the answer says is served.
func wholeSeconds(d time.Duration) int { return max(1, int((d+time.Second-1)/time.Second)) }

// addLimitHeaders puts the limiter's headers on an answer: on every one to a valid key, and on any other that the
// contract does not excuse from them.
func (c *call) addLimitHeaders(situation contract.SituationID, h http.Header) {
	declared := c.contract.RateLimit
	if declared == nil ||
		c.key == nil && (situation == "" || c.scheme() == nil || slices.Contains(declared.Exempt, situation)) {
		return
	}
	q := c.quota
	switch {
	case q != nil:
	case c.key != nil:
		peek := c.rules.window(c, c.key).take(c.now, false)
		q = &peek
	default:
		q = &quota{Limit: c.options.Limit, Remaining: c.options.Limit, Reset: c.now}
	}
	set := func(name, value string) {
		if name != "" {
			h.Set(name, value)
		}
	}
	set(declared.Limit, strconv.Itoa(q.Limit))
	set(declared.Remaining, strconv.Itoa(q.Remaining))
	set(declared.Reset, strconv.FormatInt(q.Reset.Add(time.Second-1).Unix(), 10))
}
