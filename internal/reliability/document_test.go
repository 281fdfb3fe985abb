package reliability

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	tableBegin = "<!-- Written by: go test ./internal/reliability -run Document -update -->\n"
	tableEnd   = "<!-- end -->\n"
)

// TestDocument compares the table of docs/reliability.md with what the other tests insist on.
func TestDocument(t *testing.T) {
	file := filepath.Join("..", "..", "docs", "reliability.md")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begun := strings.Cut(string(data), tableBegin)
	have, after, ended := strings.Cut(rest, tableEnd)
	if !begun || !ended {
		t.Fatalf("%s has no place for the table", file)
	}
	want := table()
	if *update {
		if err := os.WriteFile(file, []byte(before+tableBegin+want+tableEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if have != want {
		t.Errorf("the table in %s is not what the tests prove; go test ./internal/reliability -run Document -update writes "+
			"it", file)
	}
}

// table shows every target: alone where it can be met in one way, else where every answer is broken and where only
// refusals are.
func table() string {
	var b strings.Builder
	b.WriteString("| the target… | which answers | rows | exit | what is said |\n|---|---|---|---|---|\n")
	row := func(name, where string, e ending) {
		if e.outcome == "" {
			return
		}
		status, said := fmt.Sprint(e.status), "“"+e.reason+"”"
		if e.status < 0 {
			status = "0 or 3"
		}
		if e.reason == "" {
			said = "“EOF”, “server closed idle connection”, where a write met it"
		}
		outcome := e.outcome
		if outcome == none {
			outcome = "none: no check begins"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", name, where, outcome, status, strings.ReplaceAll(said, "|", `\|`))
	}
	for _, h := range hostiles {
		row(h.name, "all", h.always)
		row(h.name, "refusals", h.part)
	}
	for _, s := range specials {
		row(s.name, "—", s.want)
	}
	return b.String()
}
