package result

import (
	"strings"
	"testing"
)

// part is a shard of one run.
func part(shard string, change ...func(*Run)) Run {
	r := Run{
		Schema: Schema, Shard: shard, Target: "http://host/api", Profile: "core", Suite: Suite{Version: "1"},
		Contract: Contract{SHA256: "abcdef"},
	}
	for _, c := range change {
		c(&r)
	}
	return r
}

// TestMergeRefuses: results that are not the parts of one run are refused, each with what is wrong and what to give.
func TestMergeRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		parts []Run
		want  string
	}{
		"nothing":           {nil, "nothing to merge"},
		"a whole run":       {[]Run{part("")}, "is not a part of a run"},
		"not numbers":       {[]Run{part("a/b")}, "is not a part of a run"},
		"more than numbers": {[]Run{part("1/2x"), part("2/2")}, "is not a part of a run"},
		"a sign":            {[]Run{part("+1/2"), part("2/2")}, "is not a part of a run"},
		"beyond the total":  {[]Run{part("7/2"), part("1/2")}, "shard 7/2: there is no part 7 of 2"},
		"none":              {[]Run{part("0/2"), part("1/2")}, "shard 0/2: there is no part 0 of 2"},
		"a missing part":    {[]Run{part("1/3"), part("2/3")}, "shard 1/3: 2 parts are given, not 3"},
		"one part twice":    {[]Run{part("1/2"), part("1/2")}, "shard 1/2 is given twice"},
		"another target": {
			[]Run{part("1/2"), part("2/2", func(r *Run) { r.Target = "http://other/api" })},
			"shard 2/2 is of the target http://other/api, not of http://host/api",
		},
		"another contract": {
			[]Run{part("1/2"), part("2/2", func(r *Run) { r.Contract.SHA256 = "fedcba" })},
			"shard 2/2 was judged by the contract fedcba, not by abcdef",
		},
		"another version": {
			[]Run{part("1/2"), part("2/2", func(r *Run) { r.Suite.Version = "2" })},
			"shard 2/2 is of the suite version 2, not of 1",
		},
		"another profile": {
			[]Run{part("1/2"), part("2/2", func(r *Run) { r.Profile = "full" })},
			"shard 2/2 is of the profile full, not of core",
		},
		"a sandbox and an API": {
			[]Run{part("1/2"), part("2/2", func(r *Run) { r.Sandbox = true })},
			"shard 2/2 judged the embedded sandbox, or the others did",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Merge(c.parts)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if _, err := Merge([]Run{part("2/2"), part("1/2")}); err != nil {
		t.Error(err)
	}
}
