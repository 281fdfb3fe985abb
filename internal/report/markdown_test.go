package report

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"conformance/internal/result"
)

func TestMarkdownIsBounded(t *testing.T) {
	noisy := many(t, 3000)
	for range 100 {
		noisy.Notes = append(noisy.Notes, strings.Repeat("note ", 300))
		noisy.Checks = append(noisy.Checks, result.Check{
			Outcome: result.Skip, ReasonCode: result.Fixture, Reason: strings.Repeat("r", len(noisy.Notes)),
		})
	}
	for name, r := range map[string]result.Run{
		"recorded": recorded(t), "passing": passing(t), "noisy": noisy, "empty": {},
	} {
		text := render(t, WriteMarkdown, r)
		if n := bytes.Count(text, []byte("\n")); n > 60 {
			t.Errorf("%s: %d lines", name, n)
		}
		if len(text) > 64<<10 {
			t.Errorf("%s: %d bytes", name, len(text))
		}
	}
}

// What a target sends can neither leave its cell, nor mention anybody, nor be read as HTML.
func TestMarkdownEscapes(t *testing.T) {
	const hostile = "a|b `c` <script> @everyone #1 [x](http://evil) ![i](u) **b** ~~s~~ \\| \n\n# h1 $x$ :tada: " +
		"https://evil www.evil.example"
	r := recorded(t)
	for i := range r.Checks {
		c := &r.Checks[i]
		c.Title, c.Operation, c.Reason = hostile, hostile+c.Operation, hostile
		for j := range c.Differences {
			c.Differences[j].Got = hostile
		}
	}
	r.Target, r.Notes = hostile, []string{hostile}
	allowed := regexp.MustCompile(`</?(details|summary|code)>|^> |\*\*`)
	escaped := regexp.MustCompile(`\\.`)
	for l := range strings.Lines(string(render(t, WriteMarkdown, r))) {
		text := escaped.ReplaceAllString(allowed.ReplaceAllString(l, ""), "")
		for _, bad := range []string{"<", "@", "://", "www.", "](", "*b", "`", "#1", ":tada:"} {
			if strings.Contains(text, bad) && !strings.HasPrefix(l, "## ") {
				t.Errorf("%q in %s", bad, l)
			}
		}
		if strings.HasPrefix(l, "| ✗") || strings.HasPrefix(l, "| !") {
			if cells := strings.Count(text, "|") - 1; cells != 4 {
				t.Errorf("%d cells in %s", cells, l)
			}
		}
	}
}

// A finding links to where its requirement is written, if that is an address and nothing else.
func TestMarkdownLinksTheSource(t *testing.T) {
	for url, linked := range map[string]bool{
		"https://docs.test:8443/errors/?v=1#s-4.01":      true,
		"http://docs.test":                               true,
		"":                                               false,
		"javascript:alert(1)":                            false,
		"https://docs.test/a) ![i](https://evil":         false,
		"https://docs.test/<script>":                     false,
		"https://docs.test/\n# more":                     false,
		"//docs.test/errors":                             false,
		"https://user@docs.test/":                        false,
		"https://docs.test/" + strings.Repeat("x", 2000): false,
	} {
		row := broken("A-1", "getThing", "", result.Fail, result.KindStatus, "409")
		row.Source, row.SourceURL = "Errors, [4]", url
		text := string(render(t, WriteMarkdown, result.Run{Checks: []result.Check{row}}))
		if got := strings.Contains(text, `[Errors, \[4\]](`+url+`)`); got != linked {
			t.Errorf("%q: linked %v, want %v, in\n%s", url, got, linked, text)
		}
		if !linked && strings.Contains(text, "](") {
			t.Errorf("%q: there is a link in\n%s", url, text)
		}
		page := string(render(t, WriteHTML, result.Run{Checks: []result.Check{row}}))
		if got := strings.Contains(page, ` rel="noreferrer">Errors, [4]</a>`); got != linked {
			t.Errorf("%q: linked %v in report.html, want %v", url, got, linked)
		}
	}
}

func TestAnnotationsGolden(t *testing.T) {
	golden(t, "annotations.txt", render(t, WriteAnnotations, recorded(t)))
	one := regexp.MustCompile(`^::(error|warning) title=[^:,\r\n]+::[^\r\n]+\n$`)
	r := many(t, 500)
	n := 0
	for l := range strings.Lines(string(render(t, WriteAnnotations, r))) {
		n++
		if !one.MatchString(l) {
			t.Errorf("not one annotation: %q", l)
		}
	}
	if n != maxAnnotations {
		t.Errorf("%d annotations, want %d", n, maxAnnotations)
	}
	if got := render(t, WriteAnnotations, passing(t)); len(got) != 0 {
		t.Errorf("a conformant run is annotated: %s", got)
	}
	hostile := result.Run{
		Checks: []result.Check{
			broken("A-1", "x::y,z\n::error::owned", "", result.Fail, result.KindStatus, "%0A\r\n::stop-commands::x"),
		},
	}
	if got := string(render(t, WriteAnnotations, hostile)); !one.MatchString(got) {
		t.Errorf("a target's text leaves its annotation: %q", got)
	}
}
