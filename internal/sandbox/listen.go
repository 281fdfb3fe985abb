package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// Listener serves a Server on a real address until it is closed.
type Listener struct {
	server *http.Server
	url    string
	done   chan error
}

// Start listens on addr ("127.0.0.1:0" takes a free port) and serves at once.
func Start(addr string, s *Server) (*Listener, error) {
	socket, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("sandbox: cannot listen on %s: %w", addr, err)
	}
	l := &Listener{
		server: &http.Server{
			Handler:           s,
			ReadHeaderTimeout: 10 * time.Second,
			ReadTimeout:       30 * time.Second,
			WriteTimeout:      30 * time.Second,
			IdleTimeout:       2 * time.Minute,
			ErrorLog:          log.New(io.Discard, "", 0), // what clients do wrong is not for the operator's terminal
		},
		url:  "http://" + reachable(socket.Addr().(*net.TCPAddr)) + s.BasePath(),
		done: make(chan error, 1),
	}
	listener := socket
	if s.rules.listen != nil {
		listener = s.rules.listen(socket)
	}
	go func() { l.done <- l.server.Serve(listener) }()
	return l, nil
}

// reachable is the address with an unspecified host replaced by one that a client can use.
func reachable(a *net.TCPAddr) string {
	if a.IP.IsUnspecified() {
		return fmt.Sprintf("127.0.0.1:%d", a.Port)
	}
	return a.String()
}

// URL is where the API begins, with its base path.
func (l *Listener) URL() string { return l.url }

// Close lets requests under way finish for up to five seconds and frees the address.
func (l *Listener) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := l.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, l.server.Close())
	}
	if served := <-l.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// NeedsListener says that the server is itself only behind a listener: a fault of its connections does not show where
// the handler is called directly.
func (s *Server) NeedsListener() bool { return s.rules.listen != nil }
