package report

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"conformance/internal/result"
)

// A finding is what an engineer fixes in one go: the rows of one check that failed in the same way, on however many
// operations and in however many variants. A server that forgets one rule everywhere reads as one finding, not as a
// hundred.
type finding struct {
	Number int
	Row    result.Check // the first row, which is shown whole
	Rows   []result.Check
	At     []int // where in the run each of Rows stands
	SameAs int   // number of an earlier finding of another check that differs in the same way; 0: none
}

// findings groups the rows that broke the contract, the most severe first: MUST before SHOULD, changed state and leaks
// before wrong answers, what is wrong in many places before what is wrong in few.
func findings(r result.Run) []finding {
	var out []finding
	known := map[string]int{}
	for at, c := range r.Checks {
		if c.Outcome != result.Fail && c.Outcome != result.Flaky && c.Outcome != result.Warn {
			continue
		}
		key := strings.Join([]string{c.ID, string(c.Outcome), signature(c)}, "\x00")
		i, ok := known[key]
		if !ok {
			i, known[key] = len(out), len(out)
			out = append(out, finding{Row: c})
		}
		out[i].Rows, out[i].At = append(out[i].Rows, c), append(out[i].At, at)
	}
	slices.SortStableFunc(out, func(a, b finding) int {
		return cmp.Or(cmp.Compare(severityRank(a.Row), severityRank(b.Row)), cmp.Compare(len(b.Rows), len(a.Rows)))
	})
	first := map[string]int{}
	for i := range out {
		out[i].Number = i + 1
		s := signature(out[i].Row)
		if n, known := first[s]; known {
			out[i].SameAs = n
		} else {
			first[s] = i + 1
		}
	}
	return out
}

// signature is how a row differs from the contract, without what only names the record, the field or the operation: one
// broken thing differs in the same way wherever it shows.
func signature(c result.Check) string {
	var parts []string
	for _, d := range c.Differences {
		parts = append(parts, string(d.Kind), string(d.Rule))
		switch d.Kind {
		case result.KindStatus, result.KindCode, result.KindMediaType:
			got := d.Got
			if d.Accepted {
				got = "2xx"
			}
			parts = append(parts, strings.Join(d.Want, "|"), got)
		case result.KindHeader, result.KindEnvelope:
			parts = append(parts, d.Place(), fmt.Sprint(d.Absent))
		}
	}
	if len(parts) == 0 {
		parts = append(parts, number.ReplaceAllString(c.Reason, "0"))
	}
	return strings.Join(parts, "\x00")
}

// number is what differs in the reasons of rows that broke off in the same way.
var number = regexp.MustCompile(`\d+`)

// severityRank orders outcomes and kinds; less is worse.
func severityRank(c result.Check) int {
	rank := 0
	switch c.Outcome {
	case result.Flaky:
		rank = 2
	case result.Warn:
		rank = 4
	}
	grave := slices.ContainsFunc(c.Differences, func(d result.Difference) bool {
		return d.Kind == result.KindState || d.Kind == result.KindLeak
	})
	if !grave {
		rank++
	}
	return rank
}

// Places names the operations of the rows after the first, each once, with the number of its variants where there are
// several.
func (f finding) Places() []string {
	var names []string
	rows := map[string]int{}
	for _, c := range f.Rows {
		names = append(names, c.Operation)
		rows[c.Operation]++
	}
	var out []string
	for _, name := range unique(names) {
		switch n := rows[name]; {
		case name == f.Row.Operation && n > 1:
			out = append(out, fmt.Sprintf("%s (%d more)", name, n-1))
		case name == f.Row.Operation:
		case n > 1:
			out = append(out, fmt.Sprintf("%s (%d)", name, n))
		default:
			out = append(out, name)
		}
	}
	return out
}

// Level is how the finding weighs, with what makes it weigh less than it says.
func level(c result.Check) string {
	out := strings.ToUpper(string(c.Level))
	if c.Assumed {
		out += ", assumed"
	}
	return out
}

// failedExchange is the exchange that a failed row is about: the last whose request deviates from a valid one, or
// simply the last.
func failedExchange(c result.Check) *result.Exchange {
	last := len(c.Exchanges) - 1
	for last > 0 && c.Exchanges[last].Second {
		last--
	}
	for i := last; i >= 0; i-- {
		if c.Exchanges[i].Request.Fault != "" {
			return &c.Exchanges[i]
		}
	}
	if last >= 0 {
		return &c.Exchanges[last]
	}
	return nil
}

// addsInformation reports whether a failure's message says more than its expected and actual texts do.
func addsInformation(f result.Failure) bool {
	return f.Message != "" && !(strings.Contains(f.Message, f.Expected) && strings.Contains(f.Message, f.Actual))
}

// A group is the rows that share a reason for not having been judged.
type group struct {
	Code   result.ReasonCode // empty for errors
	Reason string
	Rows   []result.Check
}

// IDs are the checks of the group, each once.
func (g group) IDs() []string {
	ids := make([]string, len(g.Rows))
	for i, c := range g.Rows {
		ids[i] = c.ID
	}
	return unique(ids)
}

// reasons groups the rows with the outcome by why: first what someone has to fix, then what nobody can, last what
// nobody asked for.
func reasons(r result.Run, outcome result.Outcome) []group {
	var out []group
	at := map[string]int{}
	for _, c := range r.Checks {
		if c.Outcome != outcome {
			continue
		}
		key := string(c.ReasonCode) + "\x00" + why(c)
		i, known := at[key]
		if !known {
			i, at[key] = len(out), len(out)
			out = append(out, group{Code: c.ReasonCode, Reason: why(c)})
		}
		out[i].Rows = append(out[i].Rows, c)
	}
	urgency := func(g group) int {
		return slices.Index([]result.ReasonCode{result.NotVerifiable, result.NotApplicable, result.Deselected}, g.Code)
	}
	slices.SortStableFunc(out, func(a, b group) int {
		return cmp.Or(cmp.Compare(urgency(a), urgency(b)), cmp.Compare(a.Code, b.Code), cmp.Compare(len(b.Rows), len(a.Rows)))
	})
	return out
}

// why is the reason that a row was not judged, from wherever it was recorded.
func why(c result.Check) string {
	if c.Reason != "" {
		return c.Reason
	}
	for _, f := range c.Failures() {
		if text := cmp.Or(f.Message, f.Actual); text != "" {
			return text
		}
	}
	for _, x := range c.Exchanges {
		if x.Error != "" {
			return x.Error
		}
	}
	return "no reason was recorded"
}

// secondExchange is what became of the same request when a flaky row was tried again; nil: it was not sent again.
func secondExchange(c result.Check) *result.Exchange {
	i := len(c.Exchanges) - 1
	if i < 0 || !c.Exchanges[i].Second {
		return nil
	}
	for j := i; j >= 0 && c.Exchanges[j].Second; j-- {
		if c.Exchanges[j].Request.Fault != "" {
			return &c.Exchanges[j]
		}
	}
	return &c.Exchanges[i]
}
