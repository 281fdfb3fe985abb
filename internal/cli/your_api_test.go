package cli_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fences are around a block of the page; its kind and its text are the groups.
var fences = regexp.MustCompile("(?ms)^ *```([a-z][a-z ]*)\n(.*?)\n *```$")

// TestYourAPI runs every command of docs/your-api.md in its order, in one shell, and wants the exit statuses and the
// lines that the page shows.
func TestYourAPI(t *testing.T) {
	page, err := os.ReadFile("../../docs/your-api.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	document, err := os.ReadFile("../../docs/your-api.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "docs"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "docs", "your-api.yaml"), document, 0o600); err != nil {
		t.Fatal(err)
	}
	host := freeAddress(t)
	var script strings.Builder
	commands := 0
	var shown []string // after each block of commands, what must be in its output
	for _, m := range fences.FindAllStringSubmatch(string(page), -1) {
		switch kind, text := m[1], m[2]; kind {
		case "sh background":
			serve(t, dir, text+" --addr "+host)
		case "sh":
			commands++
			shown = append(shown, "")
			script.WriteString(inOrder(t, strings.ReplaceAll(text, "127.0.0.1:8080", host)))
			fmt.Fprintf(&script, "echo '@@@@'\n")
		case "text":
			shown[commands-1] += text + "\n"
		default:
			t.Errorf("a block of the kind %q", kind)
		}
	}
	if commands < 8 {
		t.Fatalf("only %d blocks of commands", commands)
	}
	outputs := strings.Split(shell(t, dir, script.String()), "@@@@\n")
	for i, want := range shown {
		got := normal(strings.ReplaceAll(outputs[i], host, "127.0.0.1:8080"))
		for line := range strings.Lines(want) {
			if line = normal(line); line != "…" && line != "" && !strings.Contains(got, line) {
				t.Errorf("the page shows %q, and the output has it not:\n%s", line, outputs[i])
			}
		}
	}
}

var wanted = regexp.MustCompile(`^(.*?) +# exit status (\d)$`)

// inOrder is a block as a script that ends with 99 where a command has another exit status than the page says.
func inOrder(t *testing.T, text string) string {
	t.Helper()
	var out strings.Builder
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\\\n", " "), "\n") {
		want := "0"
		if m := wanted.FindStringSubmatch(line); m != nil {
			line, want = m[1], m[2]
		}
		fmt.Fprintf(&out, "%s\ns=$?; [ $s = %s ] || { echo \"exit status $s, not %s\"; exit 99; }\n", line, want, want)
	}
	return out.String()
}

// counted are numbers that grow with the suite.
var counted = regexp.MustCompile(`\d+( rows| reads)|(planned )\d+`)

// normal is a text without what may change: hexadecimal numbers, how many rows there are, widths.
func normal(text string) string {
	text = regexp.MustCompile(`\b[0-9a-f]{8,}\b`).ReplaceAllString(text, "H")
	text = counted.ReplaceAllString(text, "${2}N$1")
	return strings.TrimSpace(regexp.MustCompile(`\s+`).ReplaceAllString(text, " "))
}

func shell(t *testing.T, dir, script string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", script)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "NO_COLOR=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	return string(out)
}

// serve runs a command until the test ends, and waits for the file that it writes.
func serve(t *testing.T, dir, command string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", "exec "+command)
	cmd.Dir = dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGINT)
		_ = cmd.Wait()
	})
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if text, _ := os.ReadFile(filepath.Join(dir, "served.yaml")); strings.Contains(string(text), "credentials") {
			return
		}
	}
	t.Fatal("the sandbox did not start")
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
