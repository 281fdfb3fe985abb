package suite

import (
	"fmt"
	"strings"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/judge"
	"conformance/internal/result"
	"conformance/internal/session"
)

// A success is what all refusals are measured against: it must be one, and look like one.

var successEnvelope = check.Check{
	ID: "ACCEPT-007", Level: result.Must, Situation: contract.InvalidField, Source: check.Part("success answers"),
	Convention: "success",
	Title:      "a success has the documented status, media type and envelope",
	Clause: "Clients distinguish success from failure by them, before they look at the record. Judged on the valid " +
		"request that all refusals of the operation are measured against. A new record has the initial status. A header " +
		"that has one value by definition does not come with two. A valid request that is refused is a failure only if " +
		"other operations accept the same key, records and values.",
	Over: check.Operations(func(o *contract.Operation) bool { return o.Success() != nil }), Writes: true,
	Run: func(t *check.T) {
		o, a := t.Operation(), t.Plain()
		t.Show(a)
		if !a.Accepted() {
			judgeNoSuccess(t, a)
			return
		}
		documented := contract.SuccessOf(o, a.Status)
		if documented == nil {
			t.Report(result.Difference{
				Kind: result.KindStatus, Rule: result.KnownSuccess, At: "status", Want: []string{fmt.Sprint(o.Success().Status)},
				Got: fmt.Sprint(a.Status),
			})
			return
		}
		t.Looked() // the status is a documented one
		if d, ok := judge.MediaType(a, documented.MediaType); documented.MediaType != "" && !ok {
			t.Report(d)
		}
		for _, d := range judge.HeadersOnce(t.Session.Contract, a) {
			t.Report(d)
		}
		judgeSuccess(t, documented, a.Body, true)
		if body, err := judge.Decode(a.Body); err == nil {
			expectInitialStatus(t, body)
		}
	},
}

var documentedSuccess = check.Check{
	ID: "ACCEPT-005", Level: result.Should, Situation: contract.InvalidField, Source: check.Part("success answers"),
	Convention: "success",
	Title:      "the records of a success are as documented",
	Clause:     "The members of the record in the valid request's answer.",
	Over:       check.Operations(func(o *contract.Operation) bool { return o.Success() != nil }), Writes: true,
	Run: func(t *check.T) {
		a := t.Control()
		t.Show(a)
		if documented := contract.SuccessOf(t.Operation(), a.Status); documented != nil {
			judgeSuccess(t, documented, a.Body, false)
		}
	},
}

// judgeSuccess compares the body of a success with its schema: its envelope, or what the envelope holds.
func judgeSuccess(t *check.T, documented *contract.Response, text []byte, envelope bool) {
	if documented.Schema == nil {
		return
	}
	body, err := judge.Decode(text)
	if err != nil {
		if envelope {
			t.Report(result.Difference{
				Kind: result.KindEnvelope, Rule: result.OneDocument, At: "body", Got: judge.Short(string(text)),
				Detail: err.Error(),
			})
		}
		return
	}
	t.Looked()
	for _, p := range judge.SchemaProblems(documented.Schema, body) {
		// How a server writes its times is its own affair.
		if p.Keyword != "format" && inEnvelope(t.Session, p.Pointer) == envelope {
			t.Report(judge.Member(result.KindEnvelope, result.FollowsSchema, body, p.Pointer, p.Reason))
		}
	}
}

// inEnvelope says that a place in a success is next to the records: at the top, or where the pages are.
func inEnvelope(s *session.Session, p contract.Pointer) bool {
	if strings.Count(string(p), "/") <= 1 {
		return true
	}
	paging := s.Contract.Pagination
	return paging != nil &&
		strings.HasPrefix(string(p), string(paging.Pages[:strings.LastIndex(string(paging.Pages), "/")+1]))
}

// expectInitialStatus compares the status of a record that was just created with the one that new records start from.
func expectInitialStatus(t *check.T, created any) {
	for _, change := range t.Session.Contract.Operations {
		f := change.StatusField()
		if f == nil || !change.HasID() || change.LastIdentifier().Reference.From != t.Operation().ID {
			continue
		}
		id := string(change.LastIdentifier().Reference.At)
		where := contract.Pointer(id[:strings.LastIndex(id, "/")+1] + contract.Escape(f.Name))
		if status, ok := where.Get(created); ok && status != f.Transitions.Initial {
			t.Report(judge.Member(result.KindState, result.StartsAt, created, where, f.Transitions.Initial))
		}
	}
}

var membersOnce = check.Check{
	ID: "ACCEPT-008", Level: result.Should, Situation: contract.InvalidField, Source: check.RFC(8259, "4"),
	Title: "an object of an answer has each member once",
	Clause: "Names within an object should be unique: of two members some clients read the first, some the last, and " +
		"some refuse the whole. Looks back on the whole run, on refusals too.",
	Over: check.Operations((*contract.Operation).Any), Last: true,
	Run: func(t *check.T) {
		seen, searched := t.Session.Repeated(t.Operation())
		if searched {
			t.Looked()
		}
		if seen != nil {
			t.Show(seen.Answer)
			t.Report(result.Difference{Kind: result.KindEnvelope, Rule: result.MemberOnce, At: "body", Got: seen.Name})
		}
	},
}
