package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"sync"
	"unicode"
	"unicode/utf8"
)

// guard is the one door through which text leaves the program. Titles, names and answers come from others: printed as
// they are, a line of theirs could order a CI (::error, ##[…], ##vso[…]), and a control character the terminal. Both
// are written as escapes, \u003a and \u001b, which are the same text in JSON. What the program itself says to a CI or a
// terminal goes around the guard: by raw, or by page.
type guard struct {
	to     io.Writer
	direct bool // a terminal: every write is shown at once
	styled bool // the text is the program's own page: its colours pass, and what it quotes was escaped by who made it

	mu      sync.Mutex
	pending []byte // the beginning of a line that has not ended
	failed  error
}

// maxPending is how much of a line is held back until it ends, in bytes.
const maxPending = 1 << 16

func newGuard(w io.Writer) *guard { return &guard{to: w, direct: terminal(w)} }

// raw is what is behind the guard of w, if there is one: for workflow commands that the program gives itself.
func raw(w io.Writer) io.Writer {
	if g, ok := w.(*guard); ok {
		g.Flush()
		return g.to
	}
	return w
}

// page is where a report with colours goes. Without colours it is the standard output.
func page(env environment) io.Writer {
	if colours(env) {
		return &guard{to: raw(env.stdout), direct: true, styled: true}
	}
	return env.stdout
}

// Write shows whole lines, and the rest when its line ends or Flush is called.
func (g *guard) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pending = append(g.pending, p...)
	if end := bytes.LastIndexByte(g.pending, '\n') + 1; end > 0 {
		g.emit(g.pending[:end])
		g.pending = append(g.pending[:0], g.pending[end:]...)
	}
	if end := g.shown(); end > 0 {
		g.emit(g.pending[:end])
		g.pending = append(g.pending[:0], g.pending[end:]...)
	}
	if g.failed != nil {
		return 0, g.failed
	}
	return len(p), nil
}

// shown is how much of a line that has not ended is shown anyway: everything on a terminal; of a very long line all but
// the last characters, which may be the beginning of a command.
func (g *guard) shown() int {
	if g.direct {
		return len(g.pending)
	}
	end := len(g.pending) - 64
	for end > 0 && !utf8.RuneStart(g.pending[end]) {
		end--
	}
	if end < maxPending {
		return 0
	}
	return end
}

// Flush shows what is held back.
func (g *guard) Flush() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.emit(g.pending)
	g.pending = g.pending[:0]
}

func (g *guard) emit(text []byte) {
	if len(text) == 0 || g.failed != nil {
		return
	}
	var out bytes.Buffer
	for line := range bytes.Lines(text) {
		g.line(&out, line)
	}
	_, g.failed = g.to.Write(out.Bytes())
}

// hashCommand is how commands of Azure Pipelines, TeamCity and older runners of GitHub begin. They obey it anywhere in
// a line.
var hashCommand = regexp.MustCompile(`##([A-Za-z]*\[)`)

func (g *guard) line(out *bytes.Buffer, line []byte) {
	inert := hashCommand.ReplaceAll(line, []byte(`#\u0023$1`))
	// GitHub obeys a line that begins with ::, white space in front of it not counted. A line of which the beginning is
	// shown already is taken for one that begins: what was shown may have been white space.
	if rest := bytes.TrimLeftFunc(inert, ignored); bytes.HasPrefix(rest, []byte("::")) {
		out.Write(inert[:len(inert)-len(rest)])
		out.WriteString(`\u003a`)
		inert = rest[1:]
	}
	for len(inert) > 0 {
		r, size := utf8.DecodeRune(inert)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(out, `\x%02x`, inert[0])
		case unicode.IsControl(r) && r != '\n' && r != '\t' && !g.styled:
			fmt.Fprintf(out, `\u%04x`, r)
		default:
			out.Write(inert[:size])
		}
		inert = inert[size:]
	}
}

// ignored says that a character in front of a command does not keep a CI from obeying it.
func ignored(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

// file is the file behind w, or nil.
func file(w io.Writer) *os.File {
	if g, ok := w.(*guard); ok {
		w = g.to
	}
	f, _ := w.(*os.File)
	return f
}
