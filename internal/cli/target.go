package cli

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"conformance/internal/config"
	"conformance/internal/contract"
	"conformance/internal/probe"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/suite"
)

// Limits of the sandbox that a run starts for itself: low enough for a flood to be short, with enough keys not to wait much.
const (
	ownLimit  = 300
	ownWindow = 2 * time.Second
)

// target is what a run judges, with what it has been told of it.
type target struct {
	url     string
	file    *config.File
	session *suite.Session
	close   func() error
}

// Close ends idle connections and the run's own sandbox.
func (t *target) Close() {
	t.session.Client.Close()
	if t.close != nil {
		_ = t.close() // the run is over; its sandbox has nothing to save
	}
}

func findTarget(env environment, c *contract.Contract, f runFlags) (*target, error) {
	file, err := loadConfig(env, f.config, f.configGiven)
	if err != nil {
		return nil, err
	}
	t := &target{url: f.target}
	if t.url == "" && file != nil {
		t.url = file.Target
	}
	if t.url == "" {
		if file != nil && len(file.Credentials.Full) > 0 {
			return nil, &config.Error{File: f.config, Field: "target", Problem: "is missing; give it here or with --target"}
		}
		var l *sandbox.Listener
		if l, file, err = ownSandbox(c, sandbox.Options{Limit: ownLimit, Window: ownWindow}, "127.0.0.1:0"); err != nil {
			return nil, err
		}
		t.url, t.close = l.URL(), l.Close
		fmt.Fprintf(env.stdout, "No target is given: judging the embedded sandbox on %s\n", t.url)
	}
	if file == nil {
		file = &config.File{}
	}
	if len(file.Credentials.Full) == 0 {
		return nil, usagef("%s: credentials.full is missing: a run needs a key with every scope; conformance serve --write-config FILE writes an example", f.config)
	}
	t.file = file
	return t, t.connect(c, f)
}

// connect begins a session with the target: one for each run.
func (t *target) connect(c *contract.Contract, f runFlags) error {
	trust, err := f.tls()
	if err != nil {
		return err
	}
	t.session, err = runner.Connect(c, t.file, runner.Connection{
		Target: t.url, Timeout: f.timeout, Concurrency: f.concurrency, Seed: f.seed, NoWrites: f.noWrites, FloodMaxWait: f.floodMaxWait,
		UserAgent: "conformance/" + version(), TLS: trust, MaxRPS: f.maxRPS,
	})
	if err != nil {
		return usagef("%w", err)
	}
	return nil
}

// loadConfig reads the file; the default one may be absent.
func loadConfig(env environment, file string, given bool) (*config.File, error) {
	if _, err := os.Stat(file); !given && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return config.Load(file, env.lookup)
}

// reachable asks the target anything at all until it answers or the wait is over: whatever it answers, it speaks HTTP.
func (t *target) reachable(ctx context.Context, c *contract.Contract, wait time.Duration) error {
	clock := t.session.Client.Clock()
	for deadline := clock.Now().Add(wait); ; {
		_, err := t.session.Client.Do(ctx, &probe.Request{Method: "GET", Path: c.Paths[0].URL, Unpaced: true})
		var transport *probe.TransportError
		if !errors.As(err, &transport) {
			return err
		}
		if !clock.Now().Before(deadline) {
			return transport.Err
		}
		if err := clock.Sleep(ctx, 250*time.Millisecond); err != nil {
			return err
		}
	}
}

// tls is how the target's certificate is checked.
func (f *runFlags) tls() (*tls.Config, error) {
	trust := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: f.insecure} // #nosec G402 -- asked for, and told in every report
	if f.caFile == "" {
		return trust, nil
	}
	pem, err := os.ReadFile(f.caFile)
	if err != nil {
		return nil, usagef("--ca-file: %w", err)
	}
	trust.RootCAs = x509.NewCertPool()
	if !trust.RootCAs.AppendCertsFromPEM(pem) {
		return nil, usagef("--ca-file: %s holds no PEM certificate", f.caFile)
	}
	return trust, nil
}
