package contract

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// Problem is one thing that is wrong with a document.
type Problem struct {
	Pointer string // JSON pointer into the document, with a leading #
	Message string // what is wrong and how to fix it
}

// Error says why a document was refused.
type Error struct{ Problems []Problem }

func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.Pointer + ": " + p.Message
	}
	return strings.Join(lines, "\n")
}

// registerFormats teaches kin-openapi the formats it leaves unchecked. The registry is global to the process, hence the
// Once.
var registerFormats = sync.OnceFunc(func() {
	openapi3.DefineStringFormatValidator("email", openapi3.NewRegexpFormatValidator(`^[^@\s]+@[^@<>",\s]+$`))
	openapi3.DefineStringFormatValidator(
		"uuid",
		openapi3.NewRegexpFormatValidator(openapi3.FormatOfStringForUUIDOfRFC9562),
	)
	openapi3.DefineStringFormatValidator("date", calendar(openapi3.FormatOfStringDate))
	openapi3.DefineStringFormatValidator("date-time", calendar(openapi3.FormatOfStringDateTime))
	openapi3.DefineIPv4Format()
	openapi3.DefineIPv6Format()
})

// calendar checks the pattern and that the day exists (RFC 3339, 5.7): the pattern alone takes the 30th of February.
func calendar(pattern string) openapi3.StringFormatValidator {
	form := openapi3.NewRegexpFormatValidator(pattern)
	return openapi3.NewCallbackValidator(func(text string) error {
		if err := form.Validate(text); err != nil {
			return err
		}
		_, err := time.Parse(time.DateOnly, text[:len(time.DateOnly)])
		return err
	})
}

// Load reads an OpenAPI 3.0 document (YAML or JSON) and refuses, with an *Error, one that lacks something the suite
// needs or whose keywords contradict each other.
func Load(data []byte) (*Contract, error) {
	registerFormats()
	doc, refused := parse(data)
	if refused != nil {
		return nil, refused
	}
	sum := sha256.Sum256(data)
	l := &load{doc: doc, c: &Contract{
		Title: doc.Info.Title, Version: doc.Info.Version, SHA256: hex.EncodeToString(sum[:]), Doc: doc,
		byID: map[string]*Operation{},
	}}
	l.root()
	l.paths()
	l.link()
	l.check()
	if len(l.problems) > 0 {
		// What is shared is read once for each operation that uses it.
		slices.SortStableFunc(l.problems, func(a, b Problem) int {
			return cmp.Or(strings.Compare(a.Pointer, b.Pointer), strings.Compare(a.Message, b.Message))
		})
		return nil, &Error{Problems: slices.Compact(l.problems)}
	}
	return l.c, nil
}

// load is the state of one Load: it collects every problem, so that a document is fixed in one go.
type load struct {
	doc      *openapi3.T
	c        *Contract
	problems []Problem
}

func (l *load) problem(pointer, format string, args ...any) {
	l.problems = append(l.problems, Problem{pointer, fmt.Sprintf(format, args...)})
}

// keyword decodes an extension into a Go value; it reports whether it is there and well-formed.
func (l *load) keyword(extensions map[string]any, name, pointer string, into any) bool {
	raw, ok := extensions[name]
	if !ok {
		return false
	}
	text, err := json.Marshal(raw)
	if err == nil {
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.DisallowUnknownFields()
		err = dec.Decode(into)
	}
	if err != nil {
		l.problem(pointer+"/"+name, "is not in the shape that docs/contract.md gives: %v", err)
		return false
	}
	return true
}

func (l *load) assumed(extensions map[string]any, pointer string) bool {
	var yes bool
	l.keyword(extensions, "x-assumed", pointer, &yes)
	return yes
}

// notJudged reads why no check may come near a path or an operation.
func (l *load) notJudged(extensions map[string]any, pointer string, into *string) {
	if l.keyword(extensions, "x-not-judged", pointer, into) && strings.TrimSpace(*into) == "" {
		l.problem(pointer+"/x-not-judged", "is empty; say why no check may come near it")
	}
}

