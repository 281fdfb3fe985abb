package certify

import (
	"testing"

	"conformance/internal/result"
)

// TestCertificateFromBefore: a bundle whose rows have the names that variants had first proves as much as one of today.
func TestCertificateFromBefore(t *testing.T) {
	e, key := clean(t), pair(t)
	runs, renamed := e.copies(), 0
	for i := range runs {
		for j := range runs[i].Checks {
			row := &runs[i].Checks[j]
			row.Variant, row.Title = result.FormerVariant(row.ID, row.Variant), "as it was worded"
			if result.CurrentVariant(row.ID, row.Variant) != row.Variant {
				renamed++
			}
		}
		runs[i].Finish()
	}
	if renamed == 0 {
		t.Fatal("the contract of this test has no renamed variant")
	}
	b, err := e.reference.former().Make(t.Context(), product, runs, key)
	if err != nil {
		t.Fatal(err)
	}
	if found := verify(t, b, key); !Certified(found) {
		t.Errorf("a bundle with former names: %+v", found)
	}
	sample := result.Run{Checks: e.copies()[0].Checks, Target: runs[0].Target}
	if p := e.reference.Compare(b, sample); p.State != Proven {
		t.Errorf("a spot check of a bundle with former names: %+v", p)
	}
	// Former names in the rows and today's in the statement do not go together.
	if b, err = e.reference.Make(t.Context(), product, runs, key); err != nil {
		t.Fatal(err)
	}
	if p := property(t, verify(t, b, key), "rows"); p.State != Refuted {
		t.Errorf("former names under a statement of today: %+v", p)
	}
}

// TestFormerNamesAreDistinct: in a whole plan, no two rows of one check had the same first name, and the way back leads
// to today's.
func TestFormerNamesAreDistinct(t *testing.T) {
	seen := map[rowName]string{}
	for _, row := range clean(t).reference.planned {
		name := nameOf(row)
		name.variant = result.FormerVariant(row.ID, row.Variant)
		if other, twice := seen[name]; twice {
			t.Errorf("%s: %q and %q both come from %q", row.ID, other, row.Variant, name.variant)
		}
		seen[name] = row.Variant
		if now := result.CurrentVariant(row.ID, name.variant); now != row.Variant {
			t.Errorf("%s: %q comes from %q, which is %q today", row.ID, row.Variant, name.variant, now)
		}
	}
}
