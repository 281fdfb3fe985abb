package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"conformance/internal/result"
)

// WriteJSON writes the comparison for machines: every list present, and whether it is a regression.
func (c Comparison) WriteJSON(w io.Writer) error {
	for _, list := range []*[]Change{&c.NewlyFailing, &c.Fixed, &c.StillFailing, &c.NewlySkipped} {
		if *list == nil {
			*list = []Change{}
		}
	}
	for _, list := range []*[]string{&c.NewChecks, &c.Retired} {
		if *list == nil {
			*list = []string{}
		}
	}
	if c.Slower == nil {
		c.Slower = []Slower{}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		Regression bool `json:"regression"`
		Comparison
	}{c.Regression(), c})
}

// changes is a kind of change with its name, and how to say that there is none worth telling.
type changes struct {
	title string
	list  []Change
}

func (c Comparison) kinds() []changes {
	return []changes{
		{"Newly failing", c.NewlyFailing}, {"No longer judged", c.NewlySkipped}, {"Fixed", c.Fixed},
		{"Still failing", c.StillFailing},
	}
}

// summary says in a line what a comparison comes to.
func (c Comparison) summary() string {
	word := "No regression"
	if c.Regression() {
		word = "Regression"
	}
	return fmt.Sprintf("%s: %d newly failing, %d no longer judged, %d fixed, %d still failing", word,
		len(c.NewlyFailing), len(c.NewlySkipped), len(c.Fixed), len(c.StillFailing))
}

// Bounds of a comparison for people: rows of one kind of change.
const (
	comparedRows         = 40
	comparedMarkdownRows = 15
)

// WriteText writes the comparison for a terminal.
func (c Comparison) WriteText(w io.Writer, color bool) error {
	out := bufio.NewWriter(w)
	p := paint(color)
	fmt.Fprintf(out, "%s  %s\n%s  %s\n", p.dim("old"), sideText(c.Old), p.dim("new"), sideText(c.New))
	if c.Old.Contract.SHA256 != c.New.Contract.SHA256 {
		fmt.Fprintf(out, "%s\n", p.yellow("! the runs were judged by different contracts"))
	}
	for _, k := range c.kinds() {
		if len(k.list) == 0 {
			continue
		}
		fmt.Fprintf(out, "\n%s  %s\n", p.bold(strings.ToUpper(k.title)), p.dim(count(len(k.list), "row")))
		for i, change := range k.list {
			if i == comparedRows {
				fmt.Fprintf(out, "  … and %s\n", count(len(k.list)-i, "more row"))
				break
			}
			fmt.Fprintf(out, "  %s  %s\n", line(change.name(), 70), p.dim(change.transition()))
			if k.title != "Fixed" {
				fmt.Fprintf(out, "      %s\n", line(change.Detail, columns-6))
			}
		}
	}
	for _, s := range c.Slower {
		fmt.Fprintf(out, "\n%s  %s\n", p.bold("SLOWER"), s.text())
	}
	checkList(out, p.bold("NEW CHECKS"), c.NewChecks)
	checkList(out, p.bold("RETIRED CHECKS"), c.Retired)
	fmt.Fprintf(out, "\n%s\n", p.bold(c.summary()))
	return out.Flush()
}

func checkList(out io.Writer, title string, ids []string) {
	if len(ids) > 0 {
		fmt.Fprintf(out, "\n%s  %s\n", title, line(joinUpTo(ids, comparedRows), 400))
	}
}

func sideText(s Side) string {
	return fmt.Sprintf("%s  %s  %s, %d failed of %d", s.Started, line(s.Target, 60), s.Verdict, s.Counts.Fail,
		s.Counts.Total())
}

func (c Change) name() string {
	return strings.TrimSpace(strings.Join([]string{c.ID, c.Operation, c.Variant}, " "))
}

// transition is from which outcome to which a row went.
func (c Change) transition() string {
	switch {
	case c.Old == "":
		return "new, " + string(c.New)
	case c.New == "":
		return string(c.Old) + ", gone"
	}
	return string(c.Old) + " → " + string(c.New)
}

func (s Slower) text() string {
	return fmt.Sprintf("%s: median %.0f ms, was %.0f ms (%s)", line(s.Situation, maxName), s.NewMS, s.OldMS,
		count(s.Rows, "row"))
}

// WriteMarkdown writes the comparison for a pull request, bounded and with nothing in it that Markdown or HTML would
// obey.
func (c Comparison) WriteMarkdown(w io.Writer) error {
	out := bufio.NewWriter(w)
	mark := symbol(result.Pass)
	if c.Regression() {
		mark = symbol(result.Fail)
	}
	fmt.Fprintf(out, "## %s %s\n\n| | when | target | verdict | failed | rows |\n|--|--|--|--|--:|--:|\n", mark,
		c.summary())
	for _, s := range []struct {
		name string
		Side
	}{{"old", c.Old}, {"new", c.New}} {
		fmt.Fprintf(out, "| %s | %s | %s | %s | %d | %d |\n", s.name, md(s.Started, 30), code(s.Target, 100),
			md(string(s.Verdict), 20), s.Counts.Fail, s.Counts.Total())
	}
	fmt.Fprintln(out)
	if c.Old.Contract.SHA256 != c.New.Contract.SHA256 {
		fmt.Fprint(out, "The runs were judged by different contracts.\n\n")
	}
	for _, k := range c.kinds() {
		if len(k.list) == 0 {
			continue
		}
		fmt.Fprintf(out, "<details%s><summary>%s: %s</summary>\n\n| Row | Outcome | Detail |\n|--|--|--|\n",
			openAttribute(k.title == "Newly failing"), k.title, count(len(k.list), "row"))
		for i, change := range k.list {
			if i == comparedMarkdownRows {
				fmt.Fprintf(out, "\nand %s\n", count(len(k.list)-i, "more row"))
				break
			}
			fmt.Fprintf(out, "| %s | %s | %s |\n", md(change.name(), 100), md(change.transition(), 30), md(change.Detail, 160))
		}
		fmt.Fprint(out, "\n</details>\n\n")
	}
	for _, s := range c.Slower {
		fmt.Fprintf(out, "- slower: %s\n", md(s.text(), 160))
	}
	if len(c.NewChecks) > 0 {
		fmt.Fprintf(out, "- new checks: %s\n", md(joinUpTo(c.NewChecks, comparedRows), 400))
	}
	if len(c.Retired) > 0 {
		fmt.Fprintf(out, "- retired checks: %s\n", md(joinUpTo(c.Retired, comparedRows), 400))
	}
	return out.Flush()
}

func openAttribute(yes bool) string {
	if yes {
		return " open"
	}
	return ""
}
