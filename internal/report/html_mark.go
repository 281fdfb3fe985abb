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
func newDialogue(x *result.Exchange, guilty bool, failures []result.Failure) dialogue {
	d := dialogue{Curl: excerpt(visible(x.Curl), maxCurl)}
	fault := ""
	if guilty {
		fault = x.Request.Fault
	} else {
		failures = nil
	}
	d.Request = requestLines(x.Request, fault)
	switch {
	case x.Response != nil:
		d.Response = responseLines(*x.Response, failures)
	default:
		l := textLine{Spans: []span{{Text: "no answer: " + line(x.Error, maxText), Mark: guilty}}}
		d.Response = []textLine{l}
	}
	return d
}

// requestLines marks what the fault names: a query parameter, a header or a member of the body. What was left out cannot be marked;
// the fault itself stands above the request.
func requestLines(q result.Request, fault string) []textLine {
	url := line(q.URL, maxURL)
	start := textLine{Spans: []span{{Text: line(q.Method, 40) + " "}, {Text: url}}}
	if path, query, ok := strings.Cut(url, "?"); ok {
		start.Spans = []span{{Text: line(q.Method, 40) + " " + path + "?"}}
		for i, parameter := range strings.Split(query, "&") {
			if i > 0 {
				start.Spans = append(start.Spans, span{Text: "&"})
			}
			name, _, _ := strings.Cut(parameter, "=")
			start.Spans = append(start.Spans, span{parameter, names(fault, name)})
		}
	}
	out := []textLine{start}
	for _, h := range bounded(q.Headers) {
		out = append(out, textLine{Spans: []span{{line(h.Name, 100) + ": " + line(h.Value, maxHeader), names(fault, h.Name)}}})
	}
	for i, text := range bodyLines(q.Body) {
		if i == 0 {
			out = append(out, textLine{})
		}
		member, _, isMember := strings.Cut(strings.TrimLeft(text, " {"), ":")
		out = append(out, textLine{Spans: []span{{text, isMember && names(fault, strings.Trim(member, `"`))}}})
	}
	return out
}

// names reports whether the text holds the name as a word of its own.
func names(text, name string) bool {
	if len(name) < 2 {
		return false
	}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,:;=\"'`()[]", r) }) {
		if strings.EqualFold(strings.TrimSuffix(word, "."), name) {
			return true
		}
	}
	return false
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

// responseLines marks each difference at its place: the status, a header, a part of the body; one without a place follows the body.
func responseLines(p result.Response, failures []result.Failure) []textLine {
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
	for i, f := range failures {
		if i == maxFailures {
			break
		}
		out = mark(out, f)
	}
	return out
}

// mark puts one difference where it shows in a response; one that shows nowhere follows the body.
func mark(lines []textLine, f result.Failure) []textLine {
	note := "expected " + line(f.Expected, 200)
	head := slices.IndexFunc(lines, func(l textLine) bool { return l.Spans == nil }) // the empty line after the headers
	if head < 0 {
		head = len(lines)
	}
	switch f.Kind {
	case result.KindStatus:
		return markLine(lines, 0, note)
	case result.KindMediaType, result.KindHeader:
		name := headerOf(f)
		for i := 1; i < head; i++ {
			if len(lines[i].Spans) == 2 && strings.EqualFold(lines[i].Spans[0].Text, name+": ") {
				return markLine(lines, i, note)
			}
		}
		if name != "" {
			return slices.Insert(lines, head, textLine{Spans: []span{{Text: name + ": (absent)", Mark: true}}, Notes: []string{note}})
		}
	default:
		for _, text := range quotedIn(f.Actual) {
			for i := 1; i < len(lines); i++ {
				if markText(&lines[i], text) {
					lines[i].Notes = append(lines[i].Notes, note)
					return lines
				}
			}
		}
	}
	kind := strings.ReplaceAll(string(f.Kind), "_", " ")
	return append(lines, textLine{Spans: []span{}, Notes: []string{kind + ": " + note + ", got " + line(f.Actual, 200)}})
}

// quotedIn are the texts of an answer that a failure may quote: all of what it says, or what follows its own words.
func quotedIn(actual string) []string {
	actual = strings.TrimSuffix(visible(actual), "…")
	texts := []string{strings.Trim(actual, `"`)}
	if _, after, ok := strings.Cut(actual, ": "); ok {
		texts = append(texts, strings.Trim(after, `"`))
	}
	return texts
}

// markLine marks the second span of a line.
func markLine(lines []textLine, i int, note string) []textLine {
	lines[i].Spans[1].Mark = true
	lines[i].Notes = append(lines[i].Notes, note)
	return lines
}

// headerOf is the header that a difference is about: named before a colon, or the whole of what was expected.
func headerOf(f result.Failure) string {
	if f.Kind == result.KindMediaType {
		return "Content-Type"
	}
	for _, text := range []string{f.Expected, f.Message} {
		name, _, _ := strings.Cut(text, ":")
		if token(name) {
			return name
		}
	}
	if name, _, _ := strings.Cut(f.Message, " "); token(name) { // "Allow lacks DELETE"
		return name
	}
	return ""
}

func token(s string) bool {
	return s != "" && len(s) <= 60 && strings.IndexFunc(s, func(r rune) bool {
		return r != '-' && (r < 'a' || 'z' < r) && (r < 'A' || 'Z' < r) && (r < '0' || '9' < r)
	}) < 0
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
