package generate_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
	"conformance/internal/generate"
)

func schema(t testing.TB, text string) *openapi3.Schema {
	t.Helper()
	var s openapi3.Schema
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	return &s
}

// TestInvalid lists what is made for schemas that the embedded contract does not have.
func TestInvalid(t *testing.T) {
	embedded(t) // teaches the formats
	for name, c := range map[string]struct {
		schema  string
		example any
		want    string
	}{
		"one number only": {
			`{"type":"integer","minimum":5,"maximum":5}`, nil,
			`type: text="not-a-number" type: empty text="" type: number in quotes="5" type: array=[5] type: boolean=true null=null minimum: 4=4 maximum: 6=6`,
		},
		"two numbers": {
			`{"type":"integer","minimum":0,"maximum":1}`, nil,
			`type: text="not-a-number" type: empty text="" type: number in quotes="1" type: fraction=0.5 type: array=[1] type: boolean=true null=null minimum: -1=-1 maximum: 2=2`,
		},
		"exclusive bounds": {
			`{"type":"number","minimum":0,"exclusiveMinimum":true,"maximum":1,"exclusiveMaximum":true}`, nil,
			`type: text="not-a-number" type: empty text="" type: number in quotes="7" type: boolean=true null=null minimum: 0=0 maximum: 1=1`,
		},
		"dozens": {
			`{"type":"integer","multipleOf":12,"minimum":12}`, nil,
			`type: text="not-a-number" type: empty text="" type: number in quotes="12" type: array=[12] type: boolean=true null=null`,
		},
		"a large number": {
			`{"type":"integer","minimum":10000000000}`, nil,
			`type: text="not-a-number" type: empty text="" type: number in quotes="10000000000" type: fraction=10000000000.5 type: array=[10000000000] type: boolean=true null=null minimum: 9999999999=9999999999`,
		},
		"only true": {
			`{"type":"boolean","enum":[true]}`, nil,
			`type: text="yes" type: boolean in quotes="true" type: number=1 null=null enum: the other boolean=false`,
		},
		"numbers of a list": {
			`{"type":"integer","enum":[3,9]}`, nil,
			`type: text="not-a-number" type: empty text="" type: number in quotes="3" type: fraction=3.5 type: array=[3] type: boolean=true null=null enum: another number=10`,
		},
		"a nullable word": {
			`{"type":"string","enum":["a",null],"nullable":true}`, nil,
			`type: number=12345 type: object={} type: boolean=true type: array=["text"] enum: unknown word="conformance-none" enum: reserved word="constructor" enum: empty text="" enum: other letter case="A"`,
		},
		"a length beyond memory": {
			`{"type":"string","minLength":18446744073709551615,"maxLength":18446744073709551615}`, nil,
			`type: number=12345 type: object={} type: boolean=true type: array=["text"] null=null`,
		},
		"a length of 2 GB": {
			`{"type":"string","maxLength":2147483647}`, nil,
			`type: number=12345 type: object={} type: boolean=true type: array=["text"] null=null`,
		},
		"a pattern of one length": {
			`{"type":"string","pattern":"^[a-z]{2}$","maxLength":2}`, "ab",
			`type: number=12345 type: object={} type: boolean=true type: array=["ab"] null=null pattern: other letter case="AB" pattern: last character missing="a" pattern: first character missing="b" pattern: too short="a" pattern: only punctuation="!?"`,
		},
		"an address": {
			`{"type":"string","format":"ipv4"}`, nil,
			`type: number=12345 type: object={} type: boolean=true type: array=["text"] null=null format: 999.1.1.1="999.1.1.1"`,
		},
		"a list": {
			`{"type":"array","minItems":1,"maxItems":2,"items":{"type":"boolean"}}`, []any{true, false},
			`type: object={} type: text="not-an-array" null=null minItems: 0=[] maxItems: 3=[true,true,true] items: type: text=[false,"yes"] items: type: boolean in quotes=[false,"true"] items: type: number=[false,1] items: null=[false,null]`,
		},
		"a set": {
			`{"type":"array","maxItems":1,"uniqueItems":true,"items":{"type":"boolean"}}`, []any{true},
			`type: object={} type: text="not-an-array" null=null items: type: text=["yes"] items: type: boolean in quotes=["true"] items: type: number=[1] items: null=[null]`,
		},
		"an endless list": {
			`{"type":"array","maxItems":18446744073709551615,"items":{}}`, []any{true},
			`type: object={} type: text="not-an-array" null=null`,
		},
		"an object": {`{"type":"object"}`, nil, `type: array=[] type: text="not-an-object" null=null`},
		"anything":  {`{}`, nil, `null=null`},
	} {
		t.Run(name, func(t *testing.T) {
			s := schema(t, c.schema)
			var got []string
			for _, v := range generate.Invalid(s, c.example) {
				got = append(got, v.Name+"="+asJSON(t, v.JSON))
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, " "), c.want)
			}
		})
	}
}

