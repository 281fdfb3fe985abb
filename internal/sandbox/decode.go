package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"path"
	"slices"
	"unicode/utf8"

	"conformance/internal/contract"
)

// maxBody is the largest request body that is read, in bytes.
const maxBody = 4 << 20

// maxStrangersBody is how much is read of the body of a request without a key, in bytes.
const maxStrangersBody = 16 << 10

// load reads the body once; later calls give the same bytes.
func (c *call) load() []byte {
	if !c.read {
		c.read = true
		rest, err := io.ReadAll(http.MaxBytesReader(c.writer, c.request.Body, maxBody))
		c.raw, c.rawErr = append(c.raw, rest...), err
	}
	return c.raw
}

// glance is the beginning of the body: as much as is read for somebody who has not shown a key.
func glance(c *call) []byte {
	if !c.read && len(c.raw) == 0 {
		c.raw, _ = io.ReadAll(io.LimitReader(c.request.Body, maxStrangersBody)) // load has the error again
	}
	return c.raw
}

// readMediaType refuses a body that the client calls something which the operation does not take.
func readMediaType(c *call) *refusal {
	b := c.operation.Body
	if b == nil || len(c.load()) == 0 {
		return nil
	}
	if _, known := c.model.contract.SituationOf(c.operation.Operation, contract.ForeignMediaType); !known {
		return nil
	}
	given, _, err := mime.ParseMediaType(c.request.Header.Get("Content-Type"))
	if given == "" || err == nil && slices.ContainsFunc(b.Documented, func(documented string) bool {
		pattern, _, err := mime.ParseMediaType(documented)
		fits, errPattern := path.Match(pattern, given)
		return err != nil || errPattern != nil || fits
	}) {
		return nil
	}
	return &refusal{situation: contract.ForeignMediaType, message: "The media type of the request body is not supported."}
}

// decode reads the body of an operation that takes one. Nothing short of one well-formed JSON text in UTF-8 passes, or
// of a form.
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
	if err := readBody(c, raw); err != nil {
		return malformed("The request body is not " + err.Error() + ".")
	}
	return nil
}

var (
	errNotJSON   = errors.New("well-formed JSON")
	errNotObject = errors.New("a JSON object")
	errNotList   = errors.New("a JSON list of objects")
	errNotForm   = errors.New("a well-formed form")
	errNotValid  = errors.New("of the form that is asked for")
)

// readBody reads a body of the form that the operation takes.
func readBody(c *call, raw []byte) (err error) {
	switch b := c.operation.Body; {
	case b.Form != nil:
		c.body, err = readForm(c.request.Header.Get("Content-Type"), b.Schema, raw)
	case b.List:
		return readList(c, raw)
	case b.Example == nil:
		value, err := anyJSON(raw)
		if err == nil && b.Schema.VisitJSON(value, visiting...) != nil {
			err = errNotValid
		}
		return err
	default:
		c.body, err = c.rules.object(raw)
	}
	return err
}

func readList(c *call, raw []byte) error {
	value, err := anyJSON(raw)
	if err != nil {
		return err
	}
	list, ok := value.([]any)
	if !ok {
		return errNotList
	}
	c.items = []map[string]any{}
	for _, item := range list {
		object, ok := item.(map[string]any)
		if !ok {
			return errNotList
		}
		c.items = append(c.items, object)
	}
	if len(c.items) > 0 {
		c.body = c.items[0]
	}
	return nil
}

// object decodes one JSON object.
func object(raw []byte) (map[string]any, error) {
	value, err := anyJSON(raw)
	if err != nil {
		return nil, err
	}
	body, ok := value.(map[string]any)
	if !ok {
		return nil, errNotObject
	}
	return body, nil
}

// anyJSON decodes strictly: encoding/json by itself takes invalid UTF-8 and leaves what follows the first value unread.
// Numbers stay as they were written, so that none loses digits.
func anyJSON(raw []byte) (any, error) {
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
	return value, nil
}
