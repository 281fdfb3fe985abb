package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"conformance/internal/credential"
	"conformance/internal/flood"
	"conformance/internal/session"
)

// errTooLong ends the context of a run that takes longer than it may.
var errTooLong = errors.New("the run takes longer than it may")

// What bounds a run that sets no bound of its own: so many times what was estimated, and never less than that long.
const (
	estimates  = 10
	leastLimit = 10 * time.Minute
)

// cleanUpLimit bounds the cleaning up after a run that took too long or was interrupted.
const cleanUpLimit = 30 * time.Second

// limit is how long a run may take. Its context ends when that is over: whatever waits then stops waiting, and requests
// under way are seen through.
type limit struct {
	context.Context
	cancel  context.CancelCauseFunc
	alarm   func(time.Duration, func()) (stop func() bool)
	disarm  func() bool
	allowed time.Duration
	given   bool // by who started the run
}

func newLimit(ctx context.Context, o Options) *limit {
	l := &limit{alarm: o.Alarm, allowed: o.MaxDuration, given: o.MaxDuration > 0}
	l.Context, l.cancel = context.WithCancelCause(ctx)
	if l.alarm == nil {
		l.alarm = func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }
	}
	if !l.given {
		l.allowed = leastLimit + o.Wait
	}
	l.disarm = l.alarm(l.allowed, func() { l.cancel(errTooLong) })
	return l
}

// expect sets the bound of a run that has none of its own by how long it is estimated to take from now on.
func (l *limit) expect(estimate, passed time.Duration) {
	if allowed := passed + estimates*estimate; !l.given && allowed > l.allowed && l.disarm() {
		l.allowed = allowed
		l.disarm = l.alarm(allowed-passed, func() { l.cancel(errTooLong) })
	}
}

func (l *limit) passed() bool { return errors.Is(context.Cause(l.Context), errTooLong) }

func (l *limit) end() {
	l.disarm()
	l.cancel(nil)
}

// cleanUp is the context of what follows a run: its own one, or a short one if the run took too long or was
// interrupted.
func (l *limit) cleanUp(ctx context.Context, o Options) *limit {
	if l.Err() == nil {
		return l
	}
	o.MaxDuration = cleanUpLimit
	return newLimit(context.WithoutCancel(ctx), o)
}

// note says that the run took too long.
func (l *limit) note(missing int) string {
	text := fmt.Sprintf("The run was ended after %s", l.allowed)
	if !l.given {
		text += fmt.Sprintf(", %d times what was estimated or %s", estimates, leastLimit)
	}
	return fmt.Sprintf("%s: %d rows were not tried. --max-duration sets how long it may take.", text, missing)
}

// estimate is about how long the plan takes: what its requests take by the latency seen so far, or what the limits
// allow, whichever is longer; and the floods.
func estimate(s *session.Session, p *Plan, o Options) time.Duration {
	latency, rate := s.Client.Latency(), s.Client.Rate()*float64(len(s.Config.Credentials.Usable(credential.Full)))
	took := Takes(p.Requests(), latency, o.Concurrency, rate, o.MaxRPS)
	var lifts time.Duration // the tiers are waited for side by side
	for _, tier := range p.floodedTiers() {
		announced, window := s.Client.Announced(tier)
		took += Takes(flood.Requests(announced, o.Concurrency), latency, o.Concurrency, 0, o.MaxRPS)
		lifts = max(lifts, min(window, s.Config.FloodMaxWait))
	}
	return took + lifts
}

// Takes is about how long requests take at that latency, so many at a time; at most so many per second as each of the
// rates allows that is not 0.
func Takes(requests int, latency time.Duration, concurrency int, rates ...float64) time.Duration {
	took := time.Duration(requests) * latency / time.Duration(max(concurrency, 1))
	for _, rate := range rates {
		if rate > 0 {
			took = max(took, time.Duration(float64(requests)/rate*float64(time.Second)))
		}
	}
	return took
}
