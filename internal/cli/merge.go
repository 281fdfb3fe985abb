package cli

import (
	"github.com/spf13/cobra"

	"conformance/internal/result"
)

func mergeCommand(env environment) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "merge RESULTS.JSON...",
		Short: "Make one report of the parts that --shard ran",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("fail-on", f.failOn, []string{"must", "should"}); err != nil {
				return err
			}
			var parts []result.Run
			for _, name := range args {
				r, err := readResults(cmd.InOrStdin(), name)
				if err != nil {
					return err
				}
				parts = append(parts, r)
			}
			whole, err := result.Merge(parts)
			if err != nil {
				return usagef("merge: %w", err)
			}
			if err := ensureWritable(f.reports); err != nil {
				return err
			}
			return writeReports(cmd.Context(), env, f, whole)
		},
	}
	cmd.Flags().StringVar(&f.reports, "reports", "reports", "directory for the reports")
	cmd.Flags().StringVar(&f.failOn, "fail-on", "must", "must, or should: warnings count too")
	return cmd
}
