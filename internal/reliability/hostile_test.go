package reliability

import (
	"flag"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"conformance/internal/result"
)

var update = flag.Bool("update", false, "write docs/reliability.md's table again")

func notesDocument() []byte {
	data, err := os.ReadFile(notesFile)
	if err != nil {
		panic(err)
	}
	return data
}

// hostile is a target that breaks, in one way. Its answers are legal, or lost on the way (nothing is known then, so
// nothing is held against the target), or wrong, which is a finding.
type hostile struct {
	name   string // as docs/reliability.md has it
	script func(*call)
	accept func(net.Conn, <-chan struct{})
	lost   []string // what is said of it: one of these, in every row that does not pass
	wrong  []string
	slow   bool // lost, because it takes too long
	crash  bool // lost now and then, a finding where every refusal is like that
	closes bool // legal, but a request that meets the closed connection may be lost
	heavy  bool // memory is looked at with a contract of many operations too
}

// words are texts of which one must be found.
func words(w ...string) []string { return w }

// mild is what may be said of a legal answer of twenty that are not like it: nobody has to answer each time the same,
// but should.
var mild = words("another company's record is answered", "the message names what is wrong in", "has the member")

// said is what is said of the target in every row that does not pass.
func (h *hostile) said() []string {
	switch {
	case h.slow:
		return words("timeout", "did not answer within")
	case h.closes:
		return words("EOF", "server closed idle connection", "malformed HTTP", "sent data before the request")
	}
	return slices.Concat(h.lost, h.wrong)
}

// statuses are the exit statuses that a run against the target may have.
func (h *hostile) statuses(which share) []int {
	switch isLost := h.slow || h.lost != nil; {
	case h.crash && which == refusals:
		return []int{1}
	case isLost && which == seldom, h.closes:
		return []int{0, 3}
	case isLost:
		return []int{3}
	case h.wrong != nil && which == refusals:
		return []int{1}
	case h.wrong != nil:
		return []int{1, 3}
	}
	return []int{0}
}

// ending is how a run ends: the outcome of the check's rows ("none": it was not tried), the exit status and what is
// said.
type ending struct {
	outcome string
	status  int
	reason  string
}

const (
	passes = "pass"
	fails  = "fail"
	skips  = "skip"
	none   = "none"
)

func unreached(said string) ending { return ending{none, 3, said} }
func unproven(said string) ending  { return ending{skips, 3, said} }
func violates(said string) ending  { return ending{fails, 1, said} }

var conforms = ending{passes, 0, "CONFORMANT"}

var hostiles = slices.Concat(bodies, headers, statuses, connections)

// short are the flags that keep a run against a broken target short.
func short(file string, more ...string) []string {
	return append([]string{
		"--contract", notesFile, "--config", file, "--only", "AUTH-001", "--timeout", "10s", "--no-flood",
	}, more...)
}

// meet runs against the target: the check of missing keys where all answers or all refusals are broken, everything in
// full where one of twenty is.
func (h *hostile) meet(t *testing.T, which share) *ended {
	w := newWire(t, which, h.script, func(w *wire) { w.accept = h.accept })
	if which != seldom {
		return runCommand(t, t.Context(), short(configure(t, w.config(w.url())), "--timeout", h.patience())...)
	}
	return runCommand(t, t.Context(), "--contract", notesFile, "--config",
		configure(t, w.wholeConfig()), "--profile", "full", "--seed", "1",
		"--timeout", h.patience(), "--max-errors", "100")
}

// patience is short where a timeout is what must happen, and else so long that a slow machine makes none.
func (h *hostile) patience() string {
	if h.slow {
		return "800ms"
	}
	return "20s"
}

