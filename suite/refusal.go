package suite

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/onsi/gomega/types"

	"conformance/internal/contract"
	"conformance/internal/probe"
	"conformance/internal/result"
)

// BeRefused succeeds if an *Answer is the refusal that the contract gives for the check's situation: status, code, envelope, media
// type, headers, and nothing told that must not be. A failure lists every difference.
func BeRefused() types.GomegaMatcher { return &refused{} }

// BeRefusedAs is BeRefused where a request falls under several situations: the answer of any of them is right.
func BeRefusedAs(situations ...contract.SituationID) types.GomegaMatcher {
	return &refused{situations: situations}
}

// BeServerError succeeds if an *Answer with a 5xx status is in the envelope of a server fault.
func BeServerError() types.GomegaMatcher { return &refused{nil, true} }

type refused struct {
	situations  []contract.SituationID
	anyOfFaults bool // the answer's own 5xx status will do
}

// Match judges an *Answer.
func (m *refused) Match(actual any) (bool, error) {
	a, ok := actual.(*Answer)
	if !ok {
		return false, fmt.Errorf("BeRefused judges an *Answer, not a %T", actual)
	}
	situations := m.situations
	if len(situations) == 0 {
		situations = []contract.SituationID{a.t.Check.situation(a.t.Variant)}
	}
	a.t.provoked = a.t.provoked || !m.anyOfFaults
	a.t.pending = judge(a.t.session.Contract, a.t.Operation(), situations, a.Answer, m.anyOfFaults)
	return len(a.t.pending) == 0, nil
}

// FailureMessage is what plain Gomega would print.
func (m *refused) FailureMessage(actual any) string {
	var lines []string
	for _, f := range actual.(*Answer).t.pending {
		lines = append(lines, f.Message)
	}
	return strings.Join(lines, "\n")
}

// NegatedFailureMessage completes the interface; no check expects an answer not to be a refusal in this way.
func (m *refused) NegatedFailureMessage(any) string { return "expected the request not to be refused" }

// Judge compares an answer with what the contract gives for a request in one of the situations to the operation.
func Judge(c *contract.Contract, o *contract.Operation, situations []contract.SituationID, a *probe.Answer) []result.Failure {
	return judge(c, o, situations, a, false)
}

func judge(c *contract.Contract, o *contract.Operation, situations []contract.SituationID, a *probe.Answer, anyFault bool) []result.Failure {
	j := &judgement{contract: c, operation: o, situations: situations, answer: a, codes: map[int][]string{}, anyCode: map[int]bool{}}
	for _, id := range situations {
		for status, codes := range c.Situations[id].Answers {
			j.codes[status] = append(j.codes[status], codes...)
			j.anyCode[status] = j.anyCode[status] || len(codes) == 0
			if anyFault && a.Status != status {
				j.codes[a.Status], j.anyCode[a.Status] = codes, len(codes) == 0
			}
		}
	}
	if j.status() {
		if body, ok := j.document(); ok {
			j.envelope(body)
			j.code(body)
			j.message(body)
		}
		j.headers()
	}
	j.leaks()
	return j.failures
}

type judgement struct {
	contract   *contract.Contract
	operation  *contract.Operation
	situations []contract.SituationID
	answer     *probe.Answer
	codes      map[int][]string // expected, by status
	anyCode    map[int]bool     // statuses that decide alone
	failures   []result.Failure
}

func (j *judgement) fail(kind result.Kind, expected, actual, format string, args ...any) {
	j.failures = append(j.failures, result.Failure{Kind: kind, Expected: expected, Actual: actual, Message: fmt.Sprintf(format, args...)})
}

// expected describes the allowed answers: "401 unauthorized" or "400 validation_failed or 404 not_found".
func (j *judgement) expected() string {
	var answers []string
	statuses := make([]int, 0, len(j.codes))
	for status := range j.codes {
		statuses = append(statuses, status)
	}
	slices.Sort(statuses)
	for _, status := range statuses {
		codes := slices.Clone(j.codes[status])
		slices.Sort(codes)
		answers = append(answers, strings.TrimSpace(fmt.Sprint(status, " ", strings.Join(slices.Compact(codes), " | "))))
	}
	return strings.Join(answers, " or ")
}

func (j *judgement) status() bool {
	status := j.answer.Status
	if _, ok := j.codes[status]; ok {
		return true
	}
	actual := strings.TrimSpace(fmt.Sprint(status, " ", http.StatusText(status)))
	if body, err := decode(j.answer.Body); err == nil && j.contract.Envelope.Code != "" {
		if code, ok := j.contract.Envelope.Code.Get(body); ok {
			actual = fmt.Sprint(status, " ", code)
		}
	}
	switch {
	case status/100 == 2:
		j.fail(result.KindStatus, j.expected(), actual, "the request was accepted with %d; %s must be refused with %s", status, j.situation(), j.expected())
	case status/100 == 5:
		j.fail(result.KindStatus, j.expected(), actual, "a bad request was answered by a server error, %d; %s must be refused with %s", status, j.situation(), j.expected())
	default:
		j.fail(result.KindStatus, j.expected(), actual, "the answer is %s; %s must be refused with %s", actual, j.situation(), j.expected())
	}
	return false
}

func (j *judgement) situation() string {
	names := make([]string, len(j.situations))
	for i, id := range j.situations {
		names[i] = string(id)
	}
	return strings.Join(names, " or ")
}

// response is what the operation documents for the answer's status, or nil.
func (j *judgement) response() *contract.Response { return j.operation.Responses[j.answer.Status] }

