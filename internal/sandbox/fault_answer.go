package sandbox

import (
	"fmt"
	"net/http"
	"slices"

	"conformance/internal/contract"
)

// answerFaults: a situation is refused, but with the wrong status or the wrong code.

// confusedStatuses are statuses that servers give in place of another (RFC 9110, 15), likeliest first.
var confusedStatuses = map[int][]int{
	400: {422, 404, 409, 406}, 401: {403, 400, 404}, 403: {401, 404}, 404: {403, 400, 410}, 405: {404, 501, 400},
	409: {400, 422}, 422: {400, 409}, 429: {503, 403}, 500: {502, 503},
}

func answerFaults(m *model) []Fault {
	var faults []Fault
	for _, id := range m.situations() {
		base := m.refusals[id]
		allowed := m.said(id).Answers
		wrong := slices.DeleteFunc(slices.Clone(confusedStatuses[base.status]),
			func(status int) bool { return allowed[status] != nil })
		if id != contract.WrongMethod && id != contract.Flood {
			wrong = wrong[:min(1, len(wrong))]
		}
		for _, status := range wrong {
			faults = append(faults,
				must("wrong-status", fmt.Sprintf("%s.%d", id, status), id,
					fmt.Sprintf("The situation %s is answered %d, all else as it should be.", id, status),
					changeRefusal(of(id), func(_ *call, _ *refusal, a *answer) { a.status = status })))
		}
		faults = append(faults, must("answered-200", string(id), id, fmt.Sprintf("The refusal of %s has the status 200.", id),
			changeRefusal(of(id), func(_ *call, _ *refusal, a *answer) { a.status = 200 })))
		if code := otherCode(m, id); code != "" {
			faults = append(faults,
				must("wrong-code", string(id), id, fmt.Sprintf("The situation %s gets the machine code %s.", id, code),
					changeRefusal(of(id), func(c *call, _ *refusal, a *answer) { put(a.envelope(), c.contract.Envelope.Code, code) })))
		}
		if id != contract.ServerFault {
			faults = append(faults,
				must("server-error", string(id), id, fmt.Sprintf("The server fails over a request of the situation %s.", id),
					replaceRefusal(of(id), crash)))
		}
	}
	faults = append(faults,
		must("drops-connection", string(contract.MalformedBody), contract.MalformedBody,
			"The server ends the connection over a malformed body, as one whose process has died.",
			replaceRefusal(of(contract.MalformedBody), func(*call, *refusal) *answer { panic(http.ErrAbortHandler) })))
	return append(faults, confinedAnswerFaults(m)...)
}

// otherCode is a code of the catalogue that the situation must not have, if possible one that its response knows.
func otherCode(m *model, id contract.SituationID) string {
	var taken []string
	for _, codes := range m.said(id).Answers {
		if len(codes) == 0 {
			return ""
		}
		taken = append(taken, codes...)
	}
	candidates := m.contract.Codes
	if r := m.refusals[id].response; r != nil {
		candidates = slices.Concat(r.Codes, candidates)
	}
	for _, code := range candidates {
		if !slices.Contains(taken, code) {
			return code
		}
	}
	return ""
}

// confinedAnswerFaults are wrong on one operation only, as where one handler forgets what the others do.
func confinedAnswerFaults(m *model) []Fault {
	var faults []Fault
	for _, one := range []struct {
		id   contract.SituationID
		test func(*operation) bool
	}{
		{contract.MissingField, requires}, {contract.InvalidField, hasBody}, {contract.MalformedBody, hasBody},
		{contract.UnknownReference, refersInBody},
		{contract.InvalidID, hasID}, {contract.InvalidParameter, constrained},
	} {
		for _, op := range sampleEvenly(m.operationsWith(one.test), 2) {
			when := func(c *call, r *refusal) bool { return r.situation == one.id && c.at(op.ID) }
			faults = append(faults, must("server-error-on", fmt.Sprintf("%s.%s", op.ID, one.id), one.id,
				fmt.Sprintf("%s fails over a request of the situation %s.", op.ID, one.id), replaceRefusal(when, crash)))
		}
	}
	return faults
}

func requires(op *operation) bool {
	return hasBody(op) && slices.ContainsFunc(op.fields, func(f *field) bool { return f.Required })
}

func refersInBody(op *operation) bool {
	return slices.ContainsFunc(op.fields, func(f *field) bool {
		return f.target != nil && f.Reference.Unknown == contract.UnknownReference
	})
}

func constrained(op *operation) bool {
	return slices.ContainsFunc(op.Inputs(), (*contract.Parameter).Constrained)
}
