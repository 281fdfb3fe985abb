package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"conformance/internal/contract"
	"conformance/internal/selftest"
)

// maxShownRows is how many rows are printed of one fault: the others differ from them in the operation or the variant
// only.
const maxShownRows = 4

// prove runs checks one by one against the faults, prints what proves each, and ends with 1 if something does not.
func prove(
	ctx context.Context,
	env environment,
	c *contract.Contract,
	ids, faults []string,
	workers int,
	asJSON bool,
	progress func(done, total int),
) error {
	proofs := []*selftest.Proof{}
	for _, id := range ids {
		p, err := selftest.Prove(ctx, c, id, faults, workers, progress)
		if terminal(env.stderr) {
			fmt.Fprint(env.stderr, "\r\x1b[K")
		}
		switch {
		case ctx.Err() != nil:
			return status(exitInterrupted)
		case err != nil:
			return usageError{err}
		}
		proofs = append(proofs, p)
		if !asJSON {
			writeProof(env.stdout, p)
		}
	}
	if asJSON {
		enc := json.NewEncoder(env.stdout)
		enc.SetIndent("", "  ")
		if err := enc.Encode(proofs); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(proofs, func(p *selftest.Proof) bool { return !p.Proven() }) {
		return status(exitNonconformant)
	}
	return nil
}

func writeProof(out io.Writer, p *selftest.Proof) {
	fmt.Fprintf(out, "%s (%s) %s\n", p.ID, p.Level, p.Title)
	for _, f := range p.Faults {
		fmt.Fprintf(out, "\n  %s (%s) %s\n", f.Name, f.Level, f.Description)
		for i, row := range f.Rows {
			if i == maxShownRows {
				fmt.Fprintf(out, "    and %d more rows\n", len(f.Rows)-i)
				break
			}
			fmt.Fprintf(out, "    %s: %s\n", strings.TrimSpace(row.Operation+" "+row.Variant), row.Outcome)
		}
	}
	for _, f := range p.Clean {
		fmt.Fprintf(out, "\n  FALSE ALARM  %s %q without a fault: %s %s\n", f.Operation, f.Variant, f.Outcome, f.Reason)
	}
	if len(p.Faults) == 0 {
		fmt.Fprintf(out, "\nNOT PROVEN  none of %d faults makes %s fail. Add a fault to the sandbox that it must notice.\n\n",
			p.Tried, p.ID)
		return
	}
	fmt.Fprintf(out, "\nPROVEN  %d of %d faults make %s fail.\n\n", len(p.Faults), p.Tried, p.ID)
}
