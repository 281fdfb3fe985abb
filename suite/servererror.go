package suite

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/judge"
	"conformance/internal/result"
	"conformance/internal/session"
)

// 5xx: the server broke.

var serverFault = check.Check{
	ID: "ERROR-001", Level: result.Must, Situation: contract.ServerFault,
	Title: "a fault inside the server is answered in the envelope",
	Clause: "The configured trigger is called once; its answer is judged by what each operation documents for such a " +
		"fault. It must not show internal details of the server.",
	Over: check.Operations((*contract.Operation).Any),
	Run: func(t *check.T) {
		trigger := t.Session.Config.ServerFault
		if trigger == nil {
			t.Skip(result.NotVerifiable, "a server fault cannot be provoked from outside; configure triggers.server_fault, a "+
				"request that causes one")
		}
		a, err := t.Session.ServerFault(t.Ctx, trigger)
		t.Must(err)
		t.Show(a)
		t.Expect(t.NewAnswer(a, nil)).To(check.BeRefused())
	},
}

var otherServerErrors = check.Check{
	ID: "ERROR-002", Level: result.Must, Situation: contract.ServerFault,
	Title:  "every server error that the run met is in the envelope",
	Clause: "Whatever made the server fail, clients must be able to read its answer. Looks back on the whole run.",
	Over:   check.Operations((*contract.Operation).Any), Last: true,
	Run: func(t *check.T) {
		for _, a := range t.Session.ServerErrors(t.Operation()) {
			t.Show(a)
			t.Expect(t.NewAnswer(a, nil)).To(beServerError())
		}
	},
}

// beServerError succeeds if an answer with a 5xx status is in the envelope of a server fault, whichever 5xx it is.
func beServerError() check.Matcher {
	return check.Match("to be a server fault in the envelope", func(a *check.Answer) []result.Difference {
		return judge.ServerError(a.Contract, a.Operation, a.Situation, a.Answer)
	})
}

