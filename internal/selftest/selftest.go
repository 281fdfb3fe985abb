// Package selftest owns the proof that the suite notices faults: it runs every check against a clean sandbox, then
// again for every fault that the sandbox can have, and says which check noticed which fault. It knows no fault and no
// check by name.
package selftest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"conformance/internal/contract"
	"conformance/internal/inprocess"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/suite"
)

// Limits of the sandboxes: small, because every fault is flooded, and time stands still but for sleepers.
const (
	limit       = 60
	window      = 20 * time.Second
	concurrency = 8
)

// Matrix is what a self-test found: which check noticed which fault.
type Matrix struct {
	Contract  result.Contract `json:"contract"`
	Clean     []Finding       `json:"clean"` // findings on the sandbox without a fault: false alarms
	Faults    []Fault         `json:"faults"`
	Unkilled  []string        `json:"unkilled"` // checks that no fault made fail
	Whole     bool            `json:"whole"`    // every fault was tried: only then does Unkilled mean anything
	Survivors int             `json:"survivors"`
	Musts     Kills           `json:"must"`
	Shoulds   Kills           `json:"should"`
	// Distinct situations that fail per fault: how far a fault's light reaches beyond its own clause.
	MedianSituations int     `json:"median_situations"`
	WorstSituations  int     `json:"worst_situations"`
	MedianMS         float64 `json:"median_ms"` // per fault
	DurationMS       int64   `json:"duration_ms"`
}

// Kills counts the faults of one level and those that were noticed at that level.
type Kills struct {
	Faults int `json:"faults"`
	Killed int `json:"killed"`
}

// Fault is one fault with what it lit up.
type Fault struct {
	Name        string       `json:"name"`
	Description string       `json:"description"`
	Level       result.Level `json:"level"`
	Situation   string       `json:"situation"`
	Killed      bool         `json:"killed"`           // a MUST by a failure, a SHOULD at least by a warning
	By          []string     `json:"by"`               // check ids
	Situations  []string     `json:"situations"`       // of the rows that failed
	Broken      []string     `json:"broken,omitempty"` // rows that broke instead of judging
	DurationMS  float64      `json:"duration_ms"`
}

// Finding is a row that did not pass.
type Finding struct {
	ID        string         `json:"id"`
	Operation string         `json:"operation"`
	Variant   string         `json:"variant"`
	Outcome   result.Outcome `json:"outcome"`
	Reason    string         `json:"reason"`
}

// Passed says that every fault was noticed, every check can fail, and nothing was found where nothing is wrong.
func (m *Matrix) Passed() bool {
	return len(m.Clean) == 0 && m.Survivors == 0 && (!m.Whole || len(m.Unkilled) == 0)
}

// Run tries faults side by side. Names narrows them down; sample > 0 takes that many of them, evenly spread. Progress
// may be nil.
func Run(
	ctx context.Context,
	c *contract.Contract,
	names []string,
	sample, workers int,
	progress func(done, total int),
) (*Matrix, error) {
	started := time.Now()
	all := sandbox.Faults(c)
	chosen, err := choose(all, names, sample)
	if err != nil {
		return nil, err
	}
	m := &Matrix{
		Contract: result.Contract{Title: c.Title, Version: c.Version, SHA256: c.SHA256},
		Clean:    []Finding{}, Unkilled: []string{}, Whole: len(chosen) == len(all), Faults: make([]Fault, len(chosen)),
	}
	rows, err := judge(ctx, c, "", fullPlan(c))
	if err != nil {
		return nil, err
	}
	m.Clean = append(m.Clean, falseAlarms(rows)...)
	if err := m.try(ctx, c, chosen, workers, progress); err != nil {
		return nil, err
	}
	m.conclude(rows)
	m.DurationMS = time.Since(started).Milliseconds()
	return m, nil
}

// UnknownFaultError is the name of a fault that there is not.
type UnknownFaultError string

func (e UnknownFaultError) Error() string {
	return fmt.Sprintf("there is no fault %q; conformance serve --list-faults shows them", string(e))
}

