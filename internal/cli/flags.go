package cli

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"conformance/internal/runner"
)

// runFlags are those of every command that judges a target.
type runFlags struct {
	target, config, contract, root, profile, reports, failOn, assumed, flaky string
	known, shard, caFile, labelFilter                                        string
	only, skip, overlays                                                     []string
	concurrency, maxErrors                                                   int
	timeout, floodMaxWait, wait, maxDuration                                 time.Duration
	seed                                                                     int64
	maxRPS                                                                   float64
	noFlood, noWrites, keep, dryRun, insecure                                bool
	configGiven, targetGiven, sandbox, strict                                bool
}

// connection flags say how the target is reached.
func (f *runFlags) connection(flags *pflag.FlagSet) {
	flags.StringVar(&f.target, "target", "", "URL of the API with its base path (default: the configuration's)")
	flags.BoolVar(&f.sandbox, "sandbox", false,
		"judge the embedded sandbox, not an API (run: the default where neither --target nor a configuration is given)")
	flags.StringVar(&f.config, "config", "conformance.yaml", "credentials and fixtures; read where present")
	f.document(flags)
	flags.IntVar(&f.concurrency, "concurrency", 16, "checks that run at the same time")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Second, "for each request, its answer included")
	flags.DurationVar(&f.wait, "wait", 0, "wait up to this long for the target's first answer")
	flags.DurationVar(&f.floodMaxWait, "flood-max-wait", 90*time.Second, "the longest wait for a limit to lift")
	flags.DurationVar(&f.maxDuration, "max-duration", 0,
		"end the run after so long with what it has (default: ten times the estimate, at least 10m)")
	flags.Float64Var(&f.maxRPS, "max-rps", 0, "requests per second at most (default: what the target's limits allow)")
	flags.IntVar(&f.maxErrors, "max-errors", 50, "stop when this percentage of rows could not be judged")
	flags.StringVar(&f.caFile, "ca-file", "", "PEM file of the authority that signed the target's certificate")
}

// document flags say what is judged by.
func (f *runFlags) document(flags *pflag.FlagSet) {
	flags.StringVar(&f.contract, "contract", "", "OpenAPI document to judge by (default: the configuration's, else the "+
		"embedded one)")
	flags.StringArrayVar(&f.overlays, "overlay", nil, "OpenAPI overlay to apply to the document (repeatable, in order)")
	flags.StringVar(&f.root, "root", "", "folder below which the document may refer to files (default: its own)")
	flags.BoolVar(&f.strict, "strict", false, "refuse a document with gaps")
}

// api is the contract that the flags and the configuration name.
func (f *runFlags) api(env environment) (*api, error) {
	s := source{contract: f.contract, overlays: f.overlays, root: f.root, strict: f.strict, config: f.config}
	if f.sandbox {
		s.config = ""
	}
	return loadAPI(env, s)
}

// choice flags say what is judged and what counts.
func (f *runFlags) choice(flags *pflag.FlagSet) {
	flags.StringVar(&f.profile, "profile", "core", "quick: one operation per path and situation; core: every MUST; "+
		"full: the SHOULDs too")
	flags.StringArrayVar(&f.only, "only", nil, "run what this glob matches: an id, operation or situation (repeatable)")
	flags.StringVar(&f.labelFilter, "label-filter", "",
		"run what this expression of Ginkgo's matches: level:must && !situation:flood; labels id:, level:, operation:, "+
			"situation:")
	flags.StringArrayVar(&f.skip, "skip", nil, "GLOB=REASON: leave out what the glob matches (repeatable)")
	flags.Int64Var(&f.seed, "seed", 0, "repeat the requests of an earlier run (default: random)")
	flags.BoolVar(&f.noFlood, "no-flood", false, "do not exhaust the rate limits")
	flags.BoolVar(&f.noWrites, "no-writes", false, "create nothing: with keys that the target accepts, send only reads")
	flags.BoolVar(&f.keep, "keep", false, "keep the records that the run created (default: delete what the API allows)")
	flags.BoolVar(&f.dryRun, "dry-run", false, "print what would be sent, and send nothing")
	flags.BoolVar(&f.insecure, "insecure", false, "accept any TLS certificate: proves nothing about who answered")
	flags.StringVar(&f.reports, "reports", "reports", "directory for the reports")
	flags.StringVar(&f.failOn, "fail-on", "must", "must, or should: warnings count too, and the profile is full")
	flags.StringVar(&f.assumed, "assumed", "", "what the contract leaves to assumptions: fail counts like the rest, "+
		"warn only warns (default: warn, and fail with the embedded contract)")
	flags.StringVar(&f.flaky, "flaky", "", "what fails and differs when tried again: fail or warn (default: a flaky "+
		"MUST ends the run with 3)")
	flags.StringVar(&f.known, "known", "", "YAML file of failures that are known, each with a reason and an expiry")
	flags.StringVar(&f.shard, "shard", "", "I/N: run the I-th of N parts; auto takes I and N from the CI's environment")
}

