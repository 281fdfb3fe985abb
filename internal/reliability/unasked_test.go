package reliability

import (
	"bytes"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestNothingUnaskedIsLogged: what a target sends beyond its answer does not reach the terminal by way of net/http's
// own log.
func TestNothingUnaskedIsLogged(t *testing.T) {
	w := newWire(t, refusals,
		func(c *call) { c.answer(c.lines(), c.real().body); c.answer("X-Canary: unasked\n", c.body) })
	args := append([]string{"run"}, short(configure(t, w.config(w.url())), "--reports",
		filepath.Join(t.TempDir(), "reports"))...)
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), binary(t), args...)
	cmd.Stdout, cmd.Stderr = io.Discard, &stderr
	_ = cmd.Run()
	if strings.Contains(stderr.String(), "unasked") || strings.Contains(stderr.String(), "nsolicited") {
		t.Errorf("stderr: %s", &stderr)
	}
}
