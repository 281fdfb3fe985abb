// Package parallel owns doing the same to many things, some at a time. It must not know what is done, nor to what.
package parallel

import (
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// Panic is what Each throws for a panic of a function that it called.
type Panic struct {
	Value any
	Stack []byte // of the goroutine that it happened in
}

func (p *Panic) Error() string { return fmt.Sprint(p.Value) }

// Each calls f with 0 to n-1, in that order, at most workers at a time and at least one, and returns when all calls
// have. Where a call panics, no other begins any more and Each panics with a *Panic: whoever waits for the work can
// catch it, while a panic in a goroutine of its own would end the process.
func Each(workers, n int, f func(i int)) {
	var next atomic.Int64
	var first atomic.Pointer[Panic]
	var all sync.WaitGroup
	for range min(max(workers, 1), n) {
		all.Go(func() {
			defer func() {
				if thrown := recover(); thrown != nil {
					first.CompareAndSwap(nil, &Panic{thrown, debug.Stack()})
				}
			}()
			for i := next.Add(1); i <= int64(n) && first.Load() == nil; i = next.Add(1) {
				f(int(i - 1))
			}
		})
	}
	all.Wait()
	if p := first.Load(); p != nil {
		panic(p)
	}
}
