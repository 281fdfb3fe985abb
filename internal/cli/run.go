package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"conformance/internal/contract"
	"conformance/internal/report"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/suite"
)

// runFlags are those of `conformance run`.
type runFlags struct {
	target, config, contract, profile, reports, failOn, assumed string
	only, skip                                                  []string
	concurrency                                                 int
	timeout, floodMaxWait                                       time.Duration
	seed                                                        int64
	noFlood, noWrites                                           bool
}

func runCommand(env environment) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Send bad requests to a target and judge its answers",
		Long: `run sends deliberately bad requests to the target and judges each answer. Without --target, and without one in the configuration, it
judges the embedded sandbox on a loopback port: a way to see what a run looks like.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("seed") {
				f.seed = rand.Int64N(1_000_000)
			}
			return run(cmd.Context(), env, f, cmd.Flags().Changed("config"))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.target, "target", "", "URL of the API with its base path (default: the embedded sandbox)")
	flags.StringVar(&f.config, "config", "conformance.yaml", "credentials and fixtures; read where present")
	flags.StringVar(&f.contract, "contract", "", "OpenAPI document to judge by (default: the embedded one)")
	flags.StringVar(&f.profile, "profile", "core", "quick: one operation per path and situation; core: every MUST; full: the SHOULDs too")
	flags.StringArrayVar(&f.only, "only", nil, "run what this glob matches: an id, operation or situation (repeatable)")
	flags.StringArrayVar(&f.skip, "skip", nil, "GLOB=REASON: leave out what the glob matches (repeatable)")
	flags.IntVar(&f.concurrency, "concurrency", 16, "checks that run at the same time")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Second, "for each request, its answer included")
	flags.Int64Var(&f.seed, "seed", 0, "repeat the requests of an earlier run (default: random)")
	flags.BoolVar(&f.noFlood, "no-flood", false, "leave the rate limits alone")
	flags.BoolVar(&f.noWrites, "no-writes", false, "send only reads and requests that must be refused")
	flags.DurationVar(&f.floodMaxWait, "flood-max-wait", 90*time.Second, "the longest wait for a limit to lift")
	flags.StringVar(&f.reports, "reports", "reports", "directory for the reports")
	flags.StringVar(&f.failOn, "fail-on", "must", "must, or should: warnings count too, and the profile is full")
	flags.StringVar(&f.assumed, "assumed", "fail", "what the contract marks as assumed: fail counts like the rest, warn only warns")
	return cmd
}

// selection turns the flags into a selection, or says which one is wrong.
func (f *runFlags) selection(changedProfile bool) (runner.Selection, error) {
	s := runner.Selection{Profile: runner.Profile(f.profile), Only: f.only, NoFlood: f.noFlood, NoWrites: f.noWrites}
	if !slices.Contains([]runner.Profile{runner.Quick, runner.Core, runner.Full}, s.Profile) {
		return s, usagef("--profile: %q is none of quick, core, full", f.profile)
	}
	if !slices.Contains([]string{"must", "should"}, f.failOn) {
		return s, usagef("--fail-on: %q is neither must nor should", f.failOn)
	}
	if !slices.Contains([]string{"fail", "warn"}, f.assumed) {
		return s, usagef("--assumed: %q is neither fail nor warn", f.assumed)
	}
	if f.failOn == "should" {
		s.Profile = runner.Full
		f.profile = "full"
	}
	for _, text := range f.skip {
		glob, reason, ok := strings.Cut(text, "=")
		if !ok || strings.TrimSpace(reason) == "" {
			return s, usagef("--skip: %q has no reason; write GLOB=REASON", text)
		}
		s.Skip = append(s.Skip, runner.Skip{Glob: glob, Reason: reason})
	}
	globs := slices.Clone(f.only)
	for _, skip := range s.Skip {
		globs = append(globs, skip.Glob)
	}
	for _, glob := range globs {
		if _, err := path.Match(glob, ""); err != nil || glob == "" {
			return s, usagef("%q is no glob: * stands for any text, ? for one character", glob)
		}
	}
	if f.concurrency < 1 || f.timeout <= 0 {
		return s, usagef("--concurrency and --timeout must be positive")
	}
	return s, nil
}

func run(ctx context.Context, env environment, f runFlags, configGiven bool) error {
	selection, err := f.selection(false)
	if err != nil {
		return err
	}
	c, err := loadContract(f.contract)
	if err != nil {
		return err
	}
	if err := writable(f.reports); err != nil {
		return err
	}
	target, err := findTarget(env, c, f, configGiven)
	if err != nil {
		return err
	}
	defer target.Close()

	r := result.Run{
		Schema: result.Schema, Suite: result.Suite{Version: version()},
		Contract: result.Contract{Title: c.Title, Version: c.Version, SHA256: c.SHA256},
		Target:   target.session.Client.Redactor().String(target.url), Profile: f.profile, Seed: f.seed, Started: time.Now().UTC(),
	}
	r.Checks, r.Coverage.Unprovoked = []result.Check{}, []result.Pair{}
	session := target.session
	plan := runner.NewPlan(c, suite.All(), selection)
	if notes := preflight(ctx, target, c, plan); len(notes) > 0 {
		r.Notes = notes
		plan.Cases = nil
	}
	show := newProgress(env, plan.Size())
	execution := runner.NewExecution(plan, session, show.row)
	execution.Run(ctx, f.concurrency)
	show.done()
	r.Checks, r.Coverage, r.Floods = append(r.Checks, execution.Rows()...), execution.Coverage(), session.FloodsFound()
	if ctx.Err() != nil {
		r.Notes = append(r.Notes, "The run was interrupted: what had not begun is missing.")
		r.Checks = append(r.Checks, execution.Missing("interrupted before it ran")...)
	}
	if f.assumed == "warn" {
		weaken(r.Checks)
	}
	r.Requests, r.RecordsCreated = target.session.Client.Requests(), target.session.Client.Created()
	r.DurationMS = time.Since(r.Started).Milliseconds()
	r.Finish()
	return tell(ctx, env, f, r)
}

// weaken makes warnings of failures where the contract says that its clause is assumed.
func weaken(rows []result.Check) {
	for i := range rows {
		if rows[i].Assumed && rows[i].Outcome == result.Fail {
			rows[i].Outcome = result.Warn
		}
	}
}

// tell writes the reports and returns the exit status.
func tell(ctx context.Context, env environment, f runFlags, r result.Run) error {
	if err := report.WriteDir(f.reports, r); err != nil {
		return err
	}
	if err := report.WriteConsole(env.stdout, r, report.ConsoleOptions{Color: colours(env), ReportsDir: f.reports}); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return status(exitInterrupted)
	}
	if code := result.ExitStatus(r, result.Level(f.failOn)); code != exitConformant {
		return status(code)
	}
	return nil
}

// writable makes sure, before anything is sent, that the reports can be written.
func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return usagef("--reports: %w; choose another directory", err)
	}
	probe, err := os.CreateTemp(dir, ".conformance-*")
	if err != nil {
		return usagef("--reports: %w; choose another directory", err)
	}
	_, err = io.WriteString(probe, "conformance")
	err = errors.Join(err, probe.Close(), os.Remove(probe.Name()))
	if err != nil {
		return usagef("--reports: %s: %w; choose another directory", filepath.Clean(dir), err)
	}
	return nil
}

// preflight proves what must be so for the run to mean anything. What it returns stands in the way of all checks.
func preflight(ctx context.Context, t *target, c *contract.Contract, plan *runner.Plan) []string {
	if plan.Size() == 0 {
		return []string{"Nothing was selected: no id, operation or situation matches; `conformance list` shows what there is."}
	}
	if err := t.reachable(ctx, c); err != nil {
		return []string{fmt.Sprintf("%s cannot be reached: %v. Start it, or correct --target.", t.session.Client.Redactor().String(t.url), err)}
	}
	return nil
}
