package reliability

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"conformance/internal/cli"
	"conformance/internal/config"
	"conformance/internal/result"
	"conformance/internal/sandbox"
)

// counted is a sandbox that counts what it is asked.
func counted(t *testing.T) (*httptest.Server, *config.File, *atomic.Int64) {
	s, n := newSandbox(t, sandbox.Options{}), &atomic.Int64{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		s.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	f := sandbox.Configuration(s)
	f.Target = server.URL + s.BasePath()
	return server, f, n
}

// TestNoPlaceForReports: what cannot be written to is found out before the first request.
func TestNoPlaceForReports(t *testing.T) {
	file := written(t, "a-file", nil)
	readOnly := filepath.Join(t.TempDir(), "read-only")
	if err := os.Mkdir(readOnly, 0o500); err != nil {
		t.Fatal(err)
	}
	for name, dir := range map[string]string{
		"a file": file, "below a file": filepath.Join(file, "reports"), "below a device": "/dev/null/reports",
		"a system's directory": "/proc/self", "a read-only directory": readOnly,
	} {
		t.Run(name, func(t *testing.T) {
			if name == "a read-only directory" && os.Getuid() == 0 {
				t.Skip("root may write everywhere")
			}
			_, f, n := counted(t)
			var stdout, stderr bytes.Buffer
			status := cli.Run(t.Context(), []string{"run", "--config", configure(t, f), "--only", "AUTH-001", "--reports", dir},
				emptyEnvironment, &stdout, &stderr)
			if status != 2 || n.Load() > 0 || !strings.Contains(stderr.String(), "--reports: ") {
				t.Errorf("exit status %d after %d requests: %s", status, n.Load(), &stderr)
			}
		})
	}
}

// TestFullDisk has a file system of one page, full from the start, and one that is full when the reports come.
func TestFullDisk(t *testing.T) {
	program, dir := binary(t), t.TempDir()
	if err := exec.CommandContext(t.Context(), "unshare", "-Urm", "mount", "-t", "tmpfs", "-o", "size=16k", "none",
		dir).Run(); err != nil {
		t.Skipf("no file system of one's own: %v", err)
	}
	for name, prepare := range map[string]string{
		"full": "head -c 99999 /dev/zero >" + dir + "/filler; ", "too small for the reports": "",
	} {
		t.Run(name, func(t *testing.T) {
			want := 2
			if prepare == "" {
				want = 3 // it was conformant, but nothing is left to prove it
			}
			_, f, n := counted(t)
			script := "mount -t tmpfs -o size=16k none " + dir + " && { " + prepare + program +
				" run --only AUTH-001 --config " + configure(t, f) + " --reports " + dir + "; s=$?; ls -A " + dir + "; exit $s; }"
			out, err := exec.CommandContext(t.Context(), "unshare", "-Urm", "sh", "-c", script).CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != want ||
				!strings.Contains(string(out), "no space left on device") {
				t.Fatalf("%v: %s", err, out)
			}
			if prepare != "" && n.Load() > 0 {
				t.Errorf("%d requests were sent", n.Load())
			}
			if strings.Contains(string(out), "\nresults.json") || strings.Contains(string(out), "\n.results.json") {
				t.Errorf("half a report is left: %s", out)
			}
			if prepare == "" && !strings.Contains(string(out), "CONFORMANT") {
				t.Errorf("what was found is lost with the reports: %s", out)
			}
		})
	}
}

// TestInterrupted ends a run while requests are under way: they are seen through, nothing begins any more, and the
// reports are written.
func TestInterrupted(t *testing.T) {
	s := newSandbox(t, sandbox.Options{})
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	var after, ended, broken atomic.Int64
	var once sync.Once
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ctx.Err() != nil {
			after.Add(1)
		}
		if strings.Contains(r.URL.RawQuery, "id=") {
			once.Do(interrupt) // this one is under way now, and its answer comes later
		}
		s.ServeHTTP(w, r)
		if ctx.Err() != nil {
			ended.Add(1)
			if r.Context().Err() != nil {
				broken.Add(1)
			}
		}
	}))
	defer server.Close()
	f := sandbox.Configuration(s)
	f.Target = server.URL + s.BasePath()
	const workers = 4
	e := runCommand(t, ctx, "--config", configure(t, f), "--concurrency", "4")
	if e.status != 130 || !strings.Contains(e.notesAndRows(), "interrupted") || e.run.Verdict != result.Inconclusive {
		t.Errorf("exit status %d, %s: %s", e.status, e.run.Verdict, e.notesAndRows())
	}
	if after.Load() > workers || ended.Load() == 0 || broken.Load() > 0 {
		t.Errorf("%d requests came after the interruption, %d ended after it, %d of them without their client", after.Load(),
			ended.Load(), broken.Load())
	}
	if len(e.rows(result.Fail)) > 0 {
		t.Errorf("rows fail by the interruption: %s", e.notesAndRows())
	}
}

