package sandbox

import (
	"os"
	"strings"
	"testing"

	"conformance"
	"conformance/internal/contract"
)

// TestGroups: no contract gives two faults one name, no family is in two groups, and every group makes faults.
func TestGroups(t *testing.T) {
	for _, path := range []string{"", "testdata/library.yaml", "testdata/depot.yaml", "../contract/testdata/small.yaml"} {
		m := newModel(read(t, path))
		if _, err := m.faults(); err != nil {
			t.Errorf("%q: %v", path, err)
		}
	}
	names := map[string]bool{}
	for _, g := range groups {
		made, err := collect(newModel(read(t, "")), []group{g})
		if err != nil || len(made) == 0 || names[g.name] {
			t.Errorf("group %q: %d faults, %v, or its name is taken", g.name, len(made), err)
		}
		names[g.name] = true
	}
}

// TestOneNameTwice: whoever asks for a fault by its name must not get another one.
func TestOneNameTwice(t *testing.T) {
	m := newModel(read(t, ""))
	of := func(faults ...Fault) func(*model) []Fault { return func(*model) []Fault { return faults } }
	nothing := func(*rules) {}
	one, same := must("one", "", "", "d", nothing), must("one", "", "", "another d", nothing)
	part, other := must("one", "a b", "", "d", nothing), must("one", "a-b", "", "d", nothing)
	for name, tc := range map[string]struct {
		groups []group
		want   string
	}{
		"one of each": {
			[]group{{"x", of(one, part)}, {"y", of(must("two", "", "", "d", nothing))}},
			"",
		},
		"a fault twice in a group": {
			[]group{{"x", of(one, same)}},
			`two faults are called "one", in the groups x and x`,
		},
		"a fault in two groups": {
			[]group{{"x", of(one)}, {"y", of(same)}},
			`two faults are called "one", in the groups x and y`,
		},
		"a family in two groups": {
			[]group{{"x", of(one)}, {"y", of(part)}},
			`the fault family "one" is in the groups x and y`,
		},
		"subjects that read alike": {
			[]group{{"x", of(part, other)}},
			`two faults are called "one:a-b"`,
		},
		"not a situation of the contract": {
			[]group{{"x", of(one, must("one", "", "unheard-of", "d", nothing))}},
			"",
		},
	} {
		_, err := collect(m, tc.groups)
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}

	s := &Server{model: m, rules: correctRules()}
	m.faults = func() ([]Fault, error) { return collect(m, []group{{"x", of(one, same)}}) }
	if err := s.breakBy("one"); err == nil || !strings.Contains(err.Error(), `two faults are called "one"`) {
		t.Errorf("a server with one of two faults of one name: %v", err)
	}
}

// read loads a contract; without a path, the embedded one.
func read(t *testing.T, path string) *contract.Contract {
	t.Helper()
	text := conformance.OpenAPI
	if path != "" {
		var err error
		if text, err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	c, err := contract.Load(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
