package suite

import "testing"

// TestMentions: a message names a field by its name, however it is written, or by what its id is of.
func TestMentions(t *testing.T) {
	for _, k := range []struct {
		text, field string
		want        bool
	}{
		{"job_title is required", "job_title", true},
		{"jobTitle is required", "job_title", true},
		{"Job title is required.", "job_title", true},
		{"The title is required.", "job_title", false},
		{"Customer location is required", "customer_location_id", true},
		{"customerLocation: not found", "customer_location_id", true},
		{"CUSTOMER-LOCATION", "customerLocationId", true},
		{"Customer locations", "customer_location_ids", false},
		{"the tag is unknown", "tagIDs", true},
		{"the tags are unknown", "tagIDs", false},
		{"customer is required", "customer_location_id", false},
		{"the itemised bill", "item_id", false},
		{"The item does not exist.", "item_id", true},
		{"the request is not valid", "id", false},
		{"", "item_id", false},
		{"", "customer_location_id", false},
		{"bid", "paid", false},
	} {
		if got := mentions(k.text, k.field); got != k.want {
			t.Errorf("%q mentions %s: %v", k.text, k.field, got)
		}
	}
}
