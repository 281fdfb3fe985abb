package cli

import (
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/term"

	"conformance/internal/probe"
	"conformance/internal/report"
	"conformance/internal/result"
	"conformance/internal/runner"
)

func terminal(w io.Writer) bool {
	f := file(w)
	return f != nil && term.IsTerminal(int(f.Fd()))
}

// colours says whether the output is for eyes that want colour (https://no-color.org).
func colours(env environment) bool {
	return terminal(env.stdout) && env.get("NO_COLOR") == "" && env.get("TERM") != "dumb"
}

// progress shows how far the run is: a live line on a terminal, a line now and then elsewhere.
type progress struct {
	mu            sync.Mutex
	out           io.Writer
	line          *report.Live  // nil: not a terminal
	client        *probe.Client // that sends the requests
	state         report.Progress
	started       time.Time
	reportedTenth int // tenths of the rows
}

func newProgress(env environment, b runner.Beginning) *progress {
	p := &progress{
		out: env.stderr, client: b.Client, state: report.Progress{Total: b.Rows}, started: b.Client.Clock().Now(),
	}
	if f := file(env.stderr); f != nil && terminal(f) {
		width, _, _ := term.GetSize(int(f.Fd())) // 0 where nobody knows: the line has a width of its own then
		p.line = &report.Live{W: f, Width: width, Color: colours(env)}
	}
	return p
}

// silentPeriod is when a run that is not on a terminal begins to print how far it is.
const silentPeriod = 5 * time.Second

func (p *progress) row(row result.Check) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &p.state
	s.Done++
	s.Requests, s.Elapsed = p.client.Requests(), p.client.Clock().Now().Sub(p.started)
	switch row.Outcome {
	case result.Fail:
		s.Failures++
	case result.Error:
		s.Errors++
	}
	tenth := 10 * s.Done / max(s.Total, 1)
	switch {
	case p.line != nil:
		p.line.Update(*s)
	case s.Elapsed > silentPeriod && tenth > p.reportedTenth:
		p.reportedTenth = tenth
		fmt.Fprintln(p.out, s.Line(100))
	}
}

// waiting reports long waits, also before there is any progress to show.
type waiting struct {
	mu       sync.Mutex
	out      io.Writer
	progress *progress // nil: the checks have not begun
}

func (w *waiting) wait(d time.Duration, why string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := fmt.Sprintf("waiting %s: %s", whole(d), why)
	if w.progress == nil {
		fmt.Fprintln(w.out, text)
		return
	}
	w.progress.mu.Lock()
	defer w.progress.mu.Unlock()
	w.progress.done() // the live line comes back with the next row
	fmt.Fprintln(w.out, text)
}

func (p *progress) done() {
	if p.line != nil {
		p.line.Clear()
	}
}
