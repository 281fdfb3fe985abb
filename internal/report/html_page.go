package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"conformance/internal/result"
)

// page is what the template of report.html shows. Texts in it are bounded and visible; the template escapes them.
type page struct {
	Verdict, Sentence   string
	Outcome             result.Outcome // the verdict's, for its colour and symbol
	Target, Title       string
	Facts               []fact
	Notes               []string
	Tallies             []tally
	Findings            []card
	FindingRows         int
	Hidden              int // findings that are only counted
	Matrix              matrix
	Machines            []machine
	Floods              []floodChart
	Coverage            result.Coverage
	CoveragePercent     string
	Unprovoked          []unprovoked
	Assumed             []assumption
	Unverified          []unverified
	Sheets              []sheet
	Rows                int
	Operations          []string
	Situations          []string
	Schema, GeneratedBy string
}

type fact struct{ Name, Value string }

// tally is the count of an outcome, and where its part of the bar lies, in percent.
type tally struct {
	Outcome result.Outcome
	N       int
	X, W    float64
}

type unprovoked struct {
	Situation  string
	Operations string
	N          int
}

// assumption is a check that rests on something the contract marks as assumed.
type assumption struct {
	ID, Title, Operations string
	Tallies               []tally
}

type unverified struct {
	Outcome     result.Outcome
	Code        string
	Reason, IDs string
	Rows        int
	Operations  string
}

// Bounds of report.html, which has to open on a phone.
const (
	maxCards      = 200     // findings that are shown one by one
	maxCardRows   = 120     // rows that one finding shows one by one
	maxQuoted     = 700_000 // bytes of exchanges, all findings together
	maxReasons    = 60      // reasons for which rows were not verified
	maxVariants   = 80      // variants of a check on an operation that are named
	maxMatrixSize = 40_000  // cells
	maxOps        = 5       // operations named in a line
	maxName       = 120     // characters of a name
)

func newPage(r result.Run) page {
	n := result.CountOf(r.Checks)
	p := page{
		Verdict: capital(string(r.Verdict)) + OfSandbox(r), Outcome: verdictOutcome(r.Verdict), Sentence: sentence(r, n),
		Target: line(r.Target, 200),
		Title:  strings.TrimSpace(line(r.Contract.Title, 80) + " " + line(r.Contract.Version, 20)),
		Facts:  facts(r), Tallies: tallies(n), Coverage: r.Coverage, Rows: len(r.Checks),
		Assumed: assumptions(r), Unverified: notVerified(r), Machines: machines(r), Floods: floodCharts(r.Floods),
		Schema: r.Schema, GeneratedBy: line(r.Suite.Version, 40),
	}
	for _, note := range r.Notes {
		p.Notes = append(p.Notes, line(note, 600))
	}
	anchors := p.findings(r)
	p.Matrix = newMatrix(r, anchors)
	p.Sheets = sheets(r, anchors)
	p.Unprovoked = unprovokedBySituation(r.Coverage.Unprovoked)
	if r.Coverage.Documented > 0 {
		p.CoveragePercent = fmt.Sprintf("%.0f %%", 100*float64(r.Coverage.Provoked)/float64(r.Coverage.Documented))
	}
	for _, c := range r.Checks {
		p.Operations = append(p.Operations, line(c.Operation, maxName))
		p.Situations = append(p.Situations, line(c.Situation, maxName))
	}
	slices.Sort(p.Operations)
	slices.Sort(p.Situations)
	p.Operations, p.Situations = slices.Compact(p.Operations), slices.Compact(p.Situations)
	return p
}

func verdictOutcome(v result.Verdict) result.Outcome {
	switch v {
	case result.Conformant:
		return result.Pass
	case result.Nonconformant:
		return result.Fail
	default:
		return result.Error
	}
}

// sentence says the verdict in words.
func sentence(r result.Run, n result.Counts) string {
	if n.Total() == 0 {
		return "No check ran, so nothing is known about the target."
	}
	var parts []string
	for _, p := range []struct {
		n    int
		text string
	}{{n.Fail, "failed"}, {n.Flaky, "were flaky"}, {n.Warn, "warned"}, {n.Error, "could not be judged"},
		{n.Skip, "were not verified"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", grouped(p.n), p.text))
		}
	}
	if len(parts) == 0 {
		return fmt.Sprintf("All %s rows passed.", grouped(n.Total()))
	}
	out := fmt.Sprintf("Of %s rows, %s.", grouped(n.Total()), strings.Join(parts, ", "))
	if !r.Complete {
		out += " The run is not complete."
	}
	return out
}