func (l *load) root() {
	ext := l.doc.Extensions
	var envelope struct{ Code, Message, Flag Pointer }
	if !l.keyword(ext, "x-error-envelope", "#", &envelope) {
		l.problem("#/x-error-envelope", "is missing; it says where an error body keeps its message and code")
	} else if envelope.Message == "" {
		l.problem("#/x-error-envelope/message", "is missing; give a JSON pointer to the message for people")
	}
	l.c.Envelope = Envelope(envelope)
	l.documents()
	l.situations()
	var limit struct {
		Limit, Remaining, Reset string
		RetryAfter              Pointer `json:"retry-after"`
		Exempt                  []SituationID
	}
	if l.keyword(ext, "x-rate-limit", "#", &limit) {
		l.c.RateLimit = &RateLimit{limit.Limit, limit.Remaining, limit.Reset, limit.RetryAfter, limit.Exempt}
	}
	var page struct {
		Page, Size   string
		Total, Pages Pointer
	}
	if l.keyword(ext, "x-pagination", "#", &page) {
		l.c.Pagination = &Pagination{page.Page, page.Size, page.Total, page.Pages}
	}
	l.keyword(ext, "x-assumed", "#", &l.c.Assumed)
	l.keyword(ext, "x-methods-complete", "#", &l.c.MethodsComplete)
}

func (l *load) situations() {
	l.c.Situations = map[SituationID]Situation{}
	var raw map[SituationID]map[string]json.RawMessage
	if !l.keyword(l.doc.Extensions, "x-situations", "#", &raw) {
		l.problem("#/x-situations", "is missing; it maps each situation to the statuses and codes that may answer it")
		return
	}
	for id, answers := range raw {
		pointer := "#/x-situations/" + Escape(string(id))
		s := Situation{ID: id, Answers: map[int][]string{}}
		var cites *cited
		for key, value := range answers {
			switch key {
			case "x-assumed":
				if json.Unmarshal(value, &s.Assumed) != nil {
					l.problem(pointer+"/"+key, "must be true or false")
				}
				continue
			case "source":
				l.keyword(map[string]any{key: value}, key, pointer, &cites)
				continue
			}
			var codes []string
			status, err := strconv.Atoi(key)
			if err != nil || status < 400 || status > 599 {
				l.problem(pointer+"/"+key, "is not an error status; write a number from 400 to 599 in quotes")
				continue
			}
			if err := json.Unmarshal(value, &codes); err != nil {
				l.problem(pointer+"/"+key, "must be a list of codes; an empty one leaves it to the status")
				continue
			}
			s.Answers[status] = codes
		}
		if len(s.Answers) == 0 {
			l.problem(pointer, "gives no status; map one from 400 to 599 to the codes that may come with it")
		}
		s.Source = l.source(cites, id, pointer)
		l.c.Situations[id] = s
	}
}

// methods in the order in which operations of a path are listed.
var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}

func (l *load) paths() {
	keys := l.doc.Paths.Keys()
	sort.Strings(keys)
	for _, key := range keys {
		item := l.doc.Paths.Value(key)
		pointer := "#/paths/" + Escape(key)
		url, _, _ := strings.Cut(key, "#")
		path := &Path{Key: key, URL: url, Pointer: pointer, Assumed: l.assumed(item.Extensions, pointer)}
		l.notJudged(item.Extensions, pointer, &path.NotJudged)
		operations := item.Operations()
		for _, method := range methods {
			if op := operations[method]; op != nil {
				path.Operations = append(path.Operations, l.operation(path, method, op, item.Parameters))
			}
		}
		if len(path.Operations) == 0 {
			continue // nothing is promised there
		}
		path.Selectors = path.Operations[0].Selectors()
		l.c.Paths = append(l.c.Paths, path)
	}
	if len(l.c.Operations) == 0 {
		l.problem("#/paths", "holds no operation; there is nothing to judge")
	}
}

