package suite

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/judge"
	"conformance/internal/result"
	"conformance/internal/session"
)

// 404: what belongs to another company looks like what nobody has.

var foreignLikeUnknown = check.Check{
	ID: "FOUND-005", Level: result.Should, Situation: contract.ForeignRecord, Source: check.Ours,
	Title: "another company's record is answered like an unknown one",
	Clause: "Status, code, message and members are the same, apart from the id and from what differs between two " +
		"unknown ids too. Any other difference reveals that the record exists. Tried in the address and in a body.",
	Over: check.Operations(func(o *contract.Operation) bool {
		return o.HasID() ||
			o.Body != nil &&
				slices.ContainsFunc(o.Body.Fields, func(f *contract.Field) bool { return f.Reference != nil && !f.Reference.Keep })
	}),
	Variants: func(_ *contract.Contract, s check.Subject) []check.Variant {
		var out []check.Variant
		if s.Operation.HasID() {
			last := s.Operation.LastIdentifier()
			out = append(out, check.Variant{Run: func(t *check.T) {
				theirs := foreignFields(t)[last.Name]
				skipIfBothHave(t, t.Valid(), last.Reference, generate.Text(theirs), nil)
				none := func() any { return check.UnknownID(t, last) }
				expectSameAnswer(t, theirs, none, func(id any, of string) *session.Request {
					return t.Valid().WithParameter(last, generate.Text(id), last.Name+of+generate.Text(id))
				})
			}})
		}
		if s.Operation.Body != nil {
			for _, f := range s.Operation.Body.Fields {
				if r := f.Reference; r != nil && r.Unknown != "" && !s.Operation.NestedSource(r) {
					out = append(out, check.Variant{Name: f.Name, Situation: r.Unknown, Run: func(t *check.T) {
						theirs := foreignValue(t, f)
						none := func() any { return check.UnknownValue(t, f) }
						expectSameAnswer(t, theirs, none, func(id any, of string) *session.Request {
							return t.Valid().WithField(f.Name, id, f.Name+of+generate.Text(id))
						})
					}})
				}
			}
		}
		return out
	},
}

// expectSameAnswer compares the answers to a request with the id of another company's record and with that of none.
// Where they differ, it looks at what differs between unknown ids too: a time, a number of the request, an id that was
// written in some other way.
func expectSameAnswer(t *check.T, theirs any, unknown func() any, with func(id any, of string) *session.Request) {
	ofTheirs := func() words { return wordsOf(t, with(theirs, " of another company's record: "), theirs) }
	ofNone := func(id any) words { return wordsOf(t, with(id, " of no record: "), id) }
	none := unknown()
	there, nowhere := ofTheirs(), ofNone(none)
	if there[0][0] != '4' || nowhere[0][0] != '4' {
		return // judged elsewhere
	}
	t.Looked()
	if slices.Equal(there, nowhere) {
		return
	}
	known, foreign := []words{nowhere}, []words{there}
	for _, id := range []any{none, unknown(), none, unknown()} {
		known, foreign = append(known, ofNone(id)), append(foreign, ofTheirs())
		if slices.ContainsFunc(foreign, func(w words) bool { return isAlike(known, w) }) {
			return
		}
	}
	t.Report(result.Difference{
		Kind: result.KindState, Rule: result.SameAsUnknown, Want: []string{nowhere.String()}, Got: there.String(),
	})
}

// words are what answers are compared by: the status, the code, the names of all members, and the words of the message,
// or of all that is said where that is not JSON, without ids and numbers.
type words []string

// wordsBefore is how many words stand before those of the message.
const wordsBefore = 3

func wordsOf(t *check.T, r *session.Request, id any) words {
	a := t.Send(r)
	e, out := t.Session.Contract.Envelope, words{fmt.Sprint(a.Status), "", ""}
	body, err := judge.Decode(a.Body)
	if err != nil {
		return append(out, strings.Fields(withoutIDs(readable(a), generate.Text(id)))...)
	}
	if code, ok := e.Code.Get(body); ok && e.Code != "" {
		out[1] = fmt.Sprint(code)
	}
	if object, ok := body.(map[string]any); ok {
		out[2] = strings.Join(sorted(object), ", ")
	}
	message, _ := e.Message.Get(body)
	return append(out, strings.Fields(withoutIDs(fmt.Sprint(message), generate.Text(id)))...)
}

// readable is what a body that is not JSON says, as far as it is worth comparing; empty: it is no text.
func readable(a *check.Answer) string {
	const enough = 64 << 10
	if a.Undecoded != "" || !utf8.Valid(a.Body) {
		return ""
	}
	return strings.ToValidUTF8(string(a.Body[:min(len(a.Body), enough)]), "")
}

func (w words) String() string {
	if w[1] == "" && w[2] == "" {
		return judge.Short(fmt.Sprintf("%s %q", w[0], strings.Join(w[wordsBefore:], " ")))
	}
	return judge.Short(fmt.Sprintf("%s %q with the members %s", strings.TrimSpace(w[0]+" "+w[1]),
		strings.Join(w[wordsBefore:], " "), w[2]))
}

// isAlike says that an answer is like known ones of one kind: it has the same words wherever those agree.
func isAlike(known []words, w words) bool {
	if slices.ContainsFunc(known, func(k words) bool { return slices.Equal(k, w) }) {
		return true
	}
	length := len(known[0])
	if slices.ContainsFunc(known, func(k words) bool { return len(k) != length }) {
		length = wordsBefore // each message has words of its own
	} else if len(w) != length {
		return false
	}
	for i := range length {
		if !slices.ContainsFunc(known, func(k words) bool { return k[i] != known[0][i] }) && w[i] != known[0][i] {
			return false
		}
	}
	return true
}

// numbers finds numbers and whatever holds one: with grouped digits, as part of a name, times, made-up ids.
var numbers = regexp.MustCompile(`[\p{L}\p{N}]*\p{N}[\p{L}\p{N}]*([^\p{L}\p{N}][\p{L}\p{N}]*\p{N}[\p{L}\p{N}]*)*`)

// withoutIDs takes an id and all numbers out of a text. An id of a few letters may be part of any word.
func withoutIDs(text, id string) string {
	const long = 8
	text = strings.Join(strings.Fields(text), " ")
	for _, form := range []string{id, url.QueryEscape(id), url.PathEscape(id)} {
		pattern := regexp.QuoteMeta(form)
		if len(form) < long {
			pattern = `\b` + pattern + `\b`
		}
		if form != "" {
			text = regexp.MustCompile(`(?i)`+pattern).ReplaceAllLiteralString(text, "0")
		}
	}
	return numbers.ReplaceAllLiteralString(text, "<id>")
}
