package reliability

import (
	"flag"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"strconv"
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

// hostile is a target that breaks, and what a run makes of it: where every answer is broken, and where only the
// refusals are that a check provokes on a target that is correct otherwise.
type hostile struct {
	name   string // as docs/reliability.md has it
	script func(*call)
	accept func(net.Conn, <-chan struct{})
	always ending
	part   ending
	lost   bool // at 5 % the network may be what is broken
	heavy  bool // memory is looked at
}

// ending is how a run ends: the outcome of the check's rows ("none": it was not tried), the exit status and what is
// said.
type ending struct {
	outcome string
	status  int
	reason  string
}

// patience is short where a timeout is what must happen, and else so long that a slow machine makes none.
func (e ending) patience() string {
	if strings.Contains(e.reason, "timeout") || strings.HasPrefix(e.reason, "the answer broke off") {
		return "800ms"
	}
	return "10s"
}

const (
	passes = "pass"
	fails  = "fail"
	errs   = "error"
	mixed  = "pass or error"
	skips  = "skip"
	none   = "none"
)

func unreached(said string) ending { return ending{none, 3, said} }
func unproven(said string) ending  { return ending{skips, 3, said} }
func violates(said string) ending  { return ending{fails, 1, said} }
func breaks(said string) ending    { return ending{errs, 3, said} }

var conforms = ending{passes, 0, "CONFORMANT"}

var hostiles = slices.Concat(bodies, headers, statuses, connections)

// short are the flags that keep a run against a broken target short.
func short(file string, more ...string) []string {
	return append([]string{
		"--contract", notesFile, "--config", file, "--only", "AUTH-001", "--timeout", "10s", "--no-flood",
	}, more...)
}

// TestDiscover.
func TestDiscover(t *testing.T) {
	gzipBomb(); brotliBomb(); doubleBomb(); zlibBomb()
	for i, h := range hostiles {
		for _, which := range []share{always, refusals, seldom} {
			if h.script == nil && which != always { continue }
			if only := os.Getenv("ONLY"); only != "" && !strings.Contains(h.name, only) { continue }
			w := newWire(t, which, h.script, func(w *wire) { w.accept = h.accept })
			args := short(configure(t, w.config(w.url())), "--timeout", "800ms")
			if which == seldom {
				args = []string{"--contract", notesFile, "--config", configure(t, w.wholeConfig()), "--profile", "full", "--seed", "1", "--timeout", "800ms", "--max-errors", "100"}
			}
			e := runCommand(t, t.Context(), args...)
			seen := map[string]int{}
			for _, row := range e.run.Checks {
				if row.Outcome == result.Pass || row.ReasonCode == result.Deselected || row.ReasonCode == "not_applicable" { continue }
				line := string(row.Outcome) + " " + string(row.ReasonCode) + ": " + row.Reason
				for _, f := range row.Failures() { line += " | " + f.Message }
				if len(line) > 250 { line = line[:250] }
				seen[line]++
			}
			fmt.Printf("#%d %s [%d] exit %d %s %+v err=%.150q notes=%.300q\n", i, h.name, which, e.status, e.took, e.run.Counts, e.stderr, e.run.Notes)
			n := 0
			for _, l := range slices.Sorted(maps.Keys(seen)) { if n++; n < 8 { fmt.Printf("      %d x %q\n", seen[l], l) } }
		}
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
		if ok := string(row.Outcome) == want.outcome ||
			want.outcome == mixed && (row.Outcome == result.Pass || row.Outcome == result.Error); !ok {
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

// highWater is the most memory that a process has had, in kB; 0 where that cannot be read any more.
func highWater(pid int) int {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kb, _ := strconv.Atoi(strings.TrimSpace(strings.SplitN(rest, "kB", 2)[0]))
	return kb
}
