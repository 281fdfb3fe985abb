package generate_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"conformance/internal/contract"
	"conformance/internal/generate"
)

const deep = `{"type":"object","required":["pet","tags"],"properties":{
	"pet":{"oneOf":[{"type":"object","required":["bark"],"properties":{"bark":{"type":"integer","minimum":1}}},
		{"type":"object","required":["name"],"properties":{"name":{"type":"string","maxLength":3}}}]},
	"tags":{"type":"array","minItems":1,"items":{"type":"object","required":["key"],"properties":{
		"key":{"type":"string","pattern":"^[a-z]+$"},"on":{"type":"boolean"}}}},
	"labels":{"type":"object","additionalProperties":{"type":"string","enum":["a","b"]}},
	"loose":{"anyOf":[{"type":"integer"},{"type":"string"},{"type":"boolean"},{"type":"object"},{"type":"array"}]},
	"also":{"allOf":[{"type":"object","required":["x"],"properties":{"x":{"type":"string","format":"date"}}},
		{"type":"object","properties":{"list":{"type":"array","items":{"type":"integer"}}}}]}}}`

// TestMutationsReachEveryDepth: members of objects, lists, maps and of the branch that the example takes, each once.
func TestMutationsReachEveryDepth(t *testing.T) {
	embedded(t) // teaches the formats
	s := schema(t, deep)
	example, err := generate.Fitting(s)
	if err != nil {
		t.Fatal(err)
	}
	body := &contract.Body{Schema: s, Example: example.(map[string]any)}
	second := independent(t, s)
	if broken := second.broken(t, example); broken != nil {
		t.Fatalf("%s breaks %v", asJSON(t, example), broken)
	}
	names, keys := map[string]bool{}, map[string]int{}
	for _, m := range append(generate.Missing(body), generate.InvalidFields(body)...) {
		names[m.Name] = true
		if len(m.Pointer.Tokens()) > 1 {
			keys[m.Key()]++
		}
		if m.Field == nil || second.broken(t, m.Apply(body.Example)) == nil {
			t.Errorf("%s is valid: %s", m.Name, asJSON(t, m.Apply(body.Example)))
		}
	}
	for _, want := range []string{
		"pet", "pet/bark", "pet/bark: type: text", "pet/bark: minimum: 0", "tags/0/key",
		"tags/0/key: pattern: other letter case", "tags/0/on: null",
		"labels/key1: enum: unknown word", "also/x", "also/x: format: not-a-date",
		"also/list: items: type: text", "also/list: type: object", "loose: null",
	} {
		if !names[want] {
			t.Errorf("no mutation %q in %q", want, slices.Sorted(maps.Keys(names)))
		}
	}
	if names["loose: type: text"] {
		t.Error("a text is a mutation of a member that may be a text")
	}
	for key, n := range keys {
		if n > 1 && key != "/also/list type" && key != "/also/list null" { // of the list and of its items
			t.Errorf("%s is broken %d times", key, n)
		}
	}
}

// TestFittingIsDeterministic: twice the same, and text of numbers as JSON has it.
func TestFittingIsDeterministic(t *testing.T) {
	s := schema(t, deep)
	one, _ := generate.Fitting(s)
	two, _ := generate.Fitting(s)
	if asJSON(t, one) != asJSON(t, two) {
		t.Errorf("%s, then %s", asJSON(t, one), asJSON(t, two))
	}
	bark, _ := contract.Pointer("/pet/bark").Get(one)
	if _, ok := bark.(json.Number); !ok {
		t.Errorf("a number is a %T", bark)
	}
}
