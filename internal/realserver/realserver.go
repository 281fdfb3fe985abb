// Package realserver owns how a test runs a server of another project: as a process of its own, on loopback, ended with
// the test. It knows no server.
package realserver

import (
	"bufio"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Start runs the command until the test ends or stop is called, and returns when its standard error has a line with the
// text ready. If it never has, the test fails with what it wrote.
func Start(t *testing.T, cmd *exec.Cmd, ready string) (stop func()) {
	t.Helper()
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{}) // closed when the server has written its last line
	stop = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-read
		_ = cmd.Wait()
	})
	t.Cleanup(stop)
	problem := make(chan string, 1)
	go func() {
		defer close(read)
		problem <- untilReady(log, ready)
		_, _ = io.Copy(io.Discard, log) // a server whose log nobody reads blocks
	}()
	if said := <-problem; said != "" {
		t.Fatalf("the server did not start:\n%s", said)
	}
	return stop
}

// untilReady reads what the server logs until it says that it answers. If it never does, that is what it returns.
func untilReady(log io.Reader, ready string) string {
	var said strings.Builder
	for lines := bufio.NewScanner(log); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), ready) {
			return ""
		}
	}
	return said.String()
}

// FreePort is one of loopback that nobody listens on at the moment.
func FreePort(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}
