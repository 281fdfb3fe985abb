package suite_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
)

// indProblem is why a request is refused: a situation of the brief (or one of this file's finer ones), the
// field or parameter at fault, and a message for people.
type indProblem struct {
	situation, field, message string
	allow                     []string
	retry                     int
}

// indRefuse makes a problem.
func indRefuse(situation, field, message string) *indProblem {
	return &indProblem{situation: situation, field: field, message: message}
}

// indAnswer is what a situation is answered with. A form other than the empty one is not the envelope, and
// only faults ask for one.
type indAnswer struct {
	status int
	code   string
	form   string
}

// indAnswers gives the answer to every situation. Where the brief allows several, each dialect has its own.
// The finer situations are values that fall under two rows, or things the brief leaves undefined.
func indAnswers(dialect string) map[string]indAnswer {
	answers := map[string]indAnswer{
		"missing-key":        {401, "unauthorized", ""},
		"invalid-key":        {401, "unauthorized", ""},
		"revoked-key":        {401, "unauthorized", ""},
		"missing-scope":      {403, "forbidden", ""},
		"denied-ip":          {403, "ip_not_allowed", ""},
		"missing-field":      {400, "missing_required_field", ""},
		"invalid-field":      {400, "validation_failed", ""},
		"invalid-parameter":  {400, "validation_failed", ""},
		"malformed-body":     {400, "validation_failed", ""},
		"too-large":          {413, "validation_failed", ""},
		"invalid-id":         {400, "validation_failed", ""},
		"illegal-transition": {400, "invalid_status_transition", ""},
		"unknown-status":     {400, "validation_failed", ""},
		"unknown-meter":      {400, "meter_not_found", ""},
		"unknown-reference":  {400, "validation_failed", ""},
		"unknown-record":     {404, "not_found", ""},
		"foreign-record":     {404, "not_found", ""},
		"unknown-path":       {404, "not_found", ""},
		"wrong-method":       {405, "method_not_allowed", ""},
		"duplicate":          {409, "duplicate_customer", ""},
		"flood":              {429, "rate_limit_exceeded", ""},
		"server-fault":       {500, "server_error", ""},

		"empty-text":      {400, "validation_failed", ""}, // an empty required string
		"low-reference":   {400, "validation_failed", ""}, // a reference below 1
		"low-meter":       {400, "validation_failed", ""}, // a meter_id below 1
		"number-status":   {400, "validation_failed", ""}, // a status that is a number
		"missing-id":      {400, "validation_failed", ""}, // no id where an operation needs one
		"unknown-sub":     {400, "validation_failed", ""}, // an unknown selector
		"empty-patch":     {400, "missing_required_field", ""},
		"low-reading":     {400, "validation_failed", ""}, // below the meter's current reading
		"little-stock":    {400, "validation_failed", ""},
		"same-place":      {400, "validation_failed", ""},
		"same-status":     {400, "invalid_status_transition", ""},
		"read-only-field": {400, "validation_failed", ""},
	}
	if dialect == "other" {
		maps.Copy(answers, map[string]indAnswer{
			"missing-scope":     {403, "scope_not_authorized", ""},
			"missing-field":     {400, "validation_failed", ""},
			"malformed-body":    {400, "missing_required_field", ""},
			"invalid-id":        {404, "not_found", ""},
			"unknown-status":    {400, "invalid_status_transition", ""},
			"unknown-reference": {404, "not_found", ""},
			"empty-text":        {400, "missing_required_field", ""},
			"low-reference":     {404, "not_found", ""},
			"low-meter":         {400, "meter_not_found", ""},
			"number-status":     {400, "invalid_status_transition", ""},
			"missing-id":        {400, "missing_required_field", ""},
			"unknown-sub":       {404, "not_found", ""},
			"empty-patch":       {400, "validation_failed", ""},
			"low-reading":       {409, "validation_failed", ""},
		})
	}
	return answers
}

