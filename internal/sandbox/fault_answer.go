package sandbox

import (
	"fmt"
	"slices"

	"conformance/internal/contract"
)

// answers: a situation is refused, and with the wrong status or the wrong code.

// confused are statuses that servers give in place of another (RFC 9110, 15), likeliest first.
var confused = map[int][]int{
	400: {422, 404, 409, 406}, 401: {403, 400, 404}, 403: {401, 404}, 404: {403, 400, 410}, 405: {404, 501, 400},
	409: {400, 422}, 422: {400, 409}, 429: {503, 403}, 500: {502, 503},
}

func (k *catalogue) answers() {
	for _, id := range k.situations() {
		base := k.model.refusals[id]
		allowed := k.contract.Situations[id].Answers
		wrong := slices.DeleteFunc(slices.Clone(confused[base.status]), func(status int) bool { return allowed[status] != nil })
		if id != contract.WrongMethod && id != contract.Flood {
			wrong = wrong[:min(1, len(wrong))]
		}
		for _, status := range wrong {
			k.must("wrong-status", fmt.Sprintf("%s.%d", id, status), id, fmt.Sprintf("The situation %s is answered %d, all else as it should be.", id, status),
				saying(of(id), func(_ *call, _ *refusal, a *answer) { a.status = status }))
		}
		k.must("answered-200", string(id), id, fmt.Sprintf("The refusal of %s has the status 200.", id),
			saying(of(id), func(_ *call, _ *refusal, a *answer) { a.status = 200 }))
		if code := k.otherCode(id); code != "" {
			k.must("wrong-code", string(id), id, fmt.Sprintf("The situation %s gets the machine code %s.", id, code),
				saying(of(id), func(c *call, _ *refusal, a *answer) { put(a.envelope(), c.contract.Envelope.Code, code) }))
		}
		if id != contract.ServerFault {
			k.must("server-error", string(id), id, fmt.Sprintf("The server fails over a request of the situation %s.", id), answering(of(id), crash))
		}
	}
	k.confinedAnswers()
}

// otherCode is a code of the catalogue that the situation must not have, if possible one that its response knows.
func (k *catalogue) otherCode(id contract.SituationID) string {
	var taken []string
	for _, codes := range k.contract.Situations[id].Answers {
		if len(codes) == 0 {
			return ""
		}
		taken = append(taken, codes...)
	}
	candidates := k.contract.Codes
	if r := k.model.refusals[id].response; r != nil {
		candidates = slices.Concat(r.Codes, candidates)
	}
	for _, code := range candidates {
		if !slices.Contains(taken, code) {
			return code
		}
	}
	return ""
}

// confinedAnswers are wrong on one operation only, as where one handler forgets what the others do.
func (k *catalogue) confinedAnswers() {
	for _, one := range []struct {
		id   contract.SituationID
		test func(*operation) bool
	}{
		{contract.MissingField, requires}, {contract.InvalidField, hasBody}, {contract.MalformedBody, hasBody}, {contract.UnknownReference, refersInBody},
		{contract.InvalidID, hasID}, {contract.InvalidParameter, constrained},
	} {
		for _, op := range spread(k.operationsWith(one.test), 2) {
			when := func(c *call, r *refusal) bool { return r.situation == one.id && c.at(op.ID) }
			k.must("server-error-on", fmt.Sprintf("%s.%s", op.ID, one.id), one.id,
				fmt.Sprintf("%s fails over a request of the situation %s.", op.ID, one.id), answering(when, crash))
		}
	}
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
