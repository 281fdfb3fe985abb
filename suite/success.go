package suite

import (
	"fmt"
	"strings"

	"conformance/internal/contract"
	"conformance/internal/result"
)

// A success is what all refusals are measured against: it must be one, and look like one.

var successEnvelope = Check{
	ID: "ACCEPT-007", Level: result.Must, Situation: contract.InvalidField, Source: "Success", Convention: "success",
	Title:  "a success has the documented status, media type and envelope",
	Clause: "Clients tell success from failure by them, before they look at the record. Judged on the valid request that all refusals of the operation are measured against. A new record has the status that new records start from.",
	Over:   over(func(o *contract.Operation) bool { return o.Success() != nil }), Writes: true,
	Run: func(t *T) {
		o, a := t.Operation(), t.control()
		t.show(a)
		documented := o.Responses[a.Status]
		if documented == nil {
			t.Failf(result.KindStatus, fmt.Sprint(o.Success().Status), fmt.Sprint(a.Status), "a success is answered %d, which is not documented; %d is", a.Status, o.Success().Status)
			return
		}
		if documented.MediaType != "" && !sameType(a.Get("Content-Type"), documented.MediaType) {
			t.Failf(result.KindMediaType, documented.MediaType, a.Get("Content-Type"), "the Content-Type of the success is %q, not %s", a.Get("Content-Type"), documented.MediaType)
		}
		t.judgeSuccess(documented, a.Body, true)
		if body, err := decode(a.Body); err == nil {
			t.beginsAt(body)
		}
	},
}

var documentedSuccess = Check{
	ID: "ACCEPT-005", Level: result.Should, Situation: contract.InvalidField, Source: "Success", Convention: "success",
	Title:  "the records of a success are as documented",
	Clause: "The members of the record in the valid request's answer.",
	Over:   over(func(o *contract.Operation) bool { return o.Success() != nil }), Writes: true,
	Run: func(t *T) {
		a := t.control()
		t.show(a)
		if documented := t.Operation().Responses[a.Status]; documented != nil {
			t.judgeSuccess(documented, a.Body, false)
		}
	},
}

// judgeSuccess compares the body of a success with its schema: its envelope, or what the envelope holds.
func (t *T) judgeSuccess(documented *contract.Response, text []byte, envelope bool) {
	if documented.Schema == nil {
		return
	}
	body, err := decode(text)
	if err != nil {
		if envelope {
			t.Failf(result.KindEnvelope, "one JSON document", short(string(text)), "the success is not one JSON document: %v", err)
		}
		return
	}
	for _, p := range schemaProblems(documented.Schema, body) {
		// How a server writes its times is its own affair.
		if p.keyword != "format" && t.session.inEnvelope(p.pointer) == envelope {
			t.Failf(result.KindEnvelope, p.reason, at(body, p.pointer), "%s of the success breaks the documented schema: %s", p.pointer, p.reason)
		}
	}
}

// inEnvelope says that a place in a success is beside the records: at the top, or where pages are told.
func (s *Session) inEnvelope(p contract.Pointer) bool {
	if strings.Count(string(p), "/") <= 1 {
		return true
	}
	paging := s.Contract.Pagination
	return paging != nil && strings.HasPrefix(string(p), string(paging.Pages[:strings.LastIndex(string(paging.Pages), "/")+1]))
}

// beginsAt compares the status of a record that was just created with the one that new records start from.
func (t *T) beginsAt(created any) {
	for _, change := range t.session.Contract.Operations {
		f := statusField(change)
		if f == nil || !hasID(change) || lastID(change).Reference.From != t.Operation().ID {
			continue
		}
		id := string(lastID(change).Reference.At)
		where := contract.Pointer(id[:strings.LastIndex(id, "/")+1] + contract.Escape(f.Name))
		if status, ok := where.Get(created); ok && status != f.Transitions.Initial {
			t.Failf(result.KindState, f.Transitions.Initial, at(created, where), "a new record has the status %s, not %s", at(created, where), f.Transitions.Initial)
		}
	}
}
