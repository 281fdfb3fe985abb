package contract

import (
	"fmt"
	"iter"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// link resolves what refers to other parts of the document.
func (l *load) link() {
	for _, o := range l.c.Operations {
		for _, p := range o.Parameters {
			if !l.linkReference(p.Reference, p.Pointer) {
				p.drop()
			}
		}
		if o.Body != nil {
			for _, f := range o.Body.Fields {
				if !l.linkReference(f.Reference, f.Pointer) {
					f.Reference = nil
				}
				l.linkInitial(o, f)
			}
		}
		for _, responses := range []map[int]*Response{o.Responses, o.Ranges} {
			for _, r := range responses {
				l.c.Codes = append(l.c.Codes, r.Codes...)
			}
		}
		l.c.Scopes = append(l.c.Scopes, o.RequiredScopes...)
	}
	slices.Sort(l.c.Codes)
	slices.Sort(l.c.Scopes)
	l.c.Codes, l.c.Scopes = slices.Compact(l.c.Codes), slices.Compact(l.c.Scopes)
}

// linkReference finds what the reference names; false: it leads nowhere.
func (l *load) linkReference(r *Reference, pointer string) bool {
	if r == nil || r.Given() {
		return true
	}
	pointer += "/x-reference"
	const remedy = "there is no operation %q; name one by its operationId"
	if r.After != "" && l.c.byID[r.After] == nil {
		l.problem(pointer+"/after", remedy, r.After)
		return false
	}
	if r.Source = l.c.byID[r.From]; r.Source == nil {
		l.problem(pointer+"/from", remedy, r.From)
		return false
	}
	r.Source.yields = r.Source.yields || r.Source.Method == http.MethodPost && !r.Keep
	success := r.Source.Success()
	var at *openapi3.SchemaRef
	if success != nil && success.Schema != nil {
		at = SchemaAt(success.Schema, r.At)
	}
	switch {
	case at == nil:
		l.problem(pointer+"/at", "%q does not exist in the success answer of %s; point at a value there", r.At, r.From)
		return false
	case at.Value.Type.Is("object") || at.Value.Type.Is("array"):
		l.problem(pointer+"/at", "%q is an %s in the success answer of %s; point at the value inside", r.At,
			at.Value.Type.Slice()[0], r.From)
		return false
	}
	return true
}

// drop leaves a parameter that names a record without saying where one comes from: its value is the user's affair.
func (p *Parameter) drop() {
	p.Reference = nil
	if p.Role == Identifier {
		p.Role = Input
	}
}

// linkInitial lets the read schema's default say what status a new record has.
func (l *load) linkInitial(o *Operation, f *Field) {
	success := o.Success()
	if f.Transitions == nil || success == nil || success.Schema == nil {
		return
	}
	for _, at := range []Pointer{"/", "/data/", "/0/", "/data/0/"} {
		if ref := SchemaAt(success.Schema, at+Pointer(Escape(f.Name))); ref != nil {
			if initial, ok := ref.Value.Default.(string); ok && slices.Contains(f.Transitions.Statuses, initial) {
				f.Transitions.Initial = initial
			}
			return
		}
	}
}

// check refuses a document whose parts do not fit together.
func (l *load) check() { checker{l}.run() }

// checker refuses a document whose parts do not fit together.
type checker struct{ *load }

func (l checker) run() {
	for _, o := range l.c.Operations {
		l.checkOperation(o)
	}
	broken := slices.ContainsFunc(l.problems, func(p Problem) bool { return strings.Contains(p.Pointer, "/x-reference") })
	if !broken { // else situations that only a broken reference names would look misspelt
		l.checkSituations()
	}
	l.checkConventions()
	l.checkAddresses()
	l.checkCycles()
	for _, pair := range l.c.Pairs() {
		o := pair.Path.documents(pair.Operation)
		if s, _ := l.c.SituationOf(o, pair.Situation); s.Layer == Stated && !documented(s, o) {
			l.problem(o.Pointer+"/responses", "no response can answer the situation %q (expected status %s)",
				pair.Situation, joinInts(s.Statuses()))
		}
	}
}

// documents is the operation whose responses speak for a path where no operation applies.
func (p *Path) documents(o *Operation) *Operation {
	if o != nil {
		return o
	}
	return p.Operations[0]
}

// documented says that the operation documents an answer to the situation: a status with one of its codes.
func documented(s Situation, o *Operation) bool {
	for status, codes := range s.Answers {
		r := o.Response(status)
		if r != nil && (len(codes) == 0 || len(r.Codes) == 0 ||
			slices.ContainsFunc(codes, func(code string) bool { return slices.Contains(r.Codes, code) })) {
			return true
		}
	}
	return false
}

func (l checker) checkOperation(o *Operation) {
	if o.Success() == nil {
		l.problem(o.Pointer+"/responses", "documents no success; add the 2xx answer of a valid request")
	}
	if _, listed := l.c.Situations[MissingKey]; listed && o.Secured() &&
		o.Response(http.StatusUnauthorized) == nil {
		l.problem(o.Pointer+"/responses", "documents no 401, and the operation needs a credential; add the answer or make "+
			"the operation public with security: []")
	}
	if len(o.RequiredScopes) > 0 && !o.Secured() {
		l.problem(o.Pointer+"/x-required-scopes", "is on a public operation; take it out or give the operation security")
		o.RequiredScopes = nil
	}
	l.checkEnvelope(o)
}

// checkEnvelope looks for what the root says of error bodies in each of the operation's that is JSON.
func (l checker) checkEnvelope(o *Operation) {
	for _, r := range o.Responses {
		if r.Status < 400 || r.Schema == nil {
			continue
		}
		if l.c.Envelope.Code != "" && len(r.Codes) == 0 {
			l.problem(r.Pointer, "its schema has no enum of codes at %s, which x-error-envelope names as the place of the code",
				l.c.Envelope.Code)
		}
		for member, at := range map[string]Pointer{"message": l.c.Envelope.Message, "flag": l.c.Envelope.Flag} {
			if at != "" && SchemaAt(r.Schema, at) == nil {
				l.problem(r.Pointer, "its schema has no %s, which x-error-envelope names as the place of the %s", at, member)
			}
		}
	}
	r := o.Responses[http.StatusTooManyRequests]
	if limit := l.c.RateLimit; limit != nil && r != nil && r.Schema != nil {
		if limit.RetryAfter != "" && SchemaAt(r.Schema, limit.RetryAfter) == nil {
			l.problem(r.Pointer, "its schema has no %s, which x-rate-limit names as the place of the wait", limit.RetryAfter)
		}
	}
}

func (l checker) checkSituations() {
	named := map[SituationID]bool{}
	for _, o := range l.c.Operations {
		for _, r := range referencesOf(o) {
			if r.Unknown != "" {
				named[r.Unknown] = true
			}
		}
	}
	for id, s := range l.everySituation() {
		pointer := s.Pointer
		if !slices.Contains(known, id) && !named[id] {
			l.problem(pointer, "is not a situation that the suite can create, and no x-reference names it; fix the name or "+
				"take it out")
		}
		for _, codes := range s.Answers {
			for _, code := range codes {
				if !slices.Contains(l.c.Codes, code) {
					l.problem(pointer, "no response documents the code %q; add it to the enum of one or take it out here", code)
				}
			}
		}
	}
	for id := range named {
		if _, ok := l.c.Situations[id]; !ok && !l.c.inferred {
			l.problem("#/x-situations", "lacks %q, which an x-reference names; map it to the statuses and codes that may "+
				"answer it", id)
		}
	}
}

// everySituation are those of the root, the paths and the operations.
func (l checker) everySituation() iter.Seq2[SituationID, Situation] {
	return func(yield func(SituationID, Situation) bool) {
		seen := map[string]bool{}
		lists := []map[SituationID]Situation{l.c.Situations}
		for _, o := range l.c.Operations {
			lists = append(lists, o.Situations)
		}
		for _, list := range lists {
			for id, s := range list {
				if !seen[s.Pointer] && !yield(id, s) {
					return
				}
				seen[s.Pointer] = true
			}
		}
	}
}

// checkConventions refuses root keywords that name what the document does not have.
func (l checker) checkConventions() {
	if limit := l.c.RateLimit; limit != nil {
		for i, id := range limit.Exempt {
			if !slices.Contains(l.c.SituationIDs(), id) {
				l.problem(fmt.Sprintf("#/x-rate-limit/exempt/%d", i), "%q is not in x-situations; fix the name or take it out", id)
			}
		}
	}
	if page := l.c.Pagination; page != nil {
		for member, name := range map[string]string{"page": page.Page, "size": page.Size} {
			if !slices.ContainsFunc(l.c.Operations, func(o *Operation) bool { return takes(o, name) }) {
				l.c.Pagination = nil
				l.problem("#/x-pagination/"+member, "no operation has a query parameter %q; name the one that pages lists", name)
			}
		}
	}
}

func takes(o *Operation, query string) bool {
	return slices.ContainsFunc(o.Parameters, func(p *Parameter) bool { return p.In == "query" && p.Name == query })
}

// placeholders are told apart by nothing but their place.
var placeholders = regexp.MustCompile(`\{[^}]*\}`)

// checkAddresses refuses two operations that no request can tell apart.
func (l checker) checkAddresses() {
	seen := map[string]*Operation{}
	for _, o := range l.c.Operations {
		if selection(o.Selectors()) != selection(o.Path.Selectors) {
			l.problem(o.Pointer, "has other selectors than %s on the same path key; give it a path key of its own",
				o.Path.Operations[0].ID)
		}
		parts := []string{o.Method, placeholders.ReplaceAllString(o.Path.URL, "{}")}
		for _, p := range o.Parameters {
			if p.Role != Input && p.In == "query" {
				parts = append(parts, p.Name+"="+p.Value)
			}
		}
		slices.Sort(parts[2:])
		address := strings.Join(parts, " ")
		if other := seen[address]; other != nil {
			l.problem(o.Pointer, "cannot be distinguished from %s: same method, path and selectors; give one a required query "+
				"parameter with one allowed value", other.ID)
			if o.NotJudged == "" {
				o.NotJudged = "no request can tell it from " + other.ID
			}
		}
		seen[address] = o
	}
}

// checkCycles refuses references that need each other to be set up.
func (l checker) checkCycles() {
	const underWay, done = 1, 2
	state := map[*Operation]int{}
	var visit func(o *Operation)
	visit = func(o *Operation) {
		state[o] = underWay
		for _, r := range referencesOf(o) {
			for _, first := range []*Operation{r.Source, l.c.byID[r.After]} {
				switch {
				case first == nil || state[first] == done:
				case state[first] == underWay:
					l.problem(o.Pointer, "its references lead back to %s: none of them can be set up first; take one of the "+
						"references out", first.ID)
					dropReferences(o, first)
				default:
					visit(first)
				}
			}
		}
		state[o] = done
	}
	for _, o := range l.c.Operations {
		if state[o] != done {
			visit(o)
		}
	}
}

// dropReferences leaves out the references that need that operation first.
func dropReferences(o, first *Operation) {
	needs := func(r *Reference) bool { return r != nil && (r.Source == first || r.After == first.ID) }
	for _, p := range o.Parameters {
		if needs(p.Reference) {
			p.drop()
		}
	}
	if o.Body == nil {
		return
	}
	for _, f := range o.Body.Fields {
		if needs(f.Reference) {
			f.Reference = nil
		}
	}
}
