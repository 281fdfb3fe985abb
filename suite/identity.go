package suite

import (
	"fmt"
	"strconv"
	"strings"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/result"
	"conformance/internal/session"
)

// 404: there is no such thing, at least not for this caller.

var invalidID = check.Check{
	ID: "FOUND-001", Level: result.Must, Situation: contract.InvalidID,
	Title: "a malformed id is refused",
	Clause: "Text, a number with trailing text, zero, a negative number, a fraction, a number beyond 64 bits: the " +
		"answer is no record, no list and no server error.",
	Over: check.Operations((*contract.Operation).HasID),
	Variants: func(_ *contract.Contract, s check.Subject) []check.Variant {
		var out []check.Variant
		for _, p := range s.Operation.Identifiers() {
			for _, id := range generate.InvalidIDs(p) {
				out = append(out, check.Variant{Name: id.Name, Run: func(t *check.T) {
					expectInvalidID(t, t.Valid(), p, id.Text)
				}})
			}
			if p.Schema.Type.Is("integer") {
				out = append(out, check.Variant{Name: p.Name + ": trailing text", Run: func(t *check.T) {
					r := t.Valid()
					expectInvalidID(t, r, p, generate.Text(r.Fields[p.Name])+"abc")
				}})
			}
		}
		return out
	},
}

// expectInvalidID expects the request with that id to be refused. A write has a body that must be refused too: a server
// that takes some record for the id must not change it. A write without a body might, so it is not sent.
func expectInvalidID(t *check.T, r *session.Request, p *contract.Parameter, id string) {
	r = r.WithParameter(p, id, p.Name+"="+id)
	switch o := r.Operation; {
	case o.Reads():
		t.Expect(t.Send(r)).To(check.BeRefused())
	case o.HasBody():
		t.Expect(t.Send(r.WithRaw([]byte("[]"), ""))).To(check.BeRefusedAs(contract.InvalidID, contract.MalformedBody))
	default:
		t.Skip(result.NotVerifiable, "a server that takes some record for the id %s would carry out %s on it", id, o.ID)
	}
}

var otherNotation = check.Check{
	ID: "FOUND-008", Level: result.Should, Situation: contract.InvalidID, Source: check.Ours,
	Title: "an id in another notation is refused",
	Clause: "With a decimal point, in hexadecimal, with a leading space: some languages read the same number, but the " +
		"text is another. Caches and logs treat them as different.",
	Over: check.Operations((*contract.Operation).HasID),
	Variants: func(_ *contract.Contract, s check.Subject) []check.Variant {
		var out []check.Variant
		for _, p := range s.Operation.Identifiers() {
			if !p.Schema.Type.Is("integer") {
				continue
			}
			for _, v := range []struct{ name, format string }{
				{"decimal point", "%d.0"}, {"hexadecimal", "0x%x"}, {"leading space", " %d"},
			} {
				out = append(out, check.Variant{Name: p.Name + ": " + v.name, Run: func(t *check.T) {
					r := t.Valid()
					n, err := strconv.ParseInt(generate.Text(r.Fields[p.Name]), 10, 64)
					if err != nil {
						t.Skip(result.NotVerifiable, "the id %v is not an integer", r.Fields[p.Name])
					}
					expectInvalidID(t, r, p, fmt.Sprintf(v.format, n))
				}})
			}
		}
		return out
	},
}

var otherParent = check.Check{
	ID: "FOUND-009", Level: result.Should, Situation: contract.UnknownRecord,
	Title:  "a part is not found under another parent",
	Clause: "The address names a record and a part of it. Another record of the company has no such part.",
	Over: check.Operations(func(o *contract.Operation) bool {
		ids := o.Identifiers()
		return len(ids) == 2 && ids[1].Reference.Source.HasID() &&
			ids[1].Reference.Source.LastIdentifier().Reference.From == ids[0].Reference.From
	}),
	Run: func(t *check.T) {
		ids := t.Operation().Identifiers()
		other, err := t.Session.Fresh(t.Ctx, ids[1].Reference.Source)
		t.Must(err)
		id := generate.Text(other[ids[1].Reference.Source.LastIdentifier().Name])
		t.Expect(t.Send(t.Valid().WithParameter(ids[0], id, ids[0].Name+" of another record: "+id))).To(check.BeRefused())
	},
}

var unknownRecord = check.Check{
	ID: "FOUND-002", Level: result.Must, Situation: contract.UnknownRecord,
	Title: "an id that no record has is not found",
	Clause: "Each identifier of the address in turn, with everything else valid. A number may be as large as its format " +
		"allows: stores are often narrower than what reads the address.",
	Over: check.Operations((*contract.Operation).HasID),
	Variants: func(_ *contract.Contract, s check.Subject) []check.Variant {
		var out []check.Variant
		for _, p := range s.Operation.Identifiers() {
			out = append(out, check.Variant{Name: p.Name, Situation: p.Reference.Unknown, Run: func(t *check.T) {
				id := check.UnknownID(t, p)
				t.Expect(t.Send(t.Valid().WithParameter(p, id, p.Name+" of no record: "+id))).To(check.BeRefusedAs(alsoUnknown(t,
					p.Reference.Unknown)...))
			}})
			for _, large := range session.LargeIDs(p.Schema) {
				out = append(out, check.Variant{Name: p.Name + ": " +
					large.Name, Situation: p.Reference.Unknown, Run: func(t *check.T) {
					expectLargeUnknown(t, p, generate.Text(t.Session.LargeID(large, t.Random)))
				}})
			}
		}
		return out
	},
}

