package result

import (
	"slices"
	"testing"
)

func row(level Level, outcome Outcome, code ReasonCode) Check {
	return Check{ID: "AUTH-001", Level: level, Outcome: outcome, ReasonCode: code}
}

func TestVerdict(t *testing.T) {
	pass := row(Must, Pass, "")
	tests := []struct {
		name     string
		rows     []Check
		verdict  Verdict
		complete bool
		exit     int // --fail-on must
		strict   int // --fail-on should
	}{
		{"nothing ran", nil, Inconclusive, false, 3, 3},
		{"all passed", []Check{pass}, Conformant, true, 0, 0},
		{"a must failed", []Check{pass, row(Must, Fail, "")}, Nonconformant, true, 1, 1},
		{"a should failed", []Check{pass, row(Should, Warn, "")}, Conformant, true, 0, 1},
		{"a should recorded as failed is a warning", []Check{pass, row(Should, Fail, "")}, Conformant, true, 0, 1},
		{"an assumed must that only warns", []Check{pass, row(Must, Warn, "")}, Conformant, true, 0, 1},
		{"only warnings", []Check{row(Should, Warn, "")}, Conformant, true, 0, 1},
		{"an error", []Check{pass, row(Must, Error, "")}, Inconclusive, true, 3, 3},
		{"an error of a should", []Check{pass, row(Should, Error, "")}, Inconclusive, true, 3, 3},
		{"an error beside a violation", []Check{row(Must, Error, ""), row(Must, Fail, "")}, Nonconformant, true, 1, 1},
		{"an error beside a warning", []Check{row(Must, Error, ""), row(Should, Warn, "")}, Inconclusive, true, 3, 1},
		{"a flaky must", []Check{pass, row(Must, Flaky, "")}, Inconclusive, true, 3, 3},
		{"a flaky should", []Check{pass, row(Should, Flaky, "")}, Conformant, true, 0, 3},
		{"a flaky must beside a violation", []Check{row(Must, Flaky, ""), row(Must, Fail, "")}, Nonconformant, true, 1, 1},
		{"no credential", []Check{pass, row(Must, Skip, Credential)}, Inconclusive, false, 3, 3},
		{"no fixture", []Check{pass, row(Must, Skip, Fixture)}, Inconclusive, false, 3, 3},
		{"no control", []Check{pass, row(Must, Skip, Control)}, Inconclusive, false, 3, 3},
		{"a skip beside a violation", []Check{row(Must, Skip, Control), row(Must, Fail, "")}, Nonconformant, false, 1, 1},
		{"deselected", []Check{pass, row(Must, Skip, Deselected)}, Conformant, false, 0, 0},
		{"not verifiable", []Check{pass, row(Must, Skip, NotVerifiable)}, Conformant, true, 0, 0},
		{"not applicable", []Check{pass, row(Must, Skip, NotApplicable)}, Conformant, true, 0, 0},
		{"nothing applicable", []Check{row(Must, Skip, NotApplicable)}, Inconclusive, true, 3, 3},
		{"everything deselected", []Check{row(Must, Skip, Deselected)}, Inconclusive, false, 3, 3},
		{"nothing verifiable", []Check{row(Must, Skip, NotVerifiable)}, Inconclusive, true, 3, 3},
		{"a skip without a reason code is no pass", []Check{pass, row(Must, Skip, "")}, Inconclusive, false, 3, 3},
		{"a row without an outcome is no pass", []Check{pass, row(Must, "", "")}, Inconclusive, true, 3, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := Run{Checks: slices.Clone(tt.rows)}
			r.Finish()
			if r.Verdict != tt.verdict || r.Complete != tt.complete {
				t.Errorf("verdict %s complete %t, want %s %t", r.Verdict, r.Complete, tt.verdict, tt.complete)
			}
			if got := ExitStatus(r, Must); got != tt.exit {
				t.Errorf("exit status %d, want %d", got, tt.exit)
			}
			if got := ExitStatus(r, Should); got != tt.strict {
				t.Errorf("exit status with --fail-on should %d, want %d", got, tt.strict)
			}
			if r.Counts.Total() != len(r.Checks) {
				t.Errorf("counts %+v do not add up to %d rows", r.Counts, len(r.Checks))
			}
		})
	}
}

