package runner_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	diff "github.com/google/go-cmp/cmp"
	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/inprocess"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/suite"
)

// judged is what a process found that ran the specs once: one line for each row, and Ginkgo's own report of them.
type judged struct {
	Rows   []string
	Report []string // "id operation: entry, entry", as Ginkgo has it; none: Ginkgo did not run
	States map[string]string
	Order  []string // in which the plan has the cases, phase by phase
	Wrong  []string // requests of a case while Ginkgo ran another spec, or none
}

// TestSpecs runs the specs in processes of their own, because Ginkgo runs once in each: Ginkgo's report and the result
// say the same, whoever sends the requests; and where Ginkgo would end the process, the same rows come without it.
func TestSpecs(t *testing.T) {
	want := specs(t, child{Concurrency: 1})
	if len(want.Report) == 0 || len(want.Wrong) > 0 {
		t.Fatalf("Ginkgo reports %d specs; sent beside them: %q", len(want.Report), want.Wrong)
	}
	for _, outcome := range []result.Outcome{result.Pass, result.Fail, result.Skip} {
		is := func(row string) bool { return strings.HasSuffix(row, " "+string(outcome)) }
		if !slices.ContainsFunc(want.Rows, is) {
			t.Errorf("no row has the outcome %s: that shows little", outcome)
		}
	}
	for name, test := range map[string]struct {
		child  child
		flags  []string
		ginkgo bool
	}{
		"workers ahead":        {child{Concurrency: 8}, nil, true},
		"odd names":            {child{Concurrency: 8, Odd: true}, nil, true},
		"second run":           {child{Concurrency: 8, Again: true}, nil, false},
		"go test -count=2":     {child{Concurrency: 8}, []string{"-test.count=2"}, false},
		"go test -parallel=2":  {child{Concurrency: 8}, []string{"-test.parallel=2"}, false},
		"no working directory": {child{Concurrency: 8, Gone: true}, nil, false},
		"Ginkgo's flags": {
			child{Concurrency: 8}, []string{"-ginkgo.label-filter=&&", "-ginkgo.parallel.total=0"}, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := specs(t, test.child, test.flags...)
			if (len(got.Report) > 0) != test.ginkgo || len(got.Wrong) > 0 {
				t.Errorf("Ginkgo reports %d specs; sent beside them: %q", len(got.Report), got.Wrong)
			}
			if test.child.Odd {
				return // its rows are named otherwise
			}
			if d := diff.Diff(want.Rows, got.Rows); d != "" {
				t.Errorf("the rows differ from those of one worker:\n%s", d)
			}
			if test.ginkgo && !slices.Equal(got.Report, want.Report) {
				t.Errorf("the specs come in another order:\n%s", diff.Diff(want.Report, got.Report))
			}
		})
	}
}

// child is what a process of TestSpecs does.
type child struct {
	Concurrency      int
	Odd, Again, Gone bool
	File             string
}

const childVariable = "CONFORMANCE_RUNNER_CHILD"

