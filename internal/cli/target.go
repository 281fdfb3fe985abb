package cli

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"conformance/internal/config"
	"conformance/internal/contract"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
)

// Limits of the sandbox that a run starts for itself: low enough for a flood to be short, with enough keys not to wait much.
const (
	ownLimit  = 300
	ownWindow = 2 * time.Second
)

// target is what a run judges.
type target struct {
	runner.Target
	close func() error // nil: the target is not the run's own sandbox
}

// Close ends the run's own sandbox.
func (t *target) Close() {
	if t.close != nil {
		_ = t.close() // the run is over; its sandbox has nothing to save
	}
}

func findTarget(env environment, c *contract.Contract, f runFlags) (*target, error) {
	file, err := loadConfig(env, f.config, f.configGiven)
	if err != nil {
		return nil, err
	}
	trust, err := f.tls()
	if err != nil {
		return nil, err
	}
	t := &target{Target: runner.Target{URL: f.target, UserAgent: "conformance/" + version(), TLS: trust}}
	if t.URL == "" && file != nil {
		t.URL = file.Target
	}
	if t.URL == "" {
		if file != nil && len(file.Credentials.Full) > 0 {
			return nil, &config.Error{File: f.config, Field: "target", Problem: "is missing; give it here or with --target"}
		}
		var l *sandbox.Listener
		if l, file, err = ownSandbox(c, sandbox.Options{Limit: ownLimit, Window: ownWindow}, "127.0.0.1:0"); err != nil {
			return nil, err
		}
		t.URL, t.close = l.URL(), l.Close
		fmt.Fprintf(env.stdout, "No target is given: judging the embedded sandbox on %s\n", t.URL)
	}
	if file == nil {
		file = &config.File{}
	}
	if len(file.Credentials.Full) == 0 {
		return nil, usagef("%s: credentials.full is missing: a run needs a key with every scope; conformance serve --write-config FILE writes an example", f.config)
	}
	err = refuseUnknownWrites(f.config, file.Writes, func(id string) bool { return c.Operation(id) != nil })
	if err != nil {
		return nil, err
	}
	t.File = file
	return t, nil
}

// loadConfig reads the file; the default one may be absent.
func loadConfig(env environment, file string, given bool) (*config.File, error) {
	if _, err := os.Stat(file); !given && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return config.Load(file, env.lookup)
}

// tls is how the target's certificate is checked.
func (f *runFlags) tls() (*tls.Config, error) {
	trust := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: f.insecure} // #nosec G402 -- asked for, and shown in every report
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
