package certify

import (
	"os"
	"testing"

	"conformance/internal/contract"
)

// TestSampleLooksAtItself: a row that looks back on a whole run would judge another run here than in the bundle.
func TestSampleLooksAtItself(t *testing.T) {
	data, err := os.ReadFile("testdata/tickets.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := contract.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := Sample(c, FullPlan(c).Size())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, k := range plan.Cases {
		if k.Check.Last {
			t.Errorf("%s looks back on a whole run", k.Check.ID)
		}
		seen[k.Check.ID] = true
	}
	if len(seen) < 30 {
		t.Errorf("only %d checks in a sample of everything", len(seen))
	}
}
