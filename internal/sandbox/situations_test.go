package sandbox_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"conformance/internal/contract"
	"conformance/internal/sandbox"
)

// provoke makes requests that bring about a situation on an operation. Everything it needs it reads from the contract.
type provoke func(h *harness, o *contract.Operation) []draft

var provocations = map[contract.SituationID]provoke{
	contract.MissingKey:   credential(func(*harness) string { return "" }),
	contract.InvalidKey:   credential(func(h *harness) string { return h.Keys().Full[0] + "0" }),
	contract.RevokedKey:   credential(func(h *harness) string { return h.Keys().Revoked }),
	contract.DeniedIP:     credential(func(h *harness) string { return h.Keys().IPDenied }),
	contract.MisplacedKey: misplaced,
	contract.MissingScope: func(h *harness, o *contract.Operation) (ds []draft) {
		for _, k := range h.Keys().Scoped {
			if !o.Security.Grants(k.Scopes, o.RequiredScopes[0]) {
				d := h.valid(o, h.Keys().Full[0], ids{})
				d.header.Set(o.Security.Name, k.Key)
				ds = append(ds, d)
			}
		}
		return ds
	},
	contract.InvalidID:     identifiers("abc", "0", "-1", "1.5", "", "1e3", "99999999999999999999"),
	contract.UnknownRecord: identifiers("999999999"),
	contract.ForeignRecord: func(h *harness, o *contract.Operation) (ds []draft) {
		for _, p := range o.Identifiers() {
			foreign := ids{}
			id := h.resolve(p.Reference, h.Keys().OtherTenant, foreign)
			d := h.valid(o, h.Keys().Full[0], ids{})
			d.query.Set(p.Name, fmt.Sprint(id))
			ds = append(ds, d)
		}
		return ds
	},
	contract.InvalidParameter: func(h *harness, o *contract.Operation) (ds []draft) {
		for _, p := range o.Inputs() {
			if p.Constrained() {
				d := h.valid(o, h.Keys().Full[0], ids{})
				d.query.Set(p.Name, "☃")
				ds = append(ds, d)
			}
		}
		return ds
	},
	contract.MalformedBody: func(h *harness, o *contract.Operation) (ds []draft) {
		for _, text := range []string{"", "{", "[]", "null", "7", `"x"`, "{} {}", "{}x", "{\"a\":\x00}", "{\"a\":\"\xff\"}", strings.Repeat("[", 20_000)} {
			d := h.valid(o, h.Keys().Full[0], ids{})
			d.body = text
			ds = append(ds, d)
		}
		return ds
	},
	contract.MissingField: fields(func(f *contract.Field, body map[string]any) bool {
		delete(body, f.Name)
		return f.Required
	}),
	contract.InvalidField: fields(func(f *contract.Field, body map[string]any) bool {
		body[f.Name] = []any{}
		return true
	}),
	contract.UnknownStatus: fields(func(f *contract.Field, body map[string]any) bool {
		body[f.Name] = "Sleeping"
		return f.Transitions != nil
	}),
	contract.IllegalTransition: illegal,
	contract.UnknownReference:  unknownReference,
	"unknown-meter":            unknownReference,
	contract.Duplicate: func(h *harness, o *contract.Operation) (ds []draft) {
		for _, f := range o.Body.Fields {
			if f.Unique == nil {
				continue
			}
			first := h.valid(o, h.Keys().Full[0], ids{})
			if x := h.send(first); x.status/100 != 2 {
				h.Fatal(x)
			}
			d := h.valid(o, h.Keys().Full[1], ids{})
			taken := first.body.(map[string]any)[f.Name].(string)
			d.body.(map[string]any)[f.Name] = strings.ToUpper(taken)
			ds = append(ds, d)
		}
		return ds
	},
	contract.ServerFault: func(h *harness, o *contract.Operation) []draft {
		d := h.valid(o, h.Keys().Full[0], ids{})
		d.path = "/conformance-server-fault"
		return []draft{d}
	},
}

func credential(key func(*harness) string) provoke {
	return func(h *harness, o *contract.Operation) []draft {
		d := h.valid(o, h.Keys().Full[0], ids{})
		d.header.Set(o.Security.Name, key(h))
		return []draft{d}
	}
}

func misplaced(h *harness, o *contract.Operation) []draft {
	key := h.Keys().Full[0]
	var ds []draft
	for _, put := range []func(d *draft){
		func(d *draft) { d.query.Set(o.Security.Name, key) },
		func(d *draft) { d.header.Set("Authorization", "Bearer "+key) },
		func(d *draft) { d.header.Set("Authorization", "Basic "+"c2FuZGJveDp4") },
		func(d *draft) { d.header.Set("X-Key", key) },
		func(d *draft) { d.header.Set("Cookie", "key="+key) },
		func(d *draft) { d.body = map[string]any{"key": key} },
	} {
		d := h.valid(o, key, ids{})
		d.header.Del(o.Security.Name)
		put(&d)
		ds = append(ds, d)
	}
	return ds
}

