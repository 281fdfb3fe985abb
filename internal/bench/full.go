package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"conformance"
	"conformance/internal/contract"
	"conformance/internal/probe"
	"conformance/internal/report"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/suite"
)

// split is where the time of a full run goes.
type split struct {
	start    time.Duration // the contract is read, the plan made
	requests time.Duration // from the first request to the last, without the waits
	waits    time.Duration // in which a flood waited for a limit to lift, and nothing else was sent
	reports  time.Duration
	replay   time.Duration // of exactly the same requests
	count    int
}

// cost is everything but the waits.
func (s split) cost() time.Duration { return s.start + s.requests + s.reports }

// full measures a run as the command does it, with floods and reports, beside a bare replay of its requests.
func full(ctx context.Context, binary, dir string) error {
	const workers = 16
	fmt.Println("\n| added latency | requests | command | start | requests and judging | waits of the floods | reports " +
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
	clock := &watch{floods: floods(plan)}
	out := split{start: time.Since(started)}
	started = time.Now()
	r, err := runner.Judge(ctx, runner.Target{URL: s.file.Target, File: s.file, Transport: rec, Clock: clock}, plan,
		runner.Options{Concurrency: workers, Seed: 1})
	if err != nil {
		return split{}, err
	}
	r.Finish()
	out.waits, out.requests = clock.waited, time.Since(started)-clock.waited
	started = time.Now()
	if err := report.WriteDir(filepath.Join(dir, "reports"), r); err != nil {
		return split{}, err
	}
	out.reports = time.Since(started)
	if r.Verdict != result.Conformant {
		return split{}, fmt.Errorf("a full run was %s: %+v", r.Verdict, r.Counts)
	}
	recorded := apart(rec.sequences())
	out.count = count(recorded)
	out.replay, err = replay(ctx, recorded, workers)
	return out, err
}

// watch is the real clock; it adds up how long floods waited. They run one by one: nothing is sent meanwhile.
type watch struct {
	probe.Wall
	floods []string // ids of the checks

	mu     sync.Mutex
	waited time.Duration
}

// Sleep waits, and keeps for how long if a flood does.
func (w *watch) Sleep(ctx context.Context, d time.Duration) error {
	started := w.Now()
	err := w.Wall.Sleep(ctx, d)
	if id, _, _ := strings.Cut(runner.LaneOf(ctx), " "); slices.Contains(w.floods, id) {
		w.mu.Lock()
		w.waited += w.Now().Sub(started)
		w.mu.Unlock()
	}
	return err
}

func floods(plan *runner.Plan) []string {
	var ids []string
	for _, k := range plan.Cases {
		if k.Check.Floods && !slices.Contains(ids, k.Check.ID) {
			ids = append(ids, k.Check.ID)
		}
	}
	return ids
}
