package cli_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"conformance/internal/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"conformance": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		go func() {
			<-ctx.Done()
			stop()
		}()
		os.Exit(cli.Run(ctx, os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr))
	}, "measure": measure})
}

// measure runs a program and prints the CPU time that it took, in seconds, and its memory at most, in MB. It is a
// process of its own because a process starts with the memory of the one that started it.
func measure() {
	cmd := exec.Command(os.Args[1], os.Args[2:]...) // #nosec G204 -- what a test asks for
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	usage, _ := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	fmt.Println((cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), usage.Maxrss>>10)
}

// TestScripts shows every command and every exit status as a user meets it; each script in testdata/script tells one
// story.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		// exam holds where what takes many seconds is asked for: .ci/run thorough does.
		Condition: func(name string) (bool, error) {
			if name != "exam" {
				return false, fmt.Errorf("there is no condition %q", name)
			}
			return os.Getenv("CONFORMANCE_EXAM") == "all", nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"await":  await,
			"status": exitStatus,
		},
		Setup: func(e *testscript.Env) error {
			e.Setenv("NO_COLOR", "1")
			// A small contract that has everything, for scripts whose story does not depend on the size of it.
			data, err := os.ReadFile("../certify/testdata/tickets.yaml")
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(e.WorkDir, "tickets.yaml"), data, 0o600)
		},
	})
}
