package result

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Merge puts the shards of one run together: every part once, of the same contract, suite and profile. The result is
// finished, and equal to the run in one piece but for times and for what each part had to set up for itself.
func Merge(parts []Run) (Run, error) {
	if len(parts) == 0 {
		return Run{}, fmt.Errorf("nothing to merge")
	}
	whole := parts[0]
	if err := checkParts(parts); err != nil {
		return Run{}, err
	}
	whole.Shard, whole.Requests, whole.RecordsCreated, whole.Limited = "", 0, 0, 0
	whole.Checks, whole.Notes, whole.Floods, whole.Texts = []Check{}, nil, nil, nil
	whole.RecordsDeleted, whole.RecordsLeft = 0, nil
	missing := map[Pair]int{}
	end := whole.Started
	for _, p := range parts {
		whole.Requests += p.Requests
		whole.RecordsCreated += p.RecordsCreated
		whole.RecordsDeleted += p.RecordsDeleted
		whole.RecordsLeft = append(whole.RecordsLeft, p.RecordsLeft...)
		whole.Limited += p.Limited
		whole.Checks = append(whole.Checks, p.Checks...)
		whole.Floods = append(whole.Floods, p.Floods...)
		for id, text := range p.Texts {
			if whole.Texts == nil {
				whole.Texts = map[string]string{}
			}
			whole.Texts[id] = text
		}
		for _, note := range p.Notes {
			if !slices.Contains(whole.Notes, note) {
				whole.Notes = append(whole.Notes, note)
			}
		}
		for _, pair := range p.Coverage.Unprovoked {
			missing[pair]++
		}
		if p.Started.Before(whole.Started) {
			whole.Started = p.Started
		}
		if last := p.Started.Add(time.Duration(p.DurationMS) * time.Millisecond); last.After(end) {
			end = last
		}
	}
	whole.DurationMS = end.Sub(whole.Started).Milliseconds()
	unprovoked := []Pair{}
	for _, pair := range parts[0].Coverage.Unprovoked {
		if missing[pair] == len(parts) {
			unprovoked = append(unprovoked, pair)
		}
	}
	whole.Coverage.Unprovoked, whole.Coverage.Provoked = unprovoked, whole.Coverage.Documented-len(unprovoked)
	whole.Finish()
	return whole, nil
}

// checkParts says why runs are not the parts of one whole.
func checkParts(parts []Run) error {
	seen := map[int]bool{}
	for _, p := range parts {
		index, total, ok := shardOf(p.Shard)
		switch first := parts[0]; {
		case !ok:
			return fmt.Errorf("one of the results is not a part of a run: its shard is %q; "+
				"give what run --shard I/N wrote", p.Shard)
		case index < 1 || total < index:
			return fmt.Errorf("shard %s: there is no part %d of %d", p.Shard, index, total)
		case total != len(parts):
			return fmt.Errorf("shard %s: %d parts are given, not %d", p.Shard, len(parts), total)
		case seen[index]:
			return fmt.Errorf("shard %s is given twice", p.Shard)
		case p.Sandbox != first.Sandbox:
			return fmt.Errorf("shard %s judged the embedded sandbox, or the others did and it did not", p.Shard)
		}
		if err := sameRun(parts[0], p); err != nil {
			return err
		}
		seen[index] = true
	}
	return nil
}

// sameRun says in what a part differs from the first, if it cannot be of the same run. The sandbox of a run of its own
// listens on another port each time.
func sameRun(first, p Run) error {
	if p.Sandbox {
		p.Target = first.Target
	}
	for _, c := range []struct{ what, got, want string }{
		{"is of the target %s, not of %s", p.Target, first.Target},
		{"was judged by the contract %s, not by %s", p.Contract.SHA256, first.Contract.SHA256},
		{"is of the suite version %s, not of %s", p.Suite.Version, first.Suite.Version},
		{"is of the profile %s, not of %s", p.Profile, first.Profile},
		{"is in the form %s, not in %s", p.Schema, first.Schema},
	} {
		if c.got != c.want {
			return fmt.Errorf("shard %s "+c.what+"; give the parts of one run", p.Shard, c.got, c.want)
		}
	}
	return nil
}

// shardOf reads I/N, both in digits alone.
func shardOf(text string) (index, total int, ok bool) {
	first, second, _ := strings.Cut(text, "/")
	a, errA := strconv.ParseUint(first, 10, 31)
	b, errB := strconv.ParseUint(second, 10, 31)
	return int(a), int(b), errA == nil && errB == nil
}