// capital starts a text with a capital letter.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// grouped writes a number with thin spaces between its thousands.
func grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u2009" + s[i:]
	}
	return s
}

func facts(r result.Run) []fact {
	profile := line(r.Profile, 20)
	if !r.Complete {
		profile += " (not complete)"
	}
	out := []fact{
		{"Contract", strings.TrimSpace(line(r.Contract.Title, 80) + " " + line(r.Contract.Version, 20))},
		{"SHA-256", line(r.Contract.SHA256, 64)},
		{"Profile", profile},
		{"Started", r.Started.UTC().Format(time.DateTime) + " UTC"},
		{"Took", durationText(r.DurationMS)},
		{"Requests", grouped(r.Requests)},
		{"Records", recordsText(r)},
		{"Seed", fmt.Sprint(r.Seed)},
	}
	return slices.DeleteFunc(out, func(f fact) bool { return f.Value == "" })
}

// tallies lays the counts side by side on a bar that is 100 wide.
func tallies(n result.Counts) []tally {
	all := map[result.Outcome]int{
		result.Pass: n.Pass, result.Fail: n.Fail, result.Flaky: n.Flaky, result.Warn: n.Warn,
		result.Error: n.Error, result.Skip: n.Skip,
	}
	var out []tally
	x := 0.0
	for _, o := range outcomes {
		w := 100 * float64(all[o]) / float64(max(n.Total(), 1))
		out = append(out, tally{o, all[o], x, w})
		x += w
	}
	return out
}

// unprovokedBySituation puts together what is missing for the same reason, the most missing first.
func unprovokedBySituation(pairs []result.Pair) []unprovoked {
	by := map[string][]string{}
	for _, p := range pairs {
		by[p.Situation] = append(by[p.Situation], line(p.Operation, maxName))
	}
	var out []unprovoked
	for situation, operations := range by {
		slices.Sort(operations)
		out = append(out, unprovoked{line(situation, maxName), joinUpTo(operations, 40), len(operations)})
	}
	slices.SortFunc(out, func(a, b unprovoked) int {
		return cmp.Or(cmp.Compare(b.N, a.N), strings.Compare(a.Situation, b.Situation))
	})
	return out
}

// joinUpTo names the first few and counts the rest.
func joinUpTo(names []string, limit int) string {
	if len(names) > limit {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:limit], ", "), len(names)-limit)
	}
	return strings.Join(names, ", ")
}

func assumptions(r result.Run) []assumption {
	var out []assumption
	rows, at := [][]result.Check{}, map[string]int{}
	for _, c := range r.Checks {
		if !c.Assumed {
			continue
		}
		i, known := at[c.ID]
		if !known {
			i, at[c.ID] = len(out), len(out)
			out, rows = append(out, assumption{ID: line(c.ID, maxName), Title: line(c.Title, 200)}), append(rows, nil)
		}
		rows[i] = append(rows[i], c)
	}
	for i := range out {
		out[i].Operations = joinUpTo(operationsOf(rows[i]), maxOps)
		out[i].Tallies = slices.DeleteFunc(tallies(result.CountOf(rows[i])), func(t tally) bool { return t.N == 0 })
	}
	return out
}

// operationsOf names the operations of rows, each once.
func operationsOf(rows []result.Check) []string {
	names := make([]string, len(rows))
	for i, c := range rows {
		names[i] = line(c.Operation, maxName)
	}
	return unique(names)
}

func notVerified(r result.Run) []unverified {
	var out []unverified
	for _, o := range []result.Outcome{result.Error, result.Skip} {
		for _, g := range reasons(r, o) {
			if len(out) == maxReasons {
				return out
			}
			out = append(out, unverified{
				Outcome: o, Code: strings.ReplaceAll(cmp.Or(line(string(g.Code), 20), "error"), "_", " "),
				Reason: line(g.Reason, 400),
				IDs:    line(joinUpTo(g.IDs(), 8), 200), Rows: len(g.Rows), Operations: joinUpTo(operationsOf(g.Rows), maxOps),
			})
		}
	}
	return out
}
