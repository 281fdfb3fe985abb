package session

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
	"conformance/internal/judge"
	"conformance/internal/probe"
)

// Recognising the API: a target that answers none of a few good reads as the contract documents is another server, or
// the base path is wrong. Nothing that it answers would mean anything.

// reads is how many good reads must look strange; fewest: in a contract that has no more of them.
const (
	reads  = 3
	fewest = 2
)

// OtherAPIError says that the target is not the API of the contract.
type OtherAPIError struct{ text string }

func (e *OtherAPIError) Error() string { return e.text }

// strangeRead is a good read with what came in place of a documented answer.
type strangeRead struct {
	path, came string
	status     int
}

// recognise asks good reads under different paths, until one is answered as this API could. That one answer is strange
// is left to the checks, which find it.
func (p *preflight) recognise() error { return recogniser{p}.run() }

// recogniser tells whether the target is the API of the contract.
type recogniser struct{ *preflight }

func (p recogniser) run() error {
	operations := plainReads(p.session)
	if len(operations) < fewest {
		return nil
	}
	operations = operations[:min(reads, len(operations))]
	var strange []strangeRead
	var silence error
	for _, o := range operations {
		a, err := p.sendWithRetry(p.plain(o, nil))
		if p.silent(o, err) { // where others answer, that is one operation's affair
			silence = err
			continue
		}
		if err != nil {
			return err
		}
		if p.first == nil {
			p.first, p.firstOf = a, o
		}
		came, err := p.strange(o, a)
		if err != nil {
			return err
		}
		if came == "" {
			return nil
		}
		strange = append(strange, strangeRead{o.Path.URL, came, a.Status})
	}
	switch len(strange) {
	case 0:
		return silence
	case len(operations):
		return p.otherAPI(strange)
	}
	return nil
}

// plainReads are reads that need no record and no value that the contract does not give, one for each URL.
func plainReads(s *Session) []*contract.Operation {
	var out []*contract.Operation
	for _, o := range s.Contract.Operations {
		known := slices.ContainsFunc(out, func(have *contract.Operation) bool { return have.Path.URL == o.Path.URL })
		if known || o.Method != http.MethodGet || len(o.Identifiers()) > 0 ||
			strings.Contains(s.Request(o, nil).Sent.Path, "{") {
			continue
		}
		open := slices.ContainsFunc(o.Parameters, func(q *contract.Parameter) bool {
			_, ok := parameterValue(s, o, q, nil)
			return q.Required && !ok
		})
		if !open {
			out = append(out, o)
		}
	}
	return out
}

// strange says what came, if no documented answer of the operation looks like that; else it is empty. It forgives what
// a faulty server of this API may do: only a shape that has nothing in common is strange.
func (p recogniser) strange(o *contract.Operation, a *probe.Answer) (string, error) {
	if a.Status == http.StatusTooManyRequests || p.undocumentedBody(o, a.Status) {
		return "", nil
	}
	body, err := judge.Decode(a.Body)
	isJSON := err == nil
	switch {
	case isJSON && a.Status == http.StatusNotFound && refuses(p.session.Contract, o, body):
		nowhere, err := p.likeNowhere(o, a)
		if err != nil || !nowhere {
			return "", err
		}
		return p.describeAnswer(a) + ", like any path that does not exist,", nil
	case isJSON && a.Status/100 == 2 && succeeds(o, body),
		isJSON && a.Status/100 != 2 && refuses(p.session.Contract, o, body):
		return "", nil
	}
	came := fmt.Sprint(a.Status)
	if to := a.Get("Location"); a.Status/100 == 3 && to != "" {
		return came + " to " + judge.Short(to), nil
	}
	html := strings.Contains(strings.ToLower(a.Get("Content-Type")), "html") ||
		strings.HasPrefix(strings.TrimSpace(string(a.Body)), "<")
	switch {
	case len(strings.TrimSpace(string(a.Body))) == 0:
		return came + " without a body", nil
	case isJSON:
		return came + " with JSON of another shape", nil
	case html:
		return came + " with HTML", nil
	}
	return came + " with a body that is not JSON", nil
}

// undocumentedBody says that a body proves nothing: the contract documents none for the status, or no JSON.
func (p recogniser) undocumentedBody(o *contract.Operation, status int) bool {
	r := o.Responses[status]
	return r != nil && (r.MediaType == "" || r.Schema == nil || !strings.Contains(strings.ToLower(r.MediaType), "json"))
}

