package suite

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"conformance/internal/contract"
	"conformance/internal/probe"
	"conformance/internal/result"
)

// 5xx: the server broke.

var serverFault = Check{
	ID: "ERROR-001", Level: result.Must, Situation: contract.ServerFault, Source: errorCodes + "500",
	Title:  "a fault inside the server is answered in the envelope",
	Clause: "The configured trigger is asked once; its answer is judged by what each operation documents for such a fault. Nothing of the server's inside may show.",
	Over:   over(everything),
	Run: func(t *T) {
		trigger := t.session.Config.ServerFault
		if trigger == nil {
			t.Skip(result.NotVerifiable, "a fault of the server cannot be provoked from outside; triggers.server_fault names a request that does")
		}
		a, err := t.session.pull(t.ctx, trigger)
		t.must(err)
		t.show(a)
		t.Expect(t.answered(a, nil)).To(BeRefused())
	},
}

// pull asks the trigger once in a run.
func (s *Session) pull(ctx context.Context, trigger *Trigger) (*probe.Answer, error) {
	sent := &probe.Request{Method: trigger.Method, Path: trigger.Path, Fault: "the configured trigger of a server fault"}
	if scheme := s.scheme(); scheme != nil {
		secret, err := s.key(own, hash(trigger.Path)) // whoever asks first, it is the same key
		if err != nil {
			return nil, err
		}
		sent.Credential = &probe.Credential{Scheme: scheme, Secret: secret}
	}
	s.trigger.Do(func() { s.fault, s.faultErr = s.Client.Do(ctx, sent) })
	return s.fault, s.faultErr
}

// seenFault is a server error that some request of the run was answered by.
type seenFault struct {
	operation *contract.Operation
	answer    *probe.Answer
}

func (s *Session) noteFault(o *contract.Operation, a *probe.Answer) {
	const few = 50
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.faults) < few {
		s.faults = append(s.faults, seenFault{o, a})
	}
}

// serverErrors are those that the operation's requests were answered by, the first ones.
func (s *Session) serverErrors(o *contract.Operation) []*probe.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*probe.Answer
	for _, f := range s.faults {
		if f.operation == o {
			out = append(out, f.answer)
		}
	}
	return out
}

var seenFaults = Check{
	ID: "ERROR-002", Level: result.Must, Situation: contract.ServerFault, Source: errorCodes + "500",
	Title:  "every server error that the run met is in the envelope",
	Clause: "Whatever made the server break, its answer must be one that clients can read. Looks back on the whole run.",
	Over:   over(everything), Last: true,
	Run: func(t *T) {
		for _, a := range t.session.serverErrors(t.Operation()) {
			t.show(a)
			t.Expect(t.answered(a, nil)).To(BeServerError())
		}
	},
}

var oddInput = Check{
	ID: "ERROR-003", Level: result.Should, Situation: contract.ServerFault, Source: errorCodes + "500",
	Writes: true,
	Title:  "odd but legal input does not break the server",
	Clause: "Control characters, very long and very deep values, numbers beyond every type: accepted or refused, but never a 5xx.",
	Over:   over(everything),
	Variants: func(_ *contract.Contract, s Subject) []Variant {
		var out []Variant
		add := func(name string, send func(*T) *Request) {
			out = append(out, Variant{Name: name, Run: func(t *T) {
				if a := t.Send(send(t)); a.Status >= 500 {
					t.Report(result.Difference{Kind: result.KindStatus, Rule: result.NoServerError, At: "status", Got: fmt.Sprint(a.Status)})
				}
			}})
		}
		add("long query", func(t *T) *Request {
			return t.odd().WithQuery("conformance", strings.Repeat("x", 8000), "8,000 characters in an unknown query parameter")
		})
		add("path with a bad escape", func(t *T) *Request {
			r := t.odd()
			return r.WithPath(r.sent.Path+"/%E0%A4", "a path that ends in half a character")
		})
		add("unusual header", func(t *T) *Request {
			return t.odd().WithHeader("X-Conformance", "\x80\xff\t;,\"=%00", "an unknown header of unusual bytes")
		})
		for _, p := range s.Operation.Inputs() {
			if p.In == "query" && p.Schema.Type.Is("string") && !p.Constrained() {
				for _, odd := range []struct{ name, text string }{{"NUL", "a\x00b"}, {"invalid UTF-8", "\xff\xfe"}, {"emoji", "😀"}, {"quote", `'"%_\`}} {
					add(p.Name+": "+odd.name, func(t *T) *Request { return t.odd().WithParameter(p, odd.text, p.Name+": "+odd.name) })
				}
			}
		}
		for _, p := range s.Operation.Inputs() {
			switch huge := "1" + strings.Repeat("0", 30); {
			case p.Schema.Type.Is("integer") && p.Schema.Max == nil && len(p.Schema.Enum) == 0:
				add(p.Name+": 31 digits", func(t *T) *Request { return t.odd().WithParameter(p, huge, p.Name+"="+huge) })
			case p.Schema.Type.Is("string") && !p.Constrained():
				add(p.Name+": 4,000 characters", func(t *T) *Request {
					return t.odd().WithParameter(p, strings.Repeat("x", 4000), p.Name+": 4,000 characters")
				})
			}
		}
		if s.Operation.Body == nil {
			return out
		}
		for _, f := range s.Operation.Body.Fields {
			if f.Schema.Type.Is("integer") && f.Schema.Max == nil && !f.Schema.ReadOnly {
				for _, n := range []float64{1 << 31, 1 << 63, 1e30} {
					add(fmt.Sprintf("%s: %g", f.Name, n), func(t *T) *Request { return t.odd().WithField(f.Name, n, fmt.Sprintf("%s: %g", f.Name, n)) })
				}
			}
		}
		if f := label(s.Operation.Body); f != nil {
			for _, odd := range oddTexts {
				add(odd.name, func(t *T) *Request { return t.odd().withText(f.Name, odd.json, f.Name+": "+odd.name) })
			}
		}
		for _, odd := range oddBodies {
			add(odd.name, func(t *T) *Request { r := t.odd(); return r.WithRaw(odd.of(r.Body), "body: "+odd.name) })
		}
		return out
	},
}

// odd is a valid request that may be accepted or not. Where that moves a status it goes to a record of its own: checks that share one
// rest on where it is.
func (t *T) odd() *Request {
	if !changesStatus(t.Operation()) {
		return t.Valid()
	}
	fields, err := t.session.apart(t.ctx, t.Operation(), "odd input")
	t.must(err)
	return t.With(t.Operation(), fields)
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
	{"names of programs", func(good map[string]any) []byte {
		return append(bytes.TrimSuffix(member(good, "hasOwnProperty", "1"), []byte("}")), `,"__proto__":{"admin":true},"constructor":null}`...)
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
func (r *Request) withText(name, written, fault string) *Request {
	const stand = "conformance-stand-in"
	body, _ := json.Marshal(r.WithField(name, stand, "").Body)
	return r.WithRaw(bytes.Replace(body, []byte(`"`+stand+`"`), []byte(written), 1), fault)
}
