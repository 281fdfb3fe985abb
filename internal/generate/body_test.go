package generate_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"conformance"
	"conformance/internal/contract"
	"conformance/internal/generate"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var loaded = sync.OnceValues(func() (*contract.Contract, error) { return contract.Load(conformance.OpenAPI) })

func embedded(t testing.TB) *contract.Contract {
	t.Helper()
	c, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// bodies are the request bodies of the embedded contract by the names of their schemas.
func bodies(t testing.TB) map[string]*contract.Body {
	all := map[string]*contract.Body{}
	for _, o := range embedded(t).Operations {
		if o.Body != nil {
			all[o.Body.Ref] = o.Body
		}
	}
	return all
}

// TestMutationsBreakOneThing asks an independent validator what each mutation of each body breaks.
func TestMutationsBreakOneThing(t *testing.T) {
	for name, body := range bodies(t) {
		t.Run(name, func(t *testing.T) {
			second := independent(t, body.Schema)
			if broken := second.broken(t, body.Example); broken != nil {
				t.Fatalf("the valid body breaks %v", broken)
			}
			before := asJSON(t, body.Example)
			names := map[string]bool{}
			for _, m := range append(generate.Missing(body), generate.InvalidFields(body)...) {
				if names[m.Name] {
					t.Errorf("two mutations are named %s", m.Name)
				}
				names[m.Name] = true
				mutated := m.Apply(body.Example)
				if changed := changes(body.Example, mutated); len(changed) != 1 || "/"+changed[0] != string(m.Pointer) {
					t.Errorf("%s changes %q", m.Name, changed)
				}
				want := expected(m.Constraint, string(m.Pointer))
				if m.Constraint == generate.Required {
					want = []string{"required at "}
				}
				if got := second.broken(t, mutated); !slices.Equal(got, want) {
					t.Errorf("%s breaks %q, want %q", m.Name, got, want)
				}
			}
			if after := asJSON(t, body.Example); after != before {
				t.Errorf("the example was\n%s\nand is\n%s", before, after)
			}
			for _, f := range body.Fields {
				if required := slices.Contains(body.Schema.Required, f.Name); required != names[f.Name] {
					t.Errorf("%s: required is %v, left out is %v", f.Name, required, names[f.Name])
				}
			}
		})
	}
}

// TestEdgesAreValid: what is said to be just allowed is allowed, alone and inside the body.
func TestEdgesAreValid(t *testing.T) {
	for name, body := range bodies(t) {
		second := independent(t, body.Schema)
		for _, f := range body.Fields {
			for _, v := range generate.Edges(f.Schema) {
				changed := generate.Copy(body.Example).(map[string]any)
				changed[f.Name] = v.JSON
				if broken := second.broken(t, changed); broken != nil {
					t.Errorf("%s.%s: %s breaks %q", name, f.Name, v.Name, broken)
				}
			}
		}
	}
}

// TestParameterTexts reads each text as a server would and asks an independent validator about it.
func TestParameterTexts(t *testing.T) {
	for _, o := range embedded(t).Operations {
		for _, p := range o.Parameters {
			second := independent(t, p.Schema)
			texts := generate.InvalidTexts(p)
			if p.Role == contract.Identifier {
				texts = append(texts, generate.InvalidIDs(p)...)
			}
			for _, text := range texts {
				var value any = text.Text
				if !p.Schema.Type.Is("string") && json.Unmarshal([]byte(text.Text), &value) != nil {
					value = text.Text
				}
				if second.broken(t, value) == nil && text.Text != "99999999999999999999" {
					t.Errorf("%s: %s is valid", o.ID, text.Name)
				}
				if text.Text == "" {
					t.Errorf("%s: %s is empty, which means nothing in particular", o.ID, text.Name)
				}
			}
			if p.Constrained() && len(texts) == 0 {
				t.Errorf("%s: nothing is invalid for %s", o.ID, p.Name)
			}
		}
	}
}

// TestGolden lists everything that is made from the embedded contract.
func TestGolden(t *testing.T) {
	lines := map[string]bool{}
	for name, body := range bodies(t) {
		for _, m := range generate.Missing(body) {
			lines[fmt.Sprintf("%s without %s", name, m.Name)] = true
		}
		for _, m := range generate.InvalidFields(body) {
			lines[fmt.Sprintf("%s.%s → %s", name, m.Name, short(asJSON(t, m.Value)))] = true
		}
		for _, f := range body.Fields {
			for _, v := range generate.Edges(f.Schema) {
				lines[fmt.Sprintf("%s.%s allowed: %s → %s", name, f.Name, v.Name, short(asJSON(t, v.JSON)))] = true
			}
		}
	}
	for _, o := range embedded(t).Operations {
		for _, p := range o.Inputs() {
			for _, text := range generate.InvalidTexts(p) {
				lines[fmt.Sprintf("parameter %s → %s", text.Name, text.Text)] = true
			}
		}
		for _, p := range o.Identifiers() {
			for _, text := range generate.InvalidIDs(p) {
				lines[fmt.Sprintf("identifier %s → %s", text.Name, text.Text)] = true
			}
		}
	}
	var sorted []string
	for line := range lines {
		sorted = append(sorted, line)
	}
	slices.Sort(sorted)
	got := strings.Join(sorted, "\n") + "\n"
	const file = "testdata/embedded.golden"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (make update writes it again):\n%s", file, diff)
	}
}

// changes are the names of the members in which two bodies differ.
func changes(a, b map[string]any) []string {
	var names []string
	for name := range a {
		if v, ok := b[name]; !ok || !cmp.Equal(v, a[name]) {
			names = append(names, name)
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name)
		}
	}
	return names
}

func asJSON(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func short(s string) string {
	if n := utf8.RuneCountInString(s); n > 60 {
		return fmt.Sprintf("%s… (%d characters)", string([]rune(s)[:20]), n)
	}
	return s
}
