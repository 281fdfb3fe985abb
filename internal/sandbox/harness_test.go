package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"conformance"
	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/sandbox"
)

var load = sync.OnceValues(func() (*contract.Contract, error) { return contract.Load(conformance.OpenAPI) })

// clock is a time that only the test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// harness is a sandbox with a hand on it.
type harness struct {
	testing.TB
	*sandbox.Server
	contract *contract.Contract
	clock    *clock
	serial   int
}

func start(t testing.TB, options ...func(*sandbox.Options)) *harness {
	t.Helper()
	c, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, c, options...)
}

func serve(t testing.TB, c *contract.Contract, options ...func(*sandbox.Options)) *harness {
	t.Helper()
	now := &clock{now: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)}
	o := sandbox.Options{Now: now.Now, Limit: 1_000_000, Rand: rand.NewChaCha8([32]byte{1})}
	for _, set := range options {
		set(&o)
	}
	s, err := sandbox.New(c, o)
	if err != nil {
		t.Fatal(err)
	}
	return &harness{TB: t, Server: s, contract: c, clock: now}
}

// exchange is a request and what came back.
type exchange struct {
	operation *contract.Operation
	request   *http.Request
	status    int
	header    http.Header
	raw       []byte
	body      map[string]any
}

func (x *exchange) code() string {
	code, _ := x.body["error"].(string)
	return code
}

func (x *exchange) message() string {
	message, _ := x.body["message"].(string)
	return message
}

// at is the value a pointer names in the answer.
func (x *exchange) at(p string) any {
	v, _ := contract.Pointer(p).Get(x.body)
	return v
}

func (h *harness) decode(x *exchange, into any) {
	h.Helper()
	if err := json.Unmarshal(x.raw, into); err != nil {
		h.Fatalf("%s: %v", x, err)
	}
}

func (x *exchange) String() string {
	return fmt.Sprintf("%s %s: %d %s", x.request.Method, x.request.URL, x.status, x.raw)
}

// draft is a request in the making.
type draft struct {
	operation *contract.Operation
	method    string
	path      string
	query     url.Values
	header    http.Header
	body      any // string and []byte are sent as they are
	from      string
}

func (h *harness) send(d draft) *exchange {
	h.Helper()
	var body io.Reader
	switch b := d.body.(type) {
	case nil:
	case string:
		body = strings.NewReader(b)
	case []byte:
		body = bytes.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			h.Fatal(err)
		}
		body = bytes.NewReader(text)
	}
	target := h.BasePath() + d.path
	if len(d.query) > 0 {
		target += "?" + d.query.Encode()
	}
	r := httptest.NewRequest(d.method, target, body)
	for name, values := range d.header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	if body != nil && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if d.from != "" {
		r.RemoteAddr = d.from
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	x := &exchange{operation: d.operation, request: r, status: w.Code, header: w.Header(), raw: w.Body.Bytes()}
	_ = json.Unmarshal(x.raw, &x.body)
	return x
}

// do sends a request with the first full key: do("POST", "/jobs?id=1", body).
func (h *harness) do(method, target string, body any) *exchange {
	h.Helper()
	return h.as(h.Keys().Secrets(credential.Full)[0], method, target, body)
}

func (h *harness) as(key, method, target string, body any) *exchange {
	h.Helper()
	path, query, _ := strings.Cut(target, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		h.Fatal(err)
	}
	return h.send(draft{method: method, path: path, query: values, header: http.Header{"X-Api-Key": {key}}, body: body})
}

// ids remembers the records that one request's set-up has made, by where they come from.
type ids map[string]any

// valid makes a request that the operation accepts, and everything that it refers to.
func (h *harness) valid(o *contract.Operation, key string, made ids) draft {
	h.Helper()
	d := draft{
		operation: o, method: o.Method, path: o.Path.URL, query: url.Values{}, header: http.Header{"X-Api-Key": {key}},
	}
	for _, p := range o.Parameters {
		switch p.Role {
		case contract.Selector:
			d.query.Set(p.Name, p.Value)
		case contract.Identifier:
			if fixture := h.Fixtures()[o.ID+"."+p.Name][0]; len(fixture) > 0 && !h.Keys().Has(credential.OtherTenant, key) {
				made[place(p.Reference)] = fixture[0]
			}
			d.query.Set(p.Name, fmt.Sprint(h.resolve(p.Reference, key, made)))
		}
	}
	if o.Body == nil {
		return d
	}
	body := map[string]any{}
	for name, value := range o.Body.Example {
		body[name] = value
	}
	for _, f := range o.Body.Fields {
		if text, ok := body[f.Name].(string); ok && f.Unique != nil {
			h.serial++
			body[f.Name] = fmt.Sprintf("n%d.%s", h.serial, text)
		}
		if f.Reference != nil {
			body[f.Name] = h.resolve(f.Reference, key, made)
		}
	}
	d.body = body
	return d
}

func place(r *contract.Reference) string { return r.From + " " + string(r.At) }

func (h *harness) resolve(r *contract.Reference, key string, made ids) any {
	h.Helper()
	if id := made[place(r)]; id != nil {
		return id
	}
	x := h.send(h.valid(r.Source, key, made))
	id, ok := r.At.Get(x.body)
	if x.status/100 != 2 || !ok {
		h.Fatalf("no %s: %s", place(r), x)
	}
	if n, ok := id.(float64); ok {
		id = int64(n)
	}
	made[place(r)] = id
	return id
}

// documented fails where an answer is not one that the operation documents, down to its headers and schema.
func (h *harness) documented(x *exchange) {
	h.Helper()
	item := h.contract.Doc.Paths.Value(x.operation.Path.Key)
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: x.request,
			Route: &routers.Route{
				Spec: h.contract.Doc, Path: x.operation.Path.Key, PathItem: item, Method: x.operation.Method,
				Operation: item.GetOperation(x.operation.Method),
			},
		},
		Status: x.status, Header: x.header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	}
	input.SetBodyBytes(x.raw)
	if err := openapi3filter.ValidateResponse(context.Background(), input); err != nil {
		h.Errorf("%s: %s\n%v", x.operation.ID, x, err)
	}
}
