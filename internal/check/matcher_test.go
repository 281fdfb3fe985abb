package check

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/onsi/gomega"

	"conformance/internal/contract"
	"conformance/internal/probe"
	"conformance/internal/result"
)

func notes(t *testing.T) *contract.Contract {
	t.Helper()
	text, err := os.ReadFile("../contract/testdata/small.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := contract.Load(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// answered is an answer to a request without a key.
func answered(c *contract.Contract, status int, body string, headers ...string) *Answer {
	a := &probe.Answer{
		Request: &probe.Request{FaultAt: []string{"header:X-Key"}}, Status: status, Body: []byte(body),
		Header: map[string][]string{"Content-Type": {"application/json"}},
	}
	for i := 0; i < len(headers); i += 2 {
		a.Header[headers[i]] = append(a.Header[headers[i]], headers[i+1])
	}
	return &Answer{Answer: a, Contract: c, Operation: c.Operation("listNotes"), Situation: contract.MissingKey}
}

const refusal = `{"success": false, "error": "unauthorized", "message": "Send a key."}`

// facts are differences in short: kind, rule and place.
func facts(ds []result.Difference) string {
	var out []string
	for _, d := range ds {
		out = append(out, strings.TrimSpace(string(d.Kind)+" "+string(d.Rule)+" "+d.At))
	}
	return strings.Join(out, "; ")
}

// TestMatchers: what each matcher finds, alone and composed. One that is composed neither hides nor repeats what
// another one finds.
func TestMatchers(t *testing.T) {
	c := notes(t)
	noCookie := HaveNoHeader("set-cookie")
	for name, k := range map[string]struct {
		matcher Matcher
		answer  *Answer
		want    string
	}{
		"refused":  {BeRefused(), answered(c, 401, refusal), ""},
		"accepted": {BeRefused(), answered(c, 200, `[]`), "status must-refuse status"},
		"another situation's": {
			BeRefusedAs(contract.UnknownRecord), answered(c, 404, strings.Replace(refusal, "unauthorized", "not_found", 1)), "",
		},
		"any of two situations": {
			BeRefusedAs(contract.UnknownRecord, contract.MissingKey), answered(c, 401, refusal), "",
		},
		"a success":                  {BeAccepted(), answered(c, 204, ""), ""},
		"a refusal is not a success": {BeAccepted(), answered(c, 401, refusal), "status must-accept status"},
		"no cookie":                  {noCookie, answered(c, 401, refusal), ""},
		"a cookie": {
			noCookie, answered(c, 401, refusal, "Set-Cookie", "a=1"), "header header-not-there Set-Cookie",
		},
		"both hold":       {And(BeRefused(), noCookie), answered(c, 401, refusal), ""},
		"the first fails": {And(BeRefused(), noCookie), answered(c, 200, `[]`), "status must-refuse status"},
		"the second fails": {
			And(BeRefused(), noCookie), answered(c, 401, refusal, "Set-Cookie", "a=1"), "header header-not-there Set-Cookie",
		},
		"both fail, and all shows": {
			And(BeRefused(), noCookie), answered(c, 200, `[]`, "Set-Cookie", "a=1"), "status must-refuse status; header " +
				"header-not-there Set-Cookie",
		},
		"in the other order": {
			And(noCookie, BeRefused()), answered(c, 200, `[]`, "Set-Cookie", "a=1"), "header header-not-there Set-Cookie; " +
				"status must-refuse status",
		},
		"one inside another": {
			And(And(noCookie), And(BeRefused())), answered(c, 200, `[]`, "Set-Cookie", "a=1"),
			"header header-not-there Set-Cookie; status must-refuse status",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := facts(k.matcher.Differences(k.answer)); got != k.want {
				t.Errorf("got %q, want %q", got, k.want)
			}
			if held, err := k.matcher.Match(k.answer); err != nil || held != (k.want == "") {
				t.Errorf("Gomega gets %v %v", held, err)
			}
		})
	}
}

// TestMatcherKeepsNothing: one matcher judges many answers, and a message belongs to the answer that it is asked for.
func TestMatcherKeepsNothing(t *testing.T) {
	c := notes(t)
	m := And(BeRefused(), HaveNoHeader("Set-Cookie"))
	bad, good := answered(c, 200, `[]`, "Set-Cookie", "a=1"), answered(c, 401, refusal)
	before := m.FailureMessage(bad)
	if held, _ := m.Match(good); !held {
		t.Error("a correct refusal does not match")
	}
	if diff := cmp.Diff(before, m.FailureMessage(bad)); diff != "" {
		t.Error(diff)
	}
	for _, part := range []string{
		"to be refused and to have no header Set-Cookie", "the request was accepted (200", "the header Set-Cookie is a=1",
	} {
		if !strings.Contains(before, part) {
			t.Errorf("%q is not in %q", part, before)
		}
	}
	if _, err := m.Match("text"); err == nil || !strings.Contains(err.Error(), "not a string") {
		t.Errorf("a text is judged: %v", err)
	}
}

// TestExpect: every fact reaches the row, with the part of the request that was varied; a refusal counts as provoked.
func TestExpect(t *testing.T) {
	c := notes(t)
	for name, k := range map[string]struct {
		expect   func(*T) bool
		held     bool
		provoked bool
		want     string
	}{
		"a refusal": {func(t *T) bool { return t.Expect(answered(c, 401, refusal)).To(BeRefused()) }, true, true, ""},
		"composed": {
			func(t *T) bool {
				return t.Expect(answered(c, 200, `[]`, "Set-Cookie", "a=1")).To(And(HaveNoHeader("Set-Cookie"), BeRefused()))
			}, false, true, "header header-not-there Set-Cookie; status must-refuse status",
		},
		"an acceptance": {func(t *T) bool { return t.Expect(answered(c, 200, `[]`)).To(BeAccepted()) }, true, false, ""},
		"another value": {func(t *T) bool { return t.Expect(2).To(gomega.Equal(3)) }, false, false, "state"},
		"no answer":     {func(t *T) bool { return t.Expect("text").To(BeRefused()) }, false, false, "state"},
	} {
		t.Run(name, func(t *testing.T) {
			tt := &T{row: &result.Check{}}
			tt.gomega = gomega.NewGomega(func(message string, _ ...int) { fail(tt, message) })
			if held := k.expect(tt); held != k.held || tt.Provoked != k.provoked {
				t.Errorf("held %v, provoked %v", held, tt.Provoked)
			}
			if got := facts(tt.row.Differences); got != k.want {
				t.Errorf("got %q, want %q", got, k.want)
			}
			for _, d := range tt.row.Differences {
				if d.Kind != result.KindState && d.Part != "header:X-Key" {
					t.Errorf("%v is not about the part that was varied", d)
				}
			}
		})
	}
}