func identifiers(texts ...string) provoke {
	return func(h *harness, o *contract.Operation) (ds []draft) {
		for _, p := range o.Identifiers() {
			for _, text := range texts {
				d := h.valid(o, h.Keys().Full[0], ids{})
				d.query.Set(p.Name, text)
				ds = append(ds, d)
			}
		}
		return ds
	}
}

func fields(break_ func(*contract.Field, map[string]any) bool) provoke {
	return func(h *harness, o *contract.Operation) (ds []draft) {
		for _, f := range o.Body.Fields {
			d := h.valid(o, h.Keys().Full[0], ids{})
			if break_(f, d.body.(map[string]any)) {
				ds = append(ds, d)
			}
		}
		return ds
	}
}

func unknownReference(h *harness, o *contract.Operation) (ds []draft) {
	for _, f := range o.Body.Fields {
		if f.Reference == nil || f.Reference.Keep {
			continue
		}
		foreign := h.resolve(f.Reference, h.Keys().OtherTenant, h.foreign(o, f))
		for _, id := range []any{999_999_999, int64(1) << 62, foreign} {
			d := h.valid(o, h.Keys().Full[0], ids{})
			d.body.(map[string]any)[f.Name] = id
			ds = append(ds, d)
		}
	}
	return ds
}

// foreign is a set-up of the other company from which the field's reference can be resolved: its first listed record stands in for
// what only a seed has.
func (h *harness) foreign(_ *contract.Operation, f *contract.Field) ids {
	made := ids{}
	for _, p := range f.Reference.Source.Identifiers() {
		for _, o := range h.contract.Operations {
			if o.Reads() && len(o.Identifiers()) == 0 && o.Path.URL == f.Reference.Source.Path.URL && o.Path.Key == o.Path.URL {
				list := h.send(h.valid(o, h.Keys().OtherTenant, ids{}))
				last := p.Reference.At.Tokens()
				records := list.body["data"].([]any)
				made[place(p.Reference)] = int64(records[len(records)-1].(map[string]any)[last[len(last)-1]].(float64))
			}
		}
	}
	return made
}

func illegal(h *harness, o *contract.Operation) (ds []draft) {
	for _, f := range o.Body.Fields {
		if f.Transitions == nil {
			continue
		}
		for _, to := range f.Transitions.Statuses {
			if to != f.Transitions.Initial && !f.Transitions.Legal(f.Transitions.Initial, to) {
				d := h.valid(o, h.Keys().Full[0], ids{})
				d.body.(map[string]any)[f.Name] = to
				ds = append(ds, d)
			}
		}
	}
	return ds
}

// TestSituations brings about every situation on every operation and expects an answer that the contract gives for it and the
// operation documents.
func TestSituations(t *testing.T) {
	h := start(t)
	for _, pair := range h.contract.Pairs() {
		o, situation := pair.Operation, h.contract.Situations[pair.Situation]
		if o == nil || pair.Situation == contract.Flood {
			continue
		}
		t.Run(string(pair.Situation)+"/"+o.ID, func(t *testing.T) {
			h.TB = t
			provoke := provocations[pair.Situation]
			if provoke == nil {
				t.Fatalf("no provocation for %s", pair.Situation)
			}
			drafts := provoke(h, o)
			if len(drafts) == 0 {
				t.Fatal("nothing provokes it")
			}
			for _, d := range drafts {
				x := h.send(d)
				codes, ok := situation.Answers[x.status]
				if !ok || !slices.Contains(codes, x.code()) {
					t.Errorf("%s\nbody %v\nwant one of %v", x, d.body, situation.Answers)
				}
				h.documented(x)
				h.polite(x)
			}
		})
	}
}

// polite fails where an answer says nothing, says too much, or leaves out the rate-limit headers.
func (h *harness) polite(x *exchange) {
	h.Helper()
	if x.message() == "" || !strings.HasSuffix(x.message(), ".") {
		h.Errorf("%s: the message is no sentence", x)
	}
	for _, inside := range []string{"sandbox_", ".go", "Schema", "regular expression", "0x"} {
		if strings.Contains(string(x.raw), inside) {
			h.Errorf("%s: the answer shows %q", x, inside)
		}
	}
	if x.status == http.StatusUnauthorized {
		return
	}
	limit := h.contract.RateLimit
	for _, name := range []string{limit.Limit, limit.Remaining, limit.Reset} {
		if x.header.Get(name) == "" {
			h.Errorf("%s: no header %s", x, name)
		}
	}
}

