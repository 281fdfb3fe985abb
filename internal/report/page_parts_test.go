package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"conformance/internal/result"
)

// signs are how outcomes show, the worst first, with the sign and the words that stand for each.
var signs = []struct {
	outcome     result.Outcome
	sign, words string
}{
	{result.Fail, "✗", "failed"}, {result.Warn, "!", "warned"}, {result.Error, "?", "could not be judged"},
	{result.Skip, "–", "not verified"}, {result.Pass, "✓", "passed"},
}

// Every pair of operation and situation has a cell with the worst of its signs, which leads to the row that it comes
// from.
func TestPageMatrix(t *testing.T) {
	r := recorded(t)
	p := parsePage(t, r)
	table := cells(p.section("Operations and situations"))
	links := map[string]*html.Node{}
	for _, a := range every(p.section("Operations and situations"), "a") {
		links[attribute(a, "aria-label")] = a
	}
	filled := 0
	for pair, counts := range pairs(r) {
		sign, label := "", ""
		for _, o := range signs {
			if n := counts[o.outcome]; n > 0 {
				if label += fmt.Sprintf(", %d %s", n, o.words); sign == "" {
					sign = o.sign
				}
			}
		}
		filled++
		if got := cell(t, table, pair); got != sign {
			t.Errorf("%v shows %q, want %q", pair, got, sign)
		}
		a := links[pair.Operation+", "+pair.Situation+": "+label[2:]]
		if a == nil {
			t.Errorf("no cell is read as %s, %s: %s", pair.Operation, pair.Situation, label[2:])
			continue
		}
		to := p.target(a) // a row of the findings, or a line of an operation's sheet
		sheet := to
		if to.Data != "details" {
			sheet = within(to, "details")
		}
		if sheet == nil || !strings.Contains(words(to), pair.Situation) || !strings.Contains(words(sheet), pair.Operation) {
			t.Errorf("the cell of %v leads to %.80q", pair, words(to))
		}
	}
	if len(links) != filled || filled != 28 {
		t.Errorf("%d cells, want %d", len(links), filled)
	}
}

// A pair that is documented and that no row tried has a sign of its own; what is not documented is empty.
func TestPageMatrixWithoutRows(t *testing.T) {
	r := recorded(t)
	r.Checks = slices.DeleteFunc(r.Checks, func(c result.Check) bool {
		return c.Operation == "getJob" && c.Situation == "revoked-key"
	})
	r.Finish()
	table := cells(parsePage(t, r).section("Operations and situations"))
	for pair, want := range map[result.Pair]string{
		{Operation: "getJob", Situation: "revoked-key"}: "○", {Operation: "getAsset", Situation: "missing-key"}: "",
	} {
		if got := cell(t, table, pair); got != want {
			t.Errorf("%v shows %q, want %q", pair, got, want)
		}
	}
}

func pairs(r result.Run) map[result.Pair]map[result.Outcome]int {
	out := map[result.Pair]map[result.Outcome]int{}
	for _, c := range r.Checks {
		pair := result.Pair{Operation: c.Operation, Situation: c.Situation}
		if out[pair] == nil {
			out[pair] = map[result.Outcome]int{}
		}
		out[pair][c.Outcome]++
	}
	return out
}

func cell(t *testing.T, table [][]string, pair result.Pair) string {
	t.Helper()
	column := slices.Index(table[0], pair.Situation)
	for _, line := range table[1:] {
		if line[0] == pair.Operation && column > 0 {
			return line[column]
		}
	}
	t.Errorf("the matrix has no cell for %v", pair)
	return ""
}

