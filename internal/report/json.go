package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"conformance/internal/result"
)

// WriteJSON writes results.json, the canonical report: indented, every list present even when empty, the same bytes for the same
// run. HTML characters are left as they are; whoever puts the text into a page escapes it there.
func WriteJSON(w io.Writer, r result.Run) error {
	if r.Checks == nil {
		r.Checks = []result.Check{}
	}
	if r.Coverage.Unprovoked == nil {
		r.Coverage.Unprovoked = []result.Pair{}
	}
	r.Floods = slices.Clone(r.Floods)
	for i := range r.Floods {
		if r.Floods[i].Samples == nil {
			r.Floods[i].Samples = []result.FloodSample{}
		}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// Read reads a results.json of the schema that this version writes. Members it does not know are ignored: the format grows.
func Read(in io.Reader) (result.Run, error) {
	data, err := io.ReadAll(in)
	if err != nil {
		return result.Run{}, fmt.Errorf("results: %w", err)
	}
	var head struct {
		Schema *string `json:"schema"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return result.Run{}, notResults(err)
	}
	switch {
	case head.Schema == nil:
		return result.Run{}, fmt.Errorf("results: no member \"schema\"; a results.json says %q there", result.Schema)
	case *head.Schema != result.Schema:
		return result.Run{}, fmt.Errorf("results: schema is %q, this version reads %q; use the version that wrote the file",
			*head.Schema, result.Schema)
	}
	var r result.Run
	if err := json.Unmarshal(data, &r); err != nil {
		return result.Run{}, notResults(err)
	}
	return r, nil
}

// notResults says where a file stops being a results.json.
func notResults(err error) error {
	var syntax *json.SyntaxError
	var shape *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("results: not one JSON document, at byte %d: %w", syntax.Offset, err)
	case errors.As(err, &shape):
		return fmt.Errorf("results: %s must not be a JSON %s, at byte %d", shape.Field, shape.Value, shape.Offset)
	default:
		return fmt.Errorf("results: %w", err)
	}
}
