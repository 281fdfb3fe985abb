package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"conformance"
	"conformance/internal/contract"
)

func contractCommand(env environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "contract", Short: "Work with contracts",
		Args: cobra.NoArgs, // an unknown command below it is no reason for help and exit status 0
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(contractCheck(env), contractShow(env))
	return cmd
}

// sourceFlags are those by which a document is named.
func sourceFlags(cmd *cobra.Command, s *source) {
	cmd.Flags().StringArrayVar(&s.overlays, "overlay", nil, "OpenAPI overlay to apply (repeatable, in order)")
	cmd.Flags().StringVar(&s.root, "root", "", "folder below which the document may refer to files (default: its own)")
	cmd.Flags().StringVar(&s.config, "config", "conformance.yaml", "configuration that names contract and overlays; read "+
		"where present")
}

func contractCheck(env environment) *cobra.Command {
	var s source
	var asJSON, all bool
	cmd := &cobra.Command{
		Use:   "check [FILE]",
		Short: "Say what can be judged by a document, and what is missing for the rest",
		Long: `check reads an OpenAPI document of any version and says how much of the API can be judged by it. What is missing or broken is a
gap: where it is, how many rows wait for it, and, where one action does, the lines of an overlay that close it.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			s.contract = strings.Join(args, "")
			a, err := loadAPI(env, s)
			if err != nil {
				return err
			}
			reach := a.reach()
			gaps := a.gaps(reach)
			if asJSON {
				return gapsJSON(env, reach, gaps)
			}
			describeContract(env, a.Contract)
			if a.document != nil {
				describeReach(env, reach)
				describeGaps(env, gaps, all)
			}
			return nil
		},
	}
	sourceFlags(cmd, &s)
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	cmd.Flags().BoolVar(&all, "all", false, "show every gap")
	cmd.Flags().BoolVar(&s.strict, "strict", false, "refuse a document with gaps")
	return cmd
}

func contractShow(env environment) *cobra.Command {
	var s source
	cmd := &cobra.Command{
		Use:   "show [FILE]",
		Short: "Print the document as it is judged by: after overlays and repairs",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			s.contract = strings.Join(args, "")
			a, err := loadAPI(env, s)
			if err != nil {
				return err
			}
			if a.document == nil {
				_, err = env.stdout.Write(conformance.OpenAPI)
				return err
			}
			text, err := a.document.YAML()
			if err == nil {
				_, err = env.stdout.Write(text)
			}
			return err
		},
	}
	sourceFlags(cmd, &s)
	return cmd
}

func describeReach(env environment, r reach) {
	fmt.Fprintf(env.stdout, "\noperations judged %d of %d, rows planned %d, of which %d wait for gaps\n", r.Judged,
		r.Operations, r.Rows, r.Waiting)
	for _, layer := range []contract.Layer{contract.Stated, contract.Ranged, contract.Assumed} {
		fmt.Fprintf(env.stdout, "%-8s %d rows\n", layer, r.Layers[string(layer)])
	}
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