// indReply is an answer before it is written.
type indReply struct {
	status    int
	situation string // empty on success
	media     string
	header    map[string]string
	body      any    // marshalled when raw is nil
	raw       []byte // written as it stands
	pretty    bool
}

// reply starts an answer in the dialect's looks.
func (s *independent) reply(status int) *indReply {
	r := &indReply{status: status, media: "application/json", header: map[string]string{}}
	if s.other() {
		r.media, r.pretty = "application/json; charset=utf-8", true
	}
	return r
}

// write sends an answer. A 204, which only OPTIONS gets, has no body.
func (r *indReply) write(w http.ResponseWriter) {
	for name, value := range r.header {
		w.Header().Set(name, value)
	}
	if r.status == http.StatusNoContent {
		w.WriteHeader(r.status)
		return
	}
	text := r.raw
	if text == nil {
		var buffer bytes.Buffer
		encoder := json.NewEncoder(&buffer)
		if r.pretty {
			encoder.SetIndent("", "    ")
		}
		if err := encoder.Encode(r.body); err != nil {
			panic(err)
		}
		text = buffer.Bytes()
	}
	w.Header().Set("Content-Type", r.media)
	w.WriteHeader(r.status)
	_, _ = w.Write(text)
}

// success wraps data as the brief assumes: one record or a list, which has its pagination next to it.
func (s *independent) success(c *indCall, data any) *indReply {
	reply := s.reply(c.op.success)
	if c.op.id == "options" {
		reply.header["Allow"] = strings.Join(data.([]string), ", ")
		return reply
	}
	body := map[string]any{"success": true, "data": data}
	if page, ok := data.(indPage); ok {
		body["data"], body["pagination"] = page.rows, page.pagination
	}
	reply.body = body
	return reply
}

// refusal makes the error envelope of a problem.
func (s *independent) refusal(c *indCall, p *indProblem) *indReply {
	answer, special := indAnswer{}, false
	if c.op != nil {
		answer, special = s.answers[p.situation+"@"+c.op.id]
	}
	if !special {
		answer = s.answers[p.situation]
	}
	reply := s.reply(answer.status)
	reply.situation = p.situation
	s.errorHeaders(reply, p)
	envelope := map[string]any{"success": false, "error": answer.code, "message": s.message(c, p)}
	if p.situation == "flood" {
		envelope["retry_after"] = p.retry
	}
	if s.other() {
		envelope["request_id"] = s.requestID()
		envelope["details"] = map[string]any{"field": p.field}
		envelope["documentation_url"] = "https://docs.example.com/api/errors#" + answer.code
	}
	s.spoilEnvelope(c, p, reply, envelope)
	reply.body = envelope
	switch answer.form {
	case "html":
		reply.media, reply.raw = "text/html; charset=utf-8", []byte("<!doctype html><title>Error</title><h1>Not Found</h1>")
	case "text":
		reply.media, reply.raw = "text/plain; charset=utf-8", []byte(http.StatusText(answer.status)+"\n")
	case "empty":
		reply.raw = []byte{}
	case "null":
		reply.body = map[string]any{"success": true, "data": nil}
	case "rows":
		reply.body = map[string]any{"success": true, "data": []any{}}
	}
	return reply
}

// errorHeaders sets Allow on a 405 and Retry-After on a 429; the faults do it wrongly.
func (s *independent) errorHeaders(reply *indReply, p *indProblem) {
	if p.situation == "wrong-method" && !s.broken("405-without-allow") {
		reply.header["Allow"] = strings.Join(p.allow, ", ")
	}
	if p.situation != "flood" || s.broken("429-without-retry-after") {
		return
	}
	value := strconv.Itoa(p.retry)
	switch {
	case s.broken("retry-after-mismatch"):
		value = strconv.Itoa(p.retry + 30)
	case s.broken("retry-after-http-date"):
		value = s.now().Format(http.TimeFormat)
	case s.broken("retry-after-fraction"):
		value += ".5"
	case s.broken("retry-after-zero"):
		value, p.retry = "0", 0
	}
	reply.header["Retry-After"] = value
}

