package reliability

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"conformance/internal/sandbox"
)

// maxExtra is how much more memory than a clean run a run against a target that breaks may take, in kB.
const maxExtra = 64 << 10

// runBinary is `conformance run` with these flags as a process of its own. It returns the most memory that it had too,
// in kB.
func runBinary(t *testing.T, flags ...string) (*ended, int) {
	t.Helper()
	e := &ended{reports: filepath.Join(t.TempDir(), "reports")}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), binary(t), append([]string{"run", "--reports", e.reports}, flags...)...)
	cmd.Stdout, cmd.Stderr, cmd.Env = &stdout, &stderr, []string{}
	started := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		_ = cmd.Wait() // its status is read below
	}()
	peak, sample := 0, time.NewTicker(3*time.Millisecond)
	defer sample.Stop()
	for running := true; running; {
		peak = max(peak, highWater(cmd.Process.Pid))
		select {
		case <-sample.C:
		case <-over:
			running = false
		}
	}
	e.status, e.took = cmd.ProcessState.ExitCode(), time.Since(started)
	e.stdout, e.stderr = stdout.String(), stderr.String()
	e.read(t)
	return e, peak
}

// highWater is the most memory that a process has had, in kB; 0 where that cannot be read any more.
func highWater(pid int) int {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kb, _ := strconv.Atoi(strings.TrimSpace(strings.SplitN(rest, "kB", 2)[0]))
	return kb
}

// TestMemory compares the most memory that runs against heavy targets take with what a clean run takes: every
// operation of the embedded contract without a key, all refusals as the target has them.
func TestMemory(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("no /proc to read the peak of memory from")
	}
	if testing.Short() {
		t.Skip("the real binary is not what -race looks at")
	}
	clean := 0
	for range 3 {
		clean = max(clean, peakOf(t, &hostile{script: func(c *call) { c.answer(c.lines(), c.real().body) }}))
	}
	if clean == 0 {
		t.Fatal("no memory was measured")
	}
	extra := map[string]int{}
	for i, h := range hostiles {
		if !h.heavy || !thoroughRequested() && i%sample != 0 {
			continue
		}
		t.Run(h.name, func(t *testing.T) {
			extra[h.name] = max(0, peakOf(t, &h)-clean)
			t.Logf("%d MB, %d MB more than a clean run", (extra[h.name]+clean)>>10, extra[h.name]>>10)
			if extra[h.name] > maxExtra {
				t.Errorf("the run had %d MB more than a clean one, whose peak is %d MB", extra[h.name]>>10, clean>>10)
			}
		})
	}
	if *update {
		for name, kb := range extra {
			documented(name).memory = fmt.Sprintf("%d MB", (kb+maxExtra/8)/(maxExtra/8)*8)
		}
		writeTable(t)
	}
}

func peakOf(t *testing.T, h *hostile) int {
	s, err := sandbox.New(embedded(), sandbox.Options{Limit: 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	w := newWire(t, refused, h.script, func(w *wire) { w.sandbox = s })
	_, peak := runBinary(t, "--config", configure(t, w.wholeConfig()), "--only", "AUTH-001",
		"--seed", "1", "--no-flood", "--timeout",
		"20s", "--max-errors", "100")
	return peak
}
