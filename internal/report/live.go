package report

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Progress is how far a run has come.
type Progress struct {
	Done, Total int // rows
	Failures    int // rows that broke the contract so far
	Requests    int // sent so far
	Elapsed     time.Duration
	Errors      int // rows that could not be judged so far
}

// Line shows the progress in at most width characters: what is left out first is what matters least.
func (p Progress) Line(width int) string {
	total := max(p.Total, p.Done)
	parts := []string{fmt.Sprintf("%*d/%d", len(fmt.Sprint(total)), p.Done, total)}
	if p.Failures > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", p.Failures))
	}
	if p.Errors > 0 {
		parts = append(parts, count(p.Errors, "error"))
	}
	if left, ok := p.Left(); ok {
		parts = append(parts, timeLeft(left)+" left")
	} else {
		parts = append(parts, timeLeft(p.Elapsed))
	}
	if seconds := p.Elapsed.Seconds(); seconds >= 0.5 {
		parts = append(parts, fmt.Sprintf("%.0f requests/s", float64(p.Requests)/seconds))
	}
	out := strings.Join(parts, "  ")
	for len(parts) > 1 && utf8.RuneCountInString(out) > width {
		parts = parts[:len(parts)-1]
		out = strings.Join(parts, "  ")
	}
	if room := width - utf8.RuneCountInString(out) - 2; room >= 10 {
		out = meter(p.Done, total, min(room, 30)) + "  " + out
	}
	return cut(out, max(width, 1))
}

// Left estimates the time that the rest takes, from what has been done; not before enough is done to tell.
func (p Progress) Left() (time.Duration, bool) {
	if p.Done < 10 || p.Elapsed < time.Second || p.Total < p.Done {
		return 0, false
	}
	return time.Duration(float64(p.Elapsed) / float64(p.Done) * float64(p.Total-p.Done)), true
}

func meter(done, total, width int) string {
	full := 0
	if total > 0 {
		full = done * width / total
	}
	return strings.Repeat("━", full) + strings.Repeat("┄", width-full)
}

func timeLeft(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.0f s", d.Seconds())
	}
	return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
}

// Live keeps one line of a terminal up to date. It is not safe for concurrent use. Write nothing else there before
// Clear.
type Live struct {
	W     io.Writer
	Width int  // of the terminal in characters; 0: 80
	Color bool // failures in red

	drawn time.Duration
	shown bool
}

// redraw is how often the line may change; more often than that nobody reads it.
const redraw = 100 * time.Millisecond

// Update shows the progress, unless the line has only just been drawn.
func (l *Live) Update(p Progress) {
	if l.shown && p.Done < p.Total && p.Elapsed-l.drawn < redraw {
		return
	}
	l.shown, l.drawn = true, p.Elapsed
	width := l.Width
	if width <= 0 {
		width = 80
	}
	text := p.Line(width - 1) // the last column would wrap
	if failed := fmt.Sprintf("%d failed", p.Failures); p.Failures > 0 && l.Color {
		text = strings.Replace(text, failed, paint(true).red(failed), 1)
	}
	fmt.Fprintf(l.W, "\r\x1b[K%s", text)
}

// Clear removes the line.
func (l *Live) Clear() {
	if l.shown {
		fmt.Fprint(l.W, "\r\x1b[K")
		l.shown = false
	}
}
