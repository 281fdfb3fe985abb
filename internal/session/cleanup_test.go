package session

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/ledger"
	"conformance/internal/probe"
)

// everyScope is the key of these sessions.
var everyScope = credential.Key{Secret: "a-key-with-every-scope"}

// library is a session with a server that the function stands for, and the writes that it was asked for.
func library(
	t *testing.T,
	config Config,
	answer func(s *Session, r *http.Request) (int, string),
) (*Session, func() []string) {
	t.Helper()
	document, err := os.ReadFile("../sandbox/testdata/library.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := contract.Load(document)
	if err != nil {
		t.Fatal(err)
	}
	var s *Session
	var mu sync.Mutex
	var writes []string
	clock := probe.NewStopped(time.Unix(1e9, 0))
	client, err := probe.New(probe.Options{
		Target: "http://library.test", Clock: clock,
		Transport: probe.InProcess(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			if !isSafe(r.Method) {
				writes = append(writes, r.Method+" "+r.URL.Path)
			}
			status, body := answer(s, r)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}), clock),
	}, probe.NewRedactor(config.Credentials))
	if err != nil {
		t.Fatal(err)
	}
	config.Credentials = config.Credentials.With(credential.Full, "a-key-with-every-scope")
	s = NewSession(c, client, config)
	return s, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(writes)
	}
}

// TestSomebodysRecordIsNotCleanedUp: a server that takes some record for an id of nobody answers a write to it with
// success. That made no record of the run's, and clean-up must not delete what is there.
func TestSomebodysRecordIsNotCleanedUp(t *testing.T) {
	for _, shown := range []string{"somebody's", "the run's"} {
		t.Run(shown, func(t *testing.T) {
			written := false
			s, writes := library(t, Config{Consent: Consent{All: true}}, func(s *Session, r *http.Request) (int, string) {
				switch {
				case r.Method == http.MethodDelete:
					return 204, ""
				case r.Method == http.MethodPatch:
					written = true
					return 200, `{}`
				case !written:
					return 404, `{}`
				case shown == "the run's":
					return 200, `{"title": "A book ` + s.NextMark() + `"}`
				}
				return 200, `{"title": "Somebody's book"}`
			})
			lend := s.Contract.Operation("lendBook")
			shelf := ledger.ID{From: "addShelf", At: "/code", Value: "00000000-0000-4000-8000-000000000001"}
			s.Ledger.End(s.Ledger.Begin(ledger.Entry{Operation: "addShelf"}), ledger.Made, shelf)
			r := s.Request(lend, map[string]any{"shelf": shelf.Value, "book": "B-9999"}).As(everyScope, "")
			if a, err := s.Do(t.Context(), r); err != nil || a.Status != 200 {
				t.Fatalf("%v, %v", a, err)
			}
			s.CleanUp(t.Context())
			deleted := slices.ContainsFunc(writes(), func(w string) bool { return strings.HasPrefix(w, "DELETE") })
			if deleted != (shown == "the run's") {
				t.Errorf("%s record: %v", shown, writes())
			}
		})
	}
}

// TestChangedIsNotMade: a record in a list that carries the mark of an update is one that the run changed. It is
// nobody's to delete; one that carries the mark of a create that was refused is the run's.
func TestChangedIsNotMade(t *testing.T) {
	s, _ := library(t, Config{Consent: Consent{All: true}}, nil)
	add := s.Contract.Operation("addShelf")
	refused := s.NextMark()
	s.Ledger.End(s.Ledger.Begin(ledger.Entry{Operation: add.ID, Mark: refused}), ledger.None)
	cleaner{s}.enterUnnoticed(add, map[string]any{"code": "1", "label": "Changed " + s.NextMark()})
	if created, _, _ := s.Records(); created != 0 {
		t.Error("a record that was changed counts as made")
	}
	cleaner{s}.enterUnnoticed(add, map[string]any{"code": "2", "label": "Made " + refused})
	if created, _, _ := s.Records(); created != 1 {
		t.Error("a record that a refused create made is not entered")
	}
}

// TestNoWritesHasNoTrigger: a trigger that writes is not sent by a run that only reads.
func TestNoWritesHasNoTrigger(t *testing.T) {
	s, writes := library(t, Config{NoWrites: true}, func(*Session, *http.Request) (int, string) { return 500, "{}" })
	if _, err := s.ServerFault(t.Context(), &Trigger{Method: "POST", Path: "/break"}); !unsent(err) || len(writes()) > 0 {
		t.Errorf("%v, %v", err, writes())
	}
	if a, err := s.ServerFault(t.Context(), &Trigger{Method: "GET", Path: "/break"}); err != nil || a.Status != 500 {
		t.Errorf("%v, %v", a, err)
	}
}

// TestPreflightNeedsConsent: preflight proves a key by a write only where that write may succeed.
func TestPreflightNeedsConsent(t *testing.T) {
	for _, allowed := range []bool{false, true} {
		config := Config{Consent: Consent{All: allowed}}
		s, writes := library(t, config, func(*Session, *http.Request) (int, string) { return 404, "{}" })
		p := &preflight{session: s, ctx: t.Context(), keys: s.Config.Credentials}
		_, err := p.once(p.harmlessRequest(s.Contract.Operation("addBook")).As(everyScope, ""))
		if unsent(err) == allowed || len(writes()) > 0 != allowed {
			t.Errorf("allowed %v: %v, %v", allowed, err, writes())
		}
	}
}
