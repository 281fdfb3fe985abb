package check

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/result"
	"conformance/internal/session"
)

// TestRows: what a check is tried on and what its rows say before they ran, from the contract alone.
func TestRows(t *testing.T) {
	c := notes(t)
	one := func(id string) func(*contract.Contract) []Subject {
		return Operations(func(o *contract.Operation) bool { return o.ID == id })
	}
	run := func(*T) {}
	for name, k := range map[string]struct {
		check Check
		want  []string // operation, variant, situation, assumed, source, URL
	}{
		"what the situation cites": {
			Check{Situation: contract.MissingKey, Over: one("listNotes"), Run: run},
			[]string{"listNotes||missing-key|false|Guide, Keys|https://notes.test/guide"},
		},
		"a situation that cites nothing": {
			Check{Situation: contract.WrongMethod, Over: one("listNotes"), Run: run},
			[]string{"listNotes||wrong-method|false|the contract, wrong-method (#/x-situations/wrong-method)|"},
		},
		"a standard": {
			Check{Situation: contract.WrongMethod, Source: RFC(9110, "15.5.6"), Over: one("listNotes"), Run: run},
			[]string{"listNotes||wrong-method|false|RFC 9110, 15.5.6|https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6"},
		},
		"ours": {
			Check{Situation: contract.MissingKey, Source: Ours, Over: one("listNotes"), Run: run},
			[]string{"listNotes||missing-key|false|this suite|"},
		},
		"a part of the contract": {
			Check{Situation: contract.MissingKey, Source: Part("x-unique"), Over: one("listNotes"), Run: run},
			[]string{"listNotes||missing-key|false|the contract, x-unique|"},
		},
		"a situation that the API does not have": {
			Check{Situation: contract.DeniedIP, Over: one("listNotes"), Run: run}, nil,
		},
		"variants, one of them in such a situation": {
			Check{Situation: contract.MissingKey, Over: one("listNotes"), Variants: func(*contract.Contract, Subject) []Variant {
				return []Variant{{Name: "a"}, {Name: "b", Situation: contract.DeniedIP}, {Name: "c", Situation: "unknown-author"}}
			}},
			[]string{
				"listNotes|a|missing-key|false|Guide, Keys|https://notes.test/guide",
				"listNotes|c|unknown-author|false|the contract, unknown-author (#/x-situations/unknown-author)|",
			},
		},
		"an assumed situation": {
			Check{Situation: contract.IllegalTransition, Source: Ours, Over: one("listNotes"), Run: run},
			[]string{"listNotes||illegal-transition|true|this suite|"},
		},
		"an assumed convention": {
			Check{Situation: contract.MissingKey, Source: Ours, Convention: "null", Over: one("listNotes"), Run: run},
			[]string{"listNotes||missing-key|true|this suite|"},
		},
		"an assumed path": {
			Check{
				Situation: contract.WrongMethod, Source: Ours, Run: run,
				Over: Paths(func(_ *contract.Contract, p *contract.Path) bool { return p.Key == "/notes#comment" }),
			},
			[]string{"/notes#comment||wrong-method|true|this suite|"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, kase := range Cases(c, []*Check{&k.check}) {
				for _, v := range kase.Variants {
					r := kase.Row(c, v)
					got = append(got, fmt.Sprintf("%s|%s|%s|%v|%s|%s", r.Operation, r.Variant, r.Situation, r.Assumed, r.Source,
						r.SourceURL))
				}
			}
			if diff := cmp.Diff(k.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestSpread: every value of an answer is in the view by its place.
func TestSpread(t *testing.T) {
	for body, want := range map[string]View{
		`{"a": {"b": [1, "x", null]}, "c/d": true}`: {
			"op/a/b/0": "1", "op/a/b/1": `"x"`, "op/a/b/2": "null", "op/c/d": "true",
		},
		`"text"`: {"op": `"text"`},
		`{}`:     {},
	} {
		var v any
		if err := json.Unmarshal([]byte(body), &v); err != nil {
			t.Fatal(err)
		}
		got := View{}
		flattenInto(got, "op", v)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", body, diff)
		}
	}
	for text, want := range map[string]bool{"mark": true, "marker": false, "": false} {
		if got := (View{"a": `"the mark"`, "b": "1"}).Shows(text); got != want {
			t.Errorf("%q shows: %v", text, got)
		}
	}
}

// TestMadeUp: it looks like the run's key and is another one. A key too short to be varied ends the variant.
func TestMadeUp(t *testing.T) {
	for name, k := range map[string]struct{ full, want string }{
		"hexadecimal":           {"fsm_live_0123456789abcdef0123", `^fsm_live_[0-9a-f]{20}$`},
		"in capitals":           {"FSM-0123456789ABCDEF0123456789", `^FSM-[0-9A-F]{26}$`},
		"other letters":         {"key.zyxwvutsrq", `^key\.[a-z0-9]{20}$`},
		"no prefix":             {"zyxwvutsrqponmlkjihgfedcba", `^[a-z0-9]{26}$`},
		"a long prefix":         {"a-very-long-prefix-of-many-words-12345678", `^a-very-long-pref[a-z0-9]{25}$`},
		"a word before":         {"Bot ZYXwvutsrq", `^Bot [a-z0-9]{20}$`},
		"too short":             {"abc", "skip credential"},
		"none":                  {"", "skip credential"},
		"a user who is the key": {"sk_0123456789abcdef:", `^sk_[0-9a-f]{20}:$`},
		"a password":            {"admin:fsm_live_0123456789abcdef0123", `^admin:fsm_live_[0-9a-f]{20}$`},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(10) {
				tt := &T{row: &result.Check{}, Session: &session.Session{}, Random: rand.New(rand.NewPCG(seed, 1))}
				scheme := &contract.Scheme{ID: "key"}
				if strings.Contains(k.full, ":") {
					scheme.HTTP = "basic"
				}
				o := &contract.Operation{Security: scheme, Keys: []contract.Together{{scheme}}, Path: &contract.Path{}}
				tt.Subject.Operation = o
				r := tt.Session.Request(o, nil)
				if k.full != "" {
					r = r.As(credential.Key{Secret: k.full}, "")
				}
				made := ""
				func() {
					defer recoverOutcome(tt)
					made = MadeUp(tt, r, scheme)
				}()
				if made == "" {
					made = fmt.Sprint(tt.row.Outcome, " ", tt.row.ReasonCode)
				}
				if !regexp.MustCompile(k.want).MatchString(made) || made == k.full {
					t.Errorf("of %q %q is made, want %s", k.full, made, k.want)
				}
			}
		})
	}
}

// TestSettle: how a variant that was stopped ends.
func TestSettle(t *testing.T) {
	found := result.Difference{Kind: result.KindStatus, Rule: result.MustRefuse}
	for name, k := range map[string]struct {
		run  func(*T)
		want string
	}{
		"to the end":              {func(*T) {}, "  "},
		"skipped":                 {func(t *T) { t.Skip(result.Fixture, "no %s", "thing") }, "skip fixture no thing"},
		"skipped after a find":    {func(t *T) { t.Report(found); t.Skip(result.Fixture, "no thing") }, "  "},
		"by an error":             {func(t *T) { t.Must(fmt.Errorf("it is over")) }, "error  it is over"},
		"by no error":             {func(t *T) { t.Must(nil) }, "  "},
		"by a mistake in a check": {func(*T) { panic("oops") }, "error  the suite failed: oops"},
	} {
		t.Run(name, func(t *testing.T) {
			tt := &T{row: &result.Check{}}
			func() {
				defer recoverOutcome(tt)
				k.run(tt)
			}()
			if got := fmt.Sprint(tt.row.Outcome, " ", tt.row.ReasonCode, " ", tt.row.Reason); !strings.EqualFold(got, k.want) {
				t.Errorf("got %q, want %q", got, k.want)
			}
		})
	}
}
