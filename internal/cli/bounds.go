package cli

import (
	"cmp"
	"fmt"
	"time"
)

// Bounds of what flags say. Beyond them a run would not end, exhaust this machine, or mean something else than was
// typed.
const (
	mostConcurrency = 256
	mostPerSecond   = 100_000
	mostSeed        = 1<<53 - 1 // the largest whole number that every reader of results.json has exactly
	longestTimeout  = 10 * time.Minute
	longestWait     = 24 * time.Hour
	longestRun      = 7 * 24 * time.Hour
	mostRequests    = 1_000_000 // of a key in a window of the sandbox
	longestWindow   = time.Hour
	longestDelay    = time.Minute
)

// within refuses the value of a flag that is outside of its bounds; what is not a number is outside of all.
func within[V cmp.Ordered](flag string, value, least, most V) error {
	if value >= least && value <= most {
		return nil
	}
	return usagef("--%s: %v is not between %v and %v; choose a value in that range", flag, value, least, most)
}

// first is the first error of a list.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// bounds checks the numbers among the flags of a connection.
func (f *runFlags) bounds() error {
	var rate error
	if f.maxRPS != 0 { // 0: as many as the target's limits allow
		rate = within("max-rps", f.maxRPS, 0.1, mostPerSecond)
	}
	var duration error
	if f.maxDuration != 0 { // 0: by the estimate
		duration = within("max-duration", f.maxDuration, time.Millisecond, longestRun)
	}
	return first(
		within("concurrency", f.concurrency, 1, mostConcurrency),
		within("timeout", f.timeout, time.Millisecond, longestTimeout),
		within("wait", f.wait, 0, longestWait),
		within("flood-max-wait", f.floodMaxWait, 0, longestWait),
		within("max-errors", f.maxErrors, 1, 100),
		within("seed", f.seed, 0, mostSeed),
		rate, duration,
	)
}

// serveBounds checks the numbers among the flags of serve.
func serveBounds(limit int, window, delay time.Duration) error {
	return first(
		within("limit", limit, 1, mostRequests),
		within("window", window, 10*time.Millisecond, longestWindow),
		within("delay", delay, 0, longestDelay),
	)
}

// everywhere warns of an address at which everybody who reaches this machine is served.
func everywhere(addr string) string {
	return fmt.Sprintf("--addr %s listens on every address of this machine: whoever reaches it can use the sandbox; "+
		"--addr 127.0.0.1:8080 keeps it to this machine", addr)
}
