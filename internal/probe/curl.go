package probe

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// curl repeats the request in a POSIX shell. Secrets are variables, so what holds one is quoted to let it expand.
func (c *Client) curl(r *Request) string {
	word := func(s string) string { return quote(c.redact.pieces(s)) }
	body, cut := excerptOf(c.redact.pieces(string(r.Body)))
	var b strings.Builder
	if r.Body != nil && !printable(r.Body) {
		for i, p := range body {
			if !p.label {
				body[i].text = octal(p.text)
			}
		}
		fmt.Fprintf(&b, "printf '%%b' %s | ", quote(body))
	}
	b.WriteString("curl -sS -i")
	switch {
	case r.Method == http.MethodHead: // curl would wait for a body
		b.WriteString(" --head")
	case strings.Trim(r.Method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "":
		b.WriteString(" -X " + r.Method)
	default:
		b.WriteString(" -X " + word(r.Method))
	}
	u := r.url(c.base)
	if strings.ContainsAny(u.String(), "[]{}") {
		b.WriteString(" -g") // else curl would take them for patterns
	}
	if strings.Contains(u.EscapedPath()+"/", "/./") || strings.Contains(u.EscapedPath()+"/", "/../") {
		b.WriteString(" --path-as-is")
	}
	b.WriteString(" " + word(u.String()))
	lines := r.headers()
	for _, h := range lines {
		b.WriteString(" -H " + word(h.Name+curlSeparator(h.Value)+h.Value))
	}
	if r.Body != nil {
		if !slices.ContainsFunc(lines, named("Content-Type")) {
			b.WriteString(" -H 'Content-Type:'") // else curl would send one of its own
		}
		if printable(r.Body) {
			b.WriteString(" --data-binary " + quote(body))
		} else {
			b.WriteString(" --data-binary @-")
		}
	}
	if cut {
		b.WriteString("  # the body is an excerpt")
	}
	return b.String()
}

// curlSeparator: a header without value is sent only if it ends in a semicolon.
func curlSeparator(value string) string {
	if strings.TrimSpace(value) == "" {
		return ";"
	}
	return ": "
}

// excerptOf keeps the first bytes of a text, and no label in part.
func excerptOf(pieces []piece) ([]piece, bool) {
	left := excerpt
	for i, p := range pieces {
		if len(p.text) <= left {
			left -= len(p.text)
			continue
		}
		kept := slices.Clone(pieces[:i])
		if !p.label {
			for left > 0 && !utf8.RuneStart(p.text[left]) {
				left--
			}
			kept = append(kept, piece{p.text[:left], false})
		}
		return kept, true
	}
	return pieces, false
}

func printable(b []byte) bool {
	if len(b) > 0 && b[0] == '@' {
		return false // curl would read a file of that name
	}
	return utf8.Valid(b) &&
		!slices.ContainsFunc(b, func(c byte) bool { return c < 0x20 && c != '\n' && c != '\t' || c == 0x7f })
}

func octal(s string) string {
	var out strings.Builder
	for _, c := range []byte(s) {
		if c < 0x20 || c >= 0x7f || c == '\\' {
			fmt.Fprintf(&out, `\0%03o`, c)
		} else {
			out.WriteByte(c)
		}
	}
	return out.String()
}

// inQuotes escapes for double quotes, single for single ones. A NUL, which no argument can hold, is left out.
var (
	inQuotes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", "$", `\$`, "\x00", "")
	inSingle = strings.NewReplacer("'", `'\''`, "\x00", "")
)

// quote makes one shell word. Everything but the labels is literal.
func quote(pieces []piece) string {
	text, labels := "", false
	for _, p := range pieces {
		labels = labels || p.label
		text += p.text
	}
	if !labels {
		return single(text)
	}
	mixed := strings.Contains(text, "!") // which an interactive shell expands even there
	var b strings.Builder
	for _, p := range pieces {
		switch {
		case p.text == "":
		case p.label && mixed:
			b.WriteString(`"` + p.text + `"`)
		case p.label:
			b.WriteString(p.text)
		case mixed:
			b.WriteString(single(p.text))
		default:
			b.WriteString(inQuotes.Replace(p.text))
		}
	}
	if mixed {
		return b.String()
	}
	return `"` + b.String() + `"`
}

func single(s string) string { return "'" + inSingle.Replace(s) + "'" }