func TestExitStatusOfAnUnfinishedRun(t *testing.T) {
	if got := ExitStatus(Run{}, Must); got != ExitInconclusive {
		t.Errorf("exit status %d, want %d", got, ExitInconclusive)
	}
}

func TestFinishSortsAndDistinguishes(t *testing.T) {
	r := Run{Checks: []Check{
		{ID: "AUTH-10", Operation: "b", Variant: "", Outcome: Pass},
		{ID: "AUTH-2", Operation: "b", Variant: "page=10", Outcome: Pass},
		{ID: "AUTH-2", Operation: "b", Variant: "page=2", Outcome: Skip, ReasonCode: Deselected},
		{ID: "AUTH-2", Operation: "a", Variant: "z", Outcome: Error},
		{ID: "AUTH-2", Operation: "a", Variant: "z", Outcome: Pass},
		{ID: "AUTH-2", Operation: "a", Variant: "", Outcome: Fail, Level: Must},
		{ID: "AUTH-2", Operation: "a", Variant: "", Outcome: Warn, Level: Should},
	}}
	r.Finish()
	want := []string{
		"AUTH-2 a ", "AUTH-2 a #2", "AUTH-2 a z", "AUTH-2 a z #2", "AUTH-2 b page=2", "AUTH-2 b page=10", "AUTH-10 b ",
	}
	names := func() (out []string) {
		for _, c := range r.Checks {
			out = append(out, c.ID+" "+c.Operation+" "+c.Variant)
		}
		return out
	}
	if got := names(); !slices.Equal(got, want) {
		t.Errorf("rows\n%q, want\n%q", got, want)
	}
	if want := (Counts{Pass: 3, Fail: 1, Warn: 1, Error: 1, Skip: 1}); r.Counts != want {
		t.Errorf("counts %+v, want %+v", r.Counts, want)
	}
	if r.Counts.Judged() != 5 {
		t.Errorf("judged %d, want 5", r.Counts.Judged())
	}
	r.Finish()
	if got := names(); !slices.Equal(got, want) {
		t.Errorf("finished twice: rows %q", got)
	}
}

func TestClauses(t *testing.T) {
	r := Run{Checks: []Check{
		{ID: "AUTH-001", Source: "401", Outcome: Pass},
		{ID: "AUTH-002", Source: "401, tip", Outcome: Fail},
		{ID: "RATE-LIMIT-001", Source: "429", Outcome: Skip},
		{ID: "ODD", Outcome: Error},
	}}
	got := r.Clauses()
	names := make([]string, len(got))
	for i, c := range got {
		names[i] = c.Name
	}
	if want := []string{"AUTH", "RATE-LIMIT", "ODD"}; !slices.Equal(names, want) {
		t.Fatalf("clauses %q, want %q", names, want)
	}
	if got[0].Source != "401" || got[0].Counts != (Counts{Pass: 1, Fail: 1}) || len(got[0].Checks) != 2 {
		t.Errorf("first clause %+v", got[0])
	}
}

func TestNatural(t *testing.T) {
	ascending := []string{"", "0", "01", "1", "2", "10", "A-2", "A-10", "a", "a b", "a1", "a1b", "a2", "a010", "a10x", "é"}
	for i, a := range ascending {
		for j, b := range ascending {
			got := natural(a, b)
			if (i < j && got >= 0) || (i > j && got <= 0) || (i == j && got != 0) {
				t.Errorf("natural(%q, %q) = %d", a, b, got)
			}
		}
	}
}

// An order that sorting may rely on: antisymmetric, and zero only for equal texts.
func FuzzNatural(f *testing.F) {
	f.Add("a1", "a01")
	f.Add("1a", "11")
	f.Add("", "0")
	f.Fuzz(func(t *testing.T, a, b string) {
		if natural(a, b) != -natural(b, a) {
			t.Errorf("natural(%q, %q) is not antisymmetric", a, b)
		}
		if (natural(a, b) == 0) != (a == b) {
			t.Errorf("natural(%q, %q) = %d", a, b, natural(a, b))
		}
	})
}
