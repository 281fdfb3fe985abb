package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"conformance/internal/result"
)

// WriteJSON writes results.json, the canonical report: indented, every list present even when empty, the same bytes for
// the same run. HTML characters are left as they are; whoever puts the text into a page escapes it there.
func WriteJSON(w io.Writer, r result.Run) error {
	if r.Coverage.Unprovoked == nil {
		r.Coverage.Unprovoked = []result.Pair{}
	}
	r.Floods = slices.Clone(r.Floods)
	for i := range r.Floods {
		if r.Floods[i].Samples == nil {
			r.Floods[i].Samples = []result.FloodSample{}
		}
	}
	rows := r.Checks
	r.Checks = []result.Check{}
	frame, err := marshal(r, "")
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	if len(rows) == 0 {
		out.Write(frame)
		out.WriteByte('\n')
		return out.Flush()
	}
	out.Write(bytes.TrimSuffix(frame, []byte("]\n}")))
	for i := range rows { // one by one, so that memory does not grow with them
		row, err := marshal(rows[i], "    ")
		if err != nil {
			return err
		}
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString("\n    ")
		out.Write(row)
	}
	out.WriteString("\n  ]\n}\n")
	return out.Flush()
}

// marshal is indented JSON whose lines after the first start with the prefix.
func marshal(v any, prefix string) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent(prefix, "  ")
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Read reads a results.json of the schema that this version writes. Members it does not know are ignored: the format
// grows.
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
