package result

import (
	"fmt"
	"slices"
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
		var index, total int
		if _, err := fmt.Sscanf(p.Shard, "%d/%d", &index, &total); err != nil {
			return fmt.Errorf("one of the results is not a part of a run: its shard is %q", p.Shard)
		}
		switch first := parts[0]; {
		case total != len(parts):
			return fmt.Errorf("shard %s: %d parts are given, not %d", p.Shard, len(parts), total)
		case seen[index]:
			return fmt.Errorf("shard %s is given twice", p.Shard)
		case p.Contract.SHA256 != first.Contract.SHA256:
			return fmt.Errorf("shard %s was judged by another contract", p.Shard)
		case p.Suite.Version != first.Suite.Version || p.Profile != first.Profile || p.Schema != first.Schema:
			return fmt.Errorf("shard %s is of another suite version or profile", p.Shard)
		}
		seen[index] = true
	}
	return nil
}
