package cli

import (
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/term"

	"conformance/internal/result"
)

// version is the module's, as the build recorded it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "dev"
	}
	return info.Main.Version
}

func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// colours says whether the output is for eyes that want colour (https://no-color.org).
func colours(env environment) bool {
	return terminal(env.stdout) && env.get("NO_COLOR") == "" && env.get("TERM") != "dumb"
}

// progress shows how far the run is: a live line on a terminal, a line now and then elsewhere.
type progress struct {
	mu          sync.Mutex
	out         io.Writer
	live        bool
	total, n    int
	failures    int
	started     time.Time
	last        time.Time
	lastPercent int
}

func newProgress(env environment, total int) *progress {
	return &progress{out: env.stderr, live: terminal(env.stderr), total: total, started: time.Now()}
}

func (p *progress) row(row result.Check) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
	if row.Outcome == result.Fail || row.Outcome == result.Error {
		p.failures++
	}
	now := time.Now()
	switch percent := 100 * p.n / max(p.total, 1); {
	case p.live && now.Sub(p.last) > 100*time.Millisecond:
		p.last = now
		fmt.Fprintf(p.out, "\r\x1b[K%d of %d rows, %d failed", p.n, p.total, p.failures)
	case !p.live && now.Sub(p.started) > 5*time.Second && percent >= p.lastPercent+10:
		p.lastPercent = percent - percent%10
		fmt.Fprintf(p.out, "%d%% (%d of %d rows), %d failed\n", percent, p.n, p.total, p.failures)
	}
}

func (p *progress) done() {
	if p.live {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
