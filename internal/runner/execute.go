package runner

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"conformance/internal/check"
	"conformance/internal/parallel"
	"conformance/internal/result"
)

// execution is a plan under way.
type execution struct {
	plan      *Plan
	progress  func(result.Check)    // may be nil
	done      map[key]chan struct{} // closed when the case has all its rows
	maxErrors float64               // share of rows that may remain without a judgement; 0: any

	mu       sync.Mutex
	judged   map[key][]result.Check
	provoked map[result.Pair]bool
	tried    int
	broken   int
	stop     context.CancelFunc
	stopped  bool
}

// fewErrors never stop a run, whatever share of the first rows they are.
const fewErrors = 30

// key names a case.
type key struct{ id, subject string }

func keyOf(k check.Case) key { return key{k.Check.ID, k.Subject.Name()} }

func newExecution(p *Plan) *execution {
	e := &execution{
		plan: p, done: map[key]chan struct{}{}, judged: map[key][]result.Check{}, provoked: map[result.Pair]bool{},
	}
	for _, k := range p.Cases {
		e.done[keyOf(k)] = make(chan struct{})
	}
	return e
}

type laneKey struct{}

// LaneOf names the sequence of requests that a request's context belongs to: within one, each request waits for the answer to the one
// before.
func LaneOf(ctx context.Context) string {
	name, _ := ctx.Value(laneKey{}).(string)
	return name
}

// lane is a sequence of variants of one case: what one worker does without interruption.
type lane struct {
	plan     check.Case
	number   int
	variants []check.Variant
	last     *atomic.Int32 // lanes of the case that are not done
}

// run tries every variant, at most concurrency at a time; floods and what looks back come last, one by one. When the
// context ends, what has not begun gets no row.
func (e *execution) run(ctx context.Context, s *check.Run, concurrency int) {
	ctx, e.stop = context.WithCancel(ctx)
	defer e.stop()
	var together, floods, last []lane
	for _, k := range e.plan.Cases {
		lanes := split(k)
		switch {
		case k.Check.Last:
			last = append(last, lanes...)
		case k.Check.Floods:
			floods = append(floods, lanes...)
		default:
			together = append(together, lanes...)
		}
	}
	// The longest sequences first: begun last, one of them would keep all other workers waiting at the end.
	slices.SortStableFunc(together, func(a, b lane) int { return cmp.Compare(weight(b), weight(a)) })
	slices.SortStableFunc(floods, func(a, b lane) int { return compareBool(a.plan.Check.Waits, b.plan.Check.Waits) })
	parallel.Each(concurrency, len(together), func(i int) { e.try(ctx, s, together[i]) })
	parallel.Each(1, len(floods), func(i int) { e.try(ctx, s, floods[i]) })
	parallel.Each(1, len(last), func(i int) { e.try(ctx, s, last[i]) })
}

// compareBool puts false before true.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// weight is about how many requests a lane sends one after the other.
func weight(l lane) int {
	length := max(l.plan.Check.Length, 1)
	if l.plan.Check.Lanes > 0 {
		length = max(length, 3)
	}
	return length * len(l.variants)
}

// shortest is how many variants are worth a record of their own.
const shortest = 8

// split deals the variants of a case to its lanes, each a run of neighbours.
func split(k check.Case) []lane {
	n := len(k.Variants)
	lanes := min(k.Check.Lanes, (n+shortest-1)/shortest)
	if k.Check.Lanes == 0 {
		lanes = n
	}
	open := new(atomic.Int32)
	open.Store(int32(lanes))
	out := make([]lane, lanes)
	for i := range out {
		out[i] = lane{k, i, k.Variants[i*n/lanes : (i+1)*n/lanes], open}
	}
	return out
}

func (e *execution) try(ctx context.Context, s *check.Run, l lane) {
	k := keyOf(l.plan)
	ctx = context.WithValue(ctx, laneKey{}, fmt.Sprint(k.id, " ", k.subject, " ", l.number))
	for _, v := range l.variants {
		if ctx.Err() != nil {
			break
		}
		row, provoked := s.Try(ctx, l.plan, v, l.number)
		if ctx.Err() != nil && row.Outcome == result.Error {
			break // broken by the interruption, not by the target
		}
		e.mu.Lock()
		e.judged[k] = append(e.judged[k], row)
		e.tried++
		if row.Outcome == result.Error {
			e.broken++
		}
		if e.maxErrors > 0 && e.broken >= fewErrors && float64(e.broken) > e.maxErrors*float64(e.tried) {
			e.stopped = true
			e.stop()
		}
		if provoked {
			e.provoked[result.Pair{Operation: row.Operation, Situation: row.Situation}] = true
		}
		e.mu.Unlock()
		if e.progress != nil {
			e.progress(row)
		}
	}
	if l.last.Add(-1) == 0 {
		close(e.done[k])
	}
}

// gaveUp says that too many rows could not be judged.
func (e *execution) gaveUp() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.stopped
}

// of returns the rows that a case has so far.
func (e *execution) of(k check.Case) []result.Check {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.judged[keyOf(k)])
}

// rows are those that there are, and those of what was deselected.
func (e *execution) rows() []result.Check {
	e.mu.Lock()
	defer e.mu.Unlock()
	rows := slices.Clone(e.plan.Deselected)
	for _, k := range e.plan.Cases {
		rows = append(rows, e.judged[keyOf(k)]...)
	}
	return rows
}

// coverage counts the contract's pairs, and those for which a refusal was provoked and judged.
func (e *execution) coverage() result.Coverage {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := result.Coverage{Unprovoked: []result.Pair{}}
	for _, p := range e.plan.Contract.Pairs() {
		pair := result.Pair{Operation: p.Name(), Situation: string(p.Situation)}
		out.Documented++
		if e.provoked[pair] {
			out.Provoked++
		} else {
			out.Unprovoked = append(out.Unprovoked, pair)
		}
	}
	return out
}

// missing are rows for the variants that the end of the context kept from running: errors, because nothing is known
// about them.
func (e *execution) missing(reason string) []result.Check {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []result.Check
	for _, k := range e.plan.Cases {
		ran := map[string]bool{}
		for _, row := range e.judged[keyOf(k)] {
			ran[row.Variant] = true
		}
		for _, v := range k.Variants {
			if !ran[v.Name] {
				row := k.Row(e.plan.Contract, v)
				row.Outcome, row.Reason = result.Error, reason
				out = append(out, row)
			}
		}
	}
	return out
}
