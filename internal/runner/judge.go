package runner

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"conformance/internal/check"
	"conformance/internal/config"
	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/probe"
	"conformance/internal/result"
	"conformance/internal/session"
)

// Target is what is judged and how it is reached. Zero values mean the probe's defaults.
type Target struct {
	URL       string       // with the base path
	File      *config.File // its credentials, fixtures and triggers
	UserAgent string
	TLS       *tls.Config
	Transport http.RoundTripper // nil: the network
	Clock     probe.Clock       // nil: the machine's
	Sandbox   bool              // it is the program's own sandbox, and reports say so
}

// Options say how a run goes about its plan. Zero values mean the probe's and the suite's defaults.
type Options struct {
	Version      string // of the program that runs: for the reports
	Seed         int64
	Concurrency  int           // checks at a time
	Timeout      time.Duration // of one request
	Wait         time.Duration // how long the target may take to answer at all
	FloodMaxWait time.Duration // the longest wait for a limit to lift
	MaxRPS       float64       // requests per second; 0: as many as the target's limits allow
	// MaxErrors stops the run when more than this percentage of its rows, and at least 30, could not be judged; 0:
	// never.
	MaxErrors int
	// MaxDuration ends the run with what it has; 0: ten times what is estimated after preflight, and at least ten
	// minutes. What follows the checks is bounded by itself.
	MaxDuration time.Duration
	// Alarm calls f after d, unless it is stopped before; nil: by the machine's clock.
	Alarm func(d time.Duration, f func()) (stop func() bool)
	// Waiting is called for every long wait when it begins, from many goroutines. May be nil.
	Waiting func(d time.Duration, why string)
	// Bare leaves out what precedes and follows the checks: reaching the target, preflight, cleaning up. For who judges
	// the same correct target a thousand times, counts requests, or wants a faulty target judged that preflight would
	// stop at.
	Bare bool
	// Unconfirmed: a row that fails is not tried again.
	Unconfirmed bool
	// Ledger is the file in which every record that the run makes is entered; empty: none.
	Ledger string
	// Wrote is called for every operation that accepted a write, from many goroutines; nil: nobody.
	Wrote func(operation string)
	// Keep leaves what the run made.
	Keep bool
	// Begin is called once, when the checks are about to begin; not at all if they never do. May be nil.
	Begin func(Beginning)
	// Progress is called after every row, from many goroutines. May be nil.
	Progress func(result.Check)
}

// Beginning says what is about to be sent.
type Beginning struct {
	Rows     int
	Requests int // about so many
	// Rate is how many requests per second the target's limits allow all keys together, as announced so far; 0: not
	// announced.
	Rate  float64
	Takes time.Duration // about so long, floods included
	Limit time.Duration // then the run ends
	// Client sends them. Its counters and its clock may be read, during the run and after it.
	Client *probe.Client
}

// What a run notes of itself.
const (
	noteNothingSelected = "Nothing was selected: no id, operation or situation matches; `conformance list` shows what " +
		"there is."
	noteNoWrites = "--no-writes: nothing is meant to be changed; but writes that must be refused are sent, and a " +
		"target that breaks its contract may accept them."
	noteInterrupted = "The run was interrupted: what had not begun is missing."
	noteStopped     = "The run was stopped: more than %d %% of the rows could not be judged. Look at the first of them; " +
		"--max-errors sets the share."
)

// Judge runs a plan against a target: it connects, proves credentials and fixtures, executes, cleans up and assembles
// the result. Who judges more than once in a process comes in here: certify, spot checks, the self-test, the dry run,
// benches, tests. run comes in through JudgeSpecs.
//
// The run that it returns is complete but for the caller's own rules (waivers, what is assumed) and Finish, which goes
// by them. A target that cannot be reached, an interruption and too many errors are no errors: the run's notes report
// them, and no verdict rests on rows that are missing. The error says what is wrong with the target's URL.
func Judge(ctx context.Context, t Target, p *Plan, o Options) (result.Run, error) {
	e := newExecution(p)
	return judge(ctx, t, e, o, e.runAll)
}

// judge has the cases of an execution tried by calling drive, if the target is ready for that.
func judge(ctx context.Context, t Target, e *execution, o Options, runCases func()) (result.Run, error) {
	p := e.plan
	s, err := connect(t, p, o)
	if err != nil {
		return result.Run{}, err
	}
	defer s.Client.Close()
	defer s.Ledger.Close() // every line was written at once, and Err was asked
	clock := s.Client.Clock()
	r := result.Run{
		Schema: result.Schema, Suite: result.Suite{Version: o.Version},
		Contract: result.Contract{Title: p.Contract.Title, Version: p.Contract.Version, SHA256: p.Contract.SHA256},
		Files:    p.Contract.Files, Gaps: len(p.Contract.Gaps),
		Target: s.Client.Redactor().String(t.URL), Profile: string(p.Selection.Profile), Seed: o.Seed, Sandbox: t.Sandbox,
		Shard: p.Selection.ShardName(), Started: clock.Now().UTC(),
	}
	l := newLimit(ctx, o)
	defer l.end()
	checks := check.NewRun(s)
	checks.Unconfirmed = o.Unconfirmed
	var ready bool
	if ready, r.Notes = prepare(l, s, t, p, o); ready {
		b := beginning(s, p, o)
		l.expect(b.Takes, clock.Now().Sub(r.Started))
		if b.Limit = l.allowed; o.Begin != nil {
			o.Begin(b)
		}
		e.maxErrors, e.progress = float64(o.MaxErrors)/100, o.Progress
		e.begin(l, checks, o.Concurrency)
		func() {
			defer e.end()
			runCases()
		}()
	}
	r.Checks, r.Coverage, r.Floods = append([]result.Check{}, e.rows()...), e.coverage(), checks.FloodsFound()
	nameSilent(r.Checks, s.Client.GaveUp())
	note, why := endOfRun(ctx, l, e, ready, o)
	if note != "" {
		r.Notes = append(r.Notes, note)
	}
	if (ready || l.passed()) && (why != "" || e.filtered) {
		r.Checks = append(r.Checks, e.missing(why)...)
	}
	if ready && !o.Bare && !o.Keep {
		after := l.cleanUp(ctx, o)
		if s.CleanUp(after); after.Err() == nil {
			s.Ledger.Ended() // else its file is kept, and cleanup goes on with it
		}
		after.end()
	}
	if err := s.Ledger.Err(); err != nil {
		r.Notes = append(r.Notes, fmt.Sprintf("%v. What is left is known from results.json alone.", err))
	}
	r.Texts = texts(p, r.Checks)
	r.Requests = s.Client.Requests()
	r.RecordsCreated, r.RecordsDeleted, r.RecordsLeft = s.Records()
	r.Limited = s.Client.Limited()
	r.DurationMS = clock.Now().Sub(r.Started).Milliseconds()
	return r, nil
}

