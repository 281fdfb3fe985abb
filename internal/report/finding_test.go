package report

import (
	"slices"
	"strings"
	"testing"

	"conformance/internal/result"
)

func broken(id, operation, variant string, outcome result.Outcome, kind result.Kind, got string) result.Check {
	return result.Check{
		ID: id, Operation: operation, Variant: variant, Outcome: outcome, Level: result.Must,
		Differences: []result.Difference{{
			Kind: kind, Rule: result.MustRefuse, Want: []string{"x"}, Got: got, Accepted: strings.HasPrefix(got, "2"),
		}},
	}
}

func TestFindings(t *testing.T) {
	r := result.Run{Checks: []result.Check{
		broken("A-1", "one", "", result.Fail, result.KindStatus, "500"),
		broken("B-1", "one", "a", result.Fail, result.KindStatus, "200"),
		broken("B-1", "one", "b", result.Fail, result.KindStatus, "200"),
		broken("B-1", "two", "a", result.Fail, result.KindStatus, "200"),
		broken("B-1", "three", "a", result.Fail, result.KindStatus, "200"),
		broken("B-1", "three", "b", result.Fail, result.KindStatus, "200"),
		broken("B-1", "four", "", result.Fail, result.KindStatus, "201 Created"), // accepted, in its own way
		broken("B-1", "five", "", result.Fail, result.KindStatus, "404"),
		broken("C-1", "one", "", result.Warn, result.KindLeak, "trace"),
		broken("D-1", "one", "", result.Fail, result.KindState, "changed"),
		broken("E-1", "one", "", result.Fail, result.KindStatus, "200"),
		{ID: "F-1", Operation: "one", Outcome: result.Pass},
		{ID: "F-1", Operation: "two", Outcome: result.Error, Reason: "x"},
	}}
	var got []string
	for _, f := range findings(r) {
		got = append(got, strings.Join([]string{f.Row.ID, f.Row.Differences[0].Got, strings.Join(f.Places(), ",")}, " "))
		if f.SameAs != 0 && (f.Row.ID != "E-1" || f.SameAs != 2) {
			t.Errorf("%s is said to be the same as finding %d", f.Row.ID, f.SameAs)
		}
	}
	want := []string{
		"D-1 changed ", // a changed record is worse than a wrong status
		"B-1 200 one (1 more),two,three (2),four",
		"A-1 500 ", "B-1 404 ", "E-1 200 ",
		"C-1 trace ", // a warning comes last, whatever it warns of
	}
	if !slices.Equal(got, want) {
		t.Errorf("findings\n%q, want\n%q", got, want)
	}
}

func TestReasons(t *testing.T) {
	skip := func(id string, code result.ReasonCode, reason string) result.Check {
		return result.Check{ID: id, Outcome: result.Skip, ReasonCode: code, Reason: reason}
	}
	r := result.Run{Checks: []result.Check{
		skip("A-1", result.Deselected, "--skip"), skip("A-2", result.NotVerifiable, "n"), skip("A-3", result.Fixture, "f"),
		skip("A-4", result.Control, "c"), skip("A-5", result.Fixture, "f"), skip("A-5", result.Fixture, "f"),
		skip("A-6", "new", "?"),
		skip("A-7", result.NotApplicable, "a"),
	}}
	var got []string
	for _, g := range reasons(r, result.Skip) {
		got = append(got, string(g.Code)+" "+strings.Join(g.IDs(), ","))
	}
	want := []string{"control A-4", "fixture A-3,A-5", "new A-6", "not_verifiable A-2",
		"not_applicable A-7", "deselected A-1"}
	if !slices.Equal(got, want) {
		t.Errorf("groups %q, want %q", got, want)
	}
}

func TestWhy(t *testing.T) {
	tests := []struct {
		row  result.Check
		want string
	}{
		{result.Check{Reason: "r"}, "r"},
		{result.Check{Differences: []result.Difference{{Got: "a"}}}, "a"},
		{result.Check{Differences: []result.Difference{{Detail: "m", Got: "a"}}}, "m"},
		{result.Check{Exchanges: []result.Exchange{{}, {Error: "refused"}}}, "refused"},
		{result.Check{}, "no reason was recorded"},
	}
	for _, tt := range tests {
		if got := why(tt.row); got != tt.want {
			t.Errorf("why = %q, want %q", got, tt.want)
		}
	}
}

func TestCulprit(t *testing.T) {
	exchange := func(url, fault string) result.Exchange {
		return result.Exchange{Request: result.Request{URL: url, Fault: fault}}
	}
	if failedExchange(result.Check{}) != nil {
		t.Error("a row without exchanges has a culprit")
	}
	c := result.Check{Exchanges: []result.Exchange{exchange("setup", ""), exchange("bad", "f"), exchange("look", "")}}
	if got := failedExchange(c).Request.URL; got != "bad" {
		t.Errorf("culprit %q, want the request with the fault", got)
	}
	c.Exchanges = c.Exchanges[:1]
	if got := failedExchange(c).Request.URL; got != "setup" {
		t.Errorf("culprit %q, want the last request", got)
	}
}

func TestSignature(t *testing.T) {
	row := func(d result.Difference) string { return signature(result.Check{Differences: []result.Difference{d}}) }
	type pair struct {
		name string
		a, b result.Difference
	}
	status := func(got string, accepted bool) result.Difference {
		return result.Difference{
			Kind: result.KindStatus, Rule: result.MustRefuse, Want: []string{"401"}, Got: got, Accepted: accepted,
		}
	}
	header := func(at, got string, absent bool) result.Difference {
		return result.Difference{Kind: result.KindHeader, Rule: result.HeaderValue, At: at, Got: got, Absent: absent}
	}
	state := func(at, got string) result.Difference {
		return result.Difference{Kind: result.KindState, Rule: result.NothingChanged, At: at, Got: got}
	}
	member := func(at, got string) result.Difference {
		return result.Difference{Kind: result.KindEnvelope, Rule: result.FollowsSchema, At: at, Got: got}
	}
	for _, p := range []pair{
		{"every success", status("200", true), status("201 Created", true)},
		{"records and their values", state("one/data/12/a", "x"), state("two/data/b", "y")},
		{"values of a header", header("Allow", "GET", false), header("allow", "POST, PUT", false)},
		{"values and items of a member", member("/errors/0/text", "1"), member("/errors/7/text", "2")},
	} {
		if row(p.a) != row(p.b) {
			t.Errorf("%s are distinguished", p.name)
		}
	}
	code := func(got string) result.Difference {
		return result.Difference{Kind: result.KindCode, Rule: result.CodeOfCase, Want: []string{"a"}, Got: got}
	}
	for _, p := range []pair{
		{"statuses", status("400", false), status("500", false)},
		{"codes", code("code_1"), code("code_2")},
		{"a header that is missing", header("Allow", "", true), header("Allow", "GET", false)},
		{"headers", header("Allow", "", false), header("Retry-After", "", false)},
		{"members", member("/message", ""), member("/flag", "")},
	} {
		if row(p.a) == row(p.b) {
			t.Errorf("%s are not distinguished", p.name)
		}
	}
}
