package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"conformance/internal/contract"
)

// refusal is why a request is not served.
type refusal struct {
	situation  contract.SituationID
	message    string   // a sentence for people
	value      string   // of the id that is wrong, if it is one
	allow      []string // of a wrong method: those that are served
	retryAfter int      // of a flood: whole seconds
	deleted    bool     // of an unknown record: there was one of that id
}

func serverFault() *refusal {
	return &refusal{situation: contract.ServerFault, message: "Something went wrong on our side; try again in a moment."}
}

// sentence says what is wrong with one named part of a request. The name comes from the contract, never from the
// client.
func sentence(part, name, complaint string) string {
	return fmt.Sprintf("The %s '%s' %s.", part, name, complaint)
}

// choice is the documented answer to a situation.
type choice struct {
	status   int
	code     string
	response *contract.Response
	template map[string]any // the body without code and message
}

// chooseRefusals settles, for every operation and for requests that go nowhere, which answer each situation gets.
func (m *model) chooseRefusals() {
	all := make([]*contract.Operation, len(m.operations))
	for i, op := range m.operations {
		all[i] = op.Operation
		op.refusals, op.gone = map[contract.SituationID]choice{}, map[contract.SituationID]choice{}
		for _, id := range m.contract.SituationIDs() {
			if chosen, ok := m.choose(id, op.Operation); ok {
				op.refusals[id] = chosen
			}
			if chosen, ok := m.chooseFrom(id, []int{http.StatusGone}, op.Operation); ok {
				op.gone[id] = chosen
			}
		}
	}
	for _, id := range m.contract.SituationIDs() {
		if chosen, ok := m.choose(id, all...); ok {
			m.refusals[id] = chosen
		}
	}
}

// choose takes the lowest status and the first code listed for the situation that one of the operations documents.
func (m *model) choose(id contract.SituationID, operations ...*contract.Operation) (choice, bool) {
	if chosen, ok := m.chooseFrom(id, nil, operations...); ok {
		return chosen, true
	}
	for _, o := range operations { // where the documentation is silent
		if s, ok := m.contract.SituationOf(o, id); ok && s.Layer == contract.Assumed {
			return choice{status: preferred(id, s.Statuses())[0]}, true
		}
	}
	return choice{}, false
}

// preferred has the status first that says what is wrong: of a record that is not there 404, where 403 is the answer of
// servers that hide what there is.
func preferred(id contract.SituationID, statuses []int) []int {
	best := map[contract.SituationID]int{
		contract.UnknownRecord: http.StatusNotFound, contract.ForeignMediaType: http.StatusUnsupportedMediaType,
	}
	if i := slices.Index(statuses, best[id]); i > 0 {
		return slices.Concat(statuses[i:i+1], statuses[:i], statuses[i+1:])
	}
	return statuses
}

func (m *model) chooseFrom(id contract.SituationID, statuses []int, operations ...*contract.Operation) (choice, bool) {
	if statuses == nil {
		for _, o := range operations {
			said, _ := m.contract.SituationOf(o, id)
			statuses = append(statuses, said.Statuses()...)
		}
		slices.Sort(statuses)
		statuses = slices.Compact(statuses)
	}
	for _, status := range preferred(id, statuses) {
		for _, o := range operations {
			situation, _ := m.contract.SituationOf(o, id)
			r := o.Response(status)
			if _, listed := situation.Answers[status]; !listed || r == nil {
				continue
			}
			codes := situation.Answers[status]
			if len(codes) == 0 {
				codes = r.Codes[:min(1, len(r.Codes))]
			}
			if len(codes) == 0 {
				return choice{status, "", r, m.errorTemplate(r)}, true
			}
			for _, code := range codes {
				if len(r.Codes) == 0 || slices.Contains(r.Codes, code) {
					return choice{status, code, r, m.errorTemplate(r)}, true
				}
			}
		}
	}
	return choice{}, false
}

// choice is the answer that the contract gives to the situation at the place where it arose.
func (c *call) choice(id contract.SituationID) choice {
	if c.operation != nil {
		if chosen, ok := c.operation.refusals[id]; ok {
			return chosen
		}
	} else if c.address != nil {
		for _, op := range c.address.operations {
			if chosen, ok := op.refusals[id]; ok {
				return chosen
			}
		}
	}
	if chosen, ok := c.model.refusals[id]; ok {
		return chosen
	}
	// The contract has no such situation, yet the request cannot be served.
	if like, ok := likeOthers[id]; ok {
		return c.choice(like)
	}
	if id == contract.ServerFault {
		return choice{status: http.StatusInternalServerError}
	}
	return choice{status: http.StatusBadRequest}
}

// likeOthers are the situations that are answered like another one where the contract does not have them.
var likeOthers = map[contract.SituationID]contract.SituationID{
	contract.MisplacedKey: contract.MissingKey, contract.RevokedKey: contract.InvalidKey,
	contract.DeniedIP: contract.MissingScope, contract.ForeignRecord: contract.UnknownRecord,
}

