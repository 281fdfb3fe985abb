package result

import "testing"

func TestRenamedVariants(t *testing.T) {
	for _, c := range []struct{ check, before, now string }{
		{"AUTH-002", "words of programs", "reserved words"},
		{"AUTH-003", "words of programs", "words of programs"}, // of another check
		{"ACCEPT-001", "edges 12", "boundary values 12"},
		{"FOUND-003", "record", "record"},
		{"FOUND-003", "location_id alone", "location_id only"},
		{"FOUND-004", "extra segment", "extra last segment"},
		{"FOUND-004", "under another", "extra first segment"},
		{"VALID-002", "state: pattern: punctuation", "state: pattern: only punctuation"},
		{"VALID-002", "tags: items: enum: a character short", "tags: items: enum: last character missing"},
		{"VALID-011", "mail: nothing before the @", "mail: nothing before the @"},
		{"VALID-011", "mail: nothing", "mail: empty"},
		{"VALID-001", "cut", "cut"}, // a field of that name
	} {
		if got := CurrentVariant(c.check, c.before); got != c.now {
			t.Errorf("%s: %q is %q today, want %q", c.check, c.before, got, c.now)
		}
		if got := FormerVariant(c.check, c.now); got != c.before {
			t.Errorf("%s: %q was %q, want %q", c.check, c.now, got, c.before)
		}
	}
}

// TestNewNamesMakeNoNewFindings: a fingerprint is that of the first name.
func TestNewNamesMakeNoNewFindings(t *testing.T) {
	d := Difference{Kind: KindStatus, Rule: MustRefuse, At: "status"}
	before := d.fingerprint(&Check{ID: "AUTH-002", Operation: "op", Variant: "cut"})
	if now := d.fingerprint(&Check{ID: "AUTH-002", Operation: "op", Variant: "truncated"}); now != before {
		t.Errorf("%s was %s", now, before)
	}
	if other := d.fingerprint(&Check{ID: "AUTH-002", Operation: "op", Variant: "extended"}); other == before {
		t.Errorf("another variant has the same fingerprint %s", other)
	}
}
