package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"conformance/internal/result"
)

// The checks whose variants are pairs of statuses, written "From → To".
const (
	illegalPairs = "STATUS-001" // must be refused
	legalPairs   = "STATUS-002" // must work
	arrow        = " → "
)

// machine is the graph of an operation's status changes, as the target really behaves.
type machine struct {
	Operation     string
	Width, Height float64
	Nodes         []graphNode
	Edges         []graphEdge
	Statuses      []string
	Table         []machineLine
	Legend        []edgeKind
}

type graphNode struct {
	Name         string
	X, Y, W, H   float64 // the box; its text is centred
	TextX, TextY float64
	Final        bool
}

// graphEdge is an arrow; Kind says what the contract wants and what came.
type graphEdge struct {
	Kind, Path, Head, Title string
}

type machineLine struct {
	From  string
	Cells []machineCell
}

type machineCell struct {
	Kind, Symbol, Label string
}

// edgeKind tells a class of arrows: how it is drawn, what it means, how many there are.
type edgeKind struct {
	Kind, Symbol, Text string
	N                  int
}

// edgeKinds are drawn in this order, so that what is wrong lies on top.
func edgeKinds() []edgeKind {
	return []edgeKind{
		{Kind: "refused", Symbol: "·", Text: "illegal, refused as it must be"},
		{Kind: "unknown", Symbol: "–", Text: "not verified"},
		{Kind: "legal", Symbol: "✓", Text: "legal, works"},
		{Kind: "broken", Symbol: "!", Text: "illegal, refused in the wrong way"},
		{Kind: "blocked", Symbol: "✗", Text: "legal, wrongly refused"},
		{Kind: "accepted", Symbol: "✗", Text: "illegal, wrongly accepted"},
	}
}

// kindOf says what a row of a pair of statuses means.
func kindOf(c result.Check) string {
	legal := c.ID == legalPairs
	switch c.Outcome {
	case result.Pass:
		if legal {
			return "legal"
		}
		return "refused"
	case result.Fail, result.Warn:
		if legal {
			return "blocked"
		}
		if wasAccepted(c) {
			return "accepted"
		}
		return "broken"
	default:
		return "unknown"
	}
}

// wasAccepted reports whether the change took place: it was answered with success, or refused and carried out all the same.
func wasAccepted(c result.Check) bool {
	for _, f := range c.Failures {
		if f.Kind == result.KindState || f.Kind == result.KindStatus && strings.HasPrefix(f.Actual, "2") {
			return true
		}
	}
	x := culprit(c)
	return len(c.Failures) == 0 && x != nil && x.Response != nil && x.Response.Status/100 == 2
}

type step struct{ from, to, kind string }

// machines finds the operations whose status changes were tried.
func machines(r result.Run) []machine {
	var names []string
	steps := map[string][]step{}
	for _, c := range r.Checks {
		if c.ID != illegalPairs && c.ID != legalPairs {
			continue
		}
		from, to, ok := strings.Cut(line(c.Variant, maxName), arrow)
		if !ok {
			continue
		}
		if steps[c.Operation] == nil {
			names = append(names, c.Operation)
		}
		steps[c.Operation] = append(steps[c.Operation], step{from, to, kindOf(c)})
	}
	var out []machine
	for _, name := range names {
		if m, ok := newMachine(line(name, maxName), steps[name]); ok {
			out = append(out, m)
		}
	}
	return out
}

// A graph of fewer statuses shows nothing that the rows do not, one of more is a tangle.
const (
	minStatuses = 3
	maxStatuses = 24
)

func newMachine(operation string, steps []step) (machine, bool) {
	statuses := ordered(steps)
	if len(statuses) < minStatuses || len(statuses) > maxStatuses {
		return machine{}, false
	}
	m := machine{Operation: operation, Statuses: statuses}
	m.layOut(steps)
	n := map[string]int{}
	cells := map[[2]string]edgeKind{}
	for _, kind := range edgeKinds() {
		for _, s := range steps {
			if s.kind == kind.Kind {
				n[s.kind]++
				cells[[2]string{s.from, s.to}] = kind
				m.Edges = append(m.Edges, m.edge(s, kind))
			}
		}
	}
	for _, kind := range edgeKinds() {
		if kind.N = n[kind.Kind]; kind.N > 0 {
			m.Legend = append(m.Legend, kind)
		}
	}
	slices.Reverse(m.Legend)
	for _, from := range statuses {
		l := machineLine{From: from}
		for _, to := range statuses {
			kind := cells[[2]string{from, to}]
			l.Cells = append(l.Cells, machineCell{kind.Kind, kind.Symbol, kind.Text})
		}
		m.Table = append(m.Table, l)
	}
	return m, true
}

