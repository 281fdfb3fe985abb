package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"conformance"
	"conformance/internal/contract"
	"conformance/internal/report"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/suite"
)

// split is where the time of a full run goes.
type split struct {
	start    time.Duration // the contract is read, the plan made
	requests time.Duration // from the first request to the last, without the wait
	waits    time.Duration // from the last 429 to the next success
	reports  time.Duration
	replay   time.Duration // of exactly the same requests
	count    int
}

// cost is everything but the waits.
func (s split) cost() time.Duration { return s.start + s.requests + s.reports }

// full measures a run as the command does it, with floods and reports, and a bare replay of its requests.
func full(ctx context.Context, binary, dir string) error {
	const workers = 16
	fmt.Println("\n| added latency | requests | command | start | requests and judging | wait of the floods | reports " +
		"| bare replay | all but the waits, ratio |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	for _, delay := range []time.Duration{0, 20 * time.Millisecond} {
		var splits []split
		var commands []time.Duration
		for range *repeats {
			one, err := fullOnce(ctx, binary, dir, delay, workers)
			if err != nil {
				return err
			}
			took, err := commandOnce(ctx, binary, dir, delay)
			if err != nil {
				return err
			}
			splits, commands = append(splits, one), append(commands, took)
		}
		part := func(of func(split) time.Duration) time.Duration {
			var all []time.Duration
			for _, s := range splits {
				all = append(all, of(s))
			}
			return median(all)
		}
		replayed := part(func(s split) time.Duration { return s.replay })
		fmt.Printf("| %s | %d | %s | %s | %s | %s | %s | %s | %.2f |\n", delay, splits[0].count, short(median(commands)),
			short(part(func(s split) time.Duration { return s.start })),
			short(part(func(s split) time.Duration { return s.requests })),
			short(part(func(s split) time.Duration { return s.waits })),
			short(part(func(s split) time.Duration { return s.reports })),
			short(replayed), ratio(part(split.cost), replayed))
	}
	return nil
}

// realistic are the limits that a full run meets: those that serve has by default.
var realistic = []string{"--limit", "1000", "--window", "10s"}

// commandOnce is the wall time of the command itself.
func commandOnce(ctx context.Context, binary, dir string, delay time.Duration) (time.Duration, error) {
	s, err := serve(ctx, binary, "", delay, realistic...)
	if err != nil {
		return 0, err
	}
	defer s.stop()
	took, _, _, err := command(ctx, binary, filepath.Join(dir, "reports"),
		"--profile", "full", "--config", filepath.Join(s.dir, "conformance.yaml"))
	return took, err
}

// fullOnce does what the command does, in this process, and keeps the requests and the times.
func fullOnce(ctx context.Context, binary, dir string, delay time.Duration, workers int) (split, error) {
	s, err := serve(ctx, binary, "", delay, realistic...)
	if err != nil {
		return split{}, err
	}
	defer s.stop()
	started := time.Now()
	c, err := contract.Load(conformance.OpenAPI)
	if err != nil {
		return split{}, err
	}
	plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Full})
	rec := &recorder{next: transport(workers), lanes: map[string][]request{}}
	out := split{start: time.Since(started)}
	started = time.Now()
	r, err := runner.Judge(ctx, runner.Target{URL: s.file.Target, File: s.file, Transport: rec}, plan,
		runner.Options{Concurrency: workers, Seed: 1})
	if err != nil {
		return split{}, err
	}
	r.Finish()
	out.waits = waited(r.Floods)
	out.requests = time.Since(started) - out.waits
	started = time.Now()
	if err := report.WriteDir(filepath.Join(dir, "reports"), r); err != nil {
		return split{}, err
	}
	out.reports = time.Since(started)
	if r.Verdict != result.Conformant {
		return split{}, fmt.Errorf("a full run was %s: %+v", r.Verdict, r.Counts)
	}
	recorded := oneByOne(rec.sequences())
	out.count = count(recorded)
	out.replay, err = replay(ctx, recorded, workers)
	return out, err
}

// waited is how long the run had to wait for a limit to lift: from the last 429 of the last flood to the request that
// was served again. What other checks do meanwhile costs the run nothing.
func waited(floods []result.Flood) time.Duration {
	if len(floods) == 0 {
		return 0
	}
	return time.Duration(floods[len(floods)-1].RecoveryMS) * time.Millisecond
}
