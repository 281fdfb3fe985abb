package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"conformance/internal/report"
	"conformance/internal/runner"
)

func cleanUpCommand(env environment) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "cleanup FILE",
		Short: "Delete what a run left behind that was killed",
		Long: `cleanup reads the ledger that a run writes as it goes, reports/ledger.jsonl, and deletes the records that the run made and did not
delete, newest first. What the run was about to make when it was killed is looked for by its mark. The target and its keys come from
the configuration, as for run. Exit status 3 says that something is left.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.given(cmd.Flags())
			if err := errors.Join(f.aim(), f.bounds()); err != nil {
				return err
			}
			if f.sandbox || f.aimed() != nil {
				return usagef("cleanup needs the target of the run: give --target, or a configuration with one")
			}
			api, err := f.api(env)
			if err != nil {
				return err
			}
			c := api.Contract
			target, err := findTarget(env, c, f)
			if err != nil {
				return err
			}
			defer target.Close()
			deleted, left, err := runner.CleanUp(cmd.Context(), target.Target, c, args[0], runner.Options{
				Concurrency: f.concurrency, Timeout: f.timeout, MaxRPS: f.maxRPS,
			})
			if err != nil {
				return usagef("%w", err)
			}
			fmt.Fprintf(env.stdout, "%d deleted, %d left\n", deleted, len(left))
			if err := report.WriteLeft(env.stdout, left, 0); err != nil {
				return err
			}
			if len(left) > 0 {
				return status(exitInconclusive)
			}
			return nil
		},
	}
	f.connection(cmd.Flags())
	return cmd
}