func (l *load) operation(path *Path, method string, op *openapi3.Operation, shared openapi3.Parameters) *Operation {
	pointer := path.Pointer + "/" + strings.ToLower(method)
	o := &Operation{
		ID: op.OperationID, Method: method, Path: path, Pointer: pointer,
		Responses: map[int]*Response{}, Assumed: l.assumed(op.Extensions, pointer), NotJudged: path.NotJudged,
	}
	l.notJudged(op.Extensions, pointer, &o.NotJudged)
	switch {
	case o.ID == "":
		l.problem(pointer, "has no operationId; results are named by it")
	case l.c.byID[o.ID] != nil:
		l.problem(pointer+"/operationId", "%q is also that of %s; each needs its own", o.ID, l.c.byID[o.ID].Pointer)
	default:
		l.c.byID[o.ID] = o
	}
	l.c.Operations = append(l.c.Operations, o)
	l.keyword(op.Extensions, "x-required-scopes", pointer, &o.RequiredScopes)
	l.keyword(op.Extensions, "x-rate-limit-tier", pointer, &o.Tier)
	for i, p := range shared {
		if op.Parameters.GetByInAndName(p.Value.In, p.Value.Name) == nil { // an operation's own takes its place
			o.Parameters = append(o.Parameters, l.parameter(p.Value, fmt.Sprintf("%s/parameters/%d", path.Pointer, i)))
		}
	}
	for i, p := range op.Parameters {
		o.Parameters = append(o.Parameters, l.parameter(p.Value, fmt.Sprintf("%s/parameters/%d", pointer, i)))
	}
	if op.RequestBody != nil {
		o.Body = l.body(op.RequestBody.Value, pointer+"/requestBody")
	}
	for status, r := range op.Responses.Map() {
		n, err := strconv.Atoi(status)
		if err != nil || n < 100 || n > 599 {
			l.problem(pointer+"/responses/"+Escape(status), "is not a status; ranges and default are too vague to judge by: "+
				"list each status")
			continue
		}
		o.Responses[n] = l.response(n, r.Value, pointer+"/responses/"+status)
	}
	o.Security = l.security(op, pointer)
	return o
}

func (l *load) security(op *openapi3.Operation, pointer string) *Scheme {
	requirements := l.doc.Security
	if op.Security != nil {
		requirements, pointer = *op.Security, pointer+"/security"
	}
	if len(requirements) == 0 {
		return nil
	}
	if len(requirements) > 1 || len(requirements[0]) != 1 {
		l.problem(pointer, "must name exactly one scheme; the suite understands neither alternatives nor combinations")
		return nil
	}
	for id := range requirements[0] {
		return l.scheme(id)
	}
	return nil
}

func (l *load) scheme(id string) *Scheme {
	pointer := "#/components/securitySchemes/" + Escape(id)
	var ref *openapi3.SecuritySchemeRef
	if l.doc.Components != nil {
		ref = l.doc.Components.SecuritySchemes[id]
	}
	if ref == nil {
		l.problem(pointer, "is required by an operation and does not exist; describe it or fix the name under security")
		return nil
	}
	v := ref.Value
	s := &Scheme{
		ID: id, Type: v.Type, In: v.In, Name: v.Name, HTTP: strings.ToLower(v.Scheme), Implied: map[string][]string{},
		Pointer: pointer,
	}
	switch {
	case s.Type == "http" && (s.HTTP == "bearer" || s.HTTP == "basic"):
		s.In, s.Name = "header", "Authorization"
	case s.Type != "apiKey":
		l.problem(pointer, "is %s %s; only apiKey and http bearer or basic are understood", v.Type, v.Scheme)
	}
	l.keyword(v.Extensions, "x-implied-scopes", pointer, &s.Implied)
	return s
}
