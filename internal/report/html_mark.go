package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"conformance/internal/result"
)

// newDialogue renders an exchange; in the one that the row is about, every difference is marked where it shows.
func newDialogue(x *result.Exchange, failed bool, differences []result.Difference) dialogue {
	d := dialogue{Curl: excerpt(visible(x.Curl), maxCurl)}
	var at []string
	if failed {
		at = x.Request.FaultAt
	} else {
		differences = nil
	}
	d.Request = requestLines(x.Request, at)
	switch {
	case x.Response != nil:
		d.Response = responseLines(*x.Response, differences)
	default:
		l := textLine{Spans: []span{{Text: "no answer: " + line(x.Error, maxText), Mark: failed}}}
		d.Response = []textLine{l}
	}
	return d
}

// requestLines marks what the fault is about: the method, the path, a query parameter, a header, a member of the body
// or all of it. What was left out cannot be marked; the fault itself stands above the request.
func requestLines(q result.Request, at []string) []textLine {
	faulty := func(place, name string) bool {
		return slices.ContainsFunc(at, func(a string) bool { return strings.EqualFold(a, place+name) })
	}
	path, query, asks := strings.Cut(line(q.URL, maxURL), "?")
	inPath := faulty("path", "") || slices.ContainsFunc(at, func(a string) bool { return strings.HasPrefix(a, "path:") })
	start := textLine{Spans: []span{{line(q.Method, 40) + " ", faulty("method", "")}, {path, inPath}}}
	if asks {
		start.Spans = append(start.Spans, span{Text: "?"})
		for i, parameter := range strings.Split(query, "&") {
			if i > 0 {
				start.Spans = append(start.Spans, span{Text: "&"})
			}
			name, _, _ := strings.Cut(parameter, "=")
			start.Spans = append(start.Spans, span{parameter, faulty("query:", name)})
		}
	}
	out := []textLine{start}
	for _, h := range bounded(q.Headers) {
		out = append(out, textLine{
			Spans: []span{{line(h.Name, 100) + ": " + line(h.Value, maxHeader), faulty("header:", h.Name)}},
		})
	}
	for i, text := range bodyLines(q.Body) {
		if i == 0 {
			out = append(out, textLine{})
		}
		member, _, isMember := strings.Cut(strings.TrimLeft(text, " {"), ":")
		marked := faulty("body", "") || isMember && inBody(at, strings.Trim(member, `"`))
		out = append(out, textLine{Spans: []span{{text, marked}}})
	}
	return out
}

// inBody says that one of the places is a member of that name, at whatever depth.
func inBody(at []string, member string) bool {
	return slices.ContainsFunc(at, func(a string) bool {
		return strings.HasPrefix(a, "/") &&
			strings.HasSuffix(a, "/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(member))
	})
}

func bounded(headers []result.Header) []result.Header {
	return headers[:min(len(headers), maxHeaders)]
}

// bodyLines are the lines of a body, a JSON document one member a line.
func bodyLines(body string) []string {
	if body == "" {
		return nil
	}
	var pretty bytes.Buffer
	if len(body) > 60 && len(body) <= maxBody && json.Indent(&pretty, []byte(body), "", "  ") == nil {
		body = pretty.String()
	}
	return strings.Split(excerpt(visible(body), maxBody), "\n")
}

// responseLines marks each difference at its place: the status, a header, a part of the body; one without a place
// follows the body.
func responseLines(p result.Response, differences []result.Difference) []textLine {
	status := strings.TrimSpace(fmt.Sprintf("%d %s", p.Status, http.StatusText(p.Status)))
	out := []textLine{{Spans: []span{{Text: strings.TrimSpace(line(p.Proto, 20)) + " "}, {Text: status}}}}
	for _, h := range bounded(p.Headers) {
		out = append(out, textLine{Spans: []span{{Text: line(h.Name, 100) + ": "}, {Text: line(h.Value, maxHeader)}}})
	}
	for i, text := range bodyLines(p.Body) {
		if i == 0 {
			out = append(out, textLine{})
		}
		out = append(out, textLine{Spans: []span{{Text: text}}})
	}
	if p.Truncated {
		out = append(out, textLine{Spans: []span{{Text: "(the body is an excerpt)"}}})
	}
	for i, d := range differences {
		if i == maxFailures {
			break
		}
		out = mark(out, d)
	}
	return out
}

// mark puts one difference where it shows in a response; one that shows nowhere follows the body.
func mark(lines []textLine, d result.Difference) []textLine {
	f := d.Failure()
	note := "expected " + line(f.Expected, 200)
	head := slices.IndexFunc(lines, func(l textLine) bool { return l.Spans == nil }) // the empty line after the headers
	if head < 0 {
		head = len(lines)
	}
	switch d.Kind {
	case result.KindStatus:
		return markLine(lines, 0, note)
	case result.KindMediaType, result.KindHeader:
		for i := 1; i < head; i++ {
			if len(lines[i].Spans) == 2 && strings.EqualFold(lines[i].Spans[0].Text, d.At+": ") {
				return markLine(lines, i, note)
			}
		}
		if d.At != "" {
			return slices.Insert(lines, head, textLine{
				Spans: []span{{Text: d.At + ": (absent)", Mark: true}}, Notes: []string{note},
			})
		}
	default:
		text := strings.Trim(strings.TrimSuffix(visible(d.Got), "…"), `"`)
		for i := 1; i < len(lines); i++ {
			if markText(&lines[i], text) {
				lines[i].Notes = append(lines[i].Notes, note)
				return lines
			}
		}
	}
	kind := strings.ReplaceAll(string(d.Kind), "_", " ")
	return append(lines, textLine{Spans: []span{}, Notes: []string{kind + ": " + note + ", got " + line(f.Actual, 200)}})
}

// markLine marks the second span of a line.
func markLine(lines []textLine, i int, note string) []textLine {
	lines[i].Spans[1].Mark = true
	lines[i].Notes = append(lines[i].Notes, note)
	return lines
}

// markText marks the first place of text in a line; texts so short that they stand anywhere are not looked for.
func markText(l *textLine, text string) bool {
	if len(text) < 3 {
		return false
	}
	for i, s := range l.Spans {
		before, after, ok := strings.Cut(s.Text, text)
		if !ok || s.Mark {
			continue
		}
		spans := append([]span{}, l.Spans[:i]...)
		spans = append(spans, span{before, false}, span{text, true}, span{after, false})
		l.Spans = append(spans, l.Spans[i+1:]...)
		return true
	}
	return false
}