var oddInput = check.Check{
	ID: "ERROR-003", Level: result.Should, Situation: contract.ServerFault, Source: check.Ours,
	Writes: true,
	Title:  "odd but legal input does not break the server",
	Clause: "Control characters, very long and very deep values, numbers beyond every type: accepted or refused, but " +
		"never a 5xx. A client takes a 5xx for a passing fault and sends the same again.",
	Over: check.Operations((*contract.Operation).Any),
	Variants: func(_ *contract.Contract, s check.Subject) []check.Variant {
		var out []check.Variant
		add := func(name string, send func(*check.T) *session.Request) {
			out = append(out, check.Variant{Name: name, Run: func(t *check.T) {
				a := t.Send(send(t))
				t.Looked()
				if a.Status >= 500 {
					t.Report(result.Difference{
						Kind: result.KindStatus, Rule: result.NoServerError, At: "status", Got: fmt.Sprint(a.Status),
					})
				}
			}})
		}
		add("long query", func(t *check.T) *session.Request {
			return oddTarget(t).WithQuery("conformance", strings.Repeat("x", 8000), "8,000 characters in an unknown query "+
				"parameter")
		})
		add("path with an invalid escape", func(t *check.T) *session.Request {
			r := oddTarget(t)
			return r.WithPath(r.Sent.Path+"/%E0%A4", "a path that ends in half a character")
		})
		add("unusual header", func(t *check.T) *session.Request {
			return oddTarget(t).WithHeader("X-Conformance", "\x80\xff\t;,\"=%00", "an unknown header of unusual bytes")
		})
		for _, p := range s.Operation.Inputs() {
			if p.In == "query" && p.Schema.Type.Is("string") && !p.Constrained() {
				for _, odd := range []struct{ name, text string }{
					{"NUL", "a\x00b"}, {"invalid UTF-8", "\xff\xfe"}, {"emoji", "😀"}, {"quote", `'"%_\`},
				} {
					add(p.Name+": "+odd.name, func(t *check.T) *session.Request {
						return oddTarget(t).WithParameter(p, odd.text, p.Name+": "+odd.name)
					})
				}
			}
		}
		for _, p := range s.Operation.Inputs() {
			switch huge := "1" + strings.Repeat("0", 30); {
			case p.Schema.Type.Is("integer") && p.Schema.Max == nil && len(p.Schema.Enum) == 0:
				add(p.Name+": 31 digits", func(t *check.T) *session.Request {
					return oddTarget(t).WithParameter(p, huge, p.Name+"="+huge)
				})
			case p.Schema.Type.Is("string") && !p.Constrained():
				add(p.Name+": 4,000 characters", func(t *check.T) *session.Request {
					return oddTarget(t).WithParameter(p, strings.Repeat("x", 4000), p.Name+": 4,000 characters")
				})
			}
		}
		if !contract.TakesJSON(s.Operation) {
			return out
		}
		for _, f := range s.Operation.Body.Fields {
			if f.Schema.Type.Is("integer") && f.Schema.Max == nil && !f.Schema.ReadOnly {
				for _, n := range []float64{1 << 31, 1 << 63, 1e30} {
					add(fmt.Sprintf("%s: %g", f.Name, n), func(t *check.T) *session.Request {
						return oddTarget(t).WithField(f.Name, n, fmt.Sprintf("%s: %g", f.Name, n))
					})
				}
			}
		}
		if f := s.Operation.Body.Label(); f != nil {
			for _, odd := range oddTexts {
				add(odd.name, func(t *check.T) *session.Request {
					return withText(oddTarget(t), f.Name, odd.json, f.Name+": "+odd.name)
				})
			}
		}
		for _, odd := range oddBodies {
			add(odd.name, func(t *check.T) *session.Request {
				r := oddTarget(t)
				return r.WithRaw(odd.of(r.Body), "body: "+odd.name)
			})
		}
		return out
	},
}

// oddTarget is a valid request that may be accepted or not. Where that moves a status it goes to a record of its own:
// checks that share one rest on where it is.
func oddTarget(t *check.T) *session.Request {
	if !t.Operation().ChangesStatus() {
		return t.Valid()
	}
	fields, err := t.Session.Isolated(t.Ctx, t.Operation(), t.Instance("odd input"))
	t.Must(err)
	t.NeedControl()
	return t.RequestTo(t.Operation(), fields)
}

// oddTexts are JSON strings as they are written on the wire.
var oddTexts = []struct{ name, json string }{
	{"NUL", `"conformance\u0000text"`},
	{"control characters", `"conformance\u0001\u0008\u001b[31m\u007f\u009f"`},
	{"100,000 characters", `"` + strings.Repeat("x", 100_000) + `"`},
	{"lone surrogate", `"conformance \ud800 text"`},
	{"invalid UTF-8", "\"conformance \xff\xfe text\""},
	{"format string", `"conformance %s%n{0}${7*7}' OR 1=1 --"`},
	{"right-to-left and combining", `"conformance \u202e \u0301"`},
	{"emoji", `"conformance 😀"`},
}

var oddBodies = []struct {
	name string
	of   func(good map[string]any) []byte
}{
	{"1,000 levels deep", func(good map[string]any) []byte {
		return member(good, "conformance", strings.Repeat("[", 1000)+strings.Repeat("]", 1000))
	}},
	{"byte order mark", func(good map[string]any) []byte {
		text, _ := json.Marshal(good) // JSON values always marshal
		return append([]byte("\xef\xbb\xbf"), text...)
	}},
	{"1,000 unknown members", func(good map[string]any) []byte {
		wide := map[string]any{}
		for i := range 1000 {
			wide[fmt.Sprint("conformance", i)] = i
		}
		text, _ := json.Marshal(wide)
		return member(good, "conformance", string(text))
	}},
	{"reserved names", func(good map[string]any) []byte {
		return append(bytes.TrimSuffix(member(good, "hasOwnProperty", "1"),
			[]byte("}")), `,"__proto__":{"admin":true},"constructor":null}`...)
	}},
	{"1e400", func(good map[string]any) []byte { return member(good, "conformance", "1e400") }},
	{"duplicate members", func(good map[string]any) []byte {
		for _, name := range slices.Sorted(maps.Keys(good)) {
			value, _ := json.Marshal(good[name]) // JSON values always marshal
			return member(good, name, string(value))
		}
		return []byte("{}")
	}},
}

// member writes one more member, as it stands, behind those of the body.
func member(good map[string]any, name, value string) []byte {
	text, _ := json.Marshal(good)
	quoted, _ := json.Marshal(name)
	return append(bytes.TrimSuffix(text, []byte("}")), []byte(","+string(quoted)+":"+value+"}")...)
}

// withText puts a JSON text into a field as it is written.
func withText(r *session.Request, name, written, fault string) *session.Request {
	const placed = "conformance-stand-in"
	body, _ := json.Marshal(r.WithField(name, placed, "").Body)
	return r.WithRaw(bytes.Replace(body, []byte(`"`+placed+`"`), []byte(written), 1), fault)
}
