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

type laneKey struct{}

// LaneOf names the sequence of requests that a request's context belongs to: within one, each request waits for the
// answer to the one before.
func LaneOf(ctx context.Context) string {
	name, _ := ctx.Value(laneKey{}).(string)
	return name
}

// shortest is how many variants are worth a record of their own.
const shortest = 8

// split deals the variants of a case to its lanes, each a run of neighbours.
func split(k check.Case) []*lane {
	n := len(k.Variants)
	lanes := min(k.Check.Lanes, (n+shortest-1)/shortest)
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
	together  = iota
	floods    // they use up a quota, one after the other
	waits     // floods that wait for a limit to lift: what the others send shortens that
	lookBacks // on what the others saw
)

func phase(c *check.Check) int {
	switch {
	case c.Last:
		return lookBacks
	case c.Floods && c.Waits:
		return waits
	case c.Floods:
		return floods
	}
	return together
}

// ordered are the cases of a plan as they run: phase by phase, and else as the plan has them.
func ordered(p *Plan) []check.Case {
	out := slices.Clone(p.Cases)
	slices.SortStableFunc(out, func(a, b check.Case) int { return cmp.Compare(phase(a.Check), phase(b.Check)) })
	return out
}