// succeeds says whether a body may be that of one of the operation's successes.
func succeeds(o *contract.Operation, body any) bool {
	for status, r := range o.Responses {
		if status/100 != 2 || r.Schema == nil {
			continue
		}
		if len(judge.SchemaProblems(r.Schema, body)) == 0 || shares(r.Schema, body, 0) {
			return true
		}
	}
	return false
}

// shares says whether a body has anything of what the schema declares at its top.
func shares(s *openapi3.Schema, body any, depth int) bool {
	const deepest = 8
	if s == nil || depth > deepest {
		return false
	}
	switch v := body.(type) {
	case []any:
		if s.Type.Is("array") {
			return true
		}
	case map[string]any:
		for name := range s.Properties {
			if _, ok := v[name]; ok {
				return true
			}
		}
	}
	for _, refs := range []openapi3.SchemaRefs{s.AllOf, s.AnyOf, s.OneOf} {
		for _, ref := range refs {
			if ref != nil && shares(ref.Value, body, depth+1) {
				return true
			}
		}
	}
	return false
}

// refuses says whether a body may be one of the API's refusals: with a machine code of its own, or in its envelope.
func refuses(c *contract.Contract, o *contract.Operation, body any) bool {
	text := func(at contract.Pointer) (string, bool) {
		v, _ := at.Get(body)
		s, ok := v.(string)
		return s, ok
	}
	in := func(e contract.Envelope) (code string, hasCode, refusal bool) {
		code, hasCode = text(e.Code)
		_, says := text(e.Message)
		return code, hasCode, says && (hasCode || e.Code == "")
	}
	if _, _, refusal := in(c.Envelope); refusal {
		return true
	}
	for _, r := range slices.Concat(slices.Collect(maps.Values(o.Responses)), slices.Collect(maps.Values(o.Ranges))) {
		if r.Status/100 == 2 || r.Schema == nil {
			continue
		}
		code, hasCode, refusal := in(r.Envelope)
		if refusal || hasCode && slices.Contains(r.Codes, code) || len(judge.SchemaProblems(r.Schema, body)) == 0 {
			return true
		}
	}
	return false
}

// likeNowhere says whether a read that is not found is answered like a path that the API does not have, but for the
// path's own name; and whatever the method is. A path of the API that has nothing to show has other methods, or refuses
// them in other words.
func (p recogniser) likeNowhere(o *contract.Operation, a *probe.Answer) (bool, error) {
	plain := func(a *probe.Answer) string { return strings.ReplaceAll(p.fingerprint(a), a.Request.Path, "") }
	read := p.plain(o, nil)
	if p.nowhere == nil {
		path := "/conformance-" + p.session.RunID + "-nowhere"
		b, err := p.sendWithRetry(read.WithPath(path, "to a path that does not exist"))
		if err != nil {
			return false, err
		}
		p.nowhere = b
	}
	if plain(a) != plain(p.nowhere) {
		return false, nil
	}
	b, err := p.sendWithRetry(read.WithMethod(http.MethodOptions, "to learn whether the path exists"))
	return err == nil && plain(a) == plain(b), err
}

// otherAPI is one line about what came, and where to look.
func (p recogniser) otherAPI(strange []strangeRead) error {
	var came []string
	keys := ""
	for i, read := range strange {
		if i > 0 && read.came == strange[i-1].came {
			came[len(came)-1] += " and GET " + read.path
			continue
		}
		came = append(came, fmt.Sprintf("%s for GET %s", read.came, read.path))
		if read.status == http.StatusUnauthorized || read.status == http.StatusForbidden {
			keys = " and the keys"
		}
	}
	s := p.session
	where := "the target's is " + basePath(s.Client.Target().Path)
	if base, err := s.Contract.Doc.Servers.BasePath(); err == nil {
		where += ", that of the contract's first server " + basePath(base)
	}
	text := fmt.Sprintf("does not look like %s: %s; check the base path (%s)%s.",
		s.Contract.Title, strings.Join(came, ", "), where, keys)
	return &OtherAPIError{s.Client.Redactor().String(text)}
}

// basePath is a base path for people.
func basePath(path string) string {
	if path = strings.TrimRight(path, "/"); path == "" {
		return "empty"
	}
	if unescaped, err := url.PathUnescape(path); err == nil {
		return unescaped
	}
	return path
}
