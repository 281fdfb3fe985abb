package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"conformance/internal/contract"
)

func contractCommand(env environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "contract", Short: "Work with contracts",
		Args: cobra.NoArgs, // an unknown command below it is no reason for help and exit status 0
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "check [FILE]",
		Short: "Check that a document can serve as a contract, and describe it",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			file := ""
			if len(args) == 1 {
				file = args[0]
			}
			c, err := loadContract(file)
			if err != nil {
				return err
			}
			describeContract(env, c)
			return nil
		},
	})
	return cmd
}

func describeContract(env environment, c *contract.Contract) {
	transitions, references, assumed := 0, 0, len(c.Assumed)
	seen := map[*contract.Transitions]bool{}
	for _, o := range c.Operations {
		if o.Assumed {
			assumed++
		}
		for _, p := range o.Parameters {
			if p.Reference != nil {
				references++
			}
		}
		if o.Body == nil {
			continue
		}
		for _, f := range o.Body.Fields {
			if f.Reference != nil {
				references++
			}
			if t := f.Transitions; t != nil && !seen[t] {
				seen[t] = true
				for _, to := range t.To {
					transitions += len(to)
				}
			}
		}
	}
	w := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s %s\tsha256 %s\n", c.Title, c.Version, c.SHA256)
	for _, line := range []struct {
		what string
		n    int
	}{
		{"operations", len(c.Operations)}, {"path keys", len(c.Paths)}, {"situations", len(c.Situations)},
		{"documents cited", len(c.Documents)}, {"situations that cite none", uncited(c)}, {"error codes", len(c.Codes)},
		{"scopes", len(c.Scopes)}, {"references", references}, {"legal status changes", transitions},
		{"(operation, situation) pairs", len(c.Pairs())}, {"assumed conventions and operations", assumed},
	} {
		fmt.Fprintf(w, "%s\t%d\n", line.what, line.n)
	}
	_ = w.Flush() // to a terminal or a pipe: nobody can fix that
}

// uncited counts the situations for which reports can only cite the contract itself.
func uncited(c *contract.Contract) int {
	n := 0
	for _, s := range c.Situations {
		if s.Source.Pointer != "" {
			n++
		}
	}
	return n
}