// selection turns the flags into a selection, or says which one is wrong.
func (f *runFlags) selection(env environment) (runner.Selection, error) {
	s := runner.Selection{Profile: runner.Profile(f.profile), Only: f.only, NoFlood: f.noFlood, NoWrites: f.noWrites}
	for _, choice := range []struct {
		flag, value string
		allowed     []string
	}{
		{"profile", f.profile, []string{"quick", "core", "full"}}, {"fail-on", f.failOn, []string{"must", "should"}},
		{"assumed", cmp.Or(f.assumed, "fail"), []string{"fail", "warn"}},
		{"flaky", cmp.Or(f.flaky, "fail"), []string{"fail", "warn"}},
	} {
		if !slices.Contains(choice.allowed, choice.value) {
			return s, usagef("--%s: %q is not one of %s", choice.flag, choice.value, strings.Join(choice.allowed, ", "))
		}
	}
	if f.failOn == "should" {
		s.Profile, f.profile = runner.Full, "full"
	}
	for _, text := range f.skip {
		glob, reason, ok := strings.Cut(text, "=")
		if !ok || strings.TrimSpace(reason) == "" {
			return s, usagef("--skip: %q has no reason; write GLOB=REASON", text)
		}
		s.Skip = append(s.Skip, runner.Skip{Glob: glob, Reason: reason})
	}
	globs := slices.Clone(f.only)
	for _, skip := range s.Skip {
		globs = append(globs, skip.Glob)
	}
	for _, glob := range globs {
		if _, err := path.Match(glob, ""); err != nil || glob == "" {
			return s, usagef("%q is not a valid glob: * stands for any text, ? for one character", glob)
		}
	}
	if f.labelFilter != "" {
		labels, err := runner.ParseLabels(f.labelFilter)
		if err != nil {
			return s, usagef("--label-filter: %w; write for example 'level:must && !situation:flood'", err)
		}
		s.Labels = labels
	}
	err := f.bounds()
	if err != nil {
		return s, err
	}
	s.Shard, s.Shards, err = f.shards(env)
	return s, err
}

// shards reads --shard, with auto from what GitLab (CI_NODE_INDEX from 1, CI_NODE_TOTAL) or an indexed Kubernetes job
// (JOB_COMPLETION_INDEX from 0, its total as auto/N) says.
func (f *runFlags) shards(env environment) (index, total int, err error) {
	if f.shard == "" {
		return 0, 0, nil
	}
	first, count, _ := strings.Cut(f.shard, "/")
	if first == "auto" {
		if count == "" {
			count = env.get("CI_NODE_TOTAL")
		}
		first = env.get("CI_NODE_INDEX")
		if completion, err := strconv.Atoi(env.get("JOB_COMPLETION_INDEX")); first == "" && err == nil {
			first = strconv.Itoa(completion + 1)
		}
	}
	index, err1 := strconv.Atoi(first)
	total, err2 := strconv.Atoi(count)
	if err1 != nil || err2 != nil || index < 1 || total < index {
		return 0, 0, usagef("--shard: %q is not I/N with 1 ≤ I ≤ N, or auto where CI_NODE_INDEX and CI_NODE_TOTAL, or "+
			"JOB_COMPLETION_INDEX and auto/N, say so", f.shard)
	}
	return index, total, nil
}
