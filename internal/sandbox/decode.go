package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"unicode/utf8"

	"conformance/internal/contract"
)

// maxBody is the largest request body that is read, in bytes.
const maxBody = 4 << 20

// load reads the body once; later calls give the same bytes.
func (c *call) load() []byte {
	if !c.read {
		c.read = true
		c.raw, c.rawErr = io.ReadAll(http.MaxBytesReader(c.writer, c.request.Body, maxBody))
	}
	return c.raw
}

// decode reads the body of an operation that takes one. Nothing short of one well-formed JSON object in UTF-8 passes.
func decode(c *call) *refusal {
	if c.operation.Body == nil {
		return nil
	}
	raw := c.load()
	malformed := func(message string) *refusal {
		return &refusal{situation: contract.MalformedBody, message: message}
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(c.rawErr, &tooLarge):
		return malformed("The request body is too large.")
	case c.rawErr != nil:
		return malformed("The request body could not be read.")
	case len(raw) == 0 && c.operation.Body.Required:
		return malformed("The request body is empty; send a JSON object.")
	case len(raw) == 0:
		return nil
	}
	body, err := c.rules.object(raw)
	if err != nil {
		return malformed("The request body is not " + err.Error() + ".")
	}
	c.body = body
	return nil
}

var (
	errNotJSON   = errors.New("well-formed JSON")
	errNotObject = errors.New("a JSON object")
)

// object decodes strictly: encoding/json by itself takes invalid UTF-8 and leaves what follows the first value unread.
// Numbers stay as they were written, so that none loses digits.
func object(raw []byte) (map[string]any, error) {
	if !utf8.Valid(raw) {
		return nil, errNotJSON
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, errNotJSON
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errNotJSON
	}
	body, ok := value.(map[string]any)
	if !ok {
		return nil, errNotObject
	}
	return body, nil
}
