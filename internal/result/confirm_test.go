package result

import "testing"

// TestFlakyAs: who runs decides how flaky rows count; they stay flaky, and are counted as such.
func TestFlakyAs(t *testing.T) {
	for name, k := range map[string]struct {
		level   Level
		as      Outcome
		verdict Verdict
		must    int // exit status with --fail-on must
		should  int
	}{
		"a must":                 {Must, "", Inconclusive, 3, 3},
		"a must as a failure":    {Must, Fail, Nonconformant, 1, 1},
		"a must as a warning":    {Must, Warn, Conformant, 0, 0},
		"a should":               {Should, "", Conformant, 0, 3},
		"a should as a failure":  {Should, Fail, Conformant, 0, 1},
		"a should as a warning ": {Should, Warn, Conformant, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := Run{FlakyAs: k.as, Checks: []Check{{ID: "A-1", Level: k.level, Outcome: Flaky},
				{ID: "A-2", Level: Must, Outcome: Pass}}}
			r.Finish()
			r.Finish() // changes nothing
			if r.Verdict != k.verdict || ExitStatus(r, Must) != k.must || ExitStatus(r, Should) != k.should {
				t.Errorf("%s, %d and %d; want %s, %d and %d", r.Verdict, ExitStatus(r, Must), ExitStatus(r,
					Should), k.verdict, k.must, k.should)
			}
			if r.Counts.Flaky != 1 || r.Counts.Total() != 2 || !r.Complete {
				t.Errorf("counts %+v, complete %t", r.Counts, r.Complete)
			}
		})
	}
}

// TestConfirms: a second try confirms a first one by what both found, whatever values stood there.
func TestConfirms(t *testing.T) {
	status := Difference{Kind: KindStatus, Rule: MustRefuse, At: "status", Got: "500"}
	header := Difference{Kind: KindHeader, Rule: HeaderThere, At: "WWW-Authenticate"}
	accepted := Difference{Kind: KindStatus, Rule: MustRefuse, At: "status", Got: "200", Accepted: true}
	other := status
	other.Got = "503"
	for name, k := range map[string]struct {
		first, second []Difference
		want          bool
	}{
		"the same":                {[]Difference{status}, []Difference{status}, true},
		"another value":           {[]Difference{status}, []Difference{other}, true},
		"one of two":              {[]Difference{status, header}, []Difference{header}, true},
		"something else":          {[]Difference{status}, []Difference{header}, false},
		"nothing":                 {[]Difference{status}, nil, false},
		"accepted, then an error": {[]Difference{accepted}, []Difference{status}, false},
	} {
		if got := Confirms(Check{Differences: k.first}, Check{Differences: k.second}); got != k.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
