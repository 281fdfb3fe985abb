package report

import (
	"fmt"
	"io"
	"strings"

	"conformance/internal/result"
)

// WriteLeft lists records that stay behind, a line each, as many as limit; 0: all of them.
func WriteLeft(w io.Writer, left []result.Record, limit int) error {
	for i, r := range left {
		if limit > 0 && i == limit {
			_, err := fmt.Fprintf(w, "  and %d more; records_left in results.json lists them\n", len(left)-i)
			return err
		}
		if _, err := fmt.Fprintln(w, "  "+recordText(r)); err != nil {
			return err
		}
	}
	return nil
}

// recordText names a record and says how to read it.
func recordText(r result.Record) string {
	text := r.Operation
	if len(r.IDs) > 0 {
		text += " " + strings.Join(r.IDs, ", ")
	}
	if r.Lost {
		text += " (its answer was lost; it carries " + r.Mark + ")"
	}
	if r.OtherTenant {
		text += " (of the other tenant)"
	}
	if r.Read != "" {
		text += ": " + r.Read
	}
	return visible(text)
}

// recordsText counts what a run made and what became of it.
func recordsText(r result.Run) string {
	text := count(r.RecordsCreated, "record") + " created"
	if r.RecordsDeleted > 0 {
		text += fmt.Sprintf(", %d deleted", r.RecordsDeleted)
	}
	if n := len(r.RecordsLeft); n > 0 && r.RecordsDeleted > 0 {
		text += fmt.Sprintf(", %d left", n)
	}
	return text
}
