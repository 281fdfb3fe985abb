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
	"conformance/internal/credential"
)

// TestSituations brings about every situation on every operation and expects an answer that the contract gives for it
// and the operation documents.
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
			d := h.valid(o, h.Keys().Secrets(credential.Full)[0], ids{})
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
			d := h.valid(path.Operations[0], h.Keys().Secrets(credential.Full)[0], ids{})
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
		for _, key := range []string{h.Keys().Secrets(credential.Full)[0], ""} {
			want := map[bool]int{true: 404, false: 401}[key != ""]
			d := draft{
				operation: h.contract.Operation("listJobs"), method: "GET", path: strings.ReplaceAll(path, "#", "%23"),
				header: http.Header{"X-Api-Key": {key}},
			}
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
		for _, d := range []draft{h.valid(o, h.Keys().Secrets(credential.Full)[0], ids{}), h.minimal(o)} {
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
	d := h.valid(o, h.Keys().Secrets(credential.Full)[0], ids{})
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
		create := h.send(h.valid(h.contract.Operation(c.create), h.Keys().Secrets(credential.Full)[0], ids{}))
		id := create.at("/data/" + c.id)
		read := h.contract.Operation(c.read)
		x := h.send(draft{
			method: "GET", path: read.Path.URL, query: url.Values{"id": {fmt.Sprint(id)}},
			header: http.Header{"X-Api-Key": {h.Keys().Secrets(credential.Full)[2]}},
		})
		if fmt.Sprint(x.body) != fmt.Sprint(create.body) {
			t.Errorf("created %v\nread %v", create.body, x.body)
		}
		list := h.do("GET", h.contract.Operation(c.list).Path.URL, nil)
		if fmt.Sprint(list.at("/data/0")) != fmt.Sprint(create.at("/data")) {
			t.Errorf("%s is not first in %s", create, list)
		}
		if x := h.as(h.Keys().Secrets(credential.OtherTenant)[0], "GET", h.contract.Operation(c.list).Path.URL,
			nil); fmt.Sprint(x.at("/data/0/"+c.id)) == fmt.Sprint(id) {
			t.Errorf("the other company sees %s", create)
		}
	}
}
