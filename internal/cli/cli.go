// Package cli owns the commands, their flags and the exit statuses. It puts the other packages together and contains no
// rule of its own about what conforms.
package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"
)

// environment is what the process has been given.
type environment struct {
	lookup         func(string) (string, bool)
	stdout, stderr io.Writer
}

func (e environment) get(name string) string {
	v, _ := e.lookup(name)
	return v
}

// lenient is the environment of who sends nothing: what is not set there stays as it is written, ${NAME}.
func (e environment) lenient() environment {
	lookup := e.lookup
	e.lookup = func(name string) (string, bool) {
		if v, ok := lookup(name); ok && v != "" {
			return v, true
		}
		return "${" + name + "}", true
	}
	return e
}

// Run is the whole program but for the process around it. It returns the exit status.
func Run(ctx context.Context, args []string, lookup func(string) (string, bool), stdout, stderr io.Writer) (code int) {
	guardedOut, guardedErr := newGuard(stdout), newGuard(stderr)
	defer guardedErr.Flush()
	defer guardedOut.Flush()
	stdout, stderr = guardedOut, guardedErr
	defer exitOnPanic(stderr, &code)
	env := environment{lookup, stdout, stderr}
	root := &cobra.Command{
		Use:   "conformance",
		Short: "Judge the error side of a REST API against its contract",
		Long: `conformance sends deliberately bad requests to an HTTP API and judges each answer against the API's OpenAPI document:
status, machine code, envelope, headers, and that the refused request changed nothing.

  conformance run                               try it: judges the embedded sandbox
  conformance init CONTRACT --target URL        get ready to judge an API by its OpenAPI document
  conformance run --target URL --config FILE    judge an API
  conformance serve                             serve the contract with every error for real

Exit statuses: 0 conformant, 1 a requirement is broken, 2 usage, 3 inconclusive or an error of the suite,
130 interrupted.`,
		SilenceUsage: true, SilenceErrors: true,
	}
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(runCommand(env), initCommand(env), serveCommand(env), listCommand(env), explainCommand(env),
		contractCommand(env), selftestCommand(env),
		cleanUpCommand(env), renderCommand(env), compareCommand(env), versionCommand(env), mergeCommand(env),
		certifyCommand(env), verifyCommand(env), keygenCommand(env))
	completions(root)
	wrapCommandErrors(root)
	return exit(stderr, root.ExecuteContext(ctx))
}
