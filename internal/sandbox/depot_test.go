package sandbox_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/sandbox"
)

// depot is a server of a contract in which everything can be deleted.
func depot(t testing.TB, options ...func(*sandbox.Options)) *harness {
	t.Helper()
	data, err := os.ReadFile("testdata/depot.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := contract.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, c, options...)
}

func serving(o *sandbox.Options) { o.Undocumented = true }

func (h *harness) keyed(key, method, target string, body any) *exchange {
	h.Helper()
	path, query, _ := strings.Cut(target, "?")
	d := draft{method: method, path: path, header: http.Header{"X-Key": {key}}, body: body}
	if name, value, ok := strings.Cut(query, "="); ok {
		d.query = map[string][]string{name: {value}}
	}
	return h.send(d)
}

// stock has a company make a crate with a part in it, and a loan of it.
func (h *harness) stock(key, label string) (crate, part, loan string) {
	h.Helper()
	var sites []map[string]any
	h.decode(h.keyed(key, "GET", "/sites", nil), &sites)
	x := h.keyed(key, "POST", "/crates", map[string]any{"label": label, "site": sites[0]["site"], "note": "Keep dry"})
	crate = fmt.Sprintf("/crates/%v", x.at("/crate"))
	part = fmt.Sprintf("%s/parts/%v", crate, h.keyed(key, "POST", crate+"/parts",
		map[string]any{"name": "Bolt"}).at("/part"))
	lent := h.keyed(key, "POST", "/loans", map[string]any{"crate": x.at("/crate"), "to": "The workshop"})
	loan = fmt.Sprintf("/loans?loan=%v", lent.at("/loan"))
	if x.status != 201 || lent.status != 200 {
		h.Fatal(x, lent)
	}
	return crate, part, loan
}

// step is a request and the status of its answer.
type step struct {
	key, method, target string
	body                any
	status              int
}

func (h *harness) follow(steps []step) {
	h.Helper()
	for _, s := range steps {
		if x := h.keyed(s.key, s.method, s.target, s.body); x.status != s.status {
			h.Errorf("%s, want %d", x, s.status)
		}
	}
}

// TestDeleting: what a record contains goes with it, its company learns that it is gone, and others do not.
func TestDeleting(t *testing.T) {
	h := depot(t)
	key, other := h.Keys().Secrets(credential.Full)[0], h.Keys().Secrets(credential.OtherTenant)[0]
	crate, part, loan := h.stock(key, "Bolts")
	h.follow([]step{
		{key, "GET", part, nil, 200},
		{key, "GET", loan, nil, 200},
		{other, "DELETE", crate, nil, 404},
		{key, "DELETE", crate, nil, 204},
		{key, "GET", crate, nil, 410},
		{key, "GET", part, nil, 410},
		{key, "DELETE", crate, nil, 410},
		{key, "PATCH", crate + "/state", map[string]any{"state": "sealed"}, 410},
		{other, "GET", crate, nil, 404},
		{key, "GET", "/crates/999999", nil, 404},
		{key, "GET", loan, nil, 200},
		{key, "DELETE", loan, nil, 204},
		{key, "GET", loan, nil, 410},
	})
	again, _, _ := h.stock(key, "Bolts") // the unique value is free
	if again == crate {
		t.Errorf("%s is given twice", crate)
	}
}

// TestUndocumented: a valid key may do what the document does not mention; nobody else may.
func TestUndocumented(t *testing.T) {
	h := depot(t, serving)
	key, other := h.Keys().Secrets(credential.Full)[0], h.Keys().Secrets(credential.OtherTenant)[0]
	crate, part, loan := h.stock(key, "Bolts")
	foreign, _, _ := h.stock(other, "Bolts")
	h.follow([]step{
		{"", "PATCH", crate, map[string]any{"note": "x"}, 401},
		{h.Keys().Secrets(credential.Revoked)[0], "PATCH", crate, map[string]any{"note": "x"}, 401},
		{key, "PATCH", foreign, map[string]any{"note": "x"}, 404},
		{key, "PATCH", "/crates/999999", map[string]any{"note": "x"}, 404},
		{key, "PATCH", "/nowhere", nil, 404},
		{key, "PATCH", crate, map[string]any{"note": "Broken", "crate": 7}, 200},
		{key, "POST", part, map[string]any{"count": 3}, 200},
		{key, "PATCH", loan, "no object", 200},
		{key, "GET", "/loans", nil, 200},
		{key, "TRACE", crate, nil, 405},
	})
	if x := h.keyed(key, "GET", crate, nil); x.at("/note") != "Broken" || x.at("/label") != "Bolts" {
		t.Errorf("after PATCH: %s", x)
	}
	if x := h.keyed(key, "GET", part, nil); x.at("/count") != 3.0 {
		t.Errorf("after POST: %s", x)
	}
	h.follow([]step{
		{key, "DELETE", crate + "/parts", nil, 204},
		{key, "GET", part, nil, 410},
		{key, "GET", crate, nil, 200},
		{key, "DELETE", "/crates", nil, 204},
		{key, "GET", crate, nil, 410},
		{other, "GET", foreign, nil, 200},
		{other, "PUT", "/crates", nil, 204},
		{other, "GET", foreign, nil, 410},
		{key, "DELETE", "/loans", nil, 204},
		{key, "GET", loan, nil, 410},
	})
	for _, x := range []*exchange{h.keyed(key, "GET", "/crates", nil), h.keyed(other, "GET", "/crates", nil)} {
		if string(x.raw) != "[]" {
			t.Errorf("%s: records are left", x)
		}
	}
}

// TestUndocumentedUnderSelectors: an address that several path keys share is that of the record whose id stands in the
// query.
func TestUndocumentedUnderSelectors(t *testing.T) {
	h := start(t, serving)
	d := h.valid(h.contract.Operation("getCustomer"), h.Keys().Secrets(credential.Full)[0], ids{})
	id := "?id=" + d.query.Get("id")
	before := h.Snapshot()
	for _, s := range []struct {
		method, target string
		status         int
		changed        int
	}{
		{"DELETE", "/customers?id=999999", 404, 0},
		{"GET", "/customers" + id, 200, 0},
		{"DELETE", "/customers" + id, 204, 1},
		{"GET", "/customers" + id, 404, 0},
	} {
		x := h.do(s.method, s.target, nil)
		if changes := before.Changed(); x.status != s.status || len(changes) != s.changed {
			t.Errorf("%s, want %d and %d changes: %v", x, s.status, s.changed, changes)
		}
	}
	h.do("DELETE", "/customers", nil)
	if x := h.do("GET", "/customers", nil); x.at("/pagination/total") != 0.0 {
		t.Errorf("%s: customers are left", x)
	}
	if len(before.Changed()) < 2 {
		t.Error("nothing was deleted")
	}
}

// TestSnapshot notices every write.
func TestSnapshot(t *testing.T) {
	h := depot(t)
	key := h.Keys().Secrets(credential.Full)[0]
	crate, part, _ := h.stock(key, "Bolts")
	before := h.Snapshot()
	other, _, _ := h.stock(key, "Lamps for the yard")
	same := h.keyed(key, "GET", crate, nil)
	for _, s := range []struct {
		what           string
		method, target string
		body           any
		want           []string
	}{
		{"a read", "GET", part, nil, nil},
		{"a refusal", "PUT", crate, map[string]any{}, nil},
		{"a write to a later record", "DELETE", other, nil, nil},
		{
			"the same once more", "PUT", crate, map[string]any{"label": "Bolts", "site": same.at("/site")},
			[]string{"was written again"},
		},
		{"a part more", "POST", crate + "/parts", map[string]any{"name": "Washer"}, []string{"was written again"}},
		{"a change", "PATCH", part, map[string]any{"name": "Nut"}, []string{`"name":"Bolt"`}},
		{"a deletion", "DELETE", crate, nil, []string{"Crate", "was deleted"}},
	} {
		x := h.keyed(key, s.method, s.target, s.body)
		text := fmt.Sprint(before.Changed())
		for _, want := range s.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s (%d): %s, want %q", s.what, x.status, text, want)
			}
		}
		if len(s.want) == 0 && text != "[]" {
			t.Errorf("%s (%d): %s", s.what, x.status, text)
		}
	}
	if added := before.Added(); len(added) != 1 || !strings.Contains(added[0], "Loan") {
		t.Errorf("added: %v, want the loan alone", added)
	}
}

// TestPlant gives records the ids that nobody has, to either company.
func TestPlant(t *testing.T) {
	h := depot(t)
	n := h.Plant(999_999, 1001, "123456", "x", "00000000-0000-0000-0000-000000000000")
	if n != 5 { // a site and a crate, a part, and loans, whose id may be any text
		t.Errorf("%d records were planted", n)
	}
	served := 0
	for _, key := range []string{h.Keys().Secrets(credential.Full)[0], h.Keys().Secrets(credential.OtherTenant)[0]} {
		for _, target := range []string{
			"/crates/999999", "/sites/999999", "/loans?loan=00000000-0000-0000-0000-000000000000",
		} {
			if h.keyed(key, "GET", target, nil).status == 200 {
				served++
			}
		}
	}
	if served != 3 {
		t.Errorf("%d of 3 planted records are served to one company each", served)
	}
}