// TestSignal sends a signal to the program while Ginkgo runs its specs: what ran is reported, and Ginkgo says nothing.
func TestSignal(t *testing.T) {
	s, n, reached := newSandbox(t, sandbox.Options{}), atomic.Int64{}, make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.ServeHTTP(w, r)
		if n.Add(1) == 1000 {
			close(reached)
		}
	}))
	defer server.Close()
	f := sandbox.Configuration(s)
	f.Target = server.URL + s.BasePath()
	e := &ended{reports: filepath.Join(t.TempDir(), "reports")}
	cmd := exec.CommandContext(t.Context(), binary(t), "run", "--reports", e.reports, "--config", configure(t, f))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan error, 1)
	go func() { over <- cmd.Wait() }()
	select {
	case <-reached:
		_ = cmd.Process.Signal(syscall.SIGINT)
		<-over
	case err := <-over:
		t.Fatalf("it ended before a thousand requests: %v", err)
	}
	e.status, e.stdout, e.stderr = cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()
	e.read(t)
	if e.status != 130 || e.run.Verdict != result.Inconclusive || !strings.Contains(e.notesAndRows(), "interrupted") {
		t.Errorf("exit status %d, %s: %s", e.status, e.run.Verdict, e.notesAndRows())
	}
	if len(e.rows(result.Pass)) == 0 || len(e.rows(result.Error)) == 0 || len(e.rows(result.Fail)) > 0 {
		t.Errorf("%+v", e.run.Counts)
	}
	if said := strings.ToLower(e.terminalText()); strings.Contains(said, "ginkgo") || strings.Contains(said, "specs") {
		t.Errorf("Ginkgo speaks: %s", said)
	}
}

// TestSecondSignal sends a signal while a request hangs: the run waits for it. The second ends it at once.
func TestSecondSignal(t *testing.T) {
	hanging := make(chan struct{}, 64)
	w := newWire(t, refusals, func(c *call) {
		select {
		case hanging <- struct{}{}:
		default:
		}
		c.forever()
	})
	cmd := exec.CommandContext(t.Context(), binary(t), append([]string{"run"}, short(configure(t, w.config(w.url())),
		"--timeout", "60s", "--reports", filepath.Join(t.TempDir(), "r"))...)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan error, 1)
	go func() { over <- cmd.Wait() }()
	<-hanging
	started, signals := time.Now(), 0
	for again := time.NewTicker(100 * time.Millisecond); ; {
		if err := cmd.Process.Signal(syscall.SIGINT); err == nil {
			signals++
		}
		select {
		case err := <-over:
			again.Stop()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGINT {
				t.Errorf("ended by %v", err)
			}
			if signals < 2 || time.Since(started) > 20*time.Second {
				t.Errorf("%d signals, %s", signals, time.Since(started))
			}
			return
		case <-again.C:
		}
	}
}
