package cli

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"conformance/internal/config"
	"conformance/internal/contract"
	"conformance/internal/inprocess"
	"conformance/internal/parallel"
)

// Exit statuses. The first that applies is the one that counts.
const (
	exitInterrupted   = 130
	exitUsage         = 2 // flags, configuration or contract are wrong
	exitNonconformant = 1
	exitInconclusive  = 3 // also: the suite or the machine broke, so nothing is known of the target
	exitConformant    = 0
)

// usageError is what the user can correct before anything is sent.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// status ends the process with a status of its own; what it means was printed already.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// commandError is what a command returned. It distinguishes it from what cobra says before any command begins.
type commandError struct{ error }

func (e commandError) Unwrap() error { return e.error }

// wrapCommandErrors has every command below root say that its errors are its own.
func wrapCommandErrors(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		wrapCommandErrors(cmd)
		if run := cmd.RunE; run != nil {
			cmd.RunE = func(cmd *cobra.Command, args []string) error {
				if err := run(cmd, args); err != nil {
					return commandError{err}
				}
				return nil
			}
		}
	}
}

// exit prints what went wrong and returns the exit status. What nobody foresaw is an error of the suite, never the
// user's.
func exit(stderr io.Writer, err error) int {
	var code status
	var unfit *contract.Error
	var wrong *config.Error
	var unserved *inprocess.ContractError
	var machine syscall.Errno
	switch {
	case err == nil:
		return exitConformant
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, new(usageError)), errors.As(err, &unfit), errors.As(err, &wrong), errors.As(err, &unserved),
		!errors.As(err, new(commandError)): // cobra's: unknown commands, wrong arguments
		fmt.Fprintln(stderr, "conformance:", err)
		return exitUsage
	case errors.As(err, &machine):
		fmt.Fprintf(stderr, "conformance: %v: this is a local error, not one of the target\n", err)
	default:
		fmt.Fprintf(stderr, "conformance: this is an error of the suite: %v; please report it\n", err)
	}
	return exitInconclusive
}

// exitOnPanic turns a panic into the exit status of an error of the suite. It is deferred.
func exitOnPanic(stderr io.Writer, code *int) {
	if thrown := recover(); thrown != nil {
		stack := debug.Stack()
		if p, ok := thrown.(*parallel.Panic); ok {
			stack = p.Stack
		}
		const text = "conformance: this is an error of the suite: %v; please report it with these lines:\n%s"
		fmt.Fprintf(stderr, text, thrown, stack)
		*code = exitInconclusive
	}
}
