package report

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func bar(full, empty int) string { return strings.Repeat("━", full) + strings.Repeat("┄", empty) }

func TestProgressLine(t *testing.T) {
	tests := []struct {
		name     string
		progress Progress
		width    int
		want     string
	}{
		{"at the start", Progress{Total: 2000}, 40, bar(0, 24) + "     0/2000  0 s"},
		{
			"under way", Progress{500, 2000, 0, 1500, 10 * time.Second, 0}, 60,
			bar(5, 17) + "   500/2000  30 s left  150 requests/s",
		},
		{"with failures", Progress{500, 2000, 3, 1500, 60 * time.Second, 0}, 44, " 500/2000  3 failed  3 min 00 s left"},
		{"narrow", Progress{500, 2000, 3, 1500, 60 * time.Second, 0}, 22, " 500/2000  3 failed"},
		{"with errors", Progress{Done: 500, Total: 2000, Errors: 172}, 22, " 500/2000  172 errors"},
		{"with one", Progress{Done: 500, Total: 2000, Failures: 1, Errors: 1}, 30, " 500/2000  1 failed  1 error"},
		{"very narrow", Progress{500, 2000, 3, 1500, 60 * time.Second, 0}, 6, " 500/…"},
		{"done", Progress{20, 20, 1, 50, 2 * time.Second, 0}, 40, "20/20  1 failed  0 s left  25 requests/s"},
		{"more than planned", Progress{21, 20, 0, 50, 2 * time.Second, 0}, 14, "21/21  2 s"},
		{"nothing", Progress{}, 0, "…"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.progress.Line(tt.width)
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
			if n := utf8.RuneCountInString(got); n > max(tt.width, 1) {
				t.Errorf("%d characters", n)
			}
		})
	}
}

func TestLive(t *testing.T) {
	var b strings.Builder
	l := Live{W: &b, Width: 30, Color: true}
	l.Clear()
	l.Update(Progress{Done: 1, Total: 100})
	l.Update(Progress{Done: 2, Total: 100, Elapsed: time.Millisecond}) // too soon
	l.Update(Progress{Done: 3, Total: 100, Failures: 1, Elapsed: time.Second})
	l.Update(Progress{Done: 100, Total: 100, Failures: 1, Elapsed: time.Second + 1}) // the last always shows
	l.Clear()
	l.Clear()
	if got := strings.Count(b.String(), "\r\x1b[K"); got != 4 {
		t.Errorf("drawn %d times in %q", got, b.String())
	}
	if !strings.Contains(b.String(), "\x1b[31m1 failed\x1b[0m") || strings.Contains(b.String(), "2/100") {
		t.Errorf("drawn: %q", b.String())
	}
}