// TestCopiesShareNothing changes everything that was handed out and looks whether anything else changed.
func TestCopiesShareNothing(t *testing.T) {
	s := schema(t, `{"type":"object","required":["list","inner"],"properties":{
		"list":{"type":"array","minItems":2,"maxItems":3,"items":{"type":"object","properties":{"n":{"type":"integer"}}}},
		"inner":{"type":"object","required":["name"],"properties":{"name":{"type":"string","maxLength":5},"a/b":{"type":"integer"}}}}}`)
	example := map[string]any{
		"list": []any{map[string]any{"n": 1.0}, map[string]any{"n": 2.0}}, "inner": map[string]any{"name": "x", "a/b": 1.0},
	}
	body := &contract.Body{Schema: s, Example: example}
	for _, name := range []string{"inner", "list"} {
		body.Fields = append(body.Fields, &contract.Field{Name: name, Schema: s.Properties[name].Value, Required: true})
	}
	before := asJSON(t, example)
	mutations := append(generate.Missing(body), generate.InvalidFields(body)...)
	var names []string
	for _, m := range mutations {
		names = append(names, m.Name)
		first := asJSON(t, m.Apply(example))
		mutate(m.Apply(example))
		mutate(m.Apply(example)["list"])
		if again := asJSON(t, m.Apply(example)); again != first {
			t.Errorf("%s made\n%s\nand then\n%s", m.Name, first, again)
		}
		if first == before {
			t.Errorf("%s changes nothing", m.Name)
		}
		mutate(m.Value)
	}
	for _, v := range generate.Edges(s.Properties["inner"].Value) {
		mutate(v.JSON)
	}
	copied := generate.Copy(example)
	mutate(copied)
	if after := asJSON(t, example); after != before {
		t.Errorf("the example was\n%s\nand is\n%s", before, after)
	}
	for _, want := range []string{
		"inner", "list", "inner/name", "inner/name: maxLength: 6 characters", "inner/a~1b: type: text", "list: minItems: 1",
		"list: maxItems: 4", "list: items: type: array",
	} {
		if !slices.Contains(names, want) {
			t.Errorf("no mutation %q in %q", want, names)
		}
	}
}

// mutate overwrites everything inside a JSON value.
func mutate(v any) {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			mutate(v[k])
			v[k] = "spoilt"
		}
		v["spoilt"] = true
	case []any:
		for i := range v {
			mutate(v[i])
			v[i] = "spoilt"
		}
	}
}

// TestGeneratedSchemas: whatever the schema, each invalid value breaks what it says and nothing else, and each edge is
// valid.
func TestGeneratedSchemas(t *testing.T) {
	embedded(t) // teaches the formats
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		s, example := randomSchema(r, 2)
		second := independent(t, s)
		if broken := second.broken(t, example); broken != nil {
			t.Fatalf("seed %d: %s is no example of %s: %q", seed, asJSON(t, example), asJSON(t, s), broken)
		}
		names := map[string]bool{}
		for _, v := range generate.Invalid(s, example) {
			if names[v.Name] {
				t.Errorf("seed %d: two values are named %s", seed, v.Name)
			}
			names[v.Name] = true
			broken := second.broken(t, v.JSON)
			want := string(v.Constraint)
			if v.Constraint == generate.Null {
				want = "type"
			}
			if len(broken) != 1 || !strings.HasPrefix(broken[0], want+" at ") {
				t.Errorf("seed %d: %s: %s breaks %q of %s", seed, v.Name, asJSON(t, v.JSON), broken, asJSON(t, s))
			}
		}
		for _, v := range generate.Edges(s) {
			if broken := second.broken(t, v.JSON); broken != nil {
				t.Errorf("seed %d: %s: %s breaks %q of %s", seed, v.Name, asJSON(t, v.JSON), broken, asJSON(t, s))
			}
		}
		if !names["null"] && !s.Nullable {
			t.Errorf("seed %d: null is not among what %s refuses", seed, asJSON(t, s))
		}
	}
}

// randomSchema returns a schema with a value that it accepts.
func randomSchema(r *rand.Rand, depth int) (*openapi3.Schema, any) {
	maybe := func() bool { return r.IntN(2) == 0 }
	s := &openapi3.Schema{Nullable: r.IntN(4) == 0}
	kinds := 5 + min(depth, 1)
	switch r.IntN(kinds) {
	case 0:
		s.Type = &openapi3.Types{"boolean"}
		return s, maybe()
	case 1, 2:
		s.Type = &openapi3.Types{"integer"}
		n := float64(r.IntN(200) - 100)
		if maybe() {
			s.Type = &openapi3.Types{"number"}
			n += 0.25
		}
		if maybe() {
			s.Min = new(math.Floor(n) - float64(r.IntN(3)))
		}
		if maybe() {
			s.Max = new(math.Ceil(n) + float64(r.IntN(3)))
		}
		return s, n
	case 3:
		s.Type = &openapi3.Types{"string"}
		text := strings.Repeat("k", 1+r.IntN(6))
		if maybe() {
			s.MinLength = uint64(r.IntN(len(text) + 1))
		}
		if maybe() {
			s.MaxLength = new(uint64(len(text) + r.IntN(3)))
		}
		if maybe() {
			s.Pattern = fmt.Sprintf("^k{%d}$", len(text))
		}
		return s, text
	case 4:
		s.Type, s.Nullable = &openapi3.Types{"string"}, false
		s.Enum = []any{"Red", "green", "BLUE"}[:1+r.IntN(3)]
		return s, s.Enum[0]
	default:
		s.Type = &openapi3.Types{"array"}
		items, one := randomSchema(r, depth-1)
		s.Items = &openapi3.SchemaRef{Value: items}
		list := []any{one}
		if maybe() {
			list = append(list, one)
		}
		if maybe() {
			s.MinItems = uint64(len(list))
		}
		if maybe() {
			s.MaxItems = new(uint64(len(list) + r.IntN(2)))
		}
		return s, list
	}
}
