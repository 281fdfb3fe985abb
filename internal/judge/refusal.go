// Package judge compares one answer with what the contract gives for it: status, code, envelope, media type, headers,
// and nothing shown that must not be. It is pure: an answer in, differences out. It does not know how the answer was
// provoked, nor how differences read.
package judge

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"conformance/internal/contract"
	"conformance/internal/probe"
	"conformance/internal/result"
)

// Refusal compares an answer with what the contract gives for a request to the operation that is in one of the
// situations: the answer of any of them is right. Without a wrong status it goes through everything that a refusal must
// be.
func Refusal(
	c *contract.Contract,
	o *contract.Operation,
	situations []contract.SituationID,
	a *probe.Answer,
) []result.Difference {
	return newJudgement(c, o, situations, a).alone()
}

// ServerError compares an answer with a 5xx status with the envelope of a fault of the server, whichever 5xx it is.
func ServerError(
	c *contract.Contract,
	o *contract.Operation,
	situation contract.SituationID,
	a *probe.Answer,
) []result.Difference {
	j := newJudgement(c, o, []contract.SituationID{situation}, a)
	said, _ := c.SituationOf(o, situation)
	for status, codes := range said.Answers {
		if a.Status != status {
			j.codes[a.Status], j.anyCode[a.Status] = codes, len(codes) == 0
		}
	}
	return j.alone()
}

// alone is all, one large body after the other.
func (j *judgement) alone() (found []result.Difference) {
	j.answer.Handle(func() { found = j.all() })
	return found
}

// Acceptance says how an answer to a good request is not a success.
func Acceptance(c *contract.Contract, o *contract.Operation, a *probe.Answer) []result.Difference {
	if a.Status/100 == 2 && !Refuses(o, a) {
		return nil
	}
	got := fmt.Sprint(a.Status)
	if e := c.EnvelopeOf(o.Response(a.Status)); e.Code != "" {
		if body, err := Decode(a.Body); err == nil {
			got += " " + Show(body, e.Code)
		}
	}
	return []result.Difference{{Kind: result.KindStatus, Rule: result.MustAccept, At: atStatus, Got: got}}
}

// Refuses says that an answer with the status of a success is a refusal, as the document says it.
func Refuses(o *contract.Operation, a *probe.Answer) bool {
	if o == nil || o.Refused == nil || a.Status != o.Refused.Status {
		return false
	}
	body, err := Decode(a.Body)
	return err == nil && o.Refused.In(body)
}

// atStatus is the place of a difference in the status.
const atStatus = "status"

type judgement struct {
	contract   *contract.Contract
	operation  *contract.Operation
	situations []contract.SituationID
	answer     *probe.Answer
	codes      map[int][]string // expected, by status
	anyCode    map[int]bool     // statuses that decide alone
	envelope   contract.Envelope
	found      []result.Difference
}

func newJudgement(
	c *contract.Contract,
	o *contract.Operation,
	situations []contract.SituationID,
	a *probe.Answer,
) *judgement {
	j := &judgement{
		contract: c, operation: o, situations: situations, answer: a, codes: map[int][]string{}, anyCode: map[int]bool{},
	}
	j.envelope = c.EnvelopeOf(j.response())
	for _, id := range situations {
		said, _ := c.SituationOf(o, id)
		for status, codes := range said.Answers {
			j.codes[status] = append(j.codes[status], codes...)
			j.anyCode[status] = j.anyCode[status] || len(codes) == 0
		}
	}
	return j
}

func (j *judgement) all() []result.Difference {
	if j.status() {
		if body, ok := j.document(); ok {
			j.members(body)
			j.code(body)
			j.message(body)
		}
		j.headers()
	}
	j.leaks()
	return j.found
}

func (j *judgement) add(d result.Difference) { j.found = append(j.found, d) }

// allowed lists the allowed answers: "401 unauthorized", "404 not_found | gone".
func (j *judgement) allowed() []string {
	var answers []string
	for _, status := range slices.Sorted(maps.Keys(j.codes)) {
		codes := slices.Clone(j.codes[status])
		slices.Sort(codes)
		answers = append(answers, strings.TrimSpace(fmt.Sprint(status, " ", strings.Join(slices.Compact(codes), " | "))))
	}
	return answers
}

