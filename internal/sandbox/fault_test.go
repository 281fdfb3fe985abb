package sandbox_test

import (
	"strings"
	"testing"

	"conformance/internal/sandbox"
)

func withFault(name string) func(*sandbox.Options) {
	return func(o *sandbox.Options) { o.Fault = name }
}

// TestFaults makes a server with every fault.
func TestFaults(t *testing.T) {
	c, err := load()
	if err != nil {
		t.Fatal(err)
	}
	families, seen := map[string]int{}, map[string]bool{}
	for _, f := range sandbox.Faults(c) {
		if seen[f.Name] || strings.ContainsAny(f.Name, " \t\n") || !strings.HasPrefix(f.Name, f.Family) || f.Description == "" || f.Level == "" {
			t.Errorf("%+v", f)
		}
		if f.Operation != "" && c.Operation(f.Operation) == nil && !strings.HasPrefix(f.Operation, "/") {
			t.Errorf("%s is confined to %s, which is no operation", f.Name, f.Operation)
		}
		seen[f.Name] = true
		families[f.Family]++
		if _, err := sandbox.New(c, sandbox.Options{Fault: f.Name}); err != nil {
			t.Error(err)
		}
	}
	if len(seen) < 250 {
		t.Errorf("%d faults", len(seen))
	}
	t.Log(len(seen), len(families))
	_, err = sandbox.New(c, sandbox.Options{Fault: "flag-missin"})
	if err == nil || !strings.Contains(err.Error(), "flag-missing") {
		t.Errorf("an unknown fault: %v", err)
	}
}
