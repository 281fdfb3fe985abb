package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"conformance/internal/result"
)

// ConsoleOptions say how the terminal report looks.
type ConsoleOptions struct {
	Color      bool   // ANSI colours; the report says the same without them
	ReportsDir string // where the files were written; empty if none were
}

// Sizes of the terminal report: a page that can be read at one go, whatever a target does.
const (
	columns       = 100
	wholeFindings = 10 // shown whole; the rest in a line each
	briefFindings = 30
	maxGroups     = 15 // reasons for which rows were not judged
)

// WriteConsole shows the run to the person who started it: what is wrong first, in enough detail to fix the server,
// then what could not be judged, then numbers, and at the end, where the eye rests, the verdict and what to do next.
func WriteConsole(w io.Writer, r result.Run, opt ConsoleOptions) error {
	out := bufio.NewWriter(w)
	c := &console{Writer: out, paint: paint(opt.Color), run: r}
	c.header()
	c.findings(findings(r))
	c.groups("COULD NOT BE JUDGED", reasons(r, result.Error))
	c.groups("NOT VERIFIED", reasons(r, result.Skip))
	c.table()
	c.verdict(opt.ReportsDir)
	return out.Flush() // a bufio.Writer keeps its first error
}

type console struct {
	*bufio.Writer
	paint
	run result.Run
}

func (c *console) printf(format string, args ...any) { fmt.Fprintf(c, format, args...) }

// section starts a part of the page.
func (c *console) section(title, detail string) {
	c.printf("\n%s", c.bold(title))
	if detail != "" {
		c.printf("  %s", c.dim(detail))
	}
	c.printf("\n")
}

func (c *console) header() {
	r := c.run
	c.printf("%s  %s\n", c.bold("conformance "+line(r.Suite.Version, 30)), line(r.Target, 70))
	contract := strings.Join(strings.Fields(r.Contract.Title+" "+r.Contract.Version), " ")
	if contract != "" {
		contract = fmt.Sprintf("contract %s (sha256 %s)  ", line(contract, 50), line(r.Contract.SHA256, 13))
	}
	c.printf("%s\n", c.dim(fmt.Sprintf("%sprofile %s  seed %d", contract, line(r.Profile, 10), r.Seed)))
	for _, note := range r.Notes {
		for i, text := range Wrap(line(note, 600), columns-4, 6) {
			lead := "  "
			if i == 0 {
				lead = c.yellow("! ")
			}
			c.printf("%s%s\n", lead, text)
		}
	}
}

// groups lists what was not judged, a reason a line.
func (c *console) groups(title string, groups []group) {
	if len(groups) == 0 {
		return
	}
	total := 0
	for _, g := range groups {
		total += len(g.Rows)
	}
	c.section(title, count(total, "row"))
	for i, g := range groups {
		if i == maxGroups {
			c.printf("  … and %s in results.json\n", count(len(groups)-i, "more reason"))
			break
		}
		if g.Rows[0].Outcome == result.Skip {
			c.skipped(g)
		} else {
			c.broken(g)
		}
	}
}

// skipped is one line, because there may be many reasons, and none of them says anything about the target.
func (c *console) skipped(g group) {
	lead := fmt.Sprintf("%4d  %-14s  ", len(g.Rows), line(string(g.Code), 14))
	ids := line(strings.Join(g.IDs(), " "), 24)
	c.printf("%s%s  %s\n", lead, line(g.Reason, columns-len(lead)-2-len([]rune(ids))), c.dim(ids))
}

// broken says where, since that is where to look.
func (c *console) broken(g group) {
	for i, text := range Wrap(line(g.Reason, 300), columns-6, 3) {
		lead := "      "
		if i == 0 {
			lead = fmt.Sprintf("%4d  ", len(g.Rows))
		}
		c.printf("%s%s\n", lead, text)
	}
	var places []string
	for _, row := range g.Rows {
		places = append(places, row.ID+" "+row.Operation)
	}
	c.printf("      %s\n", c.dim(line(strings.Join(unique(places), ", "), columns-6)))
}

// table counts the rows by clause of the documentation.
func (c *console) table() {
	clauses := c.run.Clauses()
	if len(clauses) == 0 {
		return
	}
	wide := len("total")
	for _, clause := range clauses {
		wide = max(wide, len([]rune(line(clause.Name, 20))))
	}
	c.section("SUMMARY", "rows by clause")
	c.printf("  %-*s  %s\n", wide, "", c.dim("  pass   fail  flaky   warn  error   skip"))
	for _, clause := range clauses {
		c.printf("  %-*s  %s   %s\n", wide, line(clause.Name, 20), c.counts(clause.Counts), c.dim(line(clause.Source, 41)))
	}
	c.printf("  %-*s  %s\n", wide, "total", c.counts(result.CountOf(c.run.Checks)))
}

func (c *console) counts(n result.Counts) string {
	return strings.Join([]string{
		c.cell(n.Pass, c.green), c.cell(n.Fail, c.red), c.cell(n.Flaky, c.yellow), c.cell(n.Warn, c.yellow),
		c.cell(n.Error, c.yellow), c.cell(n.Skip, c.dim),
	}, " ")
}

// cell is a number in its column; nothing is a dot, so that what is not zero stands out.
func (c *console) cell(n int, color func(string) string) string {
	if n == 0 {
		return c.dim("     ·")
	}
	return color(fmt.Sprintf("%6d", n))
}
