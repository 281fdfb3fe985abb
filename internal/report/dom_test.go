package report

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"conformance/internal/result"
)

// dom is a parsed report.html, asked for what a reader sees of it: headings, tables, marked text. Classes and the order
// of tags are not looked at, so that the markup may change as long as the words stay.
type dom struct {
	*testing.T

	root *html.Node
}

func parsePage(t *testing.T, r result.Run) dom {
	t.Helper()
	root, err := html.Parse(strings.NewReader(string(render(t, WriteHTML, r))))
	if err != nil {
		t.Fatal(err)
	}
	return dom{t, root}
}

// every lists the elements of that name below n, in the order in which they are read.
func every(n *html.Node, name string) []*html.Node {
	var out []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == name {
			out = append(out, d)
		}
	}
	return out
}

// raw is the text of an element as it is there, with what only a screen reader says and without what is hidden from
// everybody.
func raw(n *html.Node) string {
	var b strings.Builder
	if has(n, "hidden") {
		return ""
	}
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := range n.ChildNodes() {
			if !has(c, "hidden") && !slices.Contains([]string{"script", "style", "title"}, c.Data) {
				walk(c)
			}
		}
		if n.Type == html.ElementNode && !slices.Contains([]string{"a", "b", "span", "small", "mark", "code"}, n.Data) {
			b.WriteByte(' ') // what stands apart on the screen
		}
	}
	walk(n)
	return b.String()
}

// words is the text of an element with every white space as one blank.
func words(n *html.Node) string { return strings.Join(strings.Fields(raw(n)), " ") }

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// within is the nearest element of that name around n, or nil.
func within(n *html.Node, name string) *html.Node {
	for p := range n.Ancestors() {
		if p.Type == html.ElementNode && p.Data == name {
			return p
		}
	}
	return nil
}

// section is the part of the page under a heading that begins so.
func (p dom) section(heading string) *html.Node {
	p.Helper()
	for _, h := range every(p.root, "h2") {
		if s := within(h, "section"); s != nil && strings.HasPrefix(words(h), heading) {
			return s
		}
	}
	p.Fatalf("no section is headed %q", heading)
	return nil
}

// target is what a link within the page leads to.
func (p dom) target(link *html.Node) *html.Node {
	p.Helper()
	for d := range p.root.Descendants() {
		if id := attribute(d, "id"); id != "" && "#"+id == attribute(link, "href") {
			return d
		}
	}
	p.Fatalf("%q leads nowhere", words(link))
	return nil
}

// cells are the rows of the tables below n, each as the words of its cells.
func cells(n *html.Node) [][]string {
	var out [][]string
	for _, row := range every(n, "tr") {
		var line []string
		for c := range row.ChildNodes() {
			if c.Type == html.ElementNode {
				line = append(line, words(c))
			}
		}
		out = append(out, line)
	}
	return out
}

// texts are the words of every element of that name below n.
func texts(n *html.Node, name string) []string {
	var out []string
	for _, d := range every(n, name) {
		out = append(out, words(d))
	}
	return out
}

// visiblePrefix is the part of a text that no report needs to change: up to the first character that is not shown as it
// is.
func visiblePrefix(s string) string {
	if i := strings.IndexFunc(s, func(r rune) bool { return r < ' ' || hidden(r) }); i >= 0 {
		s = s[:i]
	}
	return strings.Join(strings.Fields(s), " ")
}
