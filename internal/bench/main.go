// Command bench measures what a run costs compared with its requests. It needs nothing but Go: `make bench`.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"conformance"
	"conformance/internal/contract"
)

var (
	repeats  = flag.Int("repeats", 5, "how often each measurement is taken; the median counts")
	copies   = flag.Int("copies", 31, "copies of the contract in the large one: 33 operations each")
	quick    = flag.Bool("quick", false, "leave out what takes minutes: one worker with added latency")
	onlyFull = flag.Bool("full", false, "measure only full runs as the command does them")
	skip     = flag.Bool("skip-large", false, "leave the large contract out")
)

func main() {
	flag.Parse()
	if err := bench(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "conformance-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "conformance")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/conformance") // #nosec G204 -- its own binary
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w: %s", err, out)
	}
	fmt.Printf("%s %s/%s, %d cores, medians of %d\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(),
		*repeats)
	c, err := contract.Load(conformance.OpenAPI)
	if err != nil {
		return err
	}
	if *onlyFull {
		return full(ctx, binary, dir)
	}
	fmt.Println("| added latency | workers | requests | run | bare replay | ratio | replay that keeps the chains | " +
		"ratio |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	for _, delay := range []time.Duration{0, 20 * time.Millisecond} {
		for _, workers := range []int{1, 16, 64} {
			if *quick && delay > 0 && workers == 1 {
				continue
			}
			if err := compare(ctx, c, binary, delay, workers); err != nil {
				return err
			}
		}
	}
	if err := full(ctx, binary, dir); err != nil {
		return err
	}
	if err := paced(ctx, c, binary, 100, 2*time.Second); err != nil || *skip {
		return err
	}
	return large(ctx, binary, dir)
}

// compare measures a run without floods and replays of exactly its requests.
func compare(ctx context.Context, c *contract.Contract, binary string, delay time.Duration, workers int) error {
	times := repeats
	if delay > 0 && workers == 1 {
		one := 1 // minutes each, and nobody runs it so
		times = &one
	}
	var runs, replays, chains []time.Duration
	requests := 0
	for range *times {
		s, err := serve(ctx, binary, "", delay)
		if err != nil {
			return err
		}
		recorded, took, err := measure(ctx, c, s, workers)
		if err == nil {
			var bare, chain time.Duration
			if bare, err = replay(ctx, oneByOne(recorded), workers); err == nil {
				chain, err = replay(ctx, recorded, workers)
			}
			requests = count(recorded)
			runs, replays, chains = append(runs, took), append(replays, bare), append(chains, chain)
		}
		s.stop()
		if err != nil {
			return err
		}
	}
	run, bare, chain := median(runs), median(replays), median(chains)
	fmt.Printf("| %s | %d | %d | %s | %s | %.2f | %s | %.2f |\n", delay, workers, requests, short(run), short(bare),
		ratio(run, bare), short(chain), ratio(run, chain))
	return nil
}

func ratio(a, b time.Duration) float64 { return a.Seconds() / b.Seconds() }

func short(d time.Duration) string { return d.Round(time.Millisecond).String() }

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}
