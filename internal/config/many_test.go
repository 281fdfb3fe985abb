package config_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"conformance/internal/config"
)

// TestFixtureNumbers: a number of a fixture keeps all its digits, read and written.
func TestFixtureNumbers(t *testing.T) {
	const text = "credentials: {full: abc}\nfixtures:\n  a.b: [9007199254740993, 99999999999999999999, " +
		"0.30000000000000004441, \"7\"]\n  c.d: 1e3\n"
	f, err := config.Parse("conformance.yaml", []byte(text), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	want := config.Many{9007199254740993, json.Number("99999999999999999999"), json.Number("0.30000000000000004441"), "7"}
	if diff := cmp.Diff(want, f.Fixtures["a.b"].Values); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(config.Many{json.Number("1e3")}, f.Fixtures["c.d"].Values); diff != "" {
		t.Error(diff)
	}
	written, err := yaml.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(written), "99999999999999999999, 0.30000000000000004441, \"7\"]") {
		t.Errorf("written back: %s", written)
	}
}