func TestMessagesNameTheField(t *testing.T) {
	h := start(t)
	for _, o := range h.contract.Operations {
		if o.Body == nil {
			continue
		}
		for _, f := range o.Body.Fields {
			d := h.valid(o, h.Keys().Full[0], ids{})
			d.body.(map[string]any)[f.Name] = []any{}
			if x := h.send(d); !strings.Contains(x.message(), f.Name) {
				t.Errorf("%s: the message does not name %s", x, f.Name)
			}
		}
	}
}

func TestWrongMethods(t *testing.T) {
	h := start(t)
	for _, path := range h.contract.Paths {
		served := h.contract.ServedMethods(path)
		for _, method := range h.contract.WrongMethods(path) {
			d := h.valid(path.Operations[0], h.Keys().Full[0], ids{})
			d.method = method
			x := h.send(d)
			allow := strings.Split(x.header.Get("Allow"), ", ")
			if x.status != http.StatusMethodNotAllowed || x.code() != "method_not_allowed" || !slices.Equal(allow, served) {
				t.Errorf("%s, Allow %q, want %q", x, allow, served)
			}
			h.documented(x)
			h.polite(x)
		}
	}
}

func TestUnknownPaths(t *testing.T) {
	h := start(t)
	for _, path := range []string{"", "/", "/nope", "/jobs/", "/jobs/1", "//jobs", "/Jobs", "/jobs%2F", "/jobs#item"} {
		for _, key := range []string{h.Keys().Full[0], ""} {
			want := map[bool]int{true: 404, false: 401}[key != ""]
			d := draft{operation: h.contract.Operation("listJobs"), method: "GET", path: strings.ReplaceAll(path, "#", "%23"), header: http.Header{"X-Api-Key": {key}}}
			if x := h.send(d); x.status != want {
				t.Errorf("%s, want %d", x, want)
			} else {
				h.documented(x)
			}
		}
	}
}

// TestSuccesses sends a valid request to every operation and checks the answer against its schema.
func TestSuccesses(t *testing.T) {
	h := start(t)
	for _, o := range h.contract.Operations {
		for _, d := range []draft{h.valid(o, h.Keys().Full[0], ids{}), h.minimal(o)} {
			x := h.send(d)
			if x.status != o.Success().Status {
				t.Errorf("%s: %s, want %d", o.ID, x, o.Success().Status)
			}
			h.documented(x)
		}
	}
}

// minimal is a valid request without anything optional.
func (h *harness) minimal(o *contract.Operation) draft {
	d := h.valid(o, h.Keys().Full[0], ids{})
	body, _ := d.body.(map[string]any)
	for name := range maps.Clone(body) {
		if f := o.Body.Field(name); !f.Required && len(body) > int(o.Body.Schema.MinProps) {
			delete(body, name)
		}
	}
	return d
}

// TestReadBack reads every created record with the operation that reads it, and finds it at the head of its list.
func TestReadBack(t *testing.T) {
	h := start(t)
	for _, c := range []struct{ create, read, list, id string }{
		{"createJob", "getJob", "listJobs", "job_id"},
		{"createCustomer", "getCustomer", "listCustomers", "customer_id"},
		{"createAsset", "getAsset", "listAssets", "asset_id"},
		{"createInventoryItem", "getInventoryItem", "listInventoryItems", "id"},
	} {
		create := h.send(h.valid(h.contract.Operation(c.create), h.Keys().Full[0], ids{}))
		id := create.at("/data/" + c.id)
		read := h.contract.Operation(c.read)
		x := h.send(draft{method: "GET", path: read.Path.URL, query: url.Values{"id": {fmt.Sprint(id)}}, header: http.Header{"X-Api-Key": {h.Keys().Full[2]}}})
		if fmt.Sprint(x.body) != fmt.Sprint(create.body) {
			t.Errorf("created %v\nread %v", create.body, x.body)
		}
		list := h.do("GET", h.contract.Operation(c.list).Path.URL, nil)
		if fmt.Sprint(list.at("/data/0")) != fmt.Sprint(create.at("/data")) {
			t.Errorf("%s is not first in %s", create, list)
		}
		if x := h.as(h.Keys().OtherTenant, "GET", h.contract.Operation(c.list).Path.URL, nil); fmt.Sprint(x.at("/data/0/"+c.id)) == fmt.Sprint(id) {
			t.Errorf("the other company sees %s", create)
		}
	}
}

func withLimit(n int) func(*sandbox.Options) { return func(o *sandbox.Options) { o.Limit = n } }