func (j *judgement) status() bool {
	status := j.answer.Status
	if _, ok := j.codes[status]; ok && (status/100 != 2 || Refuses(j.operation, j.answer)) {
		return true
	}
	got := strings.TrimSpace(fmt.Sprint(status, " ", http.StatusText(status)))
	if at := j.envelope.Code; at != "" {
		body, err := Decode(j.answer.Body)
		if code, ok := at.Get(body); err == nil && ok {
			got = Short(fmt.Sprint(status, " ", code))
		}
	}
	j.add(result.Difference{
		Kind: result.KindStatus, Rule: result.MustRefuse, At: atStatus, Want: j.allowed(), Got: got,
		Accepted: status/100 == 2,
	})
	return false
}

// response is what the operation documents for the answer's status, or nil: nothing, or nothing about such a request.
func (j *judgement) response() *contract.Response {
	if !slices.ContainsFunc(j.situations, func(id contract.SituationID) bool {
		s, _ := j.contract.SituationOf(j.operation, id)
		return s.OfOperation()
	}) {
		return nil
	}
	return j.operation.Response(j.answer.Status)
}

// document reads the body as exactly one JSON value of the documented media type, and of errors with an envelope as one
// JSON object. Where the contract documents no JSON for the answer there is nothing to read.
func (j *judgement) document() (any, bool) {
	documented := "application/json"
	switch r := j.response(); {
	case r == nil && j.envelope == (contract.Envelope{}):
		return nil, false // of such an answer nothing is said
	case r != nil && r.MediaType != "":
		documented = r.MediaType
		if slices.ContainsFunc(r.Others, func(other string) bool { return SameType(j.answer.Get("Content-Type"), other) }) {
			return nil, false
		}
	case r != nil && len(r.Others) > 0:
		j.otherType(r.Others)
		return nil, false
	case r != nil && j.contract.Envelope == (contract.Envelope{}):
		return nil, false // an answer without a documented body
	}
	if d, ok := MediaType(j.answer, documented); !ok {
		j.add(d)
	}
	j.found = append(j.found, HeadersOnce(j.contract, j.answer)...)
	bad := func(rule result.Rule, detail string) (any, bool) {
		j.add(result.Difference{
			Kind: result.KindEnvelope, Rule: rule, At: "body", Got: Short(string(j.answer.Body)), Detail: detail,
		})
		return nil, false
	}
	if j.answer.Truncated {
		return bad(result.Bounded, fmt.Sprintf("%d MiB", len(j.answer.Body)>>20))
	}
	if j.answer.Undecoded != "" {
		return bad(result.OneDocument, "Content-Encoding "+j.answer.Undecoded)
	}
	body, err := Decode(j.answer.Body)
	if err != nil {
		return bad(result.OneDocument, err.Error())
	}
	if _, ok := body.(map[string]any); !ok && j.envelope != (contract.Envelope{}) {
		return bad(result.OneObject, "")
	}
	return body, true
}

// otherType compares the media type with documented ones that are not JSON's. An answer without a body has none.
func (j *judgement) otherType(documented []string) {
	got := j.answer.Get("Content-Type")
	if len(j.answer.Body) == 0 ||
		slices.ContainsFunc(documented, func(other string) bool { return SameType(got, other) }) {
		return
	}
	j.add(result.Difference{
		Kind: result.KindMediaType, Rule: result.RightMediaType, At: "Content-Type", Want: documented, Got: got,
		Absent: got == "",
	})
}

// MediaType compares an answer's Content-Type with the documented one.
func MediaType(a *probe.Answer, documented string) (result.Difference, bool) {
	got := a.Get("Content-Type")
	d := result.Difference{
		Kind: result.KindMediaType, Rule: result.RightMediaType, At: "Content-Type", Want: []string{documented}, Got: got,
		Absent: got == "",
	}
	return d, SameType(got, documented)
}