// ordered puts the statuses in the order in which legal steps first reach them, so that the way through them goes round the graph.
func ordered(steps []step) []string {
	var all []string
	next := map[string][]string{}
	into := map[string]int{}
	for _, s := range steps {
		all = append(all, s.from, s.to)
		if s.kind == "legal" || s.kind == "blocked" {
			next[s.from] = append(next[s.from], s.to)
			into[s.to]++
		}
	}
	all = unique(all)
	// Start from what the fewest steps lead to, and of those from what is furthest from an end.
	slices.SortStableFunc(all, func(a, b string) int {
		return cmp.Or(cmp.Compare(into[a], into[b]), cmp.Compare(len(levels(b, next)), len(levels(a, next))))
	})
	queue, out := all, []string(nil)
	seen := map[string]bool{}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		if seen[s] {
			continue
		}
		seen[s] = true
		out = append(out, s)
		queue = append(slices.Clone(next[s]), queue...)
	}
	return out
}

// levels are the statuses by the number of legal steps that it takes to reach them.
func levels(start string, next map[string][]string) [][]string {
	var out [][]string
	seen := map[string]bool{start: true}
	for current := []string{start}; len(current) > 0; {
		out = append(out, current)
		var following []string
		for _, s := range current {
			for _, to := range next[s] {
				if !seen[to] {
					seen[to] = true
					following = append(following, to)
				}
			}
		}
		current = following
	}
	return out
}

// Measures of the graph, in its own units, which are pixels where there is room.
const (
	nodeHeight = 28.0
	charWidth  = 7.4
	radiusX    = 270.0
	radiusY    = 190.0
)

// layOut puts the statuses on an ellipse, clockwise from the top.
func (m *machine) layOut(steps []step) {
	wide := 0.0
	leaves := map[string]bool{}
	for _, s := range steps {
		if s.kind == "legal" || s.kind == "blocked" {
			leaves[s.from] = true
		}
	}
	for _, s := range m.Statuses {
		wide = max(wide, boxWidth(s))
	}
	m.Width, m.Height = 2*radiusX+wide+20, 2*radiusY+nodeHeight+20
	for i, s := range m.Statuses {
		angle := 2*math.Pi*float64(i)/float64(len(m.Statuses)) - math.Pi/2
		x, y := m.Width/2+radiusX*math.Cos(angle), m.Height/2+radiusY*math.Sin(angle)
		w := boxWidth(s)
		m.Nodes = append(m.Nodes, graphNode{Name: s, X: x - w/2, Y: y - nodeHeight/2, W: w, H: nodeHeight, TextX: x, TextY: y + 4.5, Final: !leaves[s]})
	}
}

func boxWidth(s string) float64 {
	return charWidth*float64(min(utf8.RuneCountInString(s), 28)) + 24
}

// edge bends an arrow towards the middle of the graph, to the right of its way, so that there and back are two arrows.
func (m *machine) edge(s step, kind edgeKind) graphEdge {
	a := m.Nodes[slices.Index(m.Statuses, s.from)]
	b := m.Nodes[slices.Index(m.Statuses, s.to)]
	ax, ay, bx, by := a.TextX, a.Y+a.H/2, b.TextX, b.Y+b.H/2
	dx, dy := bx-ax, by-ay
	length := math.Hypot(dx, dy)
	bend := min(0.13*length, 34)
	cx, cy := (ax+bx)/2-dy/length*bend, (ay+by)/2+dx/length*bend
	sx, sy := leave(a, cx, cy, 0)
	ex, ey := leave(b, cx, cy, 4)
	return graphEdge{
		Kind:  kind.Kind,
		Path:  fmt.Sprintf("M%s %sQ%s %s %s %s", px(sx), px(sy), px(cx), px(cy), px(ex), px(ey)),
		Head:  head(cx, cy, ex, ey),
		Title: s.from + arrow + s.to + ": " + kind.Text,
	}
}

// leave is where the line from a box's middle to a point crosses its border, with a gap.
func leave(n graphNode, x, y, gap float64) (float64, float64) {
	mx, my := n.X+n.W/2, n.Y+n.H/2
	dx, dy := x-mx, y-my
	t := min((n.W/2+gap)/max(math.Abs(dx), 0.01), (n.H/2+gap)/max(math.Abs(dy), 0.01))
	return mx + t*dx, my + t*dy
}

// head is the triangle at the end of an arrow that comes from (x, y).
func head(x, y, ex, ey float64) string {
	length := math.Hypot(ex-x, ey-y)
	ux, uy := (ex-x)/length, (ey-y)/length
	const long, half = 8.0, 3.6
	bx, by := ex-ux*long, ey-uy*long
	return fmt.Sprintf("%s,%s %s,%s %s,%s", px(ex), px(ey), px(bx-uy*half), px(by+ux*half), px(bx+uy*half), px(by-ux*half))
}
