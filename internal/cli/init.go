package cli

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"conformance/internal/contract"
	"conformance/internal/probe"
	"conformance/internal/setup"
)

// initFlags are those of conformance init.
type initFlags struct {
	runFlags // target, root, ca-file, insecure and timeout of them
	out      string
	force    bool
}

// The files that init writes.
const (
	configName  = "conformance.yaml"
	overlayName = "overlay.yaml"
)

func initCommand(env environment) *cobra.Command {
	var f initFlags
	cmd := &cobra.Command{
		Use:   "init CONTRACT",
		Short: "Write a configuration and an overlay for an API, from its OpenAPI document",
		Long: `init reads an OpenAPI document of any version, as its vendor wrote it, and writes conformance.yaml and overlay.yaml, both commented:
what is known is there, and what is open is commented out. With --target it looks at the API too: by at most 30 GETs without a body, some
of them with the key in $KEY_FULL where that is set. It follows no redirect, and never writes to the target.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.contract = args[0]
			f.given(cmd.Flags())
			return initialize(cmd.Context(), env, f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.target, "target", "", "URL of the API with its base path; it is only read")
	flags.StringVar(&f.out, "out", ".", "directory to write to")
	flags.BoolVar(&f.force, "force", false, "replace files that are there")
	flags.StringVar(&f.root, "root", "", "folder below which the document may refer to files (default: its own)")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Second, "for each request, its answer included")
	flags.StringVar(&f.caFile, "ca-file", "", "PEM file of the authority that signed the target's certificate")
	flags.BoolVar(&f.insecure, "insecure", false, "accept any TLS certificate")
	return cmd
}

func initialize(ctx context.Context, env environment, f initFlags) error {
	if err := f.aim(); err != nil {
		return err
	}
	for _, name := range []string{configName, overlayName} {
		if _, err := os.Lstat(filepath.Join(f.out, name)); err == nil && !f.force {
			return usagef("%s is there already; --force replaces it, --out writes to another directory",
				filepath.Join(f.out, name))
		}
	}
	a, err := loadAPI(env, source{contract: f.contract, root: f.root})
	if err != nil {
		return err
	}
	reach := a.reach()
	gaps := a.gaps(reach)
	plan := setup.Plan{
		Contract: a.Contract, Document: filepath.Base(f.contract), File: f.seenFromOut(), Rows: reach.rowsIn,
		Old: strings.HasPrefix(a.document.Stated, "2"), Path: a.document.Path,
	}
	for _, g := range gaps {
		if g.Add != "" {
			plan.Gaps = append(plan.Gaps, setup.Gap{Pointer: g.Pointer, Message: g.Message, Action: g.Add, Rows: g.Rows})
		}
	}
	if f.target != "" {
		if err := f.look(ctx, env, &plan); err != nil {
			return err
		}
	}
	if err := f.write(plan); err != nil {
		return err
	}
	describeSetup(env, f, plan, reach, len(gaps))
	if plan.Seen != nil && !plan.Seen.Answered {
		return status(exitInconclusive)
	}
	return nil
}

// seenFromOut is the document as a file in the output directory names it.
func (f *initFlags) seenFromOut() string {
	file, err := filepath.Abs(f.contract)
	if err != nil {
		return f.contract
	}
	if dir, err := filepath.Abs(f.out); err == nil {
		if rel, err := filepath.Rel(dir, file); err == nil {
			return filepath.ToSlash(rel)
		}
	}
	return file
}

// look asks the target. The key for everything may be in the environment, where the configuration will look for it.
func (f *initFlags) look(ctx context.Context, env environment, plan *setup.Plan) error {
	trust, err := f.tls()
	if err != nil {
		return err
	}
	redact := probe.NewRedactor(nil)
	secret := func(s *contract.Scheme) string {
		return strings.TrimSpace(env.get(setup.Variable(plan.Contract, setup.KeyVariable, s)))
	}
	for _, s := range append(contract.SchemesOf(plan.Contract), &contract.Scheme{}) {
		redact.Add("${"+setup.Variable(plan.Contract, setup.KeyVariable, s)+"}", secret(s))
	}
	o := probe.Options{
		Target: strings.TrimSpace(f.target), Timeout: f.timeout, TLS: trust, MaxRPS: setup.MaxPerSecond,
		UserAgent: "conformance/" + version(),
	}
	given, err := probe.New(o, redact)
	if err != nil {
		return usagef("%w", err)
	}
	at := given.Target()
	host := url.URL{Scheme: at.Scheme, Host: at.Host}
	o.Target = host.String()
	client, err := probe.New(o, redact)
	if err != nil {
		return usagef("%w", err)
	}
	defer client.Close()
	plan.Seen, err = setup.Look(ctx, setup.Target{
		Client: client, Base: strings.TrimRight(at.EscapedPath(), "/"), Contract: plan.Contract, Secret: secret,
	})
	if err != nil {
		return status(exitInterrupted)
	}
	plan.Target, plan.Reads = host.String()+plan.Seen.Base.Path, client.Requests()
	return nil
}

func (f *initFlags) write(plan setup.Plan) error {
	if err := os.MkdirAll(f.out, 0o755); err != nil {
		return usagef("--out: %w", err)
	}
	for name, text := range map[string]string{configName: plan.Configuration(), overlayName: plan.Overlay()} {
		mode := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
		if !f.force {
			mode = os.O_WRONLY | os.O_CREATE | os.O_EXCL
		}
		file, err := os.OpenFile(filepath.Join(f.out, name), mode, 0o600)
		if err != nil {
			return usagef("--out: %w", err)
		}
		_, err = file.WriteString(text)
		if closed := file.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return fmt.Errorf("--out: %w", err)
		}
	}
	return nil
}
