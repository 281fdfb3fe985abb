package session

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

// Described says what a request is, in place of the changes it was made of.
func (r *Request) Described(fault string) *Request {
	c := r.With("", "", func(*Request) {})
	c.Sent.Fault = strings.TrimSpace(fault)
	return c
}

// Request is a request to an operation, valid until one of its methods breaks it. Every method returns a changed copy;
// fault says in a few words what it did, and is in every report.
type Request struct {
	Operation *contract.Operation
	Fields    map[string]any // the ids it was made with
	Sent      *probe.Request
	Body      map[string]any // Sent as JSON unless raw is set
	List      bool           // the body is sent as the one item of a list
	Form      *contract.Body // the body is sent as this form
	Raw       []byte
	inPath    map[string]string // parameters of the path
	unmet     *NotJudged        // why the request cannot be sent as it should be; nil: it can
}

// Request is a valid request to the operation, without a credential.
func (s *Session) Request(o *contract.Operation, fields map[string]any) *Request {
	r := &Request{
		Operation: o, Fields: fields, Sent: &probe.Request{Method: o.Method, Tier: o.Tier, Group: o.ID},
		inPath: map[string]string{},
	}
	r.Sent.Header = slices.Clone(s.Config.Headers)
	for _, p := range o.Parameters {
		value, ok := parameterValue(s, o, p, fields)
		switch {
		case !ok:
		case p.In == "query":
			r.Sent.Query = append(r.Sent.Query, probe.Pair{Name: p.Name, Value: value})
		case p.In == "path":
			r.inPath[p.Name] = value
		case p.In == "header":
			r.Sent.Header = append(r.Sent.Header, probe.Pair{Name: p.Name, Value: value})
		}
	}
	r.Sent.Path = filled(o.Path.URL, r.inPath)
	if o.Body != nil {
		r.Sent.Header = append(r.Sent.Header, probe.Pair{Name: "Content-Type", Value: o.Body.MediaType})
		if r.List = o.Body.List; o.Body.Form != nil {
			r.Form = o.Body
		}
		if o.Body.Example == nil {
			r.Raw, _ = json.Marshal(o.Body.Whole) // JSON values always marshal
			return r
		}
		r.Body = validBody(s, o, fields)
	}
	return r
}