func specs(t *testing.T, c child, flags ...string) judged {
	t.Helper()
	c.File = filepath.Join(t.TempDir(), "judged.json")
	job, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], append([]string{"-test.run=^TestChild$"}, flags...)...)
	cmd.Env = append(os.Environ(), childVariable+"="+string(job))
	if out, err := cmd.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != "PASS" {
		t.Fatalf("%v: %s", err, out)
	}
	var got judged
	data, err := os.ReadFile(c.File)
	if err == nil {
		err = json.Unmarshal(data, &got)
	}
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestChild is what the processes of TestSpecs run.
func TestChild(t *testing.T) {
	var job child
	if json.Unmarshal([]byte(os.Getenv(childVariable)), &job) != nil {
		t.Skip("for TestSpecs")
	}
	doc, err := os.ReadFile("../certify/testdata/tickets.yaml")
	if err != nil && !job.Gone {
		t.Fatal(err)
	}
	if job.Odd {
		doc = []byte(strings.ReplaceAll(string(doc), "getTicket", "get(Ticket)/v2|x&y!z"))
	}
	if job.Gone {
		gone := t.TempDir()
		t.Chdir(gone)
		if err := os.Remove(gone); err != nil {
			t.Fatal(err)
		}
	}
	var got judged
	if !ginkgo.ReportAfterSuite("keep", func(r ginkgo.Report) { got.keep(r) }) {
		t.Fatal("Ginkgo takes no more nodes")
	}
	ginkgo.ReportBeforeEach(func(r ginkgo.SpecReport) { running.Store(caseOf(r)) })
	if job.Again {
		_ = judgeSpecs(t, doc, job.Concurrency, &judged{})
		got = judged{}
		running.Store("")
	}
	r := judgeSpecs(t, doc, job.Concurrency, &got)
	got.compare(t, r.Checks)
	data, err := json.Marshal(got)
	if err == nil {
		err = os.WriteFile(job.File, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// judgeSpecs judges a faulty sandbox. got learns of requests that are not sent by, or for, the spec that Ginkgo runs.
func judgeSpecs(t *testing.T, doc []byte, concurrency int, got *judged) result.Run {
	t.Helper()
	c, err := contract.Load(doc)
	if err != nil {
		t.Fatal(err)
	}
	target, err := inprocess.New(c, sandbox.Options{Limit: 50, Fault: sandbox.Faults(c)[0].Name})
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Full})
	apart := map[string]bool{} // cases that no worker may begin
	order := slices.Clone(plan.Cases)
	slices.SortStableFunc(order, func(a, b check.Case) int { return cmp.Compare(late(a.Check), late(b.Check)) })
	for _, k := range order {
		name := k.Check.ID + " " + k.Subject.Name()
		got.Order = append(got.Order, name)
		apart[name] = concurrency == 1 || late(k.Check) > 0
	}
	var mu sync.Mutex
	through := target.Transport
	target.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		lane := runner.LaneOf(r.Context())
		name := lane[:max(0, strings.LastIndex(lane, " "))]
		mu.Lock()
		if now, _ := running.Load().(string); now != "" && apart[name] && now != name {
			got.Wrong = append(got.Wrong, fmt.Sprintf("%s during %s", name, now))
		}
		mu.Unlock()
		return through.RoundTrip(r)
	})
	r, err := runner.JudgeSpecs(t.Context(), target.Target, plan, runner.Options{Concurrency: concurrency, Bare: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range r.Checks {
		got.Rows = append(got.Rows, fmt.Sprintf("%s %s %q %s", row.ID, row.Operation, row.Variant, row.Outcome))
	}
	slices.Sort(got.Rows)
	return r
}

// late is 0 for what runs side by side, and grows with what must come later.
func late(c *check.Check) int {
	switch {
	case c.Last:
		return 3
	case c.Waits:
		return 2
	case c.Floods:
		return 1
	}
	return 0
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// running names the case whose spec Ginkgo runs.
var running atomic.Value

func caseOf(s types.SpecReport) string {
	if len(s.ContainerHierarchyTexts) < 2 {
		return ""
	}
	id, _, _ := strings.Cut(s.ContainerHierarchyTexts[1], " ")
	return id + " " + s.LeafNodeText
}

func (j *judged) keep(r types.Report) {
	j.States = map[string]string{}
	for _, s := range r.SpecReports.WithLeafNodeType(types.NodeTypeIt) {
		var entries []string
		for _, e := range s.ReportEntries {
			if e.Visibility == ginkgo.ReportEntryVisibilityNever {
				entries = append(entries, fmt.Sprintf("%q %s", e.Name, e.Value.GetRawValue()))
			}
		}
		slices.Sort(entries)
		j.Report = append(j.Report, caseOf(s)+": "+strings.Join(entries, ", "))
		j.States[caseOf(s)] = s.State.String()
	}
}

// compare shows that Ginkgo's report has the rows of the result, and the state of each spec what they come to.
func (j *judged) compare(t *testing.T, rows []result.Check) {
	t.Helper()
	if j.Report == nil {
		return
	}
	entries, states := map[string][]string{}, map[string]string{}
	weight := map[string]int{"skipped": 1, "passed": 2, "failed": 3}
	for _, row := range rows {
		name := row.ID + " " + row.Operation
		entries[name] = append(entries[name], fmt.Sprintf("%q %s", row.Variant, row.Outcome))
		state := "passed"
		switch row.Outcome {
		case result.Skip:
			state = "skipped"
		case result.Fail, result.Error:
			state = "failed"
		}
		if weight[state] > weight[states[name]] {
			states[name] = state
		}
	}
	for i, line := range j.Report {
		if i >= len(j.Order) || !strings.HasPrefix(line, j.Order[i]+": ") {
			t.Errorf("the spec in place %d is of %s", i, line)
			break
		}
	}
	var want []string
	for name, of := range entries {
		slices.Sort(of)
		want = append(want, name+": "+strings.Join(of, ", "))
	}
	sorted := slices.SortedFunc(slices.Values(j.Report), cmp.Compare)
	slices.Sort(want)
	if d := diff.Diff(want, sorted); d != "" {
		t.Errorf("Ginkgo's report has other rows than the result:\n%s", d)
	}
	if d := diff.Diff(states, j.States); d != "" {
		t.Errorf("Ginkgo's specs came to other states than their rows:\n%s", d)
	}
}
