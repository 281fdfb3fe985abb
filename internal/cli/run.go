package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"conformance/internal/check"
	"conformance/internal/config"
	"conformance/internal/flood"
	"conformance/internal/inprocess"
	"conformance/internal/report"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/suite"
)

func runCommand(env environment) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Send bad requests to a target and judge its answers",
		Long: `run sends deliberately bad requests to the target and judges each answer. The target is --target, or the configuration's.
With --sandbox, or where neither --target nor a configuration is given, it judges the embedded sandbox on a loopback port: a way to
see what a run looks like. The verdict says so then.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("seed") {
				f.seed = rand.Int64N(1_000_000)
			}
			f.given(cmd.Flags())
			return run(cmd.Context(), env, f)
		},
	}
	f.connection(cmd.Flags())
	f.choice(cmd.Flags())
	return cmd
}

func run(ctx context.Context, env environment, f runFlags) error {
	selection, err := f.selection(env)
	if err != nil {
		return err
	}
	if err := f.aim(); err != nil {
		return err
	}
	api, err := f.api(env)
	if err != nil {
		return err
	}
	c := api.Contract
	known, err := loadKnown(f.known)
	if err != nil {
		return err
	}
	plan := runner.NewPlan(c, suite.All(), selection)
	if f.dryRun {
		return dryRun(ctx, env, plan, f)
	}
	if err := ensureWritable(f.reports); err != nil {
		return err
	}
	target, err := findTarget(env, c, f)
	if err != nil {
		return err
	}
	defer target.Close()
	r, err := judge(ctx, env, target.Target, plan, f)
	if err != nil {
		return err
	}
	if f.assumed == "warn" || f.assumed == "" && c.SHA256 != embedded {
		downgradeAssumed(r.Checks)
	}
	result.Waive(r.Checks, known)
	r.FlakyAs = result.Outcome(f.flaky)
	r.Finish()
	return writeReports(ctx, env, f, r)
}

// ledger is the file in which the run enters what it makes; none for who writes no reports.
func (f *runFlags) ledger() string {
	if f.reports == "" {
		return ""
	}
	return filepath.Join(f.reports, "ledger.jsonl")
}

// judge shows the run of a plan while it goes.
func judge(ctx context.Context, env environment, t runner.Target, plan *runner.Plan, f runFlags) (result.Run, error) {
	show := &waiting{out: env.stderr}
	r, err := runner.JudgeSpecs(ctx, t, plan, runner.Options{
		Version: version(), Seed: f.seed, Concurrency: f.concurrency, Timeout: f.timeout, Wait: f.wait,
		FloodMaxWait: f.floodMaxWait, MaxRPS: f.maxRPS, MaxErrors: f.maxErrors, MaxDuration: f.maxDuration,
		Ledger: f.ledger(), Keep: f.keep, Waiting: show.wait,
		Begin: func(b runner.Beginning) {
			fmt.Fprintln(env.stderr, describePlan(b))
			show.progress = newProgress(env, b)
		},
		Progress: func(row result.Check) { show.progress.row(row) },
	})
	if show.progress != nil {
		show.progress.done()
	}
	if err != nil {
		return r, usagef("%w", err)
	}
	return r, nil
}

// describePlan says how much is about to be sent, about how long that takes, and when it ends at the latest.
func describePlan(b runner.Beginning) string {
	text := fmt.Sprintf("About %d requests", b.Requests)
	if b.Rate > 0 {
		text += fmt.Sprintf("; rate limit %.0f/s", b.Rate)
	}
	return text + fmt.Sprintf(": some %s. The run ends after %s at the latest (--max-duration).", whole(b.Takes),
		whole(b.Limit))
}

// whole is a duration of at least a second, in seconds.
func whole(d time.Duration) time.Duration { return max(d, time.Second).Round(time.Second) }

// downgradeAssumed makes warnings of failures where the contract says that its clause is assumed.
func downgradeAssumed(rows []result.Check) {
	for i := range rows {
		if rows[i].Assumed && rows[i].Outcome == result.Fail {
			rows[i].Outcome = result.Warn
		}
	}
}

// writeReports writes the reports and returns the exit status. A report that cannot be written takes nothing from the
// verdict that the terminal shows; but without it a run is no proof of conformance.
func writeReports(ctx context.Context, env environment, f runFlags, r result.Run) error {
	lost := report.WriteDir(f.reports, r)
	dir := f.reports
	if lost != nil {
		dir = ""
	}
	shown := report.WriteConsole(page(env), r, report.ConsoleOptions{Color: colours(env), ReportsDir: dir})
	lost = errors.Join(lost, shown, github(env, r))
	code := result.ExitStatus(r, result.Level(f.failOn))
	if lost != nil {
		const text = "conformance: the reports could not be written: %v; this is a local error, not one of the target\n"
		fmt.Fprintf(env.stderr, text, lost)
		if code != exitNonconformant {
			code = exitInconclusive
		}
	}
	if ctx.Err() != nil {
		code = exitInterrupted
	}
	if code == exitConformant {
		return nil
	}
	return status(code)
}

// loadKnown reads the list of known failures, if there is one.
func loadKnown(file string) ([]result.Waiver, error) {
	if file == "" {
		return nil, nil
	}
	entries, err := config.LoadKnown(file)
	if err != nil {
		return nil, err
	}
	var out []result.Waiver
	for i, k := range entries {
		if !slices.ContainsFunc(suite.All(), func(c *check.Check) bool { return c.ID == k.Check }) {
			return nil, &config.Error{
				File: filepath.Base(file), Field: fmt.Sprintf("[%d].check", i),
				Problem: fmt.Sprintf("there is no check %q; conformance list shows them", k.Check),
			}
		}
		out = append(out, result.Waiver{
			Check: k.Check, Operation: k.Operation, Expired: k.Expired(time.Now()),
			Known: result.Known{Reason: k.Reason, Ticket: k.Ticket, Expires: k.Expires},
		})
	}
	return out, nil
}

// ensureWritable makes sure, before anything is sent, that the reports can be written.
func ensureWritable(dir string) error {
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

// usualLatency is what a dry run takes an answer to need: it asks nobody.
const usualLatency = 100 * time.Millisecond

// dryRun tries the plan on a sandbox in which no time passes, and says what was sent there.
func dryRun(ctx context.Context, env environment, plan *runner.Plan, f runFlags) error {
	writes, err := consented(env, plan.Contract, f)
	if err != nil {
		return err
	}
	forecast, err := inprocess.Rehearse(ctx, plan, writes, f.concurrency)
	if ctx.Err() != nil {
		return status(exitInterrupted)
	}
	if err != nil {
		return fmt.Errorf("the dry run failed: %w", err)
	}
	w := env.stdout
	fmt.Fprintf(w, "%d checks on operations and paths, %d rows; %d rows deselected\n\n", len(plan.Cases), plan.Size(),
		len(plan.Deselected))
	fmt.Fprintf(w, "requests, as counted on the embedded sandbox (setup, reading back and closing records included):\n")
	for _, method := range forecast.Methods() {
		fmt.Fprintf(w, "  %-7s %d\n", method, forecast.Requests[method])
	}
	fmt.Fprintf(w, "records created: %d\n", forecast.Created)
	if len(forecast.Writes) > 0 {
		fmt.Fprintln(w, "writes that are meant to succeed, and the records that stay when the run has cleaned up:")
	}
	for _, op := range forecast.Writes {
		fmt.Fprintf(w, "  %-28s %5d, %d stay\n", op.Operation, op.Sent, op.Left)
	}
	takes := runner.Takes(forecast.Sum(), usualLatency, f.concurrency, f.maxRPS)
	fmt.Fprintf(w, "time: some %s, at %s an answer and %d at a time; the target's limits may make it longer\n",
		whole(takes), usualLatency, f.concurrency)
	if n := plan.Floods(); n > 0 && plan.Contract.RateLimit != nil {
		fmt.Fprintf(w, "floods: %d tiers, each with at most the limit that the target announces + %d requests, never more "+
			"than %d; counted above with a limit of %d\n",
			n, f.concurrency+flood.LimitMargin, flood.MaxRequests, inprocess.RehearsalLimit)
	}
	fmt.Fprintln(w, "\nNothing was sent to any target.")
	return nil
}