// members validates the body against the documented schema. The code has a clause of its own.
func (j *judgement) members(body any) {
	e := j.envelope
	if e.Flag != "" {
		if flag, ok := e.Flag.Get(body); !ok || flag != false {
			j.add(Member(result.KindEnvelope, result.FlagIsFalse, body, e.Flag))
		}
	}
	r := j.response()
	if r == nil || r.Schema == nil {
		return
	}
	if status, ok := contract.Pointer("/status").Get(body); ok && SameType(j.answer.Get("Content-Type"), problemJSON) &&
		fmt.Sprint(status) != fmt.Sprint(j.answer.Status) {
		j.add(Member(result.KindEnvelope, result.StatusAgrees, body, "/status", fmt.Sprint(j.answer.Status)))
	}
	for _, p := range SchemaProblems(r.Schema, body) {
		elsewhere := p.Pointer != "" && slices.Contains([]contract.Pointer{e.Code, e.Flag, e.Message}, p.Pointer)
		if j.inferred() || !elsewhere {
			j.add(Member(result.KindEnvelope, result.FollowsSchema, body, p.Pointer, p.Reason))
		}
	}
}

// problemJSON is the media type of problem details (RFC 9457).
const problemJSON = "application/problem+json"

// inferred says that the envelope was read off the response's schema: the document does not promise it.
func (j *judgement) inferred() bool { return j.contract.Envelope == (contract.Envelope{}) }

// Member is a difference at a member of a JSON body.
func Member(kind result.Kind, rule result.Rule, body any, at contract.Pointer, want ...string) result.Difference {
	_, there := at.Get(body)
	d := result.Difference{Kind: kind, Rule: rule, At: string(at), Want: want, Absent: !there}
	if there {
		d.Got = Show(body, at)
	}
	return d
}

func (j *judgement) code(body any) {
	e := j.envelope
	if e.Code == "" {
		return
	}
	status := j.answer.Status
	code, ok := e.Code.Get(body)
	text, isText := code.(string)
	if !isText && j.inferred() {
		return // whether it must be there is the schema's affair
	}
	difference := func(rule result.Rule, want []string) {
		d := Member(result.KindCode, rule, body, e.Code, want...)
		if isText {
			d.Got = Short(text)
		}
		j.add(d)
	}
	switch {
	case !ok || !isText:
		difference(result.CodeIsText, j.codes[status])
	case !j.anyCode[status] && !slices.Contains(j.codes[status], text):
		difference(result.CodeOfCase, j.codes[status])
	case j.response() != nil && len(j.response().Codes) > 0 && !j.inferred() && !slices.Contains(j.response().Codes, text):
		difference(result.CodeDocumented, j.response().Codes)
	}
}

// headers checks those that the response documents and those of the rate limiter.
func (j *judgement) headers() {
	r := j.response()
	if r == nil {
		return
	}
	limit := j.contract.RateLimit
	for _, h := range r.Headers {
		must := h.Required
		if limit != nil && slices.Contains([]string{limit.Limit, limit.Remaining, limit.Reset}, h.Name) {
			must = j.limited()
		}
		if d, ok := Header(j.answer, h, must); !ok {
			j.add(d)
		}
	}
}

// Header compares a header of an answer with its documentation.
func Header(a *probe.Answer, h *contract.Header, must bool) (result.Difference, bool) {
	d := result.Difference{Kind: result.KindHeader, Rule: result.HeaderThere, At: h.Name, Absent: true}
	if len(a.Values(h.Name)) == 0 {
		return d, !must
	}
	d.Rule, d.Absent, d.Got, d.Detail = result.HeaderValue, false, a.Get(h.Name), HeaderProblem(h, a.Get(h.Name))
	return d, d.Detail == ""
}

// limited says that the answer must carry the rate limiter's headers: unless one of its situations is exempt, or no key
// was sent.
func (j *judgement) limited() bool {
	return !slices.ContainsFunc(j.situations, func(id contract.SituationID) bool {
		return slices.Contains(j.contract.RateLimit.Exempt, id)
	})
}
