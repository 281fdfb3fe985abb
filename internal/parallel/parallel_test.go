package parallel

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func numbers(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func TestEach(t *testing.T) {
	for _, c := range []struct{ workers, items, most int }{{0, 5, 1}, {1, 5, 1}, {3, 50, 3}, {8, 2, 2}, {4, 0, 0}} {
		var mu sync.Mutex
		var seen []int
		now, most := 0, 0
		var together sync.WaitGroup // all workers are at work at once, at least once
		together.Add(c.most)
		Each(c.workers, c.items, func(i int) {
			mu.Lock()
			seen = append(seen, i)
			now++
			most = max(most, now)
			mu.Unlock()
			if i < c.most {
				together.Done()
				together.Wait()
			}
			mu.Lock()
			now--
			mu.Unlock()
		})
		if most != c.most {
			t.Errorf("%+v: %d at a time", c, most)
		}
		if c.most == 1 && !slices.IsSorted(seen) {
			t.Errorf("%+v: in the order %v", c, seen)
		}
		if slices.Sort(seen); !slices.Equal(seen, numbers(c.items)) {
			t.Errorf("%+v: %v", c, seen)
		}
	}
}

// TestPanicReachesTheCaller: also where every worker panics, and with more to do than there are workers.
func TestPanicReachesTheCaller(t *testing.T) {
	var mu sync.Mutex
	calls := 0
	var thrown any
	func() {
		defer func() { thrown = recover() }()
		Each(2, 1000, func(int) {
			mu.Lock()
			calls++
			mu.Unlock()
			broken()
		})
	}()
	p, ok := thrown.(*Panic)
	if !ok || p.Error() != "out of range" || !strings.Contains(string(p.Stack), "parallel.broken") {
		t.Errorf("thrown: %+v", thrown)
	}
	if calls == 0 || calls > 2 {
		t.Errorf("%d calls", calls)
	}
}

func broken() { panic("out of range") }