// judge compares a run against the target with what may become of it.
func (h *hostile) judge(t *testing.T, which share, e *ended) {
	t.Helper()
	if !slices.Contains(h.statuses(which), e.status) {
		t.Errorf("%s: exit status %d, want %v", which, e.status, h.statuses(which))
	}
	if e.took > 20*time.Second {
		t.Errorf("%s: took %s", which, e.took)
	}
	if strings.Contains(e.terminalText(), "panic") || strings.Contains(e.terminalText(), "goroutine ") {
		t.Errorf("%s: something panicked", which)
	}
	tried, said := 0, h.said()
	if which == seldom {
		said = slices.Concat(said, mild)
		if h.wrong != nil { // one of twenty may be a success: of what it holds the schema speaks
			said = append(said, "breaks the documented schema")
		}
	}
	for _, row := range e.run.Checks {
		if row.ReasonCode == result.Deselected {
			continue
		}
		tried++
		if row.Outcome == result.Fail && h.wrong == nil && (!h.crash || which != refusals) {
			t.Errorf("%s: %s %s %s fails: %s", which, row.ID, row.Operation, row.Variant, textOf(row))
		}
		if which == seldom && row.Outcome == result.Skip {
			continue // the row may lack what a check before it did not get; that one names the cause
		}
		if row.Outcome != result.Pass && row.ReasonCode != result.NotApplicable && !mentions(textOf(row), said) {
			t.Errorf("%s: %s %s %s is %s and does not name the cause: %s", which, row.ID, row.Operation, row.Variant,
				row.Outcome, textOf(row))
		}
	}
	if tried == 0 && !mentions(e.notesAndRows(), said) {
		t.Errorf("%s: nothing was tried, and the cause is not named", which)
	}
}

func mentions(text string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}

// textOf is what a row says.
func textOf(row result.Check) string {
	text := row.Reason
	for _, f := range row.Failures() {
		text += " | " + f.Message
	}
	return text
}

// sample is which of the targets go test ./... meets.
const sample = 9

// TestHostile meets each target three times and looks at what the run makes of it.
func TestHostile(t *testing.T) {
	t.Cleanup(func() {
		if *update {
			writeTable(t)
		}
	})
	for i, h := range hostiles {
		if !thoroughRequested() && i%sample != 0 {
			continue
		}
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			seen := observed{always: "—", refusals: "—"}
			for which, status := range map[share]*string{
				always: &seen.always, refusals: &seen.refusals, seldom: new(string),
			} {
				if h.script != nil || which == always {
					e := h.meet(t, which)
					h.judge(t, which, e)
					*status = fmt.Sprint(e.status)
				}
			}
			seen.note(t, &h)
		})
	}
}

// check compares a run against a broken target with what must become of it.
func (e *ended) check(t *testing.T, where string, want ending) {
	t.Helper()
	if want.status >= 0 && e.status != want.status {
		t.Errorf("%s: exit status %d, want %d", where, e.status, want.status)
	}
	if !slices.ContainsFunc(strings.Split(want.reason, "” or “"), func(said string) bool {
		return strings.Contains(e.notesAndRows(), said)
	}) {
		t.Errorf("%s: %q is not said", where, want.reason)
	}
	if e.took > 20*time.Second {
		t.Errorf("%s: took %s", where, e.took)
	}
	if strings.Contains(e.terminalText(), "panic") || strings.Contains(e.terminalText(), "goroutine ") {
		t.Errorf("%s: something panicked", where)
	}
	tried := 0
	for _, row := range e.run.Checks {
		if row.ReasonCode == result.Deselected {
			continue
		}
		tried++
		if ok := string(row.Outcome) == want.outcome; !ok {
			t.Errorf("%s: %s %s %s is %s, want %s", where, row.ID, row.Operation, row.Variant, row.Outcome, want.outcome)
			break
		}
	}
	if (tried == 0) != (want.outcome == none) {
		t.Errorf("%s: %d rows, want %s", where, tried, want.outcome)
	}
	if t.Failed() {
		t.Logf("%s: exit %d after %s\n%s", where, e.status, e.took, e.notesAndRows())
	}
}
