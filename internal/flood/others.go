package flood

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"conformance/internal/credential"
	"conformance/internal/judge"
	"conformance/internal/probe"
	"conformance/internal/session"
)

// What else is limited while the key is exhausted: other operations of the tier, another key, a write that would change
// something.

// probeTier sends one request to every other operation of the tier while the key is exhausted: side by side, and those
// that were served again, one by one.
func (s *Floods) probeTier(ctx context.Context, f *Found, flooding *session.Request, key credential.Key) error {
	var requests []*session.Request
	for _, o := range s.Contract.Operations {
		if o.Tier != f.Tier || o == f.Operation || s.Config.NoWrites && !o.Reads() || !s.operationWanted(o) {
			continue
		}
		if fields, err := s.Control(ctx, o); err == nil { // else its own check says why
			requests = append(requests, s.Request(o, fields).As(key, "with an exhausted key").Unpaced())
		}
	}
	answers, err := s.sendConcurrently(ctx, requests)
	if err != nil {
		return err
	}
	for i, r := range requests {
		if err := s.probeOperation(ctx, f, flooding, r, answers[i], key); err != nil {
			return err
		}
	}
	return nil
}

// sendConcurrently sends requests side by side and returns their answers in the same order, or the first error.
func (s *Floods) sendConcurrently(ctx context.Context, requests []*session.Request) ([]*probe.Answer, error) {
	answers, errs := make([]*probe.Answer, len(requests)), make([]error, len(requests))
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(max(s.Config.Concurrency, 1), len(requests)) {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(requests)); i = next.Add(1) - 1 {
				answers[i], errs[i] = s.Send(ctx, requests[i])
			}
		})
	}
	all.Wait()
	return answers, cmp.Or(errs...)
}

// probeOperation asks until the operation is refused like the flood; a is its first answer. That it is served means
// something only where the flood is refused right before and right after; and somebody's old requests may leave the
// window at just that moment: only the third time counts.
func (s *Floods) probeOperation(
	ctx context.Context,
	f *Found,
	flooding, r *session.Request,
	a *probe.Answer,
	key credential.Key,
) error {
	served := 0
	for attempt := range 2 * maxRounds {
		// with a mark of its own: what an attempt that was served has made is not what the refused one would have
		if attempt > 0 {
			r = s.Request(r.Operation, r.Fields).As(key, "with an exhausted key").Unpaced()
			var err error
			if a, err = s.Send(ctx, r); err != nil {
				return err
			}
		}
		f.ProbeRequests[r.Operation.ID] = r
		if !a.Accepted() {
			f.ProbeAnswers[r.Operation.ID] = a
			if a.Status == http.StatusTooManyRequests {
				f.Last429, f.last429At = a, s.Client.Clock().Now()
			}
			return nil
		}
		after, err := s.Do(ctx, flooding)
		if err != nil {
			return err
		}
		if after.Status == http.StatusTooManyRequests {
			f.Last429, f.last429At = after, s.Client.Clock().Now()
			if served++; served == maxRounds && f.Shared != "" && !r.Operation.Reads() {
				return nil // places come free as others took them: who is served then is chance
			} else if served == maxRounds {
				f.ProbeAnswers[r.Operation.ID] = a
				return s.floodSeparately(ctx, f, r)
			}
		} else if err := s.Client.Clock().Sleep(ctx, time.Second); err != nil {
			return err
		}
		if err := s.exhaustAgain(ctx, f, flooding); err != nil {
			return err
		}
	}
	return nil
}

// floodSeparately floods an operation by itself that was served while its tier was not. A read may count in another
// bucket than the contract's tiers suggest, as long as it is limited at all; a write would leave records behind.
func (s *Floods) floodSeparately(ctx context.Context, f *Found, r *session.Request) error {
	if !r.Operation.Reads() || f.Limit <= 0 {
		return nil
	}
	extra := &Found{Tier: f.Tier, Operation: r.Operation, started: s.Client.Clock().Now()}
	err := s.burst(ctx, extra, r, f.Limit+s.Config.Concurrency+LimitMargin)
	if extra.Last429 != nil {
		f.ProbeAnswers[r.Operation.ID] = extra.Last429
	}
	return err
}

// writeWhileLimited sends a write that would change something while the key is exhausted.
func (s *Floods) writeWhileLimited(ctx context.Context, f *Found, r *session.Request, key credential.Key) error {
	if f.Operation.Reads() || f.Operation.Body.Label() == nil {
		return nil
	}
	f.WriteRequest = s.Request(f.Operation, r.Fields).As(key, "with an exhausted key").Unpaced()
	a, err := s.Do(ctx, f.WriteRequest)
	if err != nil {
		return err
	}
	f.WriteAnswer = a
	observers, err := s.Observers(f.Operation, f.WriteRequest.Fields, 0)
	for _, r := range observers {
		shown, err := s.Do(ctx, r)
		if err != nil {
			return err
		}
		if strings.Contains(judge.Text(shown.Body), session.Mark(f.WriteRequest, f.Operation.Body.Label())) {
			f.ChangeShownBy = append(f.ChangeShownBy, shown)
		}
	}
	return err
}

// findOtherKey finds another key of the company with quota to spare, so that being refused later can only be the
// flood's doing.
func (s *Floods) findOtherKey(
	ctx context.Context, r *session.Request, flooded credential.Key,
) (*credential.Key, error) {
	for _, key := range s.Config.Credentials.Usable(credential.Full) {
		if key.Equal(flooded) {
			continue
		}
		a, err := s.Do(ctx, r.As(key, "").Paced())
		if err != nil {
			return nil, err
		}
		limit, left := s.headerInt(a, s.Contract.RateLimit.Limit, 0), s.headerInt(a, s.Contract.RateLimit.Remaining, -1)
		if a.Accepted() && (left < 0 || left*10 > limit) {
			return &key, nil
		}
	}
	return nil, nil
}

// probeOtherKey asks with another key while the flooded one is exhausted. Somebody else may use that key: only the
// third refusal in as many floods counts.
func (s *Floods) probeOtherKey(
	ctx context.Context, f *Found, r *session.Request, key credential.Key, otherKey *credential.Key,
) error {
	for attempt := range maxRounds {
		if otherKey == nil {
			return nil
		}
		if attempt > 0 {
			if err := s.exhaustAgain(ctx, f, r.As(key, "")); err != nil {
				return err
			}
		}
		a, err := s.Do(ctx, r.As(*otherKey, "with another key of the company"))
		if err != nil {
			return err
		}
		f.OtherKeyAnswer = a
		if a.Status != http.StatusTooManyRequests {
			return nil
		}
		wait := probe.RetryAfter(a)
		if wait > s.Config.FloodMaxWait/maxRounds {
			return nil
		}
		if err := s.Client.Wait(ctx, wait, "the target's limit also refused another key"); err != nil {
			return err
		}
		if otherKey, err = s.findOtherKey(ctx, r, key); err != nil {
			return err
		}
	}
	return nil
}
