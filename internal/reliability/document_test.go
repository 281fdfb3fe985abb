package reliability

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const (
	tableBegin = "<!-- Written by: CONFORMANCE_EXAM=all go test ./internal/reliability " +
		"-run 'Hostile|Memory|Document' -update -->\n"
	tableEnd = "<!-- end -->\n"
)

// observed is what a run made of a target, as the table of docs/reliability.md has it.
type observed struct {
	name             string
	always, refusals string // exit statuses
	memory           string // at most so much more than a clean run
}

// rows is what the document says, and what the tests have found since, by name.
var rows = struct {
	sync.Mutex
	of map[string]*observed
}{}

// documented is the row of a target as the document has it, or as it was measured since.
func documented(name string) *observed {
	if rows.of == nil {
		rows.of = map[string]*observed{}
		_, have, _ := documentParts()
		for line := range strings.Lines(have) {
			if cells := strings.Split(line, " | "); len(cells) == 6 {
				name := strings.TrimPrefix(cells[0], "| ")
				rows.of[name] = &observed{
					name: name, always: cells[1], refusals: cells[2], memory: strings.Trim(cells[5], " |\n"),
				}
			}
		}
	}
	if rows.of[name] == nil {
		rows.of[name] = &observed{name: name}
	}
	return rows.of[name]
}

var documentFile = filepath.Join("..", "..", "docs", "reliability.md")

// documentParts are the document in three parts, of which the second is the table.
func documentParts() (before, have, after string) {
	data, err := os.ReadFile(documentFile)
	if err != nil {
		panic(err)
	}
	before, rest, begun := strings.Cut(string(data), tableBegin)
	have, after, ended := strings.Cut(rest, tableEnd)
	if !begun || !ended {
		panic(documentFile + " has no place for the table")
	}
	return before, have, after
}

// TestDocument compares the tables of docs/reliability.md with what the tests insist on; exit statuses and memory are
// compared where they are measured.
func TestDocument(t *testing.T) {
	if *update {
		writeTable(t)
	}
	if _, have, _ := documentParts(); have != table() {
		t.Errorf("the tables in %s are not what the tests prove; what stands above them writes them", documentFile)
	}
	for _, h := range hostiles {
		if r := documented(h.name); !*update && (r.always == "" || h.heavy && r.memory == "") {
			t.Errorf("%s was never measured", h.name)
		}
	}
}

// note keeps what was measured of a target, or compares it with the document.
func (o observed) note(t *testing.T, h *hostile) {
	t.Helper()
	rows.Lock()
	defer rows.Unlock()
	d := documented(h.name)
	if *update {
		d.always, d.refusals = o.always, o.refusals
		if h.closes {
			d.refusals = "0 or 3"
		}
	} else if !h.closes && (o.always != d.always || o.refusals != d.refusals) {
		t.Errorf("exit status %s, with refusals only %s; %s has %s, %s", o.always, o.refusals, documentFile, d.always,
			d.refusals)
	}
}

func writeTable(t *testing.T) {
	t.Helper()
	rows.Lock()
	defer rows.Unlock()
	before, _, after := documentParts()
	if err := os.WriteFile(documentFile, []byte(before+tableBegin+table()+tableEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// table shows every target.
func table() string {
	var b strings.Builder
	b.WriteString("| the target… | always | refusals only | at 5 % | what is said | memory |\n")
	b.WriteString("|---|--:|--:|--:|---|--:|\n")
	for _, h := range hostiles {
		r, at5, said := documented(h.name), "—", "—"
		if h.script != nil {
			at5 = strings.Trim(strings.ReplaceAll(fmt.Sprint(h.statuses(seldom)), " ", " or "), "[]")
		}
		if w := h.said(); len(w) > 0 {
			said = "“" + strings.Join(w, "”, “") + "”"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", h.name, r.always, r.refusals, at5,
			strings.ReplaceAll(said, "|", `\|`), r.memory)
	}
	b.WriteString("\n| the target… | rows | exit | what is said |\n|---|---|---|---|\n")
	for _, s := range specials {
		outcome := s.want.outcome
		if outcome == none {
			outcome = "none: no check begins"
		}
		fmt.Fprintf(&b, "| %s | %s | %d | “%s” |\n", s.name, outcome, s.want.status, s.want.reason)
	}
	return b.String()
}