// The tables and sentences of the page's other parts.
func TestPageParts(t *testing.T) {
	p := parsePage(t, recorded(t))
	for heading, want := range map[string]struct {
		says  []string
		lines [][]string // of its tables
	}{
		"Status changes": {[]string{
			"updateJobStatus", "illegal, wrongly accepted: 3", "legal, wrongly refused: 1", "legal, works: 6", "not verified: 1",
			"illegal, refused as it must be: 9",
			"Cancelled → Assigned: illegal, refused as it must be",
		}, [][]string{
			{"From", "Pending", "Assigned", "Cancelled", "In Progress", "Completed"},
			{
				"Cancelled", "✗illegal, wrongly accepted", "·illegal, refused as it must be", "", "✗illegal, wrongly accepted",
				"·illegal, refused as it must be",
			},
			{
				"In Progress", "·illegal, refused as it must be", "·illegal, refused as it must be", "✗legal, wrongly refused", "",
				"✓legal, works",
			},
		}},
		"Rate limits": {[]string{
			"list-reads by listJobs", "31 requests sent at 24.1 a second, against an announced limit of 20: request 21 was " +
				"the first answered 429, and 1.7 s later one was accepted again",
			"19 × 2xx", "10 × 429", "1 × other", "1 × no answer", "first 429", "accepted again",
			"writes <script> by createJob", "2 requests sent at 3.5 a second, against no announced limit: none was answered 429",
			"no answer announced a quota",
		}, nil},
		"Coverage": {[]string{"95 %", "125 of 131 documented pairs"}, [][]string{
			{"missing-scope", "2", "createAssetMeterReading, transferAsset"}, {"revoked-key", "2", "getJob, listJobs"},
			{"duplicate", "1", "createCustomer"}, {"server-fault", "1", "getJob"},
		}},
		"What is assumed": {nil, [][]string{
			{"STATUS-001", "a status change that is not legal is refused", "1 failed", "updateJobStatus"},
			{"STATUS-003", "a status outside the list is refused", "1 warned", "updateAssetStatus"},
		}},
		"What was not verified": {nil, [][]string{
			{"? error", "no answer within 10 s", "1", "CONFLICT-001", "createCustomer"},
			{
				"? error", `the suite broke: no value can be generated for /paths/~1customers/put: \x1b[1mnil schema`, "1",
				"CONFLICT-002", "updateCustomer",
			},
			{
				"– control", "the valid request was answered 503, so a refusal would prove nothing", "1", "SCOPE-001",
				"transferAsset",
			},
			{"– credential", "conformance.yaml names no credentials.revoked", "2", "AUTH-005", "getJob, listJobs"},
			{"– fixture", "fixtures.createAssetMeterReading.id is not set", "1", "SCOPE-002", "createAssetMeterReading"},
			{"– not verifiable", "nothing can make a target fail on request", "1", "SERVER-001", "getJob"},
			{"– deselected", "--no-flood", "1", "RATE-002", "listJobs"},
		}},
	} {
		section := p.section(heading)
		for _, text := range want.says {
			if !strings.Contains(words(section)+strings.Join(texts(section, "title"), "\n"), text) {
				t.Errorf("%s: nothing says %q", heading, text)
			}
		}
		for _, line := range want.lines {
			if !slices.ContainsFunc(cells(section), func(got []string) bool { return slices.Equal(got, line) }) {
				t.Errorf("%s: no line is %q in %q", heading, line, cells(section))
			}
		}
	}
}

// Every row of the run is in the list of all rows, once, by operation, with its outcome and, if it was not judged, why.
func TestPageListsEveryRow(t *testing.T) {
	r := recorded(t)
	section := parsePage(t, r).section("All rows")
	type line struct{ operation, id, situation, sign, variant string }
	listed := map[line]int{}
	for _, sheet := range every(section, "details") {
		for _, row := range every(sheet, "tr")[1:] {
			id, _, _ := strings.Cut(words(every(row, "th")[0]), " ")
			for _, variant := range every(row, "li") {
				sign, _, _ := strings.Cut(words(within(variant, "div")), " ")
				listed[line{texts(sheet, "h3")[0], id, texts(row, "td")[0], sign, visiblePrefix(words(variant))}]++
			}
		}
	}
	text := words(section)
	for _, c := range r.Checks {
		want := line{c.Operation, c.ID, c.Situation, sign(c.Outcome), strings.ReplaceAll(c.Variant, "\x1b", `\x1b`)}
		for _, instead := range []string{want.variant, "no variants", "see the failure"} { // a check may have none
			if want.variant = instead; c.Variant == "" && instead == "" {
				continue
			}
			if listed[want] > 0 {
				break
			}
		}
		if listed[want]--; listed[want] < 0 {
			t.Errorf("%s %s %q is not listed as %s", c.ID, c.Operation, c.Variant, c.Outcome)
		}
		for _, says := range []string{c.ID + " " + strings.ToUpper(string(c.Level)), c.Title, visiblePrefix(c.Reason)} {
			if !strings.Contains(text, says) {
				t.Errorf("%s %s: the list does not say %q", c.ID, c.Operation, says)
			}
		}
	}
	if n := len(every(section, "li")); n != len(r.Checks) {
		t.Errorf("%d rows are listed, want %d", n, len(r.Checks))
	}
}

func sign(o result.Outcome) string {
	for _, known := range signs {
		if known.outcome == o {
			return known.sign
		}
	}
	return "no sign"
}
