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

	"conformance/internal/config"
	"conformance/internal/contract"
	"conformance/internal/report"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/selftest"
	"conformance/suite"
)

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
			f.configGiven = cmd.Flags().Changed("config")
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
	c, err := loadContract(f.contract)
	if err != nil {
		return err
	}
	known, err := loadKnown(f.known)
	if err != nil {
		return err
	}
	plan := runner.NewPlan(c, suite.All(), selection)
	if f.dryRun {
		return dryRun(ctx, env, c, plan, f)
	}
	if err := writable(f.reports); err != nil {
		return err
	}
	target, err := findTarget(env, c, f)
	if err != nil {
		return err
	}
	defer target.Close()
	r := judge(ctx, env, target, plan, f)
	r.Shard = shardName(selection)
	if f.assumed == "warn" {
		weaken(r.Checks)
	}
	result.Waive(r.Checks, known)
	r.Finish()
	return tell(ctx, env, f, r)
}

// judge runs a plan against a target and returns what it found, not yet finished.
func judge(ctx context.Context, env environment, t *target, plan *runner.Plan, f runFlags) result.Run {
	c, session := plan.Contract, t.session
	r := result.Run{
		Schema: result.Schema, Suite: result.Suite{Version: version()},
		Contract: result.Contract{Title: c.Title, Version: c.Version, SHA256: c.SHA256},
		Target:   session.Client.Redactor().String(t.url), Profile: f.profile, Seed: f.seed, Started: time.Now().UTC(),
		Checks: []result.Check{},
	}
	var ready bool
	if ready, r.Notes = preflight(ctx, env, t, plan, f); !ready {
		plan.Cases = nil
	}
	show := newProgress(env, plan.Size(), session.Client.Requests)
	execution := runner.NewExecution(plan, session, show.row)
	execution.MaxErrors = float64(f.maxErrors) / 100
	execution.Run(ctx, f.concurrency)
	show.done()
	r.Checks, r.Coverage, r.Floods = append(r.Checks, execution.Rows()...), execution.Coverage(), session.FloodsFound()
	switch {
	case ctx.Err() != nil:
		r.Notes = append(r.Notes, "The run was interrupted: what had not begun is missing.")
		r.Checks = append(r.Checks, execution.Missing("interrupted before it ran")...)
	case execution.Stopped():
		r.Notes = append(r.Notes, fmt.Sprintf("The run was stopped: more than %d %% of the rows could not be judged. Look at the first of them; --max-errors sets the share.", f.maxErrors))
		r.Checks = append(r.Checks, execution.Missing("not run: too many rows before it could not be judged")...)
	default:
		session.Rest(ctx)
	}
	r.Texts = map[string]string{}
	for _, k := range suite.All() {
		if slices.ContainsFunc(r.Checks, func(row result.Check) bool {
			return row.ID == k.ID && row.Outcome != result.Pass && row.Outcome != result.Skip
		}) {
			r.Texts[k.ID] = k.Clause
		}
	}
	r.Requests, r.RecordsCreated = session.Client.Requests(), session.Client.Created()
	r.Limited = session.Client.Limited()
	r.DurationMS = time.Since(r.Started).Milliseconds()
	return r
}

// preflight proves what must be so for the run to mean anything. It returns whether checks may run, and what there is to say.
func preflight(ctx context.Context, env environment, t *target, plan *runner.Plan, f runFlags) (bool, []string) {
	if plan.Size() == 0 {
		return false, []string{"Nothing was selected: no id, operation or situation matches; `conformance list` shows what there is."}
	}
	url := t.session.Client.Redactor().String(t.url)
	var notes []string
	if f.insecure {
		notes = append(notes, "--insecure: the certificate of "+url+" was not checked. Who answered is not known.")
	}
	if f.noWrites {
		notes = append(notes, "--no-writes: nothing is meant to be changed; but writes that must be refused are sent, and a target that breaks its contract may accept them.")
	}
	if err := t.reachable(ctx, plan.Contract, f.wait); err != nil {
		return false, append(notes, fmt.Sprintf("%s cannot be reached: %v. Start it, or correct --target.", url, err))
	}
	found, err := t.session.Preflight(ctx)
	notes = append(notes, found...)
	if err != nil {
		return false, append(notes, fmt.Sprintf("%s broke off during preflight: %v.", url, err))
	}
	announce(env, t, plan)
	return true, notes
}

// announce says how much is about to be sent, and how long that takes at the limits that the target has told.
func announce(env environment, t *target, plan *runner.Plan) {
	n := plan.Requests()
	text := fmt.Sprintf("About %d requests", n)
	if rate := t.session.Client.Rate() * float64(len(t.session.Config.Credentials.Full)); rate > 0 {
		text += fmt.Sprintf("; the limits told so far allow %.0f per second: some %s", rate, max(time.Second, time.Duration(float64(n)/rate*float64(time.Second))).Round(time.Second))
	}
	fmt.Fprintln(env.stderr, text+".")
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
	lost := report.WriteDir(f.reports, r) // even so, the terminal has what was found
	dir := f.reports
	if lost != nil {
		dir = ""
	}
	if err := report.WriteConsole(env.stdout, r, report.ConsoleOptions{Color: colours(env), ReportsDir: dir}); err != nil {
		return err
	}
	if err := github(env, r); err != nil {
		return err
	}
	if lost != nil {
		return lost
	}
	if ctx.Err() != nil {
		return status(exitInterrupted)
	}
	if code := result.ExitStatus(r, result.Level(f.failOn)); code != exitConformant {
		return status(code)
	}
	return nil
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
		if !slices.ContainsFunc(suite.All(), func(c *suite.Check) bool { return c.ID == k.Check }) {
			return nil, &config.Error{File: filepath.Base(file), Field: fmt.Sprintf("[%d].check", i), Problem: fmt.Sprintf("there is no check %q; conformance list shows them", k.Check)}
		}
		out = append(out, result.Waiver{
			Check: k.Check, Operation: k.Operation, Expired: k.Expired(time.Now()),
			Known: result.Known{Reason: k.Reason, Ticket: k.Ticket, Expires: k.Expires},
		})
	}
	return out, nil
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

// dryRun tries the plan on a sandbox in which no time passes, and says what was sent there.
func dryRun(ctx context.Context, env environment, c *contract.Contract, plan *runner.Plan, f runFlags) error {
	forecast, err := selftest.Rehearse(ctx, c, plan, f.concurrency, f.noWrites)
	if err != nil {
		return usagef("the plan cannot be rehearsed: %w", err)
	}
	w := env.stdout
	fmt.Fprintf(w, "%d checks on operations and paths, %d rows; %d rows deselected\n\n", len(plan.Cases), plan.Size(), len(plan.Deselected))
	fmt.Fprintf(w, "requests, as counted on the embedded sandbox (setting up, reading back and putting to rest included):\n")
	for _, method := range forecast.Methods() {
		fmt.Fprintf(w, "  %-7s %d\n", method, forecast.Requests[method])
	}
	fmt.Fprintf(w, "records created: %d\n", forecast.Created)
	if n := plan.Floods(); n > 0 && c.RateLimit != nil {
		fmt.Fprintf(w, "floods: %d tiers, each with at most the limit that the target tells + %d requests, never more than %d; counted above with a limit of %d\n",
			n, f.concurrency+suite.FloodMargin, suite.FloodCeiling, selftest.RehearsalLimit)
	}
	fmt.Fprintln(w, "\nNothing was sent to any target.")
	return nil
}
