package cli_test

import (
	"context"
	"fmt"
	"os"
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
	}})
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
