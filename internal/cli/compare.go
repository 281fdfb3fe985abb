package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"conformance/internal/report"
)

// comparisonFormats are what compare prints.
var comparisonFormats = []string{"text", "markdown", "json"}

func compareCommand(env environment) *cobra.Command {
	var as string
	var force bool
	cmd := &cobra.Command{
		Use:   "compare OLD NEW",
		Short: "Report what changed between two runs",
		Long: `compare reads the results.json of two runs and reports what fails now, what is no longer judged, what was fixed, and what became slower.

It exits 1 on a regression: a row newly breaks the contract or is no longer judged. Runs that were judged by different contracts differ
for that reason alone; comparing them is refused with exit status 2 unless it is forced.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("as", as, comparisonFormats); err != nil {
				return err
			}
			before, err := readResults(cmd.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			after, err := readResults(cmd.InOrStdin(), args[1])
			if err != nil {
				return err
			}
			c, err := report.Compare(before, after, force)
			if err != nil {
				return usagef("%s and %s: %w (--force)", args[0], args[1], err)
			}
			if err := printComparison(env, c, as); err != nil {
				return fmt.Errorf("compare: %w", err)
			}
			if c.Regression() {
				return status(exitNonconformant)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&as, "as", comparisonFormats[0], strings.Join(comparisonFormats, ", "))
	cmd.Flags().BoolVar(&force, "force", false, "compare runs that were judged by different contracts")
	return cmd
}

func printComparison(env environment, c report.Comparison, as string) error {
	switch as {
	case "json":
		return c.WriteJSON(env.stdout)
	case "markdown":
		return c.WriteMarkdown(env.stdout)
	default:
		return c.WriteText(env.stdout, colours(env))
	}
}
