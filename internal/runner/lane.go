package runner

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"

	"conformance/internal/check"
)

// lane is a sequence of variants of one case: what is done without interruption, by who claims it first.
type lane struct {
	plan     check.Case
	number   int
	variants []check.Variant
	claimed  atomic.Bool
	done     chan struct{} // closed when no more of the lane will be tried
}

// claim says whether the caller is the one who tries the lane.
func (l *lane) claim() bool { return l.claimed.CompareAndSwap(false, true) }

type laneContextKey struct{}

// LaneOf names the sequence of requests that a request's context belongs to: within one, each request waits for the
// answer to the one before.
func LaneOf(ctx context.Context) string {
	name, _ := ctx.Value(laneContextKey{}).(string)
	return name
}

// minLaneVariants is how many variants are worth a record of their own.
const minLaneVariants = 8

// splitIntoLanes deals the variants of a case to its lanes, each a run of neighbours.
func splitIntoLanes(k check.Case) []*lane {
	n := len(k.Variants)
	lanes := min(k.Check.Lanes, (n+minLaneVariants-1)/minLaneVariants)
	if k.Check.Lanes == 0 {
		lanes = n
	}
	out := make([]*lane, lanes)
	for i := range out {
		variants := k.Variants[i*n/lanes : (i+1)*n/lanes]
		out[i] = &lane{plan: k, number: i, variants: variants, done: make(chan struct{})}
	}
	return out
}

// weight is about how many requests a lane sends one after the other.
func weight(l *lane) int {
	length := max(l.plan.Check.Length, 1)
	if l.plan.Check.Lanes > 0 {
		length = max(length, 3)
	}
	return length * len(l.variants)
}

// Phases of a run. Each begins when the one before is over; only the first has cases tried side by side.
const (
	concurrentPhase = iota
	floodPhase      // they use up a quota, one after the other
	recoveryPhase   // floods that wait for a limit to lift: what the others send shortens that
	lookBackPhase   // on what the others saw
)

func phase(c *check.Check) int {
	switch {
	case c.Last:
		return lookBackPhase
	case c.Floods && c.Waits:
		return recoveryPhase
	case c.Floods:
		return floodPhase
	}
	return concurrentPhase
}

// inPhaseOrder are the cases of a plan as they run: phase by phase, and else as the plan has them.
func inPhaseOrder(p *Plan) []check.Case {
	out := slices.Clone(p.Cases)
	slices.SortStableFunc(out, func(a, b check.Case) int { return cmp.Compare(phase(a.Check), phase(b.Check)) })
	return out
}
