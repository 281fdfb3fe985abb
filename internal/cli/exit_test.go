package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"conformance/internal/config"
	"conformance/internal/contract"
)

// TestExit: what the user can correct ends with 2; what broke here ends with 3 and says whose error it is.
func TestExit(t *testing.T) {
	full := &fs.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.ENOSPC}
	for _, tt := range []struct {
		name string
		err  error
		want int
		says string
	}{
		{"nothing", nil, 0, ""},
		{"a status", commandError{status(exitNonconformant)}, 1, ""},
		{"usage", commandError{usagef("--seed: %w", errors.New("no"))}, 2, "conformance: --seed: no\n"},
		{"usage that rests on the machine", commandError{usagef("--reports: %w", full)}, 2, "conformance: --reports: "},
		{"configuration", commandError{&config.Error{File: "c.yaml", Field: "target", Problem: "is missing"}}, 2,
			"conformance: c.yaml: target: is missing\n"},
		{"contract", commandError{fmt.Errorf("c: %w", &contract.Error{})}, 2, "conformance: c: "},
		{"cobra", errors.New(`unknown command "x"`), 2, "conformance: unknown command \"x\"\n"},
		{"the machine", commandError{fmt.Errorf("compare: %w", full)}, 3,
			"no space left on device: this is a local error, not one of the target\n"},
		{"the suite", commandError{errors.New("json: unsupported value")}, 3,
			"conformance: this is an error of the suite: json: unsupported value; please report it\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var stderr bytes.Buffer
			if got := exit(&stderr, tt.err); got != tt.want {
				t.Errorf("exit status %d, want %d", got, tt.want)
			}
			if !strings.Contains(stderr.String(), tt.says) || tt.says == "" && stderr.Len() > 0 {
				t.Errorf("%q, want %q", stderr.String(), tt.says)
			}
		})
	}
}

// TestPanic: a panic anywhere below Run is an error of the suite, not of the user (Go's own exit status would be 2).
func TestPanic(t *testing.T) {
	var stdout, stderr bytes.Buffer
	lookup := func(string) (string, bool) { panic("out of range") }
	code := Run(context.Background(), []string{"run", "--shard", "auto"}, lookup, &stdout, &stderr)
	if code != exitInconclusive {
		t.Errorf("exit status %d", code)
	}
	for _, want := range []string{"an error of the suite: out of range; please report it", "cli.(*runFlags).shards"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("%q is not in\n%s", want, &stderr)
		}
	}
}
