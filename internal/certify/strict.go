package certify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// deepest is how far values may be nested in a document of a bundle.
const deepest = 32

// strictJSON says why two readers might understand a document differently: bytes that are no UTF-8, more than one
// value, a member that is there twice. Names that differ only in case count as the same, because Go's decoder takes one
// for the other.
func strictJSON(data []byte) error {
	if !utf8.Valid(data) {
		return errors.New("is not UTF-8")
	}
	if err := json.Unmarshal(data, new(json.RawMessage)); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return fmt.Errorf("is not one JSON document, at byte %d: %w", syntax.Offset, err)
		}
		return fmt.Errorf("is not one JSON document: %w", err)
	}
	return unique(json.NewDecoder(bytes.NewReader(data)))
}

// unique reads the one document that a decoder has, known to be well-formed, and finds members that are there twice.
func unique(dec *json.Decoder) error {
	type frame struct {
		members map[string]bool // nil: an array
		value   bool            // a member's name was read, its value comes next
	}
	var stack []frame
	dec.UseNumber()
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if d, ok := token.(json.Delim); ok && (d == '}' || d == ']') {
			stack = stack[:len(stack)-1]
			continue
		}
		if top := len(stack) - 1; top >= 0 && stack[top].members != nil {
			if name, ok := token.(string); ok && !stack[top].value {
				folded := strings.ToLower(strings.ToUpper(name))
				if stack[top].members[folded] {
					return fmt.Errorf("has the member %s twice, up to byte %d", quoted(name), dec.InputOffset())
				}
				stack[top].members[folded], stack[top].value = true, true
				continue
			}
			stack[top].value = false
		}
		switch token {
		case json.Delim('{'):
			stack = append(stack, frame{members: map[string]bool{}})
		case json.Delim('['):
			stack = append(stack, frame{})
		}
		if len(stack) > deepest {
			return fmt.Errorf("nests values more than %d deep", deepest)
		}
	}
}
