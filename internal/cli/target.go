package cli

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"conformance"
	"conformance/internal/config"
	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
)

// Limits of the sandbox that a run starts for itself: low enough for a flood to be short, with enough keys not to wait
// much.
const (
	ownLimit  = 300
	ownWindow = 2 * time.Second
)

// embedded is the digest of the contract that is known to have no write that orders, bills or starts something: it
// needs no consent.
var embedded = fmt.Sprintf("%x", sha256.Sum256(conformance.OpenAPI))

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

// given notes which of the flags were set, whatever to.
func (f *runFlags) given(flags *pflag.FlagSet) {
	f.configGiven, f.targetGiven = flags.Changed("config"), flags.Changed("target")
}

// aim refuses flags that leave open what is to be judged: a variable that is empty must never mean the sandbox.
func (f *runFlags) aim() error {
	switch {
	case f.targetGiven && strings.TrimSpace(f.target) == "":
		return usagef("--target: is empty; give the URL of the API with its base path, " +
			"or --sandbox to judge the embedded sandbox")
	case f.sandbox && f.targetGiven:
		return usagef("--sandbox and --target exclude each other: leave one of them out")
	case f.sandbox && f.configGiven:
		return usagef("--sandbox and --config exclude each other: the sandbox has keys of its own; leave one of them out")
	case f.configGiven && f.config == "":
		return usagef("--config: is empty; give the name of a file, or leave --config out")
	}
	return nil
}

// aimed insists that somebody said what is to be judged: nobody certifies the sandbox by leaving a flag out.
func (f *runFlags) aimed() error {
	if _, err := os.Stat(f.config); f.targetGiven || f.sandbox || f.configGiven || err == nil {
		return nil
	}
	return usagef("there is no --target, and no %s with one; give it, or --sandbox to certify the embedded sandbox",
		f.config)
}

// findTarget is what the flags and the configuration name. The embedded sandbox is it only if --sandbox asks for it, or
// if there is neither --target nor a configuration.
func findTarget(env environment, c *contract.Contract, f runFlags) (*target, error) {
	trust, err := f.tls()
	if err != nil {
		return nil, err
	}
	var file *config.File
	if !f.sandbox {
		if file, err = loadConfig(env, f.config, f.configGiven); err != nil {
			return nil, err
		}
	}
	t := &target{Target: runner.Target{URL: f.target, UserAgent: "conformance/" + version(), TLS: trust}}
	if f.sandbox || !f.targetGiven && file == nil {
		return t, t.embed(env, c, f)
	}
	if t.URL == "" {
		t.URL = strings.TrimSpace(file.Target)
	}
	if t.URL == "" {
		return nil, &config.Error{
			File: f.config, Field: "target",
			Problem: "is missing; give it here or with --target, or judge the embedded sandbox with --sandbox",
		}
	}
	if file == nil {
		file = &config.File{}
	}
	if len(file.Credentials.Of(credential.Full)) == 0 && c.Secured() != nil {
		return nil, usagef("%s: credentials.full is missing: a run needs a key with every scope; conformance serve "+
			"--write-config FILE writes an example", f.config)
	}
	if err := file.Credentials.Start(context.Background()); err != nil {
		return nil, usagef("%s: %w", f.config, err)
	}
	if err := fit(f.config, c, file); err != nil {
		return nil, err
	}
	for _, warning := range shortKeys(f.config, file.Credentials) {
		fmt.Fprintln(env.stderr, "warning:", warning)
	}
	file.Writes = writes(c, file)
	t.File = file
	return t, nil
}

// consented are the writes that a run of these flags has consent for. No key is needed to know them.
func consented(env environment, c *contract.Contract, f runFlags) (config.Texts, error) {
	if f.sandbox {
		return config.Texts{"all"}, nil
	}
	file, err := loadConfig(env.lenient(), f.config, f.configGiven)
	if err != nil {
		return nil, err
	}
	if file == nil {
		file = &config.File{}
		if f.target == "" {
			file.Writes = config.Texts{"all"} // on the embedded sandbox
		}
	}
	if err := fit(f.config, c, file); err != nil {
		return nil, err
	}
	return writes(c, file), nil
}

// writes are those that a configuration, which fits the contract, consents to.
func writes(c *contract.Contract, file *config.File) config.Texts {
	if len(file.Writes) == 0 && c.SHA256 == embedded {
		return config.Texts{"all"}
	}
	return file.Writes
}

// embed starts a sandbox for the run alone.
func (t *target) embed(env environment, c *contract.Contract, f runFlags) error {
	l, file, err := ownSandbox(c, sandbox.Options{Limit: ownLimit, Window: ownWindow}, "127.0.0.1:0")
	if err != nil {
		return err
	}
	t.URL, t.File, t.Sandbox, t.close = l.URL(), file, true, l.Close
	asked := "No target is given: judging"
	if f.sandbox {
		asked = "Judging"
	}
	fmt.Fprintf(env.stdout, "%s the embedded sandbox on %s\n", asked, t.URL)
	if err := fit(f.config, c, file); err != nil {
		return err
	}
	file.Writes = writes(c, file)
	return nil
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
	trust := &tls.Config{
		MinVersion: tls.VersionTLS12, InsecureSkipVerify: f.insecure,
	} // #nosec G402 -- asked for, and shown in every report
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