// prepare proves what must hold for the run to mean anything. It returns whether the checks may begin, and the notes of
// what was found. What preflight found unusable is not used from here on: the checks that need it are skipped.
func prepare(ctx context.Context, s *session.Session, t Target, p *Plan, o Options) (ready bool, notes []string) {
	if p.Size() == 0 {
		return false, []string{noteNothingSelected}
	}
	url := s.Client.Redactor().String(t.URL)
	if t.TLS != nil && t.TLS.InsecureSkipVerify {
		notes = append(notes, "--insecure: the certificate of "+url+" was not checked. Who answered is not known.")
	}
	if p.Selection.NoWrites {
		notes = append(notes, noteNoWrites)
	}
	if o.Bare {
		return true, notes
	}
	err := waitUntilReachable(ctx, s.Client, urls(p.Contract), o.Wait)
	if ctx.Err() != nil {
		return false, notes // broken by the interruption, not by the target
	}
	if err != nil {
		return false, append(notes, fmt.Sprintf("%s cannot be reached: %v. Start it, or correct --target.", url, err))
	}
	found, err := s.Preflight(ctx)
	for _, f := range found {
		notes = append(notes, f.Text)
	}
	s.Config = s.Config.Without(found)
	if ctx.Err() != nil {
		return false, notes
	}
	var other *session.OtherAPIError
	var limited *session.LimitedError
	switch {
	case errors.As(err, &other):
		return false, append(notes, url+" "+other.Error())
	case errors.As(err, &limited):
		return false, append(notes, url+" "+limited.Error()+".")
	case err != nil:
		return false, append(notes, fmt.Sprintf("%s failed during preflight: %v.", url, err))
	}
	return true, notes
}

// reachInterval is between two attempts to reach a target.
const reachInterval = 250 * time.Millisecond

// urls are those of a few paths of the contract.
func urls(c *contract.Contract) []string {
	const few = 3
	var out []string
	for _, p := range c.Paths {
		if len(out) < few && !slices.Contains(out, p.URL) {
			out = append(out, p.URL)
		}
	}
	return out
}

// waitUntilReachable asks the target anything at all until it answers or the wait is over: whatever it answers, it
// speaks HTTP. Where one path does not answer in time, another one may.
func waitUntilReachable(ctx context.Context, client *probe.Client, paths []string, wait time.Duration) error {
	clock, n := client.Clock(), 0
	for deadline := clock.Now().Add(wait); ; n++ {
		_, err := client.Do(ctx, &probe.Request{Method: http.MethodGet, Path: paths[n%len(paths)], Unpaced: true})
		var transport *probe.TransportError
		if !errors.As(err, &transport) {
			return err
		}
		if transport.Timeout && n+1 < len(paths) {
			continue
		}
		if !clock.Now().Before(deadline) {
			return transport.Err
		}
		if err := clock.Sleep(ctx, reachInterval); err != nil {
			return err
		}
	}
}

func beginning(s *session.Session, p *Plan, o Options) Beginning {
	keys := float64(len(s.Config.Credentials.Usable(credential.Full)))
	return Beginning{
		Rows: p.Size(), Requests: p.Requests(), Rate: s.Client.Rate() * keys, Takes: estimate(s, p, o), Client: s.Client,
	}
}

// endOfRun says why the run ended early, for the notes, and why its missing rows did not run; both are empty if it did
// not.
func endOfRun(ctx context.Context, l *limit, e *execution, ready bool, o Options) (note, why string) {
	switch {
	case ctx.Err() != nil:
		return noteInterrupted, "interrupted before it ran"
	case l.passed():
		if missing := len(e.missing("")); missing > 0 {
			return l.note(missing), "not run: the run had taken " + l.allowed.String() + " (--max-duration)"
		}
	case e.tooManyErrors():
		return fmt.Sprintf(noteStopped, o.MaxErrors), "not run: too many rows before it could not be judged"
	case ready && !e.filtered && len(e.missing("")) > 0: // by Ginkgo, that is: by a signal that only Ginkgo got
		return noteInterrupted, "interrupted before it ran"
	}
	return "", ""
}

// texts are the requirements in full of the checks that did not pass everywhere, by id.
func texts(p *Plan, rows []result.Check) map[string]string {
	clauses := map[string]string{}
	for _, k := range p.Cases {
		clauses[k.Check.ID] = k.Check.Clause
	}
	out := map[string]string{}
	for _, row := range rows {
		if clause, ok := clauses[row.ID]; ok && row.Outcome != result.Pass && row.Outcome != result.Skip {
			out[row.ID] = clause
		}
	}
	return out
}
