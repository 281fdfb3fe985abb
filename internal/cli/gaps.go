package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/report"
	"conformance/suite"
)

// gap is what is missing or broken in a document, for people and machines.
type gap struct {
	Place   string `json:"place,omitempty"` // file and line
	Pointer string `json:"pointer"`
	Class   string `json:"class"` // repaired, approximated, lost, or open
	Message string `json:"message"`
	// Rows is how many planned rows wait for it; 0: it is not known, or none.
	Rows int    `json:"rows"`
	Add  string `json:"add,omitempty"` // the action of an overlay that closes it
}

// gaps are those of the document and of the contract made of it, the ones that most rows wait for first. What one
// action closes is one gap.
func (a *api) gaps(r reach) []gap {
	var out []gap
	same := map[string]int{} // by action
	for _, g := range a.Gaps {
		one := gap{Pointer: g.Pointer, Class: "open", Message: g.Message}
		if g.Operation != nil {
			one.Rows = r.rowsOn[g.Operation]
		}
		if a.document != nil && g.Add.Update != "" {
			target := g.Add.Pointer
			if !strings.HasPrefix(target, "$") {
				target = a.document.Path(target)
			}
			one.Add = fmt.Sprintf("- {target: %q, update: %s}", target, g.Add.Update)
		}
		if i, known := same[one.Add]; known && one.Add != "" {
			out[i].Rows += one.Rows
			continue
		}
		same[one.Add] = len(out)
		out = append(out, one)
	}
	if a.document != nil {
		for _, g := range a.document.Gaps {
			out = append(out, gap{Pointer: g.Pointer, Class: string(g.Class), Message: g.Message})
		}
		pointers := make([]string, len(out))
		for i, g := range out {
			pointers[i] = g.Pointer
		}
		for i, place := range a.document.Locate(pointers) {
			out[i].Place = place.String()
		}
	}
	slices.SortStableFunc(out, func(a, b gap) int { return cmp.Compare(b.Rows, a.Rows) })
	return out
}

// reach is how much of an API the suite can judge by a document as it stands.
type reach struct {
	Operations int            `json:"operations"`
	Judged     int            `json:"operations_judged"` // those of which no row waits for a gap
	Rows       int            `json:"rows"`
	Waiting    int            `json:"rows_waiting"` // for gaps
	Layers     map[string]int `json:"rows_by_layer"`
	Situations []string       `json:"situations"`

	rowsOn map[*contract.Operation]int
	rowsIn map[contract.SituationID]int
}

func (a *api) reach() reach {
	out := reach{Operations: len(a.Operations), Layers: map[string]int{}, rowsOn: map[*contract.Operation]int{},
		rowsIn: map[contract.SituationID]int{}}
	waits := map[*contract.Operation]bool{}
	for _, g := range a.Gaps {
		if g.Operation != nil {
			waits[g.Operation] = true
		}
	}
	situations := map[string]bool{}
	for _, one := range suite.All() { // one at a time: large documents have many rows
		for _, k := range check.Cases(a.Contract, []*check.Check{one}) {
			out.rowsOn[k.Subject.Operation] += len(k.Variants)
			for _, v := range k.Variants {
				row := k.Row(a.Contract, v)
				out.Rows++
				out.Layers[row.Layer]++
				situations[row.Situation] = true
				out.rowsIn[contract.SituationID(row.Situation)]++
				if waits[k.Subject.Operation] {
					out.Waiting++
				}
			}
		}
	}
	for _, o := range a.Operations {
		if !waits[o] && o.NotJudged == "" {
			out.Judged++
		}
	}
	out.Situations = slices.Sorted(maps.Keys(situations))
	return out
}

// Widths of what contract check prints.
const (
	columns   = 80
	gapIndent = 12
)

// shownGaps is how many gaps contract check shows without --all.
const shownGaps = 20

func describeGaps(env environment, gaps []gap, all bool) {
	w := env.stdout
	if len(gaps) == 0 {
		fmt.Fprintln(w, "\nno gaps: everything that the document describes can be judged")
		return
	}
	fmt.Fprintf(w, "\n%d gaps, those that most rows wait for first:\n", len(gaps))
	for i, g := range gaps {
		if i == shownGaps && !all {
			fmt.Fprintf(w, "\nand %d more: --all shows them, --json is for machines\n", len(gaps)-i)
			return
		}
		rows := "          "
		if g.Rows > 0 {
			rows = fmt.Sprintf("%+5d rows", g.Rows)
		}
		fmt.Fprintf(w, "\n%s  %s  %s\n", rows, g.Class, g.Place)
		for _, text := range report.Wrap(g.Pointer+" "+g.Message, columns-gapIndent, 8) {
			fmt.Fprintf(w, "%*s%s\n", gapIndent, "", text)
		}
		if g.Add != "" { // whole, to be pasted
			fmt.Fprintf(w, "%*sadd to the actions of an overlay:\n  %s\n", gapIndent, "", g.Add)
		}
	}
}

func gapsJSON(env environment, r reach, gaps []gap) error {
	enc := json.NewEncoder(env.stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(struct {
		Reach reach `json:"reach"`
		Gaps  []gap `json:"gaps"`
	}{r, append([]gap{}, gaps...)})
}
