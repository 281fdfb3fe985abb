package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"conformance/internal/result"
)

// matrix is operations down, situations across.
type matrix struct {
	Situations []string
	Lines      []matrixLine
	Cut        int // operations that did not fit
}

type matrixLine struct {
	Operation string
	Cells     []matrixCell
}

// matrixCell shows the worst outcome of an operation's rows in a situation. One without rows and without a documented
// answer is empty.
type matrixCell struct {
	Shown   bool
	Outcome result.Outcome // empty: documented, but no row
	Label   string
	Href    string
}

type pair struct{ operation, situation string }

// anchors are the places in the page that rows and pairs have.
type anchors struct {
	rows  map[int]string // of rows shown in a finding, by their index in the run
	pairs map[pair]string
	worst map[pair]string // of the pair's gravest row that is shown in a finding
}

// severity orders outcomes, the worst highest.
func severity(o result.Outcome) int {
	for i, known := range outcomes {
		if o == known {
			return len(outcomes) - i
		}
	}
	return severity(result.Error)
}

func newMatrix(r result.Run, at anchors) matrix {
	counts := map[pair]*result.Counts{}
	worst := map[pair]result.Outcome{}
	var operations, situations []string
	note := func(p pair) {
		if counts[p] == nil {
			counts[p] = &result.Counts{}
			operations, situations = append(operations, p.operation), append(situations, p.situation)
		}
	}
	for _, c := range r.Checks {
		p := pair{c.Operation, c.Situation}
		note(p)
		add(counts[p], c.Outcome)
		if worst[p] == "" || severity(c.Outcome) > severity(worst[p]) {
			worst[p] = c.Outcome
		}
	}
	for _, u := range r.Coverage.Unprovoked {
		note(pair{u.Operation, u.Situation})
	}
	m := matrix{Situations: unique(situations)}
	operations = unique(operations)
	slices.SortFunc(operations, byOperation)
	if fits := maxMatrixSize / max(len(m.Situations), 1); len(operations) > fits {
		m.Cut, operations = len(operations)-fits, operations[:fits]
	}
	for _, operation := range operations {
		l := matrixLine{Operation: line(operation, maxName)}
		for _, situation := range m.Situations {
			p := pair{operation, situation}
			var cell matrixCell
			if n := counts[p]; n != nil {
				cell = matrixCell{true, worst[p], cellLabel(p, *n), at.href(p)}
			}
			l.Cells = append(l.Cells, cell)
		}
		m.Lines = append(m.Lines, l)
	}
	for i, s := range m.Situations {
		m.Situations[i] = line(s, maxName)
	}
	return m
}

// byOperation orders operations by name, and after them the paths that stand for themselves.
func byOperation(a, b string) int {
	path := func(s string) int { return strings.Count(s[:min(1, len(s))], "/") }
	return cmp.Or(cmp.Compare(path(a), path(b)), strings.Compare(a, b))
}

// href leads from a cell to what its reader wants to see: the failure if there is one, else the rows.
func (a anchors) href(p pair) string {
	if row, ok := a.worst[p]; ok {
		return "#" + row
	}
	if sheet, ok := a.pairs[p]; ok {
		return "#" + sheet
	}
	return "#coverage"
}

func cellLabel(p pair, n result.Counts) string {
	var parts []string
	for _, t := range tallies(n) {
		if t.N > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", t.N, word(t.Outcome)))
		}
	}
	if len(parts) == 0 {
		parts = []string{word("")}
	}
	return line(p.operation, maxName) + ", " + line(p.situation, maxName) + ": " + strings.Join(parts, ", ")
}

func add(n *result.Counts, o result.Outcome) {
	one := result.CountOf([]result.Check{{Outcome: o}})
	n.Pass += one.Pass
	n.Fail += one.Fail
	n.Flaky += one.Flaky
	n.Warn += one.Warn
	n.Error += one.Error
	n.Skip += one.Skip
}

// sheet is an operation's part of the list of all rows.
type sheet struct {
	Operation string
	Tallies   []tally
	Lines     []sheetLine
}

// sheetLine is a check in a situation on an operation: its variants by outcome.
type sheetLine struct {
	Anchor    string // of the pair, on its first line
	ID, Title string
	Situation string
	Level     string
	Groups    []variants
	Reasons   []string
}

type variants struct {
	Outcome result.Outcome
	Names   []variantName
	N       int // all, named or not
	More    int
}

type variantName struct{ Name, Href string }

func sheets(r result.Run, at anchors) []sheet {
	type key struct{ id, situation string }
	var names []string
	rows := map[string][]int{}
	for i, c := range r.Checks {
		if rows[c.Operation] == nil {
			names = append(names, c.Operation)
		}
		rows[c.Operation] = append(rows[c.Operation], i)
	}
	slices.SortFunc(names, byOperation)
	var out []sheet
	for _, name := range names {
		var keys []key
		lines := map[key][]int{}
		var n result.Counts
		for _, i := range rows[name] {
			c := &r.Checks[i]
			k := key{c.ID, c.Situation}
			if lines[k] == nil {
				keys = append(keys, k)
			}
			lines[k] = append(lines[k], i)
			add(&n, c.Outcome)
		}
		s := sheet{Operation: line(name, maxName), Tallies: tallies(n)}
		seen := map[string]bool{}
		for _, k := range keys {
			l := newSheetLine(r, lines[k], at)
			if anchor := at.pairs[pair{name, k.situation}]; !seen[anchor] {
				seen[anchor], l.Anchor = true, anchor
			}
			s.Lines = append(s.Lines, l)
		}
		out = append(out, s)
	}
	return out
}

func newSheetLine(r result.Run, rows []int, at anchors) sheetLine {
	c := &r.Checks[rows[0]]
	l := sheetLine{ID: line(c.ID, 40), Title: line(c.Title, 200), Situation: line(c.Situation, maxName), Level: level(*c)}
	for _, o := range outcomes {
		g := variants{Outcome: o}
		for _, i := range rows {
			c := &r.Checks[i]
			if severity(c.Outcome) != severity(o) {
				continue
			}
			g.N++
			if g.N > maxVariants {
				g.More++
				continue
			}
			v := variantName{Name: line(c.Variant, maxName)}
			if anchor := at.rows[i]; anchor != "" {
				v.Href = "#" + anchor
			}
			g.Names = append(g.Names, v)
			if o == result.Skip || o == result.Error {
				l.Reasons = append(l.Reasons, line(why(*c), 200))
			}
		}
		if g.N > 0 {
			l.Groups = append(l.Groups, g)
		}
	}
	l.Reasons = unique(l.Reasons)
	if len(l.Reasons) > 3 {
		l.Reasons = append(l.Reasons[:3], fmt.Sprintf("and %d more reasons", len(l.Reasons)-3))
	}
	return l
}