// message words a refusal. The dialects differ, and neither repeats what was sent.
func (s *independent) message(c *indCall, p *indProblem) string {
	text := p.message
	if s.other() {
		text = "Request refused: " + text
	}
	if s.worded != nil {
		return s.worded(c, p, text)
	}
	onJobs := c.path == "/jobs"
	switch {
	case s.broken("message-without-field") && p.field != "":
		return "The request is not valid."
	case s.broken("message-empty") && p.situation == "wrong-method",
		s.broken("message-empty-on-duplicate") && p.situation == "duplicate":
		return ""
	case s.broken("stack-trace-in-400") && p.situation == "invalid-field":
		return text + "\n    at validate (/srv/app/src/controllers/validate.js:88:13)\n    at next " +
			"(/srv/app/node_modules/express/lib/router/route.js:144:13)"
	case s.broken("source-line-in-parameter-error") && p.situation == "invalid-parameter":
		return text + ` ValueError: invalid literal for int() with base 10 (File "/app/api/views/lists.py", line 57, in page)`
	case s.broken("sql-error-in-404") && p.situation == "unknown-record" && onJobs:
		return text + ` pq: no rows in result set: SELECT * FROM jobs WHERE company_id = $1 AND job_id = $2`
	case s.broken("sql-error-in-409") && p.situation == "duplicate":
		return text + ` ERROR: duplicate key value violates unique constraint "customers_email_key" (SQLSTATE 23505)`
	case s.broken("key-echoed-in-401") && p.situation == "invalid-key":
		return text + " Sent: " + c.r.Header.Get("X-Api-Key")
	case s.broken("key-echoed-in-403") && p.situation == "missing-scope":
		return text + " Key: " + c.r.Header.Get("X-Api-Key")
	case s.broken("foreign-record-worded-differently") && p.situation == "foreign-record":
		return "This record belongs to another company."
	}
	return text
}

// spoilEnvelope holds the faults in the shape of the envelope.
func (s *independent) spoilEnvelope(c *indCall, p *indProblem, reply *indReply, envelope map[string]any) {
	code := envelope["error"].(string)
	switch {
	case s.broken("success-true-in-error") && p.situation == "unknown-record":
		envelope["success"] = true
	case s.broken("success-missing-in-error") && p.situation == "malformed-body":
		delete(envelope, "success")
	case s.broken("success-as-text") && p.situation == "invalid-field":
		envelope["success"] = "false"
	case s.broken("error-code-camel-case") && p.situation == "wrong-method":
		envelope["error"] = "methodNotAllowed"
	case s.broken("error-code-upper-case") && p.situation == "missing-scope":
		envelope["error"] = strings.ToUpper(code)
	case s.broken("error-as-object") && p.situation == "invalid-parameter":
		envelope["error"] = map[string]any{"code": code, "message": envelope["message"]}
	case s.broken("message-missing") && p.situation == "unknown-path":
		delete(envelope, "message")
	case s.broken("message-as-list") && p.situation == "missing-field":
		envelope["message"] = []any{envelope["message"]}
	case s.broken("trace-member-in-400") && p.situation == "malformed-body":
		envelope["exception"] = "JSON::ParserError"
		envelope["trace"] = []string{"app/controllers/api/base_controller.rb:41:in `parse_body'"}
	case s.broken("text-plain-401") && reply.status == 401:
		reply.media = "text/plain"
	case s.broken("json-as-html-on-create-customer") && reply.status == 400 && c.op != nil && c.op.id == "createCustomer":
		reply.media = "text/html"
	case p.situation == "flood" && s.broken("retry-after-missing-in-body"):
		delete(envelope, "retry_after")
	case p.situation == "flood" && s.broken("retry-after-as-text-in-body"):
		envelope["retry_after"] = strconv.Itoa(p.retry)
	}
}
