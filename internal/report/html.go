package report

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"

	"conformance/internal/result"
)

//go:embed templates
var templates embed.FS

// WriteHTML writes report.html: one file that needs nothing else, for people. Its policy lets a browser run only the
// script and the style in it, by their hashes, and fetch nothing; whatever came from the target is escaped and bounded
// besides.
func WriteHTML(w io.Writer, r result.Run) error {
	t, err := htmlTemplate()
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	if err := t.Execute(out, newPage(r)); err != nil {
		return err
	}
	return out.Flush()
}

// htmlTemplate parses the templates once.
var htmlTemplate = sync.OnceValues(func() (*template.Template, error) {
	style, err := templates.ReadFile("templates/report.css")
	if err != nil {
		return nil, err
	}
	script, err := templates.ReadFile("templates/report.js")
	if err != nil {
		return nil, err
	}
	policy := fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; base-uri 'none'; form-action 'none'",
		hash(style), hash(script))
	return template.New("report.html").Funcs(template.FuncMap{
		"policy": func() string { return policy },
		"style":  func() template.CSS { return template.CSS(style) },
		"script": func() template.JS { return template.JS(script) },
		"symbol": symbol,
		"word":   word,
		"count":  count,
		"px":     coordinate,
	}).ParseFS(templates, "templates/*.html")
})

// hash is how a content security policy names an inline text.
func hash(text []byte) string {
	sum := sha256.Sum256(text)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// outcomes in the order in which a reader wants them: what is to be done first.
var outcomes = []result.Outcome{result.Fail, result.Flaky, result.Warn, result.Error, result.Skip, result.Pass}

// symbol says an outcome without colour.
func symbol(o result.Outcome) string {
	switch o {
	case result.Pass:
		return "✓"
	case result.Fail:
		return "✗"
	case result.Flaky:
		return "~"
	case result.Warn:
		return "!"
	case result.Skip:
		return "–"
	case "":
		return "○" // documented, and nothing came of it
	default:
		return "?"
	}
}

// word says an outcome as the state of a row.
func word(o result.Outcome) string {
	switch o {
	case result.Pass:
		return "passed"
	case result.Fail:
		return "failed"
	case result.Flaky:
		return "flaky"
	case result.Warn:
		return "warned"
	case result.Skip:
		return "not verified"
	case "":
		return "not provoked"
	default:
		return "could not be judged"
	}
}

// coordinate writes a coordinate.
func coordinate(v float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0") }
