package suite

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/judge"
	"conformance/internal/result"
)

// 400: the body is not what the operation takes.

var malformedBody = check.Check{
	ID: "VALID-004", Level: result.Must, Situation: contract.MalformedBody,
	Title:  "a body that is not a JSON object is refused",
	Clause: "Empty, not JSON, cut off, or JSON of another type than object.",
	Over:   check.Operations(contract.TakesAnyJSON),
	Variants: raws(
		raw{"empty", func([]byte) []byte { return []byte{} }},
		raw{"not JSON", func([]byte) []byte { return []byte("this is not JSON") }},
		raw{"truncated", func(good []byte) []byte { return good[:len(good)/2] }},
		raw{"array", func(good []byte) []byte { return append(append([]byte("["), good...), ']') }},
		raw{"object", func(good []byte) []byte { return bytes.TrimSuffix(bytes.TrimPrefix(good, []byte("[")), []byte("]")) }},
		raw{"string", func([]byte) []byte { return []byte(`"text"`) }},
		raw{"number", func([]byte) []byte { return []byte("42") }},
		raw{"boolean", func([]byte) []byte { return []byte("true") }},
		raw{"null", func([]byte) []byte { return []byte("null") }},
		raw{"HTML form", form},
		raw{"trailing comma", func(good []byte) []byte { return insert(good, len(good)-1, ",") }},
		raw{"NaN", withExtra("NaN")},
		raw{"Infinity", withExtra("-Infinity")},
		raw{"single quotes", func(good []byte) []byte { return bytes.ReplaceAll(good, []byte(`"`), []byte("'")) }},
	),
}

// withExtra writes a member that the contract does not know behind the good ones, its value as it stands: what the
// value is can only matter to a parser.
func withExtra(value string) func(good []byte) []byte {
	return func(good []byte) []byte {
		last := bytes.LastIndexByte(good, '}')
		if last < 0 {
			return good // it has no members
		}
		return insert(good, last, `,"conformance":`+value)
	}
}

func insert(good []byte, at int, text string) []byte {
	return slices.Concat(good[:at], []byte(text), good[at:])
}

// form writes the fields of an object as an HTML form does.
func form(good []byte) []byte {
	body, _ := judge.Decode(good) // it was just marshalled
	if items, isList := body.([]any); isList && len(items) > 0 {
		body = items[0]
	}
	values := url.Values{}
	fields, isObject := body.(map[string]any)
	if !isObject {
		return good
	}
	for name, v := range fields {
		values.Set(name, generate.Text(v))
	}
	return []byte(values.Encode())
}

type raw struct {
	name string
	of   func(good []byte) []byte
}

// raws sends each as the body, where the body's schema does not accept it.
func raws(all ...raw) func(*contract.Contract, check.Subject) []check.Variant {
	return func(_ *contract.Contract, s check.Subject) []check.Variant {
		var out []check.Variant
		for _, r := range all {
			if acceptsText(s.Operation.Body, r.of) {
				continue
			}
			out = append(out, check.Variant{Name: r.name, Run: func(t *check.T) {
				valid := t.Valid()
				t.Expect(t.Send(valid.WithRaw(r.of(valid.Build().Body), "body: "+r.name))).To(check.BeRefused())
			}})
		}
		return out
	}
}

// acceptsText says that what becomes of a good body is as good: some APIs take lists, more than objects, or nothing.
func acceptsText(b *contract.Body, of func(good []byte) []byte) bool {
	var valid any = b.Example
	if b.Example == nil {
		valid = b.Whole
	}
	good, _ := json.Marshal(valid) // JSON values always marshal
	if b.List {
		good = slices.Concat([]byte("["), good, []byte("]"))
	}
	text := of(good)
	v, err := judge.Decode(text)
	if err != nil {
		return len(text) == 0 && !b.Required
	}
	if !b.List {
		return generate.Accepts(b.Schema, v)
	}
	items, isList := v.([]any)
	return isList && !slices.ContainsFunc(items, func(item any) bool { return !generate.Accepts(b.Schema, item) })
}
