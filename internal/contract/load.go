package contract

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// Problem is one thing that is wrong with a document, or missing in it.
type Problem struct {
	Pointer string // JSON pointer into the document, with a leading #
	Message string // what is wrong and how to fix it
	// Operation is the operation whose rows wait for it; nil: nobody knows how many do.
	Operation *Operation
	// Add is the action of an overlay that closes the gap, with capitals where a value must be filled in; empty: none
	// does alone.
	Add Action
}

// Action is an action of an overlay: where, as a JSON pointer into the document or a JSONPath that begins with $, and
// what is merged in there, as YAML.
type Action struct{ Pointer, Update string }

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

// Load reads an OpenAPI 3.0 document (YAML or JSON) without a gap. It refuses, with an *Error, one that has any.
func Load(data []byte) (*Contract, error) {
	registerFormats()
	doc, refused := parse(data)
	if refused != nil {
		return nil, refused
	}
	sum := sha256.Sum256(data)
	c := New(doc, hex.EncodeToString(sum[:]), nil)
	if len(c.Gaps) > 0 {
		return nil, &Error{Problems: c.Gaps}
	}
	return c, nil
}

// New makes a model of a document. What is missing or broken in it is a gap of the contract, and the model is whole
// without it. fitting makes request bodies where no example fits; nil: each such body is a gap.
func New(doc *openapi3.T, digest string, fitting Fitting) *Contract {
	registerFormats()
	l := &load{doc: doc, fitting: fitting, c: &Contract{
		Title: doc.Info.Title, Version: doc.Info.Version, SHA256: digest, Doc: doc, byID: map[string]*Operation{},
	}}
	l.root()
	l.paths()
	inference{l}.references()
	l.link()
	l.check()
	for _, o := range l.c.Operations {
		settle(o)
	}
	l.c.readers = readersBySource(l.c.Operations)
	limits(l)
	// What is shared is read once for each operation that uses it.
	slices.SortStableFunc(l.problems, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.Pointer, b.Pointer), strings.Compare(a.Message, b.Message))
	})
	l.c.Gaps = slices.Compact(l.problems)
	return l.c
}

// load is the state of one Load: it collects every problem, so that a document is fixed in one go.
type load struct {
	doc      *openapi3.T
	c        *Contract
	schemes  map[string]*Scheme
	fitting  Fitting
	problems []Problem
	plain    map[*openapi3.Schema]bool // no schema below it has a keyword
}

func (l *load) problem(pointer, format string, args ...any) {
	l.problems = append(l.problems, Problem{Pointer: pointer, Message: fmt.Sprintf(format, args...)})
}

// gap is a problem for which rows of an operation wait, and the action that closes it.
func (l *load) gap(pointer string, o *Operation, update, format string, args ...any) {
	l.problems = append(l.problems, Problem{pointer, fmt.Sprintf(format, args...), o, Action{pointer, update}})
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
	if l.keyword(ext, "x-error-envelope", "#", &envelope) && envelope.Message == "" {
		l.problem("#/x-error-envelope/message", "is missing; give a JSON pointer to the message for people")
	}
	l.c.Envelope = Envelope(envelope)
	l.documents()
	listed, open := l.situations(ext, "#")
	l.c.Situations, l.c.inferred = listed, open || listed == nil
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
		path.situations, _ = l.situations(item.Extensions, pointer)
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
		Responses: map[int]*Response{}, Ranges: map[int]*Response{}, Assumed: l.assumed(op.Extensions, pointer),
		NotJudged: path.NotJudged,
	}
	l.notJudged(op.Extensions, pointer, &o.NotJudged)
	nameOperation(l, o)
	leaveElsewhere(l, o, op)
	o.Situations = maps.Clone(path.situations)
	if own, _ := l.situations(op.Extensions, pointer); own != nil {
		if o.Situations == nil {
			o.Situations = own
		}
		maps.Copy(o.Situations, own)
	}
	l.keyword(op.Extensions, "x-required-scopes", pointer, &o.RequiredScopes)
	l.keyword(op.Extensions, "x-rate-limit-tier", pointer, &o.Tier)
	for i, p := range shared {
		if op.Parameters.GetByInAndName(p.Value.In, p.Value.Name) == nil { // an operation's own takes its place
			o.Parameters = append(o.Parameters, l.parameter(p.Value, placeOf(p, path.Pointer, i)))
		}
	}
	for i, p := range op.Parameters {
		o.Parameters = append(o.Parameters, l.parameter(p.Value, placeOf(p, pointer, i)))
	}
	if op.RequestBody != nil && op.RequestBody.Value != nil {
		o.Body = l.body(op.RequestBody.Value, o, pointer+"/requestBody")
	}
	for status, r := range op.Responses.Map() {
		at := pointer + "/responses/" + Escape(status)
		n, err := strconv.Atoi(status)
		class, ranged := rangeOf(status)
		switch {
		case r.Value == nil:
		case ranged:
			status := 0
			if class == 2 {
				status = http.StatusOK
			}
			o.Ranges[class] = l.response(status, r.Value, at)
		case err != nil || n < 100 || n > 599:
			l.problem(at, "is not a status; write one from 100 to 599, a range such as 4XX, or default")
		default:
			o.Responses[n] = l.response(n, r.Value, at)
		}
	}
	o.Refused = refused(l, o)
	l.security(op, o)
	return o
}

// placeOf is where a parameter is written: among the shared ones, or at the path or operation itself.
func placeOf(p *openapi3.ParameterRef, owner string, i int) string {
	if strings.HasPrefix(p.Ref, "#/") {
		return p.Ref
	}
	return fmt.Sprintf("%s/parameters/%d", owner, i)
}

// rangeOf is the first digit of a range such as 4XX, and 0 for default.
func rangeOf(status string) (class int, ok bool) {
	if status == "default" {
		return 0, true
	}
	if len(status) == 3 && strings.EqualFold(status[1:], "XX") && status[0] >= '1' && status[0] <= '5' {
		return int(status[0] - '0'), true
	}
	return 0, false
}

// nameOperation makes the operation known by its id, or by one made of method and path.
func nameOperation(l *load, o *Operation) {
	switch {
	case o.ID == "":
		l.problem(o.Pointer, "has no operationId; results are named by it")
		o.ID = strings.ToLower(o.Method) + " " + o.Path.Key
	case l.c.byID[o.ID] != nil:
		l.problem(o.Pointer+"/operationId", "%q is also that of %s; each needs its own", o.ID, l.c.byID[o.ID].Pointer)
		o.ID = strings.ToLower(o.Method) + " " + o.Path.Key
	}
	l.c.byID[o.ID] = o
	l.c.Operations = append(l.c.Operations, o)
}

// leaveElsewhere leaves alone what other servers serve: the target is not one of them.
func leaveElsewhere(l *load, o *Operation, op *openapi3.Operation) {
	servers := l.doc.Paths.Value(o.Path.Key).Servers
	if op.Servers != nil {
		servers = *op.Servers
	}
	if len(servers) > 0 && o.NotJudged == "" {
		l.problem(o.Pointer+"/servers", "is another server than the target: the operation is not judged")
		o.NotJudged = "its servers are " + servers[0].URL + " and the like, not the target"
	}
}
