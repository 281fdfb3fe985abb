package runner

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"conformance/internal/check"
	"conformance/internal/parallel"
	"conformance/internal/probe"
	"conformance/internal/result"
)

// execution is a plan under way. A case is tried when it is first asked for: by Run, which is what its spec calls, or
// by a worker that runs ahead. Run is called for the cases in order, one by one: that order is the barrier between
// phases.
type execution struct {
	plan      *Plan
	order     []check.Case
	progress  func(result.Check) // may be nil
	maxErrors float64            // share of rows that may remain without a judgement; 0: any
	filtered  bool               // what is never asked for was left out by filters of Ginkgo's

	ctx      context.Context // of the requests; ends with the run's, or by stop
	stop     context.CancelFunc
	session  *check.Run
	tokens   chan struct{} // as many as cases are tried at a time
	workers  sync.WaitGroup
	lanes    []*lane
	once     map[key]func() []result.Check
	panicked atomic.Pointer[parallel.Panic] // the first panic

	mu       sync.Mutex
	judged   map[key][]result.Check
	provoked map[result.Pair]bool
	tried    int
	broken   int
	stopped  bool
}

// minErrors never stop a run, whatever share of the first rows they are.
const minErrors = 30

// key names a case.
type key struct{ id, subject string }

func keyOf(k check.Case) key { return key{k.Check.ID, k.Subject.Name()} }

func newExecution(p *Plan) *execution {
	e := &execution{
		plan: p, order: inPhaseOrder(p), once: map[key]func() []result.Check{},
		judged: map[key][]result.Check{}, provoked: map[result.Pair]bool{},
	}
	for _, k := range e.order {
		lanes := splitIntoLanes(k)
		e.lanes = append(e.lanes, lanes...)
		e.once[keyOf(k)] = sync.OnceValue(func() []result.Check { return e.tryAll(k, lanes) })
	}
	return e
}

// begin lets cases be tried. With more than one at a time, workers run ahead of who asks; only of the first phase.
func (e *execution) begin(ctx context.Context, s *check.Run, concurrency int) {
	e.ctx, e.stop = context.WithCancel(ctx)
	e.session, e.tokens = s, make(chan struct{}, max(concurrency, 1))
	if concurrency < 2 {
		return
	}
	ahead := slices.Clone(e.lanes)
	ahead = slices.DeleteFunc(ahead, func(l *lane) bool { return phase(l.plan.Check) != concurrentPhase })
	// The longest sequences first: begun last, one of them would keep all other workers waiting at the end.
	slices.SortStableFunc(ahead, func(a, b *lane) int { return cmp.Compare(weight(b), weight(a)) })
	e.workers.Go(func() {
		parallel.Each(concurrency, len(ahead), func(i int) {
			if ahead[i].claim() {
				e.try(ahead[i])
			}
		})
	})
}

// Run tries a case once, whoever asks first, and returns the rows that it has. When the context has ended, what has not
// begun gets no row.
func (e *execution) Run(k check.Case) []result.Check { return e.once[keyOf(k)]() }

// runAll runs every case in order, without Ginkgo.
func (e *execution) runAll() {
	for _, k := range e.order {
		e.Run(k)
	}
}

// end returns when nothing is under way any more. It throws what a case threw.
func (e *execution) end() {
	e.stop()
	e.workers.Wait()
	for _, l := range e.lanes {
		if l.claimed.Load() { // also by a spec that Ginkgo no longer waits for
			<-l.done
		}
	}
	if p := e.panicked.Load(); p != nil {
		panic(p)
	}
}

func (e *execution) tryAll(k check.Case, lanes []*lane) []result.Check {
	for _, l := range lanes {
		if l.claim() {
			e.try(l)
		}
	}
	for _, l := range lanes {
		<-l.done
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.judged[keyOf(k)])
}

func (e *execution) try(l *lane) {
	defer close(l.done)
	e.tokens <- struct{}{}
	defer func() { <-e.tokens }()
	defer e.storePanic()
	k := keyOf(l.plan)
	ctx := context.WithValue(e.ctx, laneContextKey{}, fmt.Sprint(k.id, " ", k.subject, " ", l.number))
	for _, v := range l.variants {
		if ctx.Err() != nil {
			return
		}
		row, provoked := e.session.Try(ctx, l.plan, v, l.number)
		if ctx.Err() != nil && row.Outcome == result.Error {
			return // broken by the interruption, not by the target
		}
		e.note(k, row, provoked)
		if e.progress != nil {
			e.progress(row)
		}
	}
}

// storePanic keeps what a case threw for end: here it would end the process. It is deferred.
func (e *execution) storePanic() {
	if thrown := recover(); thrown != nil {
		e.panicked.CompareAndSwap(nil, &parallel.Panic{Value: thrown, Stack: debug.Stack()})
		e.stop()
	}
}

// note keeps a row, and stops the run when too many could not be judged.
func (e *execution) note(k key, row result.Check, provoked bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.judged[k] = append(e.judged[k], row)
	e.tried++
	if row.Outcome == result.Error && !unanswered(row) {
		e.broken++
	}
	if e.maxErrors > 0 && e.broken >= minErrors && float64(e.broken) > e.maxErrors*float64(e.tried) {
		e.stopped = true
		e.stop()
	}
	if provoked {
		e.provoked[result.Pair{Operation: row.Operation, Situation: row.Situation}] = true
	}
}

// unanswered says that a plain request was not answered in time. That is bounded by operation, and says nothing of the
// others: it must not stop the run before they had their turn.
func unanswered(row result.Check) bool {
	last := len(row.Differences) - 1
	return last >= 0 && row.Differences[last].Rule == result.AnswersInTime
}

// tooManyErrors says that too many rows could not be judged.
func (e *execution) tooManyErrors() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.stopped
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

// nameSilent gives the rows that an unanswered operation has cost one reason: those that waited for it without an
// answer, and those that were not sent any more, which it counts.
func nameSilent(rows []result.Check, gaveUp []*probe.GaveUpError) {
	for _, g := range gaveUp {
		var silent []*result.Check
		unsent := 0
		for i := range rows {
			if rows[i].Outcome != result.Error || !unanswered(rows[i]) ||
				rows[i].Differences[len(rows[i].Differences)-1].At != g.Group {
				continue
			}
			silent = append(silent, &rows[i])
			if rows[i].Reason == g.Error() {
				unsent++
			}
		}
		for _, row := range silent {
			row.Reason = fmt.Sprintf("%s; its other %d checks were not sent", g, unsent)
		}
	}
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

// missing are rows for the variants that were not tried: errors for the reason given, because nothing is known about
// them; or deselected, if filters of Ginkgo's may have left them out.
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
			if ran[v.Name] {
				continue
			}
			row := k.Row(e.plan.Contract, v)
			row.Outcome, row.Reason = result.Error, reason
			if reason == "" {
				row.Outcome, row.Reason, row.ReasonCode = result.Skip, "left out by Ginkgo's filters", result.Deselected
			}
			out = append(out, row)
		}
	}
	return out
}
