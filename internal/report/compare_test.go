package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"conformance/internal/result"
)

// compared is a pair of runs between which everything happens that can.
func compared(t testing.TB) (old, new result.Run) {
	old, new = recorded(t), recorded(t)
	edit := func(r *result.Run, id string, f func(*result.Check)) {
		for i := range r.Checks {
			if r.Checks[i].ID == id {
				f(&r.Checks[i])
			}
		}
	}
	pass := func(c *result.Check) { c.Outcome, c.Differences, c.Exchanges = result.Pass, nil, nil }
	edit(&old, "ID-003", pass)                                          // newly failing
	edit(&new, "AUTH-002", pass)                                        // fixed
	edit(&old, "STATUS-003", pass)                                      // newly warned
	edit(&old, "AUTH-005", pass)                                        // newly skipped
	edit(&old, "PATH-001", func(c *result.Check) { c.ID = "PATH-000" }) // retired, and new
	edit(&new, "VAL-001", func(c *result.Check) { c.DurationMS = 100 }) // slower
	old.Finish()
	new.Finish()
	return old, new
}

func TestCompare(t *testing.T) {
	old, new := compared(t)
	c, err := Compare(old, new, false)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{"new": c.NewChecks, "retired": c.Retired}
	for _, k := range c.kinds() {
		for _, change := range k.list {
			got[k.title] = append(got[k.title], change.ID+" "+change.transition())
		}
	}
	want := map[string]string{
		"Newly failing":    "ID-003 pass → fail,STATUS-003 pass → warn",
		"No longer judged": "AUTH-005 pass → skip,AUTH-005 pass → skip,PATH-000 pass, gone",
		"Fixed":            "AUTH-002 fail → pass",
		"new":              "PATH-001",
		"retired":          "PATH-000",
	}
	for name, list := range want {
		if joined := strings.Join(got[name], ","); joined != list {
			t.Errorf("%s: %q, want %q", name, joined, list)
		}
	}
	if len(c.StillFailing) != 13 || len(c.Slower) != 1 || c.Slower[0].Situation != "missing-field" || !c.Regression() {
		t.Errorf("%d still failing, slower %+v, regression %t", len(c.StillFailing), c.Slower, c.Regression())
	}
}

func TestCompareOutcomes(t *testing.T) {
	all := []result.Outcome{"", result.Pass, result.Warn, result.Fail, result.Error, result.Skip} // "": no such row
	// n newly failing, f fixed, s still failing, k no longer judged, - nothing
	want := map[result.Outcome]string{
		"":           "--nn--",
		result.Pass:  "--nnkk",
		result.Warn:  "-fsnkk",
		result.Fail:  "-fsskk",
		result.Error: "--nn--",
		result.Skip:  "--nn--",
	}
	for _, was := range all {
		for i, is := range all {
			if is == "" {
				continue
			}
			var old, new result.Run
			if was != "" {
				old.Checks = []result.Check{{ID: "A-1", Outcome: was}}
			}
			new.Checks = []result.Check{{ID: "A-1", Outcome: is}}
			c, err := Compare(old, new, false)
			if err != nil {
				t.Fatal(err)
			}
			got := "-"
			for j, list := range [][]Change{c.NewlyFailing, c.Fixed, c.StillFailing, c.NewlySkipped} {
				if len(list) > 0 {
					got = "nfsk"[j : j+1]
				}
			}
			if w := want[was][i : i+1]; got != w {
				t.Errorf("from %q to %q: %s, want %s", was, is, got, w)
			}
			if regression := got == "n" || got == "k"; c.Regression() != regression {
				t.Errorf("from %q to %q: regression %t", was, is, c.Regression())
			}
		}
	}
}

func TestCompareRefusesAnotherContract(t *testing.T) {
	old, new := recorded(t), recorded(t)
	new.Contract.SHA256 = strings.Repeat("0", 64)
	if _, err := Compare(old, new, false); err == nil || !strings.Contains(err.Error(), "different contracts") {
		t.Errorf("error %v", err)
	}
	c, err := Compare(old, new, true)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := c.WriteText(&b, false); err != nil || !strings.Contains(b.String(), "different contracts") {
		t.Errorf("%v: the text does not say that the contracts differ", err)
	}
}

func TestComparisonGolden(t *testing.T) {
	old, new := compared(t)
	c, err := Compare(old, new, false)
	if err != nil {
		t.Fatal(err)
	}
	var text, markdown, machine bytes.Buffer
	if err := c.WriteText(&text, false); err != nil {
		t.Fatal(err)
	}
	if err := c.WriteMarkdown(&markdown); err != nil {
		t.Fatal(err)
	}
	if err := c.WriteJSON(&machine); err != nil {
		t.Fatal(err)
	}
	golden(t, "comparison.txt", text.Bytes())
	golden(t, "comparison.md", markdown.Bytes())
	golden(t, "comparison.json", machine.Bytes())
	var read struct {
		Regression bool
		Comparison
	}
	if err := json.Unmarshal(machine.Bytes(), &read); err != nil || !read.Regression || len(read.Slower) != 1 {
		t.Errorf("read back: %v, %+v", err, read)
	}
	same, _ := Compare(old, old, false)
	machine.Reset()
	if err := same.WriteJSON(&machine); err != nil || strings.Contains(machine.String(), "null") || same.Regression() {
		t.Errorf("a run compared with itself: %v\n%s", err, machine.String())
	}
}

// A newer suite may retire rows; the same one may not lose any.
func TestCompareMissesRows(t *testing.T) {
	old, new := passing(t), passing(t)
	new.Checks = new.Checks[:len(new.Checks)/2]
	if c, err := Compare(old, new, false); err != nil || !c.Regression() ||
		len(c.NewlySkipped) != len(old.Checks)-len(new.Checks) {
		t.Errorf("%v: %d rows are missed", err, len(c.NewlySkipped))
	}
	new.Suite.Version = "v9"
	if c, err := Compare(old, new, false); err != nil || c.Regression() || len(c.Retired) == 0 {
		t.Errorf("%v: a newer suite is a regression: %+v", err, c.NewlySkipped)
	}
}
