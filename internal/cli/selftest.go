package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"conformance/internal/selftest"
)

func selftestCommand(env environment) *cobra.Command {
	var sample, workers int
	var contractFile string
	var faults, checks []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "selftest",
		Short: "Prove that every check notices a fault",
		Long: `selftest runs all checks against the sandbox, where nothing may be found, and then once for every fault that the sandbox can have. It
prints which checks notice which fault, and exits 1 if a fault survives, if no fault makes some check fail, or on a false alarm.

With --check it runs one check alone against the faults of its situations, and against all others if none of those makes it fail. It
prints which faults make which of its rows fail, and exits 1 if none does.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := loadContract(contractFile)
			if err != nil {
				return err
			}
			live := terminal(env.stderr)
			progress := func(done, total int) {
				if live {
					fmt.Fprintf(env.stderr, "\r\x1b[K%d of %d faults", done, total)
				}
			}
			if len(checks) > 0 {
				return prove(cmd.Context(), env, c, checks, faults, workers, asJSON, progress)
			}
			m, err := selftest.Run(cmd.Context(), c, faults, sample, workers, progress)
			if live {
				fmt.Fprint(env.stderr, "\r\x1b[K")
			}
			if cmd.Context().Err() != nil {
				return status(exitInterrupted)
			}
			if unknown := selftest.UnknownFaultError(""); errors.As(err, &unknown) {
				return usageError{err}
			}
			if err != nil {
				return err
			}
			if asJSON {
				enc := json.NewEncoder(env.stdout)
				enc.SetIndent("", "  ")
				err = enc.Encode(m)
			} else {
				err = writeMatrix(env.stdout, m)
			}
			if err == nil && !m.Passed() {
				return status(exitNonconformant)
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&sample, "sample", 0, "try this many faults, evenly spread, instead of all")
	flags.StringArrayVar(&faults, "fault", nil, "try this fault (repeatable)")
	flags.StringArrayVar(&checks, "check", nil, "prove this check alone, by its id (repeatable)")
	flags.StringVar(&contractFile, "contract", "", "OpenAPI document (default: the embedded one)")
	flags.IntVar(&workers, "workers", runtime.GOMAXPROCS(0), "faults that are tried at the same time")
	flags.BoolVar(&asJSON, "json", false, "as JSON")
	cmd.MarkFlagsMutuallyExclusive("check", "sample")
	return cmd
}

func writeMatrix(out io.Writer, m *selftest.Matrix) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "FAULT\tLEVEL\tKILLED BY\tSITUATIONS")
	for _, f := range m.Faults {
		by := strings.Join(f.By, " ")
		if !f.Killed {
			by = "SURVIVES " + by
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", f.Name, f.Level, by, strings.Join(f.Situations, " "))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, f := range m.Clean {
		fmt.Fprintf(out, "\nFALSE ALARM  %s %s %q: %s %s", f.ID, f.Operation, f.Variant, f.Outcome, f.Reason)
	}
	for _, f := range m.Faults {
		if !f.Killed {
			fmt.Fprintf(out, "\nSURVIVOR  %s (%s): %s", f.Name, f.Level, f.Description)
		}
		for _, b := range f.Broken {
			fmt.Fprintf(out, "\nBROKEN  %s: %s", f.Name, b)
		}
	}
	if m.Whole && len(m.Unkilled) > 0 {
		fmt.Fprintf(out, "\nNO FAULT MAKES THESE FAIL  %s", strings.Join(m.Unkilled, " "))
	}
	_, err := fmt.Fprintf(out, "\nMUST %d of %d faults killed, SHOULD %d of %d, %d survivors, %d false alarms; "+
		"situations per fault: median %d, worst %d; median %.0f ms per fault, %.1f s in all\n",
		m.Musts.Killed, m.Musts.Faults, m.Shoulds.Killed, m.Shoulds.Faults, m.Survivors, len(m.Clean), m.MedianSituations,
		m.WorstSituations, m.MedianMS, float64(m.DurationMS)/1000)
	return err
}
