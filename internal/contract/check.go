package contract

import (
	"net/http"
	"slices"
	"strings"
)

// link resolves what refers to other parts of the document.
func (l *load) link() {
	for _, o := range l.c.Operations {
		for _, p := range o.Parameters {
			l.linkReference(p.Reference, p.Pointer)
		}
		if o.Body != nil {
			for _, f := range o.Body.Fields {
				l.linkReference(f.Reference, f.Pointer)
			}
		}
		for _, r := range o.Responses {
			l.c.Codes = append(l.c.Codes, r.Codes...)
		}
		l.c.Scopes = append(l.c.Scopes, o.RequiredScopes...)
	}
	slices.Sort(l.c.Codes)
	slices.Sort(l.c.Scopes)
	l.c.Codes, l.c.Scopes = slices.Compact(l.c.Codes), slices.Compact(l.c.Scopes)
}

func (l *load) linkReference(r *Reference, pointer string) {
	if r == nil {
		return
	}
	pointer += "/x-reference"
	if r.After != "" && l.c.byID[r.After] == nil {
		l.problem(pointer+"/after", "there is no operation %q", r.After)
	}
	if r.Source = l.c.byID[r.From]; r.Source == nil {
		l.problem(pointer+"/from", "there is no operation %q", r.From)
		return
	}
	success := r.Source.Success()
	if success == nil || success.Schema == nil || SchemaAt(success.Schema, r.At) == nil {
		l.problem(pointer+"/at", "%s is nowhere in the success answer of %s", r.At, r.From)
	}
}

// check refuses a document whose parts do not fit together.
func (l *load) check() {
	if len(l.problems) > 0 {
		return // the parts are not whole: what follows would only repeat it
	}
	for _, o := range l.c.Operations {
		l.checkOperation(o)
	}
	l.checkSituations()
	l.checkAddresses()
	l.checkCycles()
	for _, pair := range l.c.Pairs() {
		if o := pair.Path.documents(pair.Operation); !l.documented(pair.Situation, o) {
			l.problem(o.Pointer+"/responses", "no response can answer the situation %q (expected status %s)",
				pair.Situation, joinInts(l.c.Situations[pair.Situation].Statuses()))
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

func (l *load) documented(id SituationID, o *Operation) bool {
	for status, codes := range l.c.Situations[id].Answers {
		r := o.Responses[status]
		if r != nil && (len(codes) == 0 || slices.ContainsFunc(codes, func(code string) bool { return slices.Contains(r.Codes, code) })) {
			return true
		}
	}
	return false
}

func (l *load) checkOperation(o *Operation) {
	if o.Success() == nil {
		l.problem(o.Pointer+"/responses", "documents no success")
	}
	if o.Security != nil && o.Responses[http.StatusUnauthorized] == nil {
		l.problem(o.Pointer+"/responses", "documents no 401, and the operation needs a credential")
	}
	if len(o.RequiredScopes) > 0 && o.Security == nil {
		l.problem(o.Pointer+"/x-required-scopes", "stands on a public operation")
	}
	for _, r := range o.Responses {
		if r.Status >= 400 && l.c.Envelope.Code != "" && len(r.Codes) == 0 {
			l.problem(r.Pointer, "its schema has no enum of codes at %s", l.c.Envelope.Code)
		}
	}
	if limit := l.c.RateLimit; limit != nil && o.Responses[http.StatusTooManyRequests] != nil {
		r := o.Responses[http.StatusTooManyRequests]
		if limit.RetryAfter != "" && SchemaAt(r.Schema, limit.RetryAfter) == nil {
			l.problem(r.Pointer, "its schema has no %s, where x-rate-limit says that the wait stands", limit.RetryAfter)
		}
	}
}

func (l *load) checkSituations() {
	named := map[SituationID]bool{}
	for _, o := range l.c.Operations {
		for _, r := range o.references() {
			if r.Unknown != "" {
				named[r.Unknown] = true
			}
		}
	}
	for id, s := range l.c.Situations {
		pointer := "#/x-situations/" + string(id)
		if !slices.Contains(known, id) && !named[id] {
			l.problem(pointer, "is no situation that the suite can create, and no x-reference names it")
		}
		for _, codes := range s.Answers {
			for _, code := range codes {
				if !slices.Contains(l.c.Codes, code) {
					l.problem(pointer, "no response documents the code %q", code)
				}
			}
		}
	}
	for id := range named {
		if _, ok := l.c.Situations[id]; !ok {
			l.problem("#/x-situations", "lacks %q, which an x-reference names", id)
		}
	}
}

// checkAddresses refuses two operations that no request can tell apart.
func (l *load) checkAddresses() {
	seen := map[string]*Operation{}
	for _, o := range l.c.Operations {
		parts := []string{o.Method, o.Path.URL}
		for _, p := range o.Parameters {
			if p.Role != Input && p.In == "query" {
				parts = append(parts, p.Name+"="+p.Value)
			}
		}
		slices.Sort(parts[2:])
		address := strings.Join(parts, " ")
		if other := seen[address]; other != nil {
			l.problem(o.Pointer, "cannot be told from %s: same method, path and selectors", other.ID)
		}
		seen[address] = o
	}
}

// checkCycles refuses references that need each other to be set up.
func (l *load) checkCycles() {
	state := map[*Operation]int{} // 1: under way, 2: done
	var visit func(o *Operation) bool
	visit = func(o *Operation) bool {
		if state[o] != 0 {
			return state[o] == 2
		}
		state[o] = 1
		for _, r := range o.references() {
			if !visit(r.Source) {
				l.problem(o.Pointer, "its references lead back to %s: none of them can be set up first", r.From)
				state[o] = 2
				return true
			}
		}
		state[o] = 2
		return true
	}
	for _, o := range l.c.Operations {
		visit(o)
	}
}

// references are those of the operation's parameters and body.
func (o *Operation) references() []*Reference {
	var all []*Reference
	for _, p := range o.Parameters {
		if p.Reference != nil {
			all = append(all, p.Reference)
		}
	}
	if o.Body != nil {
		for _, f := range o.Body.Fields {
			if f.Reference != nil {
				all = append(all, f.Reference)
			}
		}
	}
	return all
}
