package suite_test

import (
	"net/http"
	"strconv"
	"time"
)

// indQuota is what one key has left in one tier.
type indQuota struct {
	limit, remaining int
	reset            int64
	retry            int
	full             bool
}

// tier is the bucket that a request draws from. One that no operation takes goes by its method.
func (c *indCall) tier() string {
	switch {
	case c.op != nil && c.op.tier != "":
		return c.op.tier
	case c.method == http.MethodGet:
		return "record"
	}
	return "write"
}

// spend takes one request out of the rolling window, or refuses it. A refused one costs nothing, so that
// Retry-After stays true for a client that goes on knocking.
func (s *independent) spend(c *indCall) *indProblem {
	c.quota = s.measure(c, true)
	if !c.quota.full || s.broken("never-limits") || c.tier() == "write" && s.broken("writes-never-limited") {
		return nil
	}
	p := indRefuse("flood", "", "Too many requests. Try again later.")
	p.retry = c.quota.retry
	return p
}

// measure reads a window and, when asked, puts a request into it if there is room.
func (s *independent) measure(c *indCall, take bool) *indQuota {
	now := s.now()
	bucket := c.key.text + " " + c.tier()
	if s.broken("limit-shared-across-keys") {
		bucket = c.tier()
	}
	window := s.opt.Window
	if s.broken("retry-after-not-honoured") {
		window *= 6
	}
	if s.bucket != nil {
		bucket = s.bucket(c)
	}
	hits := s.windows[bucket]
	for len(hits) > 0 && !hits[0].After(now.Add(-window)) {
		hits = hits[1:]
	}
	q := &indQuota{limit: s.opt.Limit, full: len(hits) >= s.opt.Limit}
	if take && (!q.full || s.countsAll) {
		hits = append(hits, now)
	}
	s.windows[bucket] = hits
	q.remaining = max(0, q.limit-len(hits))
	q.times(s, hits, now)
	if s.quotas != nil {
		s.quotas(q, hits, now)
	}
	return q
}

// times says when the window opens again. The brief leaves open which end of it a reset means: the plain
// dialect gives the moment it is wholly free, rounded up; the other gives the moment its first place is
// free, rounded down. Retry-After is rounded up in both, being a promise.
func (q *indQuota) times(s *independent, hits []time.Time, now time.Time) {
	first, last := now, now
	if len(hits) > 0 {
		first, last = hits[0].Add(s.opt.Window), hits[len(hits)-1].Add(s.opt.Window)
	}
	if s.other() {
		q.reset = first.Unix()
		q.retry = max(1, indCeil(last.Sub(now)))
		return
	}
	q.reset = last.Add(time.Second - time.Nanosecond).Unix()
	q.retry = max(1, indCeil(first.Sub(now)))
}

// indCeil counts the seconds that a duration takes, the last one whole.
func indCeil(d time.Duration) int {
	return int((d + time.Second - 1) / time.Second)
}

// stampQuota puts the three headers on every reply to a valid key. A revoked key and an unwelcome address
// need none; the other dialect gives them to the address anyway.
func (s *independent) stampQuota(c *indCall, reply *indReply) {
	if c.key == nil || reply.situation == "revoked-key" {
		return
	}
	if reply.situation == "denied-ip" && !s.other() || s.hidesQuota(c, reply) {
		return
	}
	if c.quota == nil {
		c.quota = s.measure(c, false)
	}
	limit, remaining, reset := strconv.Itoa(c.quota.limit), c.quota.remaining, c.quota.reset
	switch {
	case s.broken("remaining-never-moves"):
		remaining = c.quota.limit
	case s.broken("remaining-negative") && c.quota.full:
		remaining = -1
	case s.broken("reset-in-milliseconds"):
		reset *= 1000
	case s.broken("reset-as-seconds-left"):
		reset = max(0, reset-s.now().Unix())
	case s.broken("limit-header-not-integer"):
		limit += ";w=1"
	}
	reply.header["X-Ratelimit-Limit"] = limit
	reply.header["X-Ratelimit-Remaining"] = strconv.Itoa(remaining)
	reply.header["X-Ratelimit-Reset"] = strconv.FormatInt(reset, 10)
}

// hidesQuota holds the faults that forget the headers on some reply.
func (s *independent) hidesQuota(c *indCall, reply *indReply) bool {
	switch {
	case reply.status == 400:
		return s.broken("no-rate-headers-on-400")
	case reply.status == 403:
		return s.broken("no-rate-headers-on-403")
	case reply.status == 404 && reply.situation == "unknown-path":
		return s.broken("no-rate-headers-on-unknown-path")
	case reply.status == 405:
		return s.broken("no-rate-headers-on-405")
	case reply.status == 429:
		return s.broken("no-rate-headers-on-429")
	case reply.status == 201:
		return s.broken("no-rate-headers-on-201")
	case c.tier() == "list":
		return s.broken("no-rate-headers-on-lists")
	}
	return false
}
