package reliability

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"conformance"
	"conformance/internal/config"
	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/inprocess"
	"conformance/internal/probe"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/suite"
)

// What a run did not make is not its own: whatever the target accepts, every record that was there before is afterwards
// what it was, byte for byte and never written to; and where the API can delete, the run leaves nothing behind.

// depot is a contract in which everything can be deleted.
const depot = "../sandbox/testdata/depot.yaml"

// contracts are the embedded one and one in which everything can be deleted.
var contracts = map[string]func() ([]byte, error){
	"embedded": func() ([]byte, error) { return conformance.OpenAPI, nil },
	"depot":    func() ([]byte, error) { return os.ReadFile(depot) },
}

var completeness = regexp.MustCompile(`(?m)^x-methods-complete:.*\n`)

// document is a contract that says, or does not say, that it names every method of its paths.
func document(t testing.TB, name string, complete bool) *contract.Contract {
	t.Helper()
	data, err := contracts[name]()
	if err != nil {
		t.Fatal(err)
	}
	text := completeness.ReplaceAllString(string(data), "")
	if complete {
		text += "\nx-methods-complete: true\n"
	}
	c, err := contract.Load([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// profiles are what a run may be asked for.
var profiles = map[string]runner.Selection{
	"quick":          {Profile: runner.Quick},
	"core":           {Profile: runner.Core},
	"full":           {Profile: runner.Full},
	"full-no-writes": {Profile: runner.Full, NoWrites: true},
}

// ordeal is one run and the server that it meets.
type ordeal struct {
	contract     *contract.Contract
	complete     bool // the contract says that it names every method
	undocumented bool // the server serves all methods
	fault        sandbox.Fault
	selection    runner.Selection
	bare         bool  // without preflight and clean-up
	planted      []any // ids that records have
	nothingGiven bool  // no fixture is disposable
	writes       config.Texts
	keep         bool  // the run is to leave what it made
	interruptAt  int64 // the request with which it is interrupted; 0: it is not
	transport    func(http.RoundTripper) http.RoundTripper
}

// outcome is what a run left behind.
type outcome struct {
	run   result.Run
	harms []harm
	added []string // records that were not there before
	left  []string // records that the run made and does not list, each with its story
	asked map[string]bool
	had   int // records that were there before
}

const harmSeed = 11

// undergo runs the suite against a sandbox in which both companies have records of every kind.
func undergo(t testing.TB, o ordeal) outcome {
	t.Helper()
	clock := probe.NewStopped(inprocess.Epoch)
	server, err := sandbox.New(o.contract, sandbox.Options{
		Now: clock.Now, Limit: 60, Window: 20 * time.Second, Undocumented: o.undocumented, Fault: o.fault.Name,
	})
	if err != nil {
		t.Fatal(err)
	}
	if o.fault.Name == "" && createRecords(t, o.contract, server) < 4 {
		t.Fatal("the companies have made hardly any records: nothing would be proved")
	}
	server.Plant(o.planted...)
	w := &watched{Server: server, together: o.fault.Group == "race", before: server.Snapshot()}
	if o.fault.Name == "" && len(o.planted) == 0 {
		w.asked = map[string]bool{}
	}
	out := outcome{had: w.before.Size()}
	target := inprocess.Handler(w, server.BasePath(), o.configuration(server), clock)
	w.given = given(target.File, o.selection)
	ctx, options := o.conditions(t, &target)
	out.run, err = runner.Judge(ctx, target, runner.NewPlan(o.contract, suite.All(), o.selection), options)
	if err != nil {
		t.Fatal(err)
	}
	out.run.Finish()
	out.harms, out.asked = w.harms, w.asked
	out.added = w.before.Added()
	for _, record := range out.added {
		if !listed(out.run.RecordsLeft, record) {
			out.left = append(out.left, w.story(record))
		}
	}
	return out
}

// configuration is that of the sandbox, but for what the ordeal wants otherwise.
func (o ordeal) configuration(s *sandbox.Server) *config.File {
	f := sandbox.Configuration(s)
	if o.nothingGiven {
		for name, fixture := range f.Fixtures {
			fixture.Disposable = false
			f.Fixtures[name] = fixture
		}
	}
	if o.writes != nil {
		f.Writes = o.writes
	}
	return f
}

// given are the ids of the records that the configuration gives up, if the run may write at all.
func given(f *config.File, s runner.Selection) map[string]bool {
	ids := map[string]bool{}
	for _, fixture := range f.Fixtures {
		for _, v := range append(fixture.Values, fixture.OtherTenant...) {
			if fixture.Disposable && !s.NoWrites {
				ids[generate.Text(v)] = true
			}
		}
	}
	return ids
}

// TestNothingOfOthersIsHarmed tries every profile on a correct server and on one that does more than its document
// mentions.
func TestNothingOfOthersIsHarmed(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(contracts)) {
		for _, complete := range []bool{false, true} {
			c := document(t, name, complete)
			for _, undocumented := range []bool{false, true} {
				for _, profile := range slices.Sorted(maps.Keys(profiles)) {
					if !thoroughRequested() && !telling(name, complete, undocumented, profile) {
						continue
					}
					label := fmt.Sprintf("%s/complete=%v/undocumented=%v/%s", name, complete, undocumented, profile)
					t.Run(label, func(t *testing.T) {
						t.Parallel()
						out := harmless(t, ordeal{
							contract: c, complete: complete, undocumented: undocumented, selection: profiles[profile],
						})
						if out.had < 20 || out.run.Counts.Pass < 100 {
							t.Errorf("%d records were there, %d rows passed: that shows nothing", out.had, out.run.Counts.Pass)
						}
						if !undocumented {
							noAlarms(t, name, out.run)
						}
						leavesNothing(t, complete && undocumented, "", out)
					})
				}
			}
		}
	}
}

// telling are the ordeals of the sample, of which an ordinary test run has time for one. What a core run sends a full
// one sends too.
func telling(contract string, complete, undocumented bool, profile string) bool {
	if !sampleRequested() {
		return contract == "depot" && undocumented && !complete && profile == "full"
	}
	if contract == "embedded" {
		return undocumented && !complete && profile == "full"
	}
	return profile == "full" || !complete && profile != "core"
}

// TestIDsOfNobodyAreSomebodys: records have the ids that a run of this seed takes for nobody's, and those that
// everybody does.
func TestIDsOfNobodyAreSomebodys(t *testing.T) {
	if !sampleRequested() {
		t.Skip(".ci/run harm tries it")
	}
	for _, name := range slices.Sorted(maps.Keys(contracts)) {
		c := document(t, name, false)
		for _, profile := range slices.Sorted(maps.Keys(profiles)) {
			if !thoroughRequested() && (profile != "full" || name != "depot") {
				continue
			}
			t.Run(name+"/"+profile, func(t *testing.T) {
				t.Parallel()
				o := ordeal{contract: c, selection: profiles[profile]}
				free := harmless(t, o)
				o.planted = append(whatARunAsksFor(free.asked), guessable...)
				taken := harmless(t, o)
				if taken.had < free.had+20 {
					t.Errorf("only %d records more than before", taken.had-free.had)
				}
				if o.undocumented = true; thoroughRequested() {
					harmless(t, o)
				}
			})
		}
	}
}

// accepting are the groups of the faults by which a server accepts, or half does, what it should refuse. Other faults
// spoil what it says.
var accepting = []string{
	"key", "precedence", "scope", "body", "value", "coercion", "parameter", "reference", "transition", "id",
	"foreign record", "path",
	"method", "unique value", "race", "side effect", "odd input", "list",
}

// TestNoFaultHarmsOthers: a server that accepts what it should refuse is the very one that the suite is for. It must
// find its records as they were. The sample tries one fault of each group, CONFORMANCE_EXAM=all every fault with every
// profile.
func TestNoFaultHarmsOthers(t *testing.T) {
	if !sampleRequested() {
		t.Skip(".ci/run harm tries it")
	}
	for _, name := range slices.Sorted(maps.Keys(contracts)) {
		c := document(t, name, false)
		seen := map[string]bool{}
		for _, fault := range sandbox.Faults(c) {
			if !slices.Contains(accepting, fault.Group) || !thoroughRequested() && seen[fault.Group] {
				continue
			}
			seen[fault.Group] = true
			for _, profile := range slices.Sorted(maps.Keys(profiles)) {
				if !thoroughRequested() && !sampled(name, fault.Group, profile) {
					continue
				}
				t.Run(name+"/"+fault.Name+"/"+profile, func(t *testing.T) {
					t.Parallel()
					o := ordeal{contract: c, fault: fault, selection: profiles[profile]}
					leavesNothing(t, false, fault.Family+" left", harmless(t, o))
					if o.bare = true; thoroughRequested() { // without preflight, which keeps a run from what it finds unusable
						harmless(t, o)
					}
				})
			}
		}
	}
}

// sampled says whether the sample tries the profile on a fault of that group.
func sampled(contract, group, profile string) bool {
	groups := []string{
		"key", "scope", "reference", "transition", "foreign record", "path", "method", "unique value", "race", "side effect",
	}
	return contract == "depot" &&
		(profile == "full" && slices.Contains(groups, group) || profile == "full-no-writes" && group == "key")
}