// expectLargeUnknown sends a large id that no record has. Where no format says how large one may be, the target may
// draw the line.
func expectLargeUnknown(t *check.T, p *contract.Parameter, id string) {
	situations := alsoUnknown(t, p.Reference.Unknown)
	if p.Schema.Format != "int64" {
		situations = append(situations, contract.InvalidID)
	}
	t.Expect(t.Send(t.Valid().WithParameter(p, id, p.Name+" of no record: "+id))).To(check.BeRefusedAs(situations...))
}

// alsoUnknown adds the situations of body references into the addressed record: where that is not found, neither are
// its parts.
func alsoUnknown(t *check.T, id contract.SituationID) []contract.SituationID {
	ids := []contract.SituationID{id}
	if o := t.Operation(); o.Body != nil {
		for _, f := range o.Body.Fields {
			if r := f.Reference; r != nil && r.Unknown != "" && o.NestedSource(r) {
				ids = append(ids, r.Unknown)
			}
		}
	}
	return ids
}

var unknownPath = check.Check{
	ID: "FOUND-004", Level: result.Must, Situation: contract.UnknownPath,
	Title:  "a path that does not exist is not found",
	Clause: "Frameworks answer unknown routes themselves, in HTML or with an envelope of their own.",
	Over:   check.Paths(func(_ *contract.Contract, p *contract.Path) bool { return p.Key == p.URL }),
	Variants: func(c *contract.Contract, s check.Subject) []check.Variant {
		var out []check.Variant
		for _, v := range []struct {
			name string
			of   func(path, word string) string
		}{
			{"another path", func(_, word string) string { return "/" + word }},
			{"longer name", func(path, word string) string { return path + word }},
			{"extra last segment", func(path, word string) string { return path + "/" + word }},
			{"extra first segment", func(path, word string) string { return "/" + word + path }},
			{"reserved word", func(string, string) string { return "/constructor" }},
		} {
			if !c.PathExists(v.of(s.Path.URL, "conformance")) {
				out = append(out, check.Variant{Name: v.name, Run: func(t *check.T) { sendToUnknownPath(t, "", v.of) }})
			}
		}
		for _, method := range []string{"POST", "DELETE"} {
			out = append(out, check.Variant{Name: "another path by " + method, Run: func(t *check.T) {
				sendToUnknownPath(t, method, func(_, word string) string { return "/" + word })
			}})
		}
		return out
	},
}

// sendToUnknownPath sends a valid request to a path that is made of its own and a random word, by its own method or
// another.
func sendToUnknownPath(t *check.T, method string, of func(path, word string) string) {
	r := withAnyKey(t, t.Valid())
	path := of(r.Sent.Path, "conformance"+t.RandomWord(8))
	r = r.WithPath(path, "path "+path)
	if method != "" {
		r = bodyFor(r.WithMethod(method, "method "+method), method)
	}
	t.Expect(t.Send(r)).To(check.BeRefused())
}

var pathCase = check.Check{
	ID: "FOUND-007", Level: result.Should, Situation: contract.UnknownPath, Source: check.RFC(3986, "6.2.2.1"),
	Title:  "a path in another letter case is not found",
	Clause: "Paths are case-sensitive. Some frameworks treat both as the same path, and caches do not.",
	Over: check.Paths(func(_ *contract.Contract, p *contract.Path) bool {
		return p.Key == p.URL && swapNames(p.URL, p.URL) != p.URL
	}),
	Run: func(t *check.T) {
		sendToUnknownPath(t, "", func(path, _ string) string { return swapNames(t.Subject.Path.URL, path) })
	},
}

// swapNames is a path whose names, but not its ids, are in the other letter case: an id in another case may be that of
// another record.
func swapNames(template, path string) string {
	names, segments := strings.Split(template, "/"), strings.Split(path, "/")
	for i, name := range names {
		if i < len(segments) && !strings.Contains(name, "{") {
			segments[i] = swapCase(segments[i])
		}
	}
	return strings.Join(segments, "/")
}

// withAnyKey sends a key even where the operation asks for none: what is not found is the question, not who asks.
func withAnyKey(t *check.T, r *session.Request) *session.Request {
	if r.Sent.Credential != nil {
		return r
	}
	key, err := t.Session.Config.AnyKey(t.Session.Contract, t.Random.Uint64())
	t.Must(err)
	return r.With("", "", func(c *session.Request) { c.Sent.Credential = key })
}
