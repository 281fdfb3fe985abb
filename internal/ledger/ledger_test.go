package ledger

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var head = Head{Run: "ab12", Target: "http://127.0.0.1:1/v1", Contract: "00ff"}

// lived enters one record of each fate.
func lived(l *Ledger) {
	lost := l.Begin(Entry{Operation: "createThing", Mark: "conformance-ab12-0000001"})
	_ = lost // no answer came
	refused := l.Begin(Entry{Operation: "createThing"})
	l.End(refused, None)
	made := l.Begin(Entry{Operation: "createPart", Foreign: true, Parents: []ID{{"createThing", "/id", "7"}}})
	l.End(made, Made, ID{"createPart", "/id", "8"})
	gone := l.Begin(Entry{Operation: "createThing"})
	l.End(gone, Made, ID{"createThing", "/id", "9"})
	l.Gone(ID{"createThing", "/id", "9"}, false)
	l.Gone(ID{"createThing", "/id", "10"}, false) // somebody else's
	parent := l.Begin(Entry{Operation: "createThing"})
	l.End(parent, Made, ID{"createThing", "/id", "11"})
	part := l.Begin(Entry{Operation: "createPart", Parents: []ID{{"createThing", "/id", "11"}}})
	l.End(part, Made, ID{"createPart", "/id", "12"})
	l.Gone(ID{"createThing", "/id", "11"}, false) // with its part
}

func TestWhatIsReadIsWhatWasWritten(t *testing.T) {
	var file buffer
	l := New(&file, head)
	lived(l)
	got, entries, err := Read(&file.Buffer)
	if err != nil || got != head {
		t.Fatalf("read %+v, %v", got, err)
	}
	if diff := cmp.Diff(l.Entries(), entries); diff != "" {
		t.Error(diff)
	}
	states := map[State]int{}
	for _, e := range entries {
		states[e.State]++
	}
	if diff := cmp.Diff(map[State]int{Sent: 1, None: 1, Made: 1, Deleted: 3}, states); diff != "" {
		t.Error(diff)
	}
	for id, owned := range map[ID]bool{
		{"createPart", "/id", "8"}: true, {"createThing", "/id", "9"}: false, {"createPart", "/id", "12"}: false,
		{"createThing", "/id", "8"}: false,
	} {
		if l.Owns(id, id.Value == "8") != owned {
			t.Errorf("owns %v: %v", id, !owned)
		}
	}
}

// TestIDsOfEachCompany: a target may count the ids of each company apart; the record of one is not that of the other.
func TestIDsOfEachCompany(t *testing.T) {
	l, id := New(nil, head), ID{"createThing", "/id", "7"}
	theirs := l.Begin(Entry{Operation: "createThing", Foreign: true})
	l.End(theirs, Made, id)
	if l.Owns(id, false) || !l.Owns(id, true) || l.CountsApart() {
		t.Error("the other company's record counts as one of this company")
	}
	ours := l.Begin(Entry{Operation: "createThing"})
	l.End(ours, Made, id)
	l.Gone(id, true)
	if !l.Owns(id, false) || l.Owns(id, true) || !l.CountsApart() {
		t.Error("deleting one company's record is taken for deleting the other's")
	}
}

func TestAnywhereItIsCutOffTheRestIsRead(t *testing.T) {
	var file buffer
	lived(New(&file, head))
	whole := file.Bytes()
	first := bytes.IndexByte(whole, '\n') + 1
	for end := first; end < len(whole); end++ {
		name := filepath.Join(t.TempDir(), "ledger.jsonl")
		if err := os.WriteFile(name, whole[:end], 0o600); err != nil {
			t.Fatal(err)
		}
		l, _, err := Open(name)
		if err != nil {
			t.Fatalf("cut off after %d bytes: %v", end, err)
		}
		before := len(l.Entries())
		l.End(l.Begin(Entry{Operation: "later"}), None)
		if err := errors.Join(l.Err(), l.Close()); err != nil {
			t.Fatal(err)
		}
		l, _, err = Open(name)
		if err != nil || len(l.Entries()) != before+1 {
			t.Fatalf("cut off after %d bytes, gone on with and read again: %d entries, then %v", end, before, err)
		}
		_ = l.Close()
	}
}

func TestWhatIsNoLedgerIsRefused(t *testing.T) {
	good := `{"run":"ab12","target":"t","contract":"c"}` + "\n"
	for text, want := range map[string]string{
		"":                               "is empty",
		"{}\n":                           "line 1",
		"{\"schema\":1}\n":               "line 1",
		good + "nothing\n{}\n":           "line 2",
		good + `{"n":2}` + "\n":          "entry 2",
		good + `{"n":0}` + "\n":          "entry 0",
		good + `{"m":1}` + "\n{\"n\":1}": "line 2",
	} {
		if _, _, err := Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

type buffer struct{ bytes.Buffer }

func (*buffer) Close() error { return nil }

type full struct{}

func (full) Close() error { return nil }

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestAFullDiskLosesNothingInMemory(t *testing.T) {
	l := New(full{}, head)
	lived(l)
	if l.Err() == nil || len(l.Entries()) != 6 {
		t.Errorf("%v, %d entries", l.Err(), len(l.Entries()))
	}
}
