package result

import (
	"encoding/json"
	"slices"
	"testing"
)

func fingerprintOf(c Check, d Difference) string {
	c.Differences = []Difference{d}
	c.identify()
	return c.Fingerprint
}

// What two runs may differ in leaves a fingerprint as it is, and what is another defect changes it.
func TestFingerprint(t *testing.T) {
	row := Check{
		ID: "A-1", Operation: "op", Situation: "s", Variant: "name: maxLength: 256 characters", VariantKey: "/name maxLength",
	}
	one := Difference{
		Kind: KindEnvelope, Rule: FollowsSchema, At: "/items/3/name", Part: "/name", Want: []string{"a"}, Got: "b",
		Detail: "c",
	}
	base := fingerprintOf(row, one)
	if len(base) != 16 {
		t.Fatalf("fingerprint %q", base)
	}
	for name, change := range map[string]func(*Check, *Difference){
		"a value":            func(_ *Check, d *Difference) { d.Got, d.Want, d.Detail = "x", []string{"y"}, "z" },
		"another item":       func(_ *Check, d *Difference) { d.At = "/items/70/name" },
		"an item by its id":  func(_ *Check, d *Difference) { d.At = "/items/0b1c2d3e-0000-4000-8000-0123456789ab/name" },
		"the variant's name": func(c *Check, _ *Difference) { c.Variant = "name: maxLength: 300 characters" },
	} {
		c, d := row, one
		change(&c, &d)
		if got := fingerprintOf(c, d); got != base {
			t.Errorf("%s changes the fingerprint", name)
		}
	}
	for name, change := range map[string]func(*Check, *Difference){
		"the check":     func(c *Check, _ *Difference) { c.ID = "A-2" },
		"the operation": func(c *Check, _ *Difference) { c.Operation = "other" },
		"the situation": func(c *Check, _ *Difference) { c.Situation = "other" },
		"another field": func(c *Check, d *Difference) { c.VariantKey, d.Part = "/title maxLength", "/title" },
		"another place": func(_ *Check, d *Difference) { d.At = "/items/3/title" },
		"another kind":  func(_ *Check, d *Difference) { d.Kind = KindState },
		"a transition":  func(_ *Check, d *Difference) { d.From, d.To = "a", "b" },
	} {
		c, d := row, one
		change(&c, &d)
		if got := fingerprintOf(c, d); got == base {
			t.Errorf("%s does not change the fingerprint", name)
		}
	}
}

// Headers have no letter case; members have.
func TestPlace(t *testing.T) {
	if a, b := (Difference{
		Kind: KindHeader, At: "Retry-After",
	}), (Difference{Kind: KindHeader, At: "retry-after"}); a.Place() != b.Place() {
		t.Errorf("%q and %q", a.Place(), b.Place())
	}
	if a, b := (Difference{
		Kind: KindState, At: "op/data/Name",
	}), (Difference{Kind: KindState, At: "op/data/name"}); a.Place() == b.Place() {
		t.Errorf("%q twice", a.Place())
	}
}

// Every rule has words, and none of them leaves a gap where a member is empty.
func TestWording(t *testing.T) {
	for rule := range wordings {
		for _, d := range []Difference{
			{Kind: KindState, Rule: rule, At: "place", Want: []string{"w1", "w2"}, Got: "g", Detail: "d"},
			{Kind: KindState, Rule: rule, At: "place", Want: []string{"w"}, Absent: true, Detail: "d"},
		} {
			f := d.Failure()
			if f.Expected == "" || f.Actual == "" || f.Message == "" {
				t.Errorf("%s: %+v", rule, f)
			}
		}
	}
	d := Difference{
		Kind: KindStatus, Rule: MustRefuse, At: "status", Want: []string{"401 unauthorized", "403"}, Got: "200 OK",
		Accepted: true,
	}
	want := Failure{KindStatus, "401 unauthorized or 403", "200 OK", "the request was accepted (200 OK); it must be " +
		"refused with 401 unauthorized or 403"}
	if got := d.Failure(); got != want {
		t.Errorf("%+v", got)
	}
}

// A row keeps its differences through JSON, shows them in words too, and one that an earlier version wrote says what it
// said.
func TestRowAsJSON(t *testing.T) {
	row := Check{
		ID: "A-1", Outcome: Fail, Differences: []Difference{{Kind: KindHeader, Rule: HeaderThere, At: "Allow", Absent: true}},
	}
	row.identify()
	data, err := json.Marshal(row)
	if err != nil {
		t.Fatal(err)
	}
	var words struct{ Failures []Failure }
	var again Check
	if err := json.Unmarshal(data, &words); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &again); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(words.Failures, row.Failures()) || again.Fingerprint != row.Fingerprint ||
		len(again.Differences) != 1 || !again.Differences[0].Absent {
		t.Errorf("%s", data)
	}
	old := `{"id":"A-1","failures":[{"kind":"status","expected":"401","actual":"200","message":"it was accepted"}]}`
	if err := json.Unmarshal([]byte(old), &again); err != nil {
		t.Fatal(err)
	}
	if got := again.Failures(); len(got) != 1 || got[0] != (Failure{KindStatus, "401", "200", "it was accepted"}) {
		t.Errorf("%+v", got)
	}
}
