package runner

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"conformance/internal/contract"
	"conformance/internal/result"
	"conformance/suite"
)

// Progress is called after every row, from many goroutines.
type Progress func(row result.Check)

// Execution is a plan under way.
type Execution struct {
	plan     *Plan
	session  *suite.Session
	progress Progress
	done     map[key]chan struct{} // closed when the case has all its rows
	// MaxErrors stops the run when more than this share of its rows, and at least 30, could not be judged; 0: never.
	MaxErrors float64

	mu       sync.Mutex
	rows     map[key][]result.Check
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

func keyOf(k suite.Case) key { return key{k.Check.ID, k.Subject.Name()} }

// NewExecution prepares a plan to be run in a session. Progress may be nil.
func NewExecution(p *Plan, s *suite.Session, progress Progress) *Execution {
	e := &Execution{
		plan: p, session: s, progress: progress,
		done: map[key]chan struct{}{}, rows: map[key][]result.Check{}, provoked: map[result.Pair]bool{},
	}
	for _, k := range p.Cases {
		e.done[keyOf(k)] = make(chan struct{})
	}
	s.Floods = func(o *contract.Operation) bool {
		return slices.ContainsFunc(p.Cases, func(k suite.Case) bool { return k.Check.Floods && k.Subject.Operation == o })
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
	plan     suite.Case
	number   int
	variants []suite.Variant
	last     *atomic.Int32 // lanes of the case that are not done
}

// Run tries every variant, at most concurrency at a time; floods and what looks back come last, one by one. When the context ends, what
// has not begun gets no row.
func (e *Execution) Run(ctx context.Context, concurrency int) {
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
	e.work(ctx, together, max(concurrency, 1))
	e.work(ctx, floods, 1)
	e.work(ctx, last, 1)
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
func split(k suite.Case) []lane {
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

func (e *Execution) work(ctx context.Context, lanes []lane, workers int) {
	jobs := make(chan lane)
	var all sync.WaitGroup
	for range min(workers, len(lanes)) {
		all.Go(func() {
			for l := range jobs {
				e.run(ctx, l)
			}
		})
	}
	for _, l := range lanes {
		jobs <- l
	}
	close(jobs)
	all.Wait()
}

func (e *Execution) run(ctx context.Context, l lane) {
	k := keyOf(l.plan)
	ctx = context.WithValue(ctx, laneKey{}, fmt.Sprint(k.id, " ", k.subject, " ", l.number))
	for _, v := range l.variants {
		if ctx.Err() != nil {
			break
		}
		row, provoked := e.session.Try(ctx, l.plan, v, l.number)
		if ctx.Err() != nil && row.Outcome == result.Error {
			break // broken by the interruption, not by the target
		}
		e.mu.Lock()
		e.rows[k] = append(e.rows[k], row)
		e.tried++
		if row.Outcome == result.Error {
			e.broken++
		}
		if e.MaxErrors > 0 && e.broken >= fewErrors && float64(e.broken) > e.MaxErrors*float64(e.tried) {
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

// Stopped says that too many rows could not be judged.
func (e *Execution) Stopped() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.stopped
}

// Await returns the rows of a case when it is done.
func (e *Execution) Await(k suite.Case) []result.Check {
	<-e.done[keyOf(k)]
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.rows[keyOf(k)])
}

// Rows are those that there are, and those of what was deselected.
func (e *Execution) Rows() []result.Check {
	e.mu.Lock()
	defer e.mu.Unlock()
	rows := slices.Clone(e.plan.Deselected)
	for _, k := range e.plan.Cases {
		rows = append(rows, e.rows[keyOf(k)]...)
	}
	return rows
}

// Coverage counts the contract's pairs, and those for which a refusal was provoked and judged.
func (e *Execution) Coverage() result.Coverage {
	e.mu.Lock()
	defer e.mu.Unlock()
	return coverage(e.plan.Contract, e.provoked)
}

func coverage(c *contract.Contract, provoked map[result.Pair]bool) result.Coverage {
	out := result.Coverage{Unprovoked: []result.Pair{}}
	for _, p := range c.Pairs() {
		pair := result.Pair{Operation: p.Name(), Situation: string(p.Situation)}
		out.Documented++
		if provoked[pair] {
			out.Provoked++
		} else {
			out.Unprovoked = append(out.Unprovoked, pair)
		}
	}
	return out
}

// Missing are rows for the variants that the end of the context kept from running: errors, because nothing is known about them.
func (e *Execution) Missing(reason string) []result.Check {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []result.Check
	for _, k := range e.plan.Cases {
		ran := map[string]bool{}
		for _, row := range e.rows[keyOf(k)] {
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
