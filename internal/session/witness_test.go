package session

import (
	"fmt"
	"testing"

	"conformance/internal/contract"
	"conformance/internal/probe"
)

// TestServerErrors: what one operation was answered does not crowd out what another one was.
func TestServerErrors(t *testing.T) {
	w := newWitnesses("1a2b")
	often, once, never := &contract.Operation{ID: "often"}, &contract.Operation{ID: "once"},
		&contract.Operation{ID: "never"}
	for range 1000 {
		w.noteFault(often, &probe.Answer{Status: 500})
	}
	w.noteFault(once, &probe.Answer{Status: 503})
	if got := fmt.Sprint(len(w.ServerErrors(often)), len(w.ServerErrors(once)),
		len(w.ServerErrors(never))); got != "8 1 0" {
		t.Errorf("server errors kept: %s, want 8 1 0", got)
	}
}

// TestSearched: that nothing foreign showed means something only where an answer came and the other company wrote
// something.
func TestSearched(t *testing.T) {
	w, read := newWitnesses("1a2b"), &contract.Operation{ID: "read", Method: "GET"}
	r := &Request{Operation: read, Sent: &probe.Request{Credential: probe.Credential{{Secret: "key"}}}}
	if w.Searched(read) {
		t.Error("searched before anything came")
	}
	w.noteForeignData(r, &probe.Answer{Body: []byte("{}")}, nil)
	if w.Searched(read) {
		t.Error("searched for nothing: the other company wrote nothing")
	}
	w.noteForeign("conformance-1a2b-7")
	if !w.Searched(read) {
		t.Error("not searched, though an answer came")
	}
}
