package suite

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/probe"
)

// Request is a request to an operation, valid until one of its methods breaks it. Every method returns a changed copy; fault says in
// a few words what it did, and stands in every report.
type Request struct {
	operation *contract.Operation
	fields    map[string]any // the ids it was made with
	sent      *probe.Request
	Body      map[string]any // sent as JSON unless raw is set
	raw       []byte
}

// request is a valid request to the operation, without a credential.
func (s *Session) request(o *contract.Operation, fields map[string]any) *Request {
	r := &Request{operation: o, fields: fields, sent: &probe.Request{Method: o.Method, Path: o.Path.URL, Tier: o.Tier, Creates: o.Creates()}}
	for _, p := range o.Parameters {
		value, ok := s.parameter(o, p, fields)
		switch {
		case !ok:
		case p.In == "query":
			r.sent.Query = append(r.sent.Query, probe.Pair{Name: p.Name, Value: value})
		case p.In == "path":
			r.sent.Path = strings.ReplaceAll(r.sent.Path, "{"+p.Name+"}", value)
		case p.In == "header":
			r.sent.Header = append(r.sent.Header, probe.Pair{Name: p.Name, Value: value})
		}
	}
	if o.Body != nil {
		r.sent.Header = append(r.sent.Header, probe.Pair{Name: "Content-Type", Value: o.Body.MediaType})
		r.Body = s.body(o, fields)
	}
	return r
}

func (s *Session) parameter(o *contract.Operation, p *contract.Parameter, fields map[string]any) (string, bool) {
	if p.Role == contract.Selector {
		return p.Value, true
	}
	if v, ok := fields[p.Name]; ok && p.Reference != nil {
		return generate.Text(v), true
	}
	if values := s.Config.Fixtures[o.ID+"."+p.Name]; len(values) > 0 {
		return generate.Text(values[0]), true
	}
	if p.Required && p.Schema.Example != nil {
		return generate.Text(p.Schema.Example), true
	}
	return "", false
}

// body is the operation's example with this run's ids, unique where it must be, and recognisable as the suite's.
func (s *Session) body(o *contract.Operation, fields map[string]any) map[string]any {
	body := generate.Copy(o.Body.Example).(map[string]any)
	mark := fmt.Sprintf("conformance-%s-%07d", s.RunID, s.serial.Add(1)) // of one width: none is the beginning of another
	if f := label(o.Body); f != nil {
		body[f.Name] = fitted(fmt.Sprint(body[f.Name]), " "+mark, f.Schema.MaxLength)
	}
	for _, f := range o.Body.Fields {
		text, isText := body[f.Name].(string)
		switch v, bound := fields[f.Name]; {
		case bound && f.Reference != nil:
			body[f.Name] = v
		case len(s.Config.Fixtures[o.ID+"."+f.Name]) > 0:
			body[f.Name] = s.Config.Fixtures[o.ID+"."+f.Name][0]
		case f.Unique != nil && isText:
			body[f.Name] = distinguished(text, mark, f)
		case f.Transitions != nil:
			body[f.Name] = nextStatus(f, s.status(recordOf(o, fields), f), text)
		}
	}
	return body
}

// label is the text field in which the suite marks its records: the first plain one with room for a sentence, required ones first.
func label(b *contract.Body) *contract.Field {
	names := slices.Clone(b.Schema.Required)
	for _, f := range b.Fields {
		names = append(names, f.Name)
	}
	for _, name := range names {
		if f := b.Field(name); f != nil && plainText(f) && room(f) >= 100 {
			if _, shown := b.Example[name].(string); shown {
				return f
			}
		}
	}
	return nil
}

// plainText says that any text will do.
func plainText(f *contract.Field) bool {
	s := f.Schema
	return s.Type.Is("string") && len(s.Enum) == 0 && s.Pattern == "" && s.Format == "" && f.Unique == nil && f.Reference == nil
}

func room(f *contract.Field) uint64 {
	if f.Schema.MaxLength == nil {
		return 1000
	}
	return *f.Schema.MaxLength
}

