package report

import (
	"bytes"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"conformance/internal/result"
)

func consoleText(t testing.TB, r result.Run, opt ConsoleOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteConsole(&b, r, opt); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestConsoleGolden(t *testing.T) {
	incomplete := passing(t)
	first := &incomplete.Checks[0]
	first.Outcome, first.ReasonCode, first.Reason = result.Skip, result.Deselected, "--skip"
	incomplete.Finish()
	unreachable := result.Run{
		Schema: result.Schema, Suite: result.Suite{Version: "v1.2.0"}, Target: "http://127.0.0.1:1", Profile: "core",
		Notes: []string{"target: nothing answers at http://127.0.0.1:1 (connection refused); is the server running there?"},
	}
	unreachable.Finish()
	tests := []struct {
		name string
		run  result.Run
		opt  ConsoleOptions
	}{
		{"console.txt", recorded(t), ConsoleOptions{ReportsDir: "reports"}},
		{"console-color.txt", recorded(t), ConsoleOptions{ReportsDir: "reports", Color: true}},
		{"console-passing.txt", passing(t), ConsoleOptions{ReportsDir: "reports"}},
		{"console-incomplete.txt", incomplete, ConsoleOptions{}},
		{"console-unreachable.txt", unreachable, ConsoleOptions{ReportsDir: "out/"}},
		{"console-many.txt", many(t, 500), ConsoleOptions{ReportsDir: "reports"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			golden(t, tt.name, []byte(consoleText(t, tt.run, tt.opt)))
		})
	}
}

// TestConsoleConsent: who has not said which writes may succeed is told to, and not that no check ran.
func TestConsoleConsent(t *testing.T) {
	r := passing(t)
	first := &r.Checks[0]
	first.Outcome, first.ReasonCode, first.Reason = result.Skip, result.Consent, "needs makeJob to succeed"
	r.Finish()
	text := consoleText(t, r, ConsoleOptions{})
	if !strings.Contains(text, "Say under writes in") || strings.Contains(text, "no check ran") {
		t.Error(text)
	}
}

var ansi = regexp.MustCompile("\x1b\\[[0-9;]*m")

func TestColourAddsNothingButColour(t *testing.T) {
	r := recorded(t)
	coloured := consoleText(t, r, ConsoleOptions{Color: true})
	if got, want := ansi.ReplaceAllString(coloured, ""), consoleText(t, r, ConsoleOptions{}); got != want {
		t.Error("without its colours the coloured report differs from the plain one")
	}
}

func TestConsoleStaysWithinItsColumns(t *testing.T) {
	for _, r := range []result.Run{recorded(t), passing(t), many(t, 500)} {
		text := consoleText(t, r, ConsoleOptions{ReportsDir: "reports"})
		command := false // a command must stay copyable, so one of its words may be longer
		for l := range strings.Lines(text) {
			command = strings.Contains(l, "curl -sS") || command && strings.HasPrefix(l, "       ")
			if n := utf8.RuneCountInString(strings.TrimSuffix(l, "\n")); n > columns && !command {
				t.Errorf("%d columns: %s", n, l)
			}
		}
		if n := strings.Count(text, "\n"); n > 400 {
			t.Errorf("%d lines; nobody reads that in a terminal", n)
		}
	}
}

func TestShellWords(t *testing.T) {
	tests := []struct {
		in   string
		want []string
	}{
		{"", nil},
		{"curl  -sS", []string{"curl", "-sS"}},
		{`curl -H 'a: b c' "d \" e"`, []string{"curl", "-H", "'a: b c'", `"d \" e"`}},
		{`'it'\''s one'`, []string{`'it'\''s one'`}},
		{`a\ b c`, []string{`a\ b`, "c"}},
		{"curl 'x'  # the body is an excerpt", []string{"curl", "'x'", "# the body is an excerpt"}},
		{"curl a#b '# c'", []string{"curl", "a#b", "'# c'"}},
		{"'two\nlines' end", []string{"'two\nlines'", "end"}},
		{"'open quote", []string{"'open quote"}},
	}
	for _, tt := range tests {
		if got := shellWords(tt.in); !slices.Equal(got, tt.want) {
			t.Errorf("shellWords(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// The command that the terminal shows, broken over lines, reaches curl with the same arguments as the recorded one.
func TestCommandIsCopyable(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no POSIX shell here")
	}
	arguments := func(command string) string {
		script := "KEY_FULL=secret\ncurl() { printf '<%s>' \"$@\"; }\n" + command
		out, err := exec.Command(shell, "-c", script).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s\n%s", err, out, command)
		}
		return string(out)
	}
	r := recorded(t)
	for _, f := range findings(r) {
		r.Checks = []result.Check{f.Row}
		shown := consoleText(t, r, ConsoleOptions{})
		_, command, ok := strings.Cut(shown, "repeat      ")
		if !ok {
			t.Fatalf("%s: no command in\n%s", f.Row.ID, shown)
		}
		command, _, _ = strings.Cut(command, "\n\n")
		if got, want := arguments(command), arguments(failedExchange(f.Row).Curl); got != want {
			t.Errorf("%s: the shown command passes\n%s\nthe recorded one\n%s", f.Row.ID, got, want)
		}
	}
}