// gone is the answer about a record that was deleted, where the contract tells it from one that never was.
func (c *call) gone(r *refusal) (choice, bool) {
	if !r.deleted || c.operation == nil {
		return choice{}, false
	}
	chosen, ok := c.operation.gone[r.situation]
	return chosen, ok
}

func refuse(c *call, r *refusal) *answer {
	chosen := c.choice(r.situation)
	if gone, ok := c.gone(r); ok {
		chosen = gone
	}
	a := &answer{status: chosen.status, response: chosen.response, situation: r.situation, header: http.Header{}}
	if len(r.allow) > 0 {
		a.header.Set("Allow", strings.Join(r.allow, ", "))
	}
	if chosen.template == nil && c.contract.EnvelopeOf(chosen.response) == (contract.Envelope{}) {
		var mediaType string
		if a.raw, mediaType = refusalText(chosen.response, r.message); mediaType != "" {
			a.header.Set("Content-Type", mediaType)
		}
		return a
	}
	envelope := c.contract.EnvelopeOf(chosen.response)
	body := cloneObject(chosen.template)
	if _, there := envelope.Code.Get(body); chosen.code != "" {
		put(body, envelope.Code, chosen.code)
	} else if !there { // an answer that no operation documents
		put(body, envelope.Code, strings.ReplaceAll(string(r.situation), "-", "_"))
	}
	put(body, envelope.Message, r.message)
	put(body, envelope.Flag, false)
	if problem(chosen.response) {
		put(body, "/status", chosen.status)
	}
	if r.retryAfter > 0 {
		a.header.Set("Retry-After", strconv.Itoa(r.retryAfter))
		put(body, c.contract.RateLimit.RetryAfter, r.retryAfter)
	}
	a.body = body
	return a
}

// problem says that the body repeats the status (RFC 9457, 3.1.2).
func problem(r *contract.Response) bool {
	return r != nil && strings.HasPrefix(r.MediaType, "application/problem+json") &&
		contract.SchemaAt(r.Schema, "/status") != nil
}

// refusalText is the body of an error that is no JSON object, with its media type: a JSON text, plain text, or none
// where none is documented.
func refusalText(r *contract.Response, message string) (text []byte, mediaType string) {
	switch {
	case r != nil && r.Schema != nil && r.Schema.Type.Is("string"):
		text, _ := json.Marshal(message) // a text always marshals
		return text, r.MediaType
	case r != nil && r.Schema != nil && r.Schema.Type.Is("array"):
		list, _ := json.Marshal(sample(r.Schema, time.Time{})) // made of JSON
		return list, r.MediaType
	case r != nil && len(r.Others) > 0 && strings.HasPrefix(r.Others[0], "text/"):
		return []byte(message), r.Others[0]
	}
	return nil, ""
}

// errorTemplate has what an error body must have besides what the envelope names.
func (m *model) errorTemplate(r *contract.Response) map[string]any {
	if r.Schema == nil || r.Schema.Type.Is("array") {
		return nil
	}
	object, _ := plain(r.Schema, time.Time{}).(map[string]any)
	envelope := m.contract.EnvelopeOf(r)
	for _, p := range []contract.Pointer{envelope.Code, envelope.Message} {
		for i, token := range p.Tokens() {
			at := contract.Pointer("/" + strings.Join(strings.Split(string(p), "/")[1:i+2], "/"))
			ref := contract.SchemaAt(r.Schema, at)
			if _, there := at.Get(object); number(token) && object != nil && ref != nil && !there {
				put(object, at, sample(ref.Value, time.Time{}))
			}
		}
	}
	return object
}

// put sets the value that a pointer names, making the objects and lists on the way.
func put(object map[string]any, p contract.Pointer, value any) {
	if tokens := p.Tokens(); len(tokens) > 0 {
		placed(object, tokens, value)
	}
}

// placed is the holder with the value in it.
func placed(holder any, tokens []string, value any) any {
	if len(tokens) == 0 {
		return value
	}
	if list, isList := holder.([]any); (isList || holder == nil) && tokens[0] == "0" {
		if len(list) == 0 {
			list = []any{nil}
		}
		list[0] = placed(list[0], tokens[1:], value)
		return list
	}
	object, ok := holder.(map[string]any)
	if !ok {
		object = map[string]any{}
	}
	object[tokens[0]] = placed(object[tokens[0]], tokens[1:], value)
	return object
}

// cloneObject copies an object and everything in it, so that a template stays as it is.
func cloneObject(object map[string]any) map[string]any {
	copied, _ := clone(object).(map[string]any)
	return copied
}

func clone(value any) any {
	switch v := value.(type) {
	case map[string]any:
		copied := make(map[string]any, len(v))
		for name, inner := range v {
			copied[name] = clone(inner)
		}
		return copied
	case []any:
		copied := make([]any, len(v))
		for i, inner := range v {
			copied[i] = clone(inner)
		}
		return copied
	}
	return value
}