func fitted(text, suffix string, limit *uint64) string {
	for limit != nil && utf8.RuneCountInString(text+suffix) > int(*limit) && text != "" {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text + suffix
}

// distinguished makes a unique value of an example: before the @ of an email, at the end of anything else.
func distinguished(text, mark string, f *contract.Field) string {
	if local, domain, ok := strings.Cut(text, "@"); ok && f.Schema.Format == "email" {
		return local + "+" + mark + "@" + domain
	}
	return fitted(text, "-"+mark, f.Schema.MaxLength)
}

// nextStatus is a status to which a record may go: the preferred one if that is legal, else one from which it can go on.
func nextStatus(f *contract.Field, from, preferred string) string {
	t := f.Transitions
	if t.Legal(from, preferred) {
		return preferred
	}
	best := preferred
	for _, to := range t.To[from] {
		if len(t.To[to]) > 0 {
			return to
		}
		best = to
	}
	return best
}

// with is a changed copy. The fault says what was done, at names the part of the request to which.
func (r *Request) with(fault, at string, change func(*Request)) *Request {
	c := *r
	c.sent = r.sent.Clone()
	c.Body = maps.Clone(r.Body)
	change(&c)
	if fault != "" {
		if c.sent.Fault != "" {
			fault = c.sent.Fault + ", " + fault
		}
		c.sent.Fault = fault
		if at != "" && !slices.Contains(c.sent.FaultAt, at) {
			c.sent.FaultAt = append(c.sent.FaultAt, at)
		}
	}
	return &c
}

// keyAt names the place of the operation's key.
func (r *Request) keyAt() string {
	if r.operation == nil || r.operation.Security == nil {
		return ""
	}
	return r.operation.Security.In + ":" + r.operation.Security.Name
}

func fieldAt(name string) string { return "/" + contract.Escape(name) }

// As sends the secret where the operation's scheme wants it.
func (r *Request) As(secret, fault string) *Request {
	return r.with(fault, r.keyAt(), func(c *Request) {
		c.sent.Credential = nil
		if r.operation != nil && r.operation.Security != nil {
			c.sent.Credential = &probe.Credential{Scheme: r.operation.Security, Secret: secret}
		}
	})
}

// WithoutKey sends no credential.
func (r *Request) WithoutKey(fault string) *Request {
	return r.with(fault, r.keyAt(), func(c *Request) { c.sent.Credential = nil })
}

// misplacing sends no credential and says that the secret will stand elsewhere.
func (r *Request) misplacing(secret string) *Request {
	return r.with("", "", func(c *Request) { c.sent.Credential, c.sent.Misplaced = nil, secret })
}

// WithHeader adds a header line.
func (r *Request) WithHeader(name, value, fault string) *Request {
	return r.with(fault, "header:"+name, func(c *Request) {
		c.sent.Header = append(c.sent.Header, probe.Pair{Name: name, Value: value})
	})
}

// WithQuery sets a query parameter.
func (r *Request) WithQuery(name, value, fault string) *Request {
	return r.with(fault, "query:"+name, func(c *Request) { c.sent = c.sent.WithQuery(name, value) })
}

// WithParameter sets a parameter wherever it goes.
func (r *Request) WithParameter(p *contract.Parameter, value, fault string) *Request {
	return r.with(fault, p.In+":"+p.Name, func(c *Request) {
		switch p.In {
		case "query":
			c.sent = c.sent.WithQuery(p.Name, value)
		case "path":
			old := generate.Text(r.fields[p.Name])
			i := strings.LastIndex(c.sent.Path, old)
			c.sent.Path = c.sent.Path[:i] + value + c.sent.Path[i+len(old):]
		case "header":
			c.sent.Header = slices.DeleteFunc(c.sent.Header, func(h probe.Pair) bool { return strings.EqualFold(h.Name, p.Name) })
			c.sent.Header = append(c.sent.Header, probe.Pair{Name: p.Name, Value: value})
		}
		c.fields = map[string]any{p.Name: value}
		for name, v := range r.fields {
			if name != p.Name {
				c.fields[name] = v
			}
		}
	})
}

// WithMethod sends another method.
func (r *Request) WithMethod(method, fault string) *Request {
	return r.with(fault, "method", func(c *Request) { c.sent.Method, c.sent.Creates = method, false })
}

// WithPath sends the request to another path below the base.
func (r *Request) WithPath(path, fault string) *Request {
	return r.with(fault, "path", func(c *Request) { c.sent.Path = path })
}

// WithField sets a body field.
func (r *Request) WithField(name string, value any, fault string) *Request {
	return r.with(fault, fieldAt(name), func(c *Request) { c.Body[name] = value })
}

// WithoutField leaves a body field out.
func (r *Request) WithoutField(name, fault string) *Request {
	return r.with(fault, fieldAt(name), func(c *Request) { delete(c.Body, name) })
}

// Mutated makes one change to the body.
func (r *Request) Mutated(m generate.Mutation) *Request {
	fault := "body: " + m.Name
	if m.Remove {
		fault = "body: without " + m.Name
	}
	return r.with(fault, string(m.Pointer), func(c *Request) { c.Body = m.Apply(r.Body) })
}

// WithRaw sends these bytes as the body.
func (r *Request) WithRaw(body []byte, fault string) *Request {
	return r.with(fault, "body", func(c *Request) { c.raw = body })
}

// unpaced sends the request at once, whatever the limits are, and keeps a 429.
func (r *Request) unpaced() *Request {
	return r.with("", "", func(c *Request) { c.sent.Unpaced = true })
}

// paced undoes unpaced.
func (r *Request) paced() *Request {
	return r.with("", "", func(c *Request) { c.sent.Unpaced = false })
}

// build is the request as it is sent.
func (r *Request) build() *probe.Request {
	out := r.sent.Clone()
	switch {
	case r.raw != nil:
		out.Body = r.raw
	case r.Body != nil:
		out.Body, _ = json.Marshal(r.Body) // JSON values always marshal
	}
	return out
}
