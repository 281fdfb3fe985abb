package report

import (
	"fmt"
	"math"
	"slices"
	"unicode/utf8"
)

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
		m.Nodes = append(m.Nodes, graphNode{
			Name: s, X: x - w/2, Y: y - nodeHeight/2, W: w, H: nodeHeight, TextX: x, TextY: y + 4.5, Final: !leaves[s],
		})
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
	curvature := min(0.13*length, 34)
	cx, cy := (ax+bx)/2-dy/length*curvature, (ay+by)/2+dx/length*curvature
	sx, sy := borderPoint(a, cx, cy, 0)
	ex, ey := borderPoint(b, cx, cy, 4)
	return graphEdge{
		Kind: kind.Kind,
		Path: fmt.Sprintf("M%s %sQ%s %s %s %s", coordinate(sx), coordinate(sy), coordinate(cx), coordinate(cy),
			coordinate(ex), coordinate(ey)),
		Head:  arrowHead(cx, cy, ex, ey),
		Title: s.from + " → " + s.to + ": " + kind.Text,
	}
}

// borderPoint is where the line from a box's middle to a point crosses its border, with a gap.
func borderPoint(n graphNode, x, y, gap float64) (float64, float64) {
	mx, my := n.X+n.W/2, n.Y+n.H/2
	dx, dy := x-mx, y-my
	t := min((n.W/2+gap)/max(math.Abs(dx), 0.01), (n.H/2+gap)/max(math.Abs(dy), 0.01))
	return mx + t*dx, my + t*dy
}

// arrowHead is the triangle at the end of an arrow that comes from (x, y).
func arrowHead(x, y, ex, ey float64) string {
	length := math.Hypot(ex-x, ey-y)
	ux, uy := (ex-x)/length, (ey-y)/length
	const long, half = 8.0, 3.6
	bx, by := ex-ux*long, ey-uy*long
	return fmt.Sprintf("%s,%s %s,%s %s,%s", coordinate(ex), coordinate(ey), coordinate(bx-uy*half), coordinate(by+ux*half),
		coordinate(bx+uy*half), coordinate(by-ux*half))
}
