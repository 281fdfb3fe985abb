package cli

import (
	"errors"
	"fmt"
	"io"
	"os"

	"conformance/internal/report"
	"conformance/internal/result"
)

// github informs GitHub of a finished run as far as the process runs in one of its workflows: the summary of the job,
// annotations next to the build, and the step's outputs. Elsewhere it does nothing.
func github(env environment, r result.Run) error {
	var errs []error
	for _, file := range []struct {
		variable string
		write    func(io.Writer, result.Run) error
	}{
		{"GITHUB_STEP_SUMMARY", report.WriteMarkdown},
		{"GITHUB_OUTPUT", writeOutputs},
	} {
		if name := env.get(file.variable); name != "" {
			if err := appendTo(name, r, file.write); err != nil {
				errs = append(errs, fmt.Errorf("$%s: %w", file.variable, err))
			}
		}
	}
	if env.get("GITHUB_ACTIONS") == "true" {
		errs = append(errs, report.WriteAnnotations(raw(env.stdout), r))
	}
	return errors.Join(errs...)
}

// appendTo adds to a file that other commands of the same step write too.
func appendTo(name string, r result.Run, write func(io.Writer, result.Run) error) error {
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(write(f, r), f.Close())
}

// writeOutputs writes what the steps after this one can ask for. Every value is a word or a number: none can begin
// another output.
func writeOutputs(w io.Writer, r result.Run) error {
	_, err := fmt.Fprintf(w, "verdict=%s\npassed=%d\nfailed=%d\nwarned=%d\n", r.Verdict, r.Counts.Pass, r.Counts.Fail,
		r.Counts.Warn)
	return err
}
