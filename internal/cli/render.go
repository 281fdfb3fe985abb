package cli

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"conformance/internal/report"
	"conformance/internal/result"
)

// resultFormats are the names that render knows the reports by.
var resultFormats = []string{"html", "junit", "markdown", "har", "json"}

func writeResults(w io.Writer, r result.Run, as string) error {
	switch as {
	case "junit":
		return report.WriteJUnit(w, r)
	case "markdown":
		return report.WriteMarkdown(w, r)
	case "har":
		return report.WriteHAR(w, r)
	case "json":
		return report.WriteJSON(w, r)
	default:
		return report.WriteHTML(w, r)
	}
}

func renderCommand(env environment) *cobra.Command {
	var as, out string
	cmd := &cobra.Command{
		Use:   "render RESULTS",
		Short: "Make a report from a results.json",
		Long: `render makes any report of a run from its results.json, without asking the target again:

  conformance render reports/results.json --as html --out report.html
  conformance render reports/results.json --as markdown --out - >> "$GITHUB_STEP_SUMMARY"

RESULTS may be -, standard input. A file that render writes is for its owner alone: reports quote requests and answers.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("as", as, resultFormats); err != nil {
				return err
			}
			r, err := readResults(cmd.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			var b bytes.Buffer // whole before the file is touched
			if err := writeResults(&b, r, as); err != nil {
				return err
			}
			return writeFile(env, out, b.Bytes())
		},
	}
	cmd.Flags().StringVar(&as, "as", "html", strings.Join(resultFormats, ", "))
	cmd.Flags().StringVar(&out, "out", "-", "file to write; -: standard output")
	return cmd
}

// readResults reads the results of a run from a file, or from stdin if its name is -.
func readResults(stdin io.Reader, file string) (result.Run, error) {
	in := stdin
	if file == "-" {
		file = "standard input"
	} else {
		f, err := os.Open(file)
		if err != nil {
			return result.Run{}, notResults(file, err)
		}
		defer f.Close()
		in = f
	}
	r, err := report.Read(in)
	if err != nil {
		return result.Run{}, notResults(file, err)
	}
	return r, nil
}

func notResults(file string, err error) error {
	return usagef("%s: %w (give the results.json that conformance run writes into --reports)", file, fileCause(err))
}

// fileCause is what the system said of a file, without the name that the message has already.
func fileCause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// writeFile writes to a file that only its owner can read, or to standard output. What is not a regular file keeps its
// mode.
func writeFile(env environment, file string, data []byte) error {
	if file == "-" {
		_, err := env.stdout.Write(data)
		return err
	}
	failed := func(err error) error {
		return usagef("--out: %s: %w; choose another file", filepath.Clean(file), fileCause(err))
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return failed(err)
	}
	info, err := f.Stat()
	if err == nil && info.Mode().IsRegular() {
		err = f.Chmod(0o600) // it may have been there, readable to others
	}
	if err == nil {
		_, err = f.Write(data)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return failed(err)
	}
	return nil
}

// oneOf says what is wrong with the value of a flag that has a few.
func oneOf(flag, value string, values []string) error {
	if slices.Contains(values, value) {
		return nil
	}
	return usagef("--%s: %q is not one of %s", flag, value, strings.Join(values, ", "))
}