// filled is a path with the values of its parameters.
func filled(path string, values map[string]string) string {
	var pairs []string
	for name, value := range values {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(path)
}

func parameterValue(s *Session, o *contract.Operation, p *contract.Parameter, fields map[string]any) (string, bool) {
	if p.Role == contract.Selector {
		return p.Value, true
	}
	if v, ok := fields[p.Name]; ok && p.Reference != nil {
		return generate.Text(v), true
	}
	if values := s.Config.Fixtures[o.ID+"."+p.Name].Values; len(values) > 0 {
		return generate.Text(values[0]), true
	}
	if p.Valid != nil && p.Reference == nil {
		return generate.ParameterOf(p.Valid), true
	}
	return "", false
}

// roomForMark is how many characters a text may have that is marked in addition to the label. Shorter ones are codes of
// some kind.
const roomForMark = 40

// validBody is the operation's example with this run's ids, unique where it must be, and recognisable as the suite's.
// Every other free text is marked too, unless the target refuses that: some must be unique and no document says it.
func validBody(s *Session, o *contract.Operation, fields map[string]any) map[string]any {
	body := generate.Copy(o.Body.Example).(map[string]any)
	mark := s.NextMark()
	if f := o.Body.Label(); f != nil {
		body[f.Name] = truncateTo(fmt.Sprint(body[f.Name]), " "+mark, f.Schema.MaxLength)
	}
	for _, f := range o.Body.Fields {
		text, isText := body[f.Name].(string)
		switch v, bound := fields[f.Name]; {
		case bound && f.Reference != nil:
			body[f.Name] = v
		case isText && renames(o, fields, f) != nil:
			body[f.Name] = renames(o, fields, f)
		case len(s.Config.Fixtures[o.ID+"."+f.Name].Values) > 0:
			body[f.Name] = s.Config.Fixtures[o.ID+"."+f.Name].Values[0]
		case f.Unique != nil && isText:
			body[f.Name] = makeDistinct(text, mark, f)
		case f.Transitions != nil:
			body[f.Name] = nextStatus(f, s.Status(RecordOf(o, fields), f), text)
		case f != o.Body.Label() && isText && f.PlainText() && f.SpareLength() >= roomForMark && !isPlain(s, o):
			body[f.Name] = truncateTo(text, " "+mark, f.Schema.MaxLength)
		}
	}
	return body
}

// renames is the id of the record that the request writes to, if the field holds it: another value there would leave
// the record without the id that the run knows.
func renames(o *contract.Operation, fields map[string]any, f *contract.Field) any {
	ids := o.Identifiers()
	if len(ids) == 0 || o.Creates() {
		return nil
	}
	last := ids[len(ids)-1]
	at := last.Reference.At.Tokens()
	id, isText := fields[last.Name].(string)
	if !isText || len(at) == 0 || at[len(at)-1] != f.Name {
		return nil
	}
	return id
}

// NextMark is a text that stands in no other request of any run. All are of one width: none is the beginning of
// another.
func (s *Session) NextMark() string {
	return fmt.Sprintf("conformance-%s-%07d", s.RunID, s.serial.Add(1))
}

func truncateTo(text, suffix string, limit *uint64) string {
	for limit != nil && utf8.RuneCountInString(text+suffix) > int(*limit) && text != "" {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text + suffix
}

// makeDistinct makes a unique value of an example: before the @ of an email, at the end of anything else.
func makeDistinct(text, mark string, f *contract.Field) string {
	if local, domain, ok := strings.Cut(text, "@"); ok && f.Schema.Format == "email" {
		return local + "+" + mark + "@" + domain
	}
	return truncateTo(text, "-"+mark, f.Schema.MaxLength)
}

// nextStatus is a status to which a record may go: the preferred one if that is legal, else one from which it can go
// on.
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

// With is a changed copy. The fault says what was done, at names the part of the request to which.
func (r *Request) With(fault, at string, change func(*Request)) *Request {
	c := *r
	c.Sent = r.Sent.Clone()
	c.Body = maps.Clone(r.Body)
	change(&c)
	if fault != "" {
		if c.Sent.Fault != "" {
			fault = c.Sent.Fault + ", " + fault
		}
		c.Sent.Fault = fault
		if at != "" && !slices.Contains(c.Sent.FaultAt, at) {
			c.Sent.FaultAt = append(c.Sent.FaultAt, at)
		}
	}
	return &c
}

func fieldAt(name string) string { return "/" + contract.Escape(name) }

// WithHeader adds a header line.
func (r *Request) WithHeader(name, value, fault string) *Request {
	return r.With(fault, "header:"+name, func(c *Request) {
		c.Sent.Header = append(c.Sent.Header, probe.Pair{Name: name, Value: value})
	})
}

// WithQuery sets a query parameter.
func (r *Request) WithQuery(name, value, fault string) *Request {
	return r.With(fault, "query:"+name, func(c *Request) { c.Sent = c.Sent.WithQuery(name, value) })
}

// WithParameter sets a parameter wherever it goes.
func (r *Request) WithParameter(p *contract.Parameter, value, fault string) *Request {
	return r.With(fault, p.In+":"+p.Name, func(c *Request) {
		switch p.In {
		case "query":
			c.Sent = c.Sent.WithQuery(p.Name, value)
		case "path":
			c.inPath = maps.Clone(r.inPath)
			c.inPath[p.Name] = value
			c.Sent.Path = filled(r.Operation.Path.URL, c.inPath)
		case "header":
			c.Sent.Header = slices.DeleteFunc(c.Sent.Header, func(h probe.Pair) bool {
				return strings.EqualFold(h.Name, p.Name)
			})
			c.Sent.Header = append(c.Sent.Header, probe.Pair{Name: p.Name, Value: value})
		}
		c.Fields = map[string]any{p.Name: value}
		for name, v := range r.Fields {
			if name != p.Name {
				c.Fields[name] = v
			}
		}
	})
}

// WithMethod sends another method.
func (r *Request) WithMethod(method, fault string) *Request {
	return r.With(fault, "method", func(c *Request) { c.Sent.Method = method })
}

// WithPath sends the request to another path below the base.
func (r *Request) WithPath(path, fault string) *Request {
	return r.With(fault, "path", func(c *Request) { c.Sent.Path = path })
}

// WithField sets a body field.
func (r *Request) WithField(name string, value any, fault string) *Request {
	return r.With(fault, fieldAt(name), func(c *Request) { c.Body[name] = value })
}

// WithoutField leaves a body field out.
func (r *Request) WithoutField(name, fault string) *Request {
	return r.With(fault, fieldAt(name), func(c *Request) { delete(c.Body, name) })
}

// Mutated makes one change to the body.
func (r *Request) Mutated(m generate.Mutation) *Request {
	fault := "body: " + m.Name
	if m.Remove {
		fault = "body: without " + m.Name
	}
	return r.With(fault, string(m.Pointer), func(c *Request) { c.Body = m.Apply(r.Body) })
}

// WithRaw sends these bytes as the body.
func (r *Request) WithRaw(body []byte, fault string) *Request {
	return r.With(fault, "body", func(c *Request) { c.Raw = body })
}

// Unpaced sends the request at once, whatever the limits are, and keeps a 429.
func (r *Request) Unpaced() *Request {
	return r.With("", "", func(c *Request) { c.Sent.Unpaced = true })
}

// Paced undoes unpaced.
func (r *Request) Paced() *Request {
	return r.With("", "", func(c *Request) { c.Sent.Unpaced = false })
}

// Build is the request as it is sent.
func (r *Request) Build() *probe.Request {
	out := r.Sent.Clone()
	switch {
	case r.Raw != nil:
		out.Body = r.Raw
	case r.Body != nil && r.Form != nil:
		body, mediaType, err := generate.EncodeForm(r.Form.MediaType, r.Body, r.Form.Form)
		if err != nil {
			body = nil // the media type is a form's and the body an object: there is nothing to go wrong
		}
		out.Body = body
		for i, h := range out.Header {
			if strings.EqualFold(h.Name, "Content-Type") && h.Value == r.Form.MediaType {
				out.Header[i].Value = mediaType // with the boundary
			}
		}
	case r.Body != nil && r.List:
		out.Body, _ = json.Marshal([]any{r.Body}) // JSON values always marshal
	case r.Body != nil:
		out.Body, _ = json.Marshal(r.Body)
	}
	return out
}

// Mark is what distinguishes a request's record from all others.
func Mark(r *Request, f *contract.Field) string {
	if f == nil {
		return ""
	}
	text, _ := r.Body[f.Name].(string)
	return text[strings.LastIndex(text, " ")+1:]
}
