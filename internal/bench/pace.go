package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/runner"
	"conformance/suite"
)

// paced runs against a sandbox with low limits: how long that takes compared with what the limits allow, and how often
// they were met.
func paced(ctx context.Context, c *contract.Contract, binary string, limit int, window time.Duration) error {
	s, err := serve(ctx, binary, "", 0, "--limit", strconv.Itoa(limit), "--window", window.String())
	if err != nil {
		return err
	}
	defer s.stop()
	plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Core, NoFlood: true})
	client, took, _, err := judge(ctx, s, plan, 16, nil)
	if err != nil {
		return err
	}
	keys := len(s.file.Credentials.Of(credential.Full))
	var tier string
	var ideal time.Duration
	for name, counts := range client.Load() {
		total := 0
		for _, n := range counts[:min(keys, len(counts))] {
			total += n
		}
		if need := time.Duration(float64(total) / float64(keys) / float64(limit) * float64(window)); need > ideal {
			tier, ideal = name, need
		}
	}
	fmt.Printf("\nWith %d requests per %s, key and tier, and %d keys: %s; the busiest tier (%s) takes at least %s: "+
		"ratio %.2f; met a 429 %d times.\n",
		limit, window, keys, short(took), tier, short(ideal), ratio(took, ideal), client.Limited())
	return nil
}
