package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
)

// answer is what goes back to the client.
type answer struct {
	status    int
	situation contract.SituationID // empty: the request succeeded
	response  *contract.Response   // as documented; nil: it is not
	header    http.Header
	body      any    // nil: none
	raw       []byte // body as sent
}

// template is the operation's success answer as far as it does not depend on the request.
func (m *model) template(op *operation) map[string]any {
	if op.success == nil || op.success.Schema == nil || op.payload == "" {
		return nil
	}
	object, _ := plain(op.success.Schema, time.Time{}).(map[string]any)
	all := properties(op.success.Schema)
	if tokens := m.contract.Envelope.Flag.Tokens(); len(tokens) > 0 && all[tokens[0]] != nil {
		put(object, m.contract.Envelope.Flag, true)
	}
	return object
}

// succeed answers with a record, or without one where the contract does not say what the answer holds.
func (c *call) succeed(record json.RawMessage) *answer {
	op := c.operation
	a := &answer{status: op.success.Status, response: op.success, header: http.Header{}}
	if op.success.Schema == nil {
		return a
	}
	var held any = record
	if record == nil {
		if held = sample(successSchema(c), c.now); held == nil {
			held = json.RawMessage("null")
		}
	}
	if op.payload == "" {
		a.body = held
		return a
	}
	body := cloneObject(op.template)
	body[op.payload] = held
	a.body = body
	return a
}

// successSchema is the schema of what the success answer is about.
func successSchema(c *call) *openapi3.Schema {
	op := c.operation
	if op.payload == "" {
		return op.success.Schema
	}
	return properties(op.success.Schema)[op.payload].Value
}

func (c *call) succeedWithList(items []json.RawMessage, page, size, total int) *answer {
	list := json.RawMessage("[]")
	if len(items) > 0 {
		list = join(items)
	}
	a := c.succeed(list)
	body, ok := a.body.(map[string]any)
	pagination := c.contract.Pagination
	if !ok || pagination == nil {
		return a
	}
	for _, at := range []contract.Pointer{pagination.Total, pagination.Pages} {
		if contract.SchemaAt(c.operation.success.Schema, at) == nil {
			return a
		}
	}
	put(body, pagination.Total, total)
	put(body, pagination.Pages, (total+size-1)/size)
	for name, value := range map[string]int{pagination.Page: page, pagination.Size: size} {
		// A member next to the total with a parameter's name repeats the parameter.
		repeated := sibling(pagination.Total, name)
		if contract.SchemaAt(c.operation.success.Schema, repeated) != nil {
			put(body, repeated, value)
		}
	}
	return a
}

// sibling is the pointer to another member of the same object.
func sibling(p contract.Pointer, name string) contract.Pointer {
	tokens := p.Tokens()
	var out contract.Pointer
	for _, t := range tokens[:len(tokens)-1] {
		out += "/" + contract.Pointer(contract.Escape(t))
	}
	return out + "/" + contract.Pointer(contract.Escape(name))
}

func join(items []json.RawMessage) json.RawMessage {
	list := []byte{'['}
	for i, item := range items {
		if i > 0 {
			list = append(list, ',')
		}
		list = append(list, item...)
	}
	return append(list, ']')
}

// render completes an answer: the headers that its response documents as required, and the body as it is sent.
func render(c *call, a *answer) *answer {
	c.addLimitHeaders(a.situation, a.header)
	mediaType := "application/json"
	if a.response != nil {
		mediaType = a.response.MediaType
		for _, h := range a.response.Headers {
			if h.Required && a.header.Get(h.Name) == "" && h.Schema != nil {
				a.header.Set(h.Name, headerText(c, h))
			}
		}
	}
	challenge(c, a)
	if a.body != nil && mediaType != "" {
		encoded, err := json.Marshal(a.body)
		if err != nil {
			panic(err) // bodies are made of JSON
		}
		a.raw = encoded
		a.header.Set("Content-Type", mediaType)
	}
	return a
}

// headerText is a value for a documented header.
func headerText(c *call, h *contract.Header) string {
	text := fmt.Sprint(sample(h.Schema, c.now))
	if s := c.scheme(); s != nil && s.Type == "http" && strings.EqualFold(h.Name, "WWW-Authenticate") &&
		(text == "" || h.Schema.VisitJSON(text) != nil) {
		return challengeOf(s)
	}
	return text
}

func (c *call) write(a *answer) {
	header := c.writer.Header()
	header.Set("Date", c.now.UTC().Format(http.TimeFormat))
	if a.body != nil {
		header.Set("Content-Length", strconv.Itoa(len(a.raw)))
	}
	maps.Copy(header, a.header)
	c.writer.WriteHeader(a.status)
	_, _ = c.writer.Write(a.raw) // a client that went away needs no answer
}
