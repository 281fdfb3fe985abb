package unharmed

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// snapshot is all that the server shows of the records that are there, and all that is in its database.
type snapshot struct {
	answers map[string]string // path to body
	items   map[string]string // path of a list, and the item
	rows    []string
}

// look takes a snapshot of the records at these paths.
func (s *powerDNS) look(t *testing.T, lists, records []string) snapshot {
	t.Helper()
	seen := snapshot{answers: map[string]string{}, items: map[string]string{}, rows: s.rows(t)}
	for _, path := range records {
		seen.answers[path] = string(s.ask(t, "GET", path, ""))
	}
	for _, path := range lists {
		for _, item := range items(t, s.ask(t, "GET", path, "")) {
			seen.items[path+" "+string(item)] = string(item)
		}
	}
	return seen
}

func items(t *testing.T, body []byte) []json.RawMessage {
	t.Helper()
	var list []json.RawMessage
	if err := json.Unmarshal(body, &list); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return list
}

// records are the paths of what is there, and of everything that belongs to it.
func (s *powerDNS) records(t *testing.T, list string, parts ...string) []string {
	t.Helper()
	var out []string
	for _, item := range items(t, s.ask(t, "GET", list, "")) {
		var record struct{ ID string }
		if err := json.Unmarshal(item, &record); err != nil {
			t.Fatal(err)
		}
		for _, part := range append(parts, "") {
			out = append(out, list+"/"+record.ID+part)
		}
	}
	return out
}

// harm is what is no longer as it was, but for what is spared. Records that the run added are none, unless nothing was
// to be added.
func (before snapshot) harm(after snapshot, spared *regexp.Regexp, mayAdd bool) []string {
	var out []string
	add := func(what, where, more string) {
		if spared == nil || !spared.MatchString(where) {
			out = append(out, what+": "+excerpt(where)+more)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(before.answers)) {
		if was, is := before.answers[path], after.answers[path]; was != is {
			add("another answer", path, "\n\twas "+excerpt(was)+"\n\tis  "+excerpt(is))
		}
	}
	for _, item := range slices.Sorted(maps.Keys(before.items)) {
		if _, ok := after.items[item]; !ok {
			add("no longer listed", item, "")
		}
	}
	for _, row := range before.rows {
		if !slices.Contains(after.rows, row) && !(mayAdd && counter(row)) {
			add("no longer in the database", row, "")
		}
	}
	for _, row := range after.rows {
		if !mayAdd && !slices.Contains(before.rows, row) {
			add("new in the database", row, "")
		}
	}
	return out
}

func excerpt(text string) string {
	const most = 200
	if len(text) <= most {
		return text
	}
	return text[:most] + "…"
}

// counter says that the row is the database's own count of the ids that it has given: each record that is added moves
// it on.
func counter(row string) bool { return strings.HasPrefix(row, "INSERT INTO sqlite_sequence ") }
