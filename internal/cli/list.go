package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/suite"
)

func listCommand(env environment) *cobra.Command {
	var asJSON bool
	var contractFile string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List all checks",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if asJSON {
				c, err := loadContract(contractFile)
				if err != nil {
					return err
				}
				return listJSON(env, c)
			}
			w := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "ID\tLEVEL\tSITUATION\tTITLE")
			for _, k := range suite.All() {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", k.ID, k.Level, k.Situation, k.Title)
			}
			return w.Flush()
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON, with what each check requires and where that is written")
	cmd.Flags().StringVar(&contractFile, "contract", "",
		"OpenAPI document whose sources --json shows (default: the embedded one)")
	return cmd
}

func listJSON(env environment, c *contract.Contract) error {
	type entry struct {
		ID        string `json:"id"`
		Level     string `json:"level"`
		Situation string `json:"situation"`
		Title     string `json:"title"`
		Clause    string `json:"clause"`
		Source    string `json:"source"`
		SourceURL string `json:"source_url,omitempty"`
	}
	entries := []entry{}
	for _, k := range suite.All() {
		source := k.Cites(c.Situations[k.Situation])
		entries = append(entries, entry{
			k.ID, string(k.Level), string(k.Situation), k.Title, k.Clause, source.String(), source.URL,
		})
	}
	enc := json.NewEncoder(env.stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(entries)
}

func explainCommand(env environment) *cobra.Command {
	var contractFile string
	cmd := &cobra.Command{
		Use:   "explain ID",
		Short: "Explain a check: what it tests, where that is written, and on what it is tried",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			c, err := loadContract(contractFile)
			if err != nil {
				return err
			}
			for _, k := range suite.All() {
				if strings.EqualFold(k.ID, args[0]) {
					explain(env, c, k)
					return nil
				}
			}
			return usagef("there is no check %q; conformance list shows them", args[0])
		},
	}
	cmd.Flags().StringVar(&contractFile, "contract", "", "OpenAPI document (default: the embedded one)")
	return cmd
}

func explain(env environment, c *contract.Contract, k *check.Check) {
	w := env.stdout
	fmt.Fprintf(w, "%s  %s (%s)\n\n%s\n\n", k.ID, k.Title, k.Level, k.Clause)
	for _, source := range k.Sources(c) {
		fmt.Fprintf(w, "source      %s\n", strings.TrimSpace(source.String()+"  "+source.URL))
	}
	if sentence, ok := c.Assumed[k.Convention]; ok {
		fmt.Fprintf(w, "assumed     %s\n", sentence)
	}
	situations, operations, variants := map[contract.SituationID]bool{}, []string{}, 0
	for _, subject := range check.Cases(c, []*check.Check{k}) {
		operations = append(operations, subject.Subject.Name())
		variants += len(subject.Variants)
		for _, v := range subject.Variants {
			id := contract.SituationID(subject.Row(c, v).Situation)
			if said, ok := c.SituationOf(subject.Documenting(), id); ok && !situations[id] {
				situations[id] = true
				fmt.Fprintf(w, "situation   %s: %s\n", id, describeSituation(said))
			}
		}
	}
	fmt.Fprintf(w, "tried on    %d operations or paths in %d variants: %s\n", len(operations), variants,
		strings.Join(operations, ", "))
	fmt.Fprintf(w, "run alone   conformance run --only %s\n", k.ID)
}

func describeSituation(s contract.Situation) string {
	var parts []string
	for _, status := range s.Statuses() {
		parts = append(parts, strings.TrimSpace(fmt.Sprint(status, " ", strings.Join(s.Answers[status], " | "))))
	}
	return strings.Join(parts, " or ")
}
