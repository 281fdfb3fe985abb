package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"conformance/internal/report"
	"conformance/internal/result"
)

// large runs the command on a contract of many operations, and on a quarter of it: the cost of each operation must stay
// the same.
func large(ctx context.Context, binary, dir string) error {
	fmt.Println("\n| operations | rows | requests | run with reports | per operation | peak memory |")
	fmt.Println("|---|---|---|---|---|---|")
	for _, n := range []int{1, max(1, *copies/4), *copies} {
		doc, err := scaled(n)
		if err != nil {
			return err
		}
		file := filepath.Join(dir, strconv.Itoa(n)+".yaml")
		if err := os.WriteFile(file, doc, 0o600); err != nil {
			return err
		}
		s, err := serve(ctx, binary, file, 0)
		if err != nil {
			return err
		}
		took, peak, r, err := command(ctx, binary, filepath.Join(dir, "reports"),
			"--no-flood", "--contract", file, "--config", filepath.Join(s.dir, "conformance.yaml"))
		s.stop()
		if err != nil {
			return err
		}
		fmt.Printf("| %d | %d | %d | %s | %s | %d MB |\n", 33*n, len(r.Checks), r.Requests, short(took),
			(took / time.Duration(33*n)).Round(100*time.Microsecond), peak>>20)
	}
	return nil
}

// command runs the binary and returns its wall time and greatest resident memory in bytes.
func command(ctx context.Context, binary, reports string, args ...string) (time.Duration, int64, result.Run, error) {
	cmd := exec.CommandContext(ctx, binary, append([]string{
		"run", "--reports", reports,
	}, args...)...) // #nosec G204 -- its own binary
	started := time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(started)
	if err != nil {
		return 0, 0, result.Run{}, fmt.Errorf("%w: %s", err, out[max(0, len(out)-2000):])
	}
	f, err := os.Open(filepath.Join(reports, "results.json"))
	if err != nil {
		return 0, 0, result.Run{}, err
	}
	defer f.Close()
	r, err := report.Read(f)
	usage, _ := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return took, usage.Maxrss << 10, r, err
}