// document reads the body as exactly one JSON document of the documented media type.
func (j *judgement) document() (any, bool) {
	documented := "application/json"
	if r := j.response(); r != nil && r.MediaType != "" {
		documented = r.MediaType
	}
	if actual := firstOf(j.answer.Get("Content-Type"), "none"); !sameType(actual, documented) {
		j.fail(result.KindMediaType, documented, actual, "the Content-Type of the refusal is %s, not %s", actual, documented)
	}
	if j.answer.Truncated {
		j.fail(result.KindEnvelope, "one JSON object", short(string(j.answer.Body)), "the refusal's body is longer than %d MiB; only that much of it was read", len(j.answer.Body)>>20)
		return nil, false
	}
	body, err := decode(j.answer.Body)
	if err != nil {
		j.fail(result.KindEnvelope, "one JSON object", short(string(j.answer.Body)), "the refusal's body is not one JSON document: %v", err)
		return nil, false
	}
	if _, ok := body.(map[string]any); !ok {
		j.fail(result.KindEnvelope, "one JSON object", short(string(j.answer.Body)), "the refusal's body is JSON, but no object")
		return nil, false
	}
	return body, true
}

// envelope validates the body against the documented schema. The code has a clause of its own.
func (j *judgement) envelope(body any) {
	e := j.contract.Envelope
	if e.Flag != "" {
		if flag, ok := e.Flag.Get(body); !ok || flag != false {
			j.fail(result.KindEnvelope, string(e.Flag)+": false", at(body, e.Flag), "%s of the refusal is %s, not the boolean false", e.Flag, at(body, e.Flag))
		}
	}
	r := j.response()
	if r == nil {
		return
	}
	for _, p := range schemaProblems(r.Schema, body) {
		if p.pointer != e.Code && p.pointer != e.Flag && p.pointer != e.Message {
			j.fail(result.KindEnvelope, p.reason, at(body, p.pointer), "%s of the refusal breaks the documented schema: %s", p.pointer, p.reason)
		}
	}
}

func (j *judgement) code(body any) {
	e := j.contract.Envelope
	if e.Code == "" {
		return
	}
	status := j.answer.Status
	code, ok := e.Code.Get(body)
	text, isText := code.(string)
	switch {
	case !ok || !isText:
		j.fail(result.KindCode, strings.Join(j.codes[status], " | "), at(body, e.Code), "%s of the refusal is %s; the machine code belongs there", e.Code, at(body, e.Code))
	case !j.anyCode[status] && !slices.Contains(j.codes[status], text):
		j.fail(result.KindCode, strings.Join(j.codes[status], " | "), text, "the code is %q; for %s with status %d it must be %s",
			text, j.situation(), status, strings.Join(j.codes[status], " or "))
	case j.response() != nil && !slices.Contains(j.response().Codes, text):
		j.fail(result.KindCode, strings.Join(j.response().Codes, " | "), text, "the code %q is not documented for %s with status %d", text, j.operation.ID, status)
	}
}

func (j *judgement) message(body any) {
	e := j.contract.Envelope
	message, _ := e.Message.Get(body)
	text, ok := message.(string)
	code, _ := e.Code.Get(body)
	switch {
	case !ok:
		j.fail(result.KindEnvelope, "a text for people", at(body, e.Message), "%s of the refusal is %s, not a text for people", e.Message, at(body, e.Message))
	case strings.TrimSpace(text) == "":
		j.fail(result.KindEnvelope, "a text for people", at(body, e.Message), "%s of the refusal is empty", e.Message)
	case e.Code != "" && text == code:
		j.fail(result.KindEnvelope, "a text for people", text, "%s of the refusal only repeats the code", e.Message)
	case markup.MatchString(text):
		j.fail(result.KindEnvelope, "plain text", short(text), "%s of the refusal holds HTML", e.Message)
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
		value, present := j.answer.Get(h.Name), len(j.answer.Values(h.Name)) > 0
		if !present {
			if must {
				j.fail(result.KindHeader, h.Name, "absent", "the header %s is missing", h.Name)
			}
			continue
		}
		if reason := headerProblem(h, value); reason != "" {
			j.fail(result.KindHeader, h.Name+": "+reason, value, "the header %s is %q: %s", h.Name, value, reason)
		}
	}
}

// limited says that the answer must carry the rate limiter's headers: unless one of its situations is exempt, or no key was sent.
func (j *judgement) limited() bool {
	return !slices.ContainsFunc(j.situations, func(id contract.SituationID) bool { return slices.Contains(j.contract.RateLimit.Exempt, id) })
}

// leaks looks for the server's inside and for the key that was sent, in the body and in every header.
func (j *judgement) leaks() {
	var all strings.Builder
	if body, err := decode(j.answer.Body); err == nil {
		all.WriteString(strings.Join(stringsIn(body), "\n")) // as they read without JSON's escapes
	} else {
		all.Write(j.answer.Body)
	}
	for _, name := range slices.Sorted(maps.Keys(j.answer.Header)) {
		all.WriteString("\n" + name + ": " + strings.Join(j.answer.Header[name], ", "))
	}
	text := all.String()
	if name, excerpt := leak(text); name != "" {
		j.fail(result.KindLeak, "nothing of the server's inside", excerpt, "the refusal shows %s: %s", name, excerpt)
	}
	for _, secret := range sentSecrets(j.answer.Request) {
		if len(secret) >= 16 && strings.Contains(text, secret) {
			j.fail(result.KindLeak, "no key in the answer", "the key that was sent", "the refusal repeats the key that was sent")
		}
	}
}

func sentSecrets(r *probe.Request) []string {
	switch {
	case r == nil:
		return nil
	case r.Credential != nil:
		return []string{r.Misplaced, r.Credential.Secret}
	}
	return []string{r.Misplaced}
}
