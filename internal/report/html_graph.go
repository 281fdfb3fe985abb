package report

import (
	"cmp"
	"slices"

	"conformance/internal/result"
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

// edgeKind describes a class of arrows: how it is drawn, what it means, how many there are.
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
	legal := c.Change.Legal
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

// wasAccepted reports whether the change took place: it was answered with success, or refused but carried out.
func wasAccepted(c result.Check) bool {
	if len(c.Differences) > 0 {
		return slices.ContainsFunc(c.Differences, func(d result.Difference) bool { return d.Accepted })
	}
	x := failedExchange(c)
	return x != nil && x.Response != nil && x.Response.Status/100 == 2
}

type step struct{ from, to, kind string }

// machines finds the operations whose status changes were tried.
func machines(r result.Run) []machine {
	var names []string
	steps := map[string][]step{}
	for _, c := range r.Checks {
		if c.Change == nil {
			continue
		}
		from, to := line(c.Change.From, maxName), line(c.Change.To, maxName)
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

// ordered puts the statuses in the order in which legal steps first reach them, so that the way through them goes round
// the graph.
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
