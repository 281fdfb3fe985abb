package sandbox

import (
	"bytes"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"conformance/internal/contract"
)

// bodyFaults: a body that is not a JSON object, or lacks a required field, is accepted.

var malformed = []struct {
	name, description string
	test              func(raw []byte) bool
}{
	{"empty", "An empty body", func(raw []byte) bool { return len(bytes.TrimSpace(raw)) == 0 }},
	{"not-json", "A body that is not JSON", func(raw []byte) bool {
		return !begins(raw, `{["0123456789tfn`) && len(raw) > 0 || begins(raw, "t") && !json.Valid(raw)
	}},
	{"cut", "A body that is cut off", func(raw []byte) bool { return begins(raw, "{") && !json.Valid(raw) }},
	{"array", "A body that is an array", func(raw []byte) bool { return begins(raw, "[") }},
	{"string", "A body that is a string", func(raw []byte) bool { return begins(raw, `"`) }},
	{"number", "A body that is a number", func(raw []byte) bool { return begins(raw, "-0123456789") }},
	{"boolean", "A body that is a boolean", func(raw []byte) bool { return begins(raw, "tf") && json.Valid(raw) }},
	{"null", "A body that is null", func(raw []byte) bool { return string(bytes.TrimSpace(raw)) == "null" }},
}

func begins(raw []byte, with string) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) > 0 && strings.IndexByte(with, raw[0]) >= 0
}

func bodyFaults(m *model) []Fault {
	isMalformed := func(test func([]byte) bool, where func(*call) bool) func(*call, *refusal) bool {
		return func(c *call, r *refusal) bool {
			return r.situation == contract.MalformedBody && where(c) && test(c.load())
		}
	}
	faults := mediaTypeFaults(m)
	for _, one := range malformed {
		faults = append(faults,
			must("malformed-body-accepted", one.name, contract.MalformedBody, one.description+" is accepted.",
				changeEffect(ignore, isMalformed(one.test, anywhere))),
			must("malformed-body-crashes", one.name, contract.MalformedBody, one.description+" makes the server fail.",
				replaceRefusal(isMalformed(one.test, anywhere), crash)),
		)
	}
	all := func([]byte) bool { return true }
	faults = append(faults,
		must("malformed-body-accepted", "", contract.MalformedBody, "A body that is no JSON object is accepted.",
			changeEffect(ignore, isMalformed(all, anywhere))))
	for _, op := range sampleEvenly(m.operationsWith(hasBody), 4) {
		faults = append(faults,
			must("malformed-body-accepted", op.ID, contract.MalformedBody,
				"The operation accepts a body that is no JSON object.",
				changeEffect(ignore, isMalformed(all, at(op)))))
	}
	faults = append(faults,
		must("first-of-array-taken", "", contract.MalformedBody, "Of a body that is an array the first element is taken.",
			func(b *rules) {
				correct := b.object
				b.object = func(raw []byte) (map[string]any, error) {
					var list []json.RawMessage
					if json.Unmarshal(raw, &list) == nil && len(list) > 0 {
						raw = list[0]
					}
					return correct(raw)
				}
			}))
	for _, one := range []struct {
		name, description string
		repair            func(raw []byte) []byte
	}{
		{"form-body-accepted", "A body that is written like a form is taken for an object.", fromForm},
		{"comma-too-many-accepted", "A trailing comma in a body is ignored.",
			func(raw []byte) []byte { return trailingComma.ReplaceAll(raw, []byte("$1")) }},
		{"nan-accepted", "NaN in a body is taken for a number.",
			func(raw []byte) []byte { return notANumber.ReplaceAll(raw, []byte("${1}1$2")) }},
		{"infinity-accepted", "Infinity in a body is taken for a number.",
			func(raw []byte) []byte { return infinity.ReplaceAll(raw, []byte("${1}1$2")) }},
		{"single-quotes-accepted", "Single quotes do for double ones in a body.",
			func(raw []byte) []byte { return bytes.ReplaceAll(raw, []byte("'"), []byte(`"`)) }},
	} {
		faults = append(faults, must(one.name, "", contract.MalformedBody, one.description, func(b *rules) {
			correct := b.object
			b.object = func(raw []byte) (map[string]any, error) {
				if body, err := correct(raw); err == nil {
					return body, nil
				}
				return correct(one.repair(raw))
			}
		}))
	}
	return append(faults, missingFieldFaults(m)...)
}

// trailingComma is what JSON5 allows: a comma before the end of an object or a list.
var trailingComma = regexp.MustCompile(`,\s*([}\]])`)

// notANumber and infinity are what JavaScript's and Python's numbers have, and JSON's have not.
var (
	notANumber = regexp.MustCompile(`([:\[,]\s*)NaN(\s*[,\]}])`)
	infinity   = regexp.MustCompile(`([:\[,]\s*)-?Infinity(\s*[,\]}])`)
)

// fromForm writes the fields of a form as an object: what reads as JSON as it is, everything else as text.
func fromForm(raw []byte) []byte {
	values, err := url.ParseQuery(string(raw))
	if err != nil || !bytes.Contains(raw, []byte("=")) {
		return raw
	}
	body := map[string]any{}
	for name := range values {
		body[name] = values.Get(name)
		if text := []byte(values.Get(name)); json.Valid(text) && !begins(text, `"`) {
			body[name] = json.RawMessage(text)
		}
	}
	text, _ := json.Marshal(body) // it is made of valid JSON
	return text
}

func missingFieldFaults(m *model) []Fault {
	absent := func(v violation) bool { return v.In == "body" && v.Keyword == "required" }
	faults := []Fault{
		must("ignores-required", "", contract.MissingField, "No required field is asked for.",
			ignoreViolations(anywhere, absent)),
		must("empty-object-accepted", "", contract.MissingField, "A body of {} is accepted where something is required.",
			changeEffect(ignore, func(c *call, r *refusal) bool {
				return r.situation == contract.MissingField && c.body != nil && len(c.body) == 0
			})),
	}
	for _, p := range sampleEvenly(m.parts(func(f *field) bool { return f.Required }), 14) {
		faults = append(faults,
			must("ignores-required", p.String(), contract.MissingField, "The field is not asked for though required.",
				ignoreViolations(at(p.op), func(v violation) bool {
					return absent(v) && slices.Equal(v.Path, []string{p.Name})
				})))
	}
	for _, op := range m.operationsWith(hasBody) {
		if op.Body.Schema.MinProps > 0 {
			faults = append(faults,
				must("ignores-min-properties", op.ID, contract.MissingField, "An object without any field is accepted.",
					ignoreViolations(at(op), func(v violation) bool {
						return v.Keyword == "minProperties"
					})))
		}
	}
	return faults
}
