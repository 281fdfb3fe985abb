package suite_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// readBody takes the body apart and judges every field of it. An operation without a body looks at none.
func (s *independent) readBody(c *indCall) *indProblem {
	schema := s.schemas[c.op.id]
	if schema == nil {
		return nil
	}
	if p := s.decode(c); p != nil {
		return p
	}
	if p := s.oddInput(c); p != nil {
		return p
	}
	if s.other() {
		for _, name := range schema.readOnly {
			if _, sent := c.body[name]; sent {
				return indRefuse("read-only-field", name, name+" is read-only.") // undefined
			}
		}
	}
	if p := s.extraFields(c, schema); p != nil {
		return p
	}
	c.fields = map[string]any{}
	for _, field := range schema.fields {
		value, sent := c.body[field.name]
		if sent && value == nil && !field.required && s.broken("null-treated-as-absent") {
			sent = false
		}
		if !sent && field.required {
			return indRefuse("missing-field", field.name, field.name+" is required.")
		}
		if !sent {
			continue
		}
		kept, p := s.checkField(field, value)
		if p != nil {
			return p
		}
		c.fields[field.name] = kept
	}
	// Whether a PATCH of nothing but unknown fields is empty is open: one dialect says so, one does not.
	if schema.some && len(c.fields) == 0 && (!s.other() || len(c.body) == 0) &&
		!s.broken("empty-inventory-patch-accepted") {
		return indRefuse("empty-patch", "", "At least one field is required, for example name.")
	}
	return nil
}

// decode reads a body that must be one JSON object and nothing else.
func (s *independent) decode(c *indCall) *indProblem {
	var tooLarge *http.MaxBytesError
	if errors.As(c.readErr, &tooLarge) {
		return indRefuse("too-large", "", "The request body is too large.")
	}
	decoder := json.NewDecoder(bytes.NewReader(c.raw))
	decoder.UseNumber()
	var value any
	err := decoder.Decode(&value)
	if err == nil && !s.broken("trailing-garbage-accepted") {
		if _, more := decoder.Token(); more != io.EOF {
			err = errors.New("more than one value")
		}
	}
	bad := indRefuse("malformed-body", "", "The request body must be a JSON object.")
	if object, ok := value.(map[string]any); ok && err == nil && c.readErr == nil {
		c.body = object
		return nil
	}
	if p := s.misreadBody(c, value, err); p != nil {
		return p
	}
	if c.body != nil {
		return nil
	}
	return bad
}

// misreadBody holds the faults that meet a body which is no object. One that takes the body sets c.body.
func (s *independent) misreadBody(c *indCall, value any, err error) *indProblem {
	_, list := value.([]any)
	_, text := value.(string)
	empty := len(bytes.TrimSpace(c.raw)) == 0
	fault := indRefuse("server-fault", "", "Something went wrong.")
	switch {
	case empty && s.broken("empty-body-500"):
		return fault
	case list && err == nil && s.broken("array-body-500"):
		return fault
	case text && err == nil && c.op.id == "createCustomer" && s.broken("string-body-500"):
		return fault
	case err != nil && !empty && c.op.id == "createAsset" && s.broken("malformed-json-500"):
		return fault
	case list && err == nil && s.broken("array-body-first-element-taken"):
		for _, first := range value.([]any)[:min(1, len(value.([]any)))] {
			c.body, _ = first.(map[string]any)
		}
	case value == nil && err == nil && c.op.id == "patchInventoryItem" && s.broken("null-body-accepted-on-patch"):
		c.body = c.present("item", "name")
	case empty && c.op.id == "updateJobStatus" && s.broken("empty-body-accepted-on-job-status"):
		c.body = c.present("job", "job_status")
	}
	return nil
}

// present is a body that repeats what the record of the request has, so that a faulty PATCH changes nothing.
func (c *indCall) present(table, field string) map[string]any {
	record := c.s.tables[table][c.ids["id"]]
	if record == nil {
		return nil
	}
	return map[string]any{field: c.s.view(table, record)[field]}
}

// oddInput holds the faults with legal but unusual bodies.
func (s *independent) oddInput(c *indCall) *indProblem {
	deep := bytes.Count(c.raw, []byte("[")) > 100 || bytes.Count(c.raw, []byte(`{"`)) > 100
	astral := strings.ContainsFunc(string(c.raw), func(r rune) bool { return r > 0xFFFF })
	switch {
	case bytes.Contains(c.raw, []byte(`\u0000`)) && s.broken("500-on-nul-character"),
		deep && s.broken("500-on-deep-body"),
		len(c.raw) > 60000 && s.broken("500-on-long-body"),
		astral && s.broken("500-on-emoji"):
		return indRefuse("server-fault", "", "Something went wrong.")
	}
	return nil
}

// extraFields lets unknown fields pass, as the brief assumes; only a faulty server minds them.
func (s *independent) extraFields(c *indCall, schema *indSchema) *indProblem {
	if !s.broken("extra-fields-refused") {
		return nil
	}
	known := map[string]bool{}
	for _, field := range schema.fields {
		known[field.name] = true
	}
	for name := range c.body {
		if !known[name] {
			return indRefuse("invalid-field", "body", "The body has an unknown field.")
		}
	}
	return nil
}

// checkReferences looks up every record that a body field names. Another company's is as good as none.
func (s *independent) checkReferences(c *indCall) *indProblem {
	schema := s.schemas[c.op.id]
	if schema == nil {
		return nil
	}
	for _, field := range schema.fields {
		value, sent := c.fields[field.name]
		if field.table == "" || !sent || field.lax == "any" {
			continue
		}
		record := s.tables[field.table][indInt(value)]
		if record == nil || record.company != c.key.company && field.lax != "foreign" {
			return indRefuse("unknown-reference", field.name, field.name+" names no record of this company.")
		}
	}
	return nil
}

// findRecords looks up the records that the address names, and holds them against the caller's company.
func (s *independent) findRecords(c *indCall) *indProblem {
	for _, find := range c.op.finds {
		record := s.tables[find.table][c.ids[find.param]]
		unknown := indRefuse("unknown-record", find.param, "There is no such record: "+find.param+".")
		if find.table == "location" && record != nil && c.found["customer"] != nil && record.owner != c.found["customer"].id {
			return unknown
		}
		if record == nil {
			return unknown
		}
		if record.company != c.key.company && !c.op.anyTenant {
			return indRefuse("foreign-record", find.param, unknown.message)
		}
		c.found[find.table] = record
	}
	return nil
}