// choose narrows the faults down.
func choose(all []sandbox.Fault, names []string, sample int) ([]sandbox.Fault, error) {
	if len(names) > 0 {
		var out []sandbox.Fault
		for _, name := range names {
			i := slices.IndexFunc(all, func(f sandbox.Fault) bool { return f.Name == name })
			if i < 0 {
				return nil, UnknownFaultError(name)
			}
			out = append(out, all[i])
		}
		return out, nil
	}
	if sample <= 0 || sample >= len(all) {
		return all, nil
	}
	var out []sandbox.Fault
	for i := range sample {
		out = append(out, all[i*len(all)/sample])
	}
	return out, nil
}

func (m *Matrix) try(
	ctx context.Context,
	c *contract.Contract,
	faults []sandbox.Fault,
	workers int,
	progress func(done, total int),
) error {
	return each(ctx, len(faults), workers, progress, func(i int) error {
		f, err := tryOne(ctx, c, faults[i])
		m.Faults[i] = f
		return err
	})
}

func tryOne(ctx context.Context, c *contract.Contract, f sandbox.Fault) (Fault, error) {
	started := time.Now()
	rows, err := judge(ctx, c, f.Name, fullPlan(c))
	out := Fault{
		Name: f.Name, Description: f.Description, Level: f.Level, Situation: string(f.Situation), By: []string{},
		Situations: []string{},
		DurationMS: float64(time.Since(started).Microseconds()) / 1000,
	}
	for _, row := range rows {
		switch row.Outcome {
		case result.Fail:
			out.Killed = true
		case result.Warn:
			out.Killed = out.Killed || f.Level == result.Should
		case result.Error:
			out.Broken = append(out.Broken, strings.TrimSpace(row.ID+" "+row.Operation+" "+row.Variant+": "+row.Reason))
			continue
		default:
			continue
		}
		out.By, out.Situations = append(out.By, row.ID), append(out.Situations, row.Situation)
	}
	out.By, out.Situations = unique(out.By), unique(out.Situations)
	return out, err
}

func unique(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

func fullPlan(c *contract.Contract) *runner.Plan {
	return runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Full})
}

// judge runs a plan against a sandbox with that fault. It goes without preflight, which would stop at some faults
// instead of leaving them to the checks.
func judge(ctx context.Context, c *contract.Contract, fault string, plan *runner.Plan) ([]result.Check, error) {
	target, err := inprocess.New(c, sandbox.Options{Fault: fault, Limit: limit, Window: window})
	if err != nil {
		return nil, err
	}
	r, err := runner.Judge(ctx, target.Target, plan, runner.Options{Concurrency: concurrency, Seed: 1, Bare: true})
	return r.Checks, errors.Join(err, target.Close())
}

// falseAlarms are the rows of a clean sandbox that say that something is wrong.
func falseAlarms(rows []result.Check) []Finding {
	var out []Finding
	for _, row := range rows {
		if row.Outcome == result.Pass || row.Outcome == result.Skip && row.ReasonCode.LeavesNothingOpen() {
			continue
		}
		reason := row.Reason
		for _, f := range row.Failures() {
			reason = strings.TrimSpace(reason + " " + f.Message)
		}
		out = append(out, Finding{row.ID, row.Operation, row.Variant, row.Outcome, reason})
	}
	return out
}

// conclude counts. clean are the rows of the sandbox without a fault: a check that has none there is not tried at all.
func (m *Matrix) conclude(clean []result.Check) {
	killed := map[string]bool{}
	var reach []int
	var times []float64
	for _, f := range m.Faults {
		level := &m.Musts
		if f.Level == result.Should {
			level = &m.Shoulds
		}
		level.Faults++
		if f.Killed {
			level.Killed++
			reach = append(reach, len(f.Situations))
		} else {
			m.Survivors++
		}
		times = append(times, f.DurationMS)
		for _, id := range f.By {
			killed[id] = true
		}
	}
	for _, k := range suite.All() {
		if !killed[k.ID] && slices.ContainsFunc(clean, func(row result.Check) bool { return row.ID == k.ID }) {
			m.Unkilled = append(m.Unkilled, k.ID)
		}
	}
	slices.Sort(reach)
	slices.Sort(times)
	if len(reach) > 0 {
		m.MedianSituations, m.WorstSituations = reach[len(reach)/2], reach[len(reach)-1]
	}
	if len(times) > 0 {
		m.MedianMS = times[len(times)/2]
	}
}
