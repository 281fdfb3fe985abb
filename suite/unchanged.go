package suite

import (
	"slices"
	"strings"
	"time"

	"conformance/internal/check"
	"conformance/internal/judge"
	"conformance/internal/session"
)

// Whether what is read before and after a refused write is the same.

const (
	// tick is more than a second: what shows the time in seconds has changed after it.
	tick = 1100 * time.Millisecond
	// lag is how long a write may take until it shows, where one has shown late.
	lag = 500 * time.Millisecond
	// looks is how often a record is read again before a change is reported: a counter may move with every few readings.
	looks = 4
)

// readBack reads what the observers show now. Where writes show late, it waits first.
func readBack(t *check.T, b *check.LaneRecord, observers []*session.Request) check.View {
	switch {
	case b.Careful:
		wait(t, tick)
	case b.Slow:
		wait(t, lag)
	}
	return check.Read(t, observers)
}

func wait(t *check.T, d time.Duration) {
	t.Must(t.Session.Client.Wait(t.Ctx, d, "what was written may show late"))
}

// readNew reads a record that was just made, and learns what in it changes by itself.
func readNew(t *check.T, b *check.LaneRecord, observers []*session.Request) {
	first := readBack(t, b, observers)
	for range 2 {
		if !first.Missing() {
			break
		}
		wait(t, lag) // it does not show yet
		first = check.Read(t, observers)
	}
	b.Volatile, b.Before = map[string]bool{}, readBack(t, b, observers)
	ignore(b, first, b.Before)
}

// judgeChange judges what the observers showed before and after a refused write. What shows the mark of that write is
// its effect. Anything else may have changed by itself, or be the late effect of what was sent before: it is read again
// across a second, and what still changes is left out. What is left is reported if the record was read with care from
// the beginning; otherwise it is a suspicion.
func judgeChange(
	t *check.T, b *check.LaneRecord, r *session.Request, observers []*session.Request, before check.View,
) (suspicion bool) {
	mark := ""
	if r.Operation.Body != nil {
		mark = session.Mark(r, r.Operation.Body.Label())
	}
	at := changed(b, before, b.Before)
	for _, place := range differing(before, b.Before) {
		if strings.Contains(mark, t.Session.RunID) && strings.Contains(b.Before[place], mark) {
			t.Report(tookEffect(place, orAbsent(before, place), orAbsent(b.Before, place)))
			return false
		}
	}
	if at == "" {
		return false
	}
	wait(t, tick)
	after := b.Before
	lookAgain(t, b, observers)
	if at = touched(b, r, before, after); at == "" || !b.Careful {
		return at != ""
	}
	for range looks {
		lookAgain(t, b, observers)
	}
	if at = touched(b, r, before, after); at == "" {
		return false
	}
	t.Report(tookEffect(at, orAbsent(before, at), orAbsent(after, at)))
	return false
}

// lookAgain reads once more, and leaves out what has changed since the last reading.
func lookAgain(t *check.T, b *check.LaneRecord, observers []*session.Request) {
	last := b.Before
	b.Before = check.Read(t, observers)
	ignore(b, last, b.Before)
}

// touched is the first place that has changed, of those that the request names if there is one; "" if nothing has.
func touched(b *check.LaneRecord, r *session.Request, before, after check.View) string {
	for _, at := range differing(before, after) {
		if _, named := r.Body[at[strings.LastIndex(at, "/")+1:]]; named && !b.Volatile[at] {
			return at
		}
	}
	return changed(b, before, after)
}

// changed is the first place where two views differ, what is volatile aside; "" if there is none.
func changed(b *check.LaneRecord, before, after check.View) string {
	for _, at := range differing(before, after) {
		if !b.Volatile[at] {
			return at
		}
	}
	return ""
}

// ignore notes what differs between two readings with nothing in between.
func ignore(b *check.LaneRecord, first, second check.View) {
	if b.Volatile == nil {
		b.Volatile = map[string]bool{}
	}
	for _, at := range differing(first, second) {
		b.Volatile[at] = true
	}
}

// differing are the places where two views differ, sorted.
func differing(a, b check.View) []string {
	var out []string
	for at, v := range a {
		if w, ok := b[at]; !ok || w != v {
			out = append(out, at)
		}
	}
	for at := range b {
		if _, ok := a[at]; !ok {
			out = append(out, at)
		}
	}
	slices.Sort(out)
	return out
}

// orAbsent is the value at a place of a view, or "absent".
func orAbsent(v check.View, at string) string {
	if text, ok := v[at]; ok {
		return judge.Short(text)
	}
	return "absent"
}

// prepared calls prepare for what a lane shares. Where that ends the variant, it ends each later one of the lane in the
// same way.
func prepared(b *check.LaneRecord, prepare func()) {
	if b.Stopped == nil {
		defer func() {
			if b.Stopped = recover(); b.Stopped != nil {
				panic(b.Stopped)
			}
		}()
		prepare()
		return
	}
	panic(b.Stopped)
}
