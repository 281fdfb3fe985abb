package contract_test

import (
	"fmt"
	"testing"

	"conformance/internal/contract"
)

// TestProblemsAreToldOnceAndInOrder: everything that is wrong is reported in one go, the same way every time.
func TestProblemsAreToldOnceAndInOrder(t *testing.T) {
	data := small(t, edit{"x-required-scopes: [read]", "x-required-scopes: read"},
		edit{"title: Notes", "title: Notes, x-other: ignored"},
		edit{"name: X-Key, x-implied-scopes: {write: [read]}", "name: X-Key, x-implied-scopes: 1"},
		edit{"distinct: true", "distinct: 1"})
	_, err := contract.Load(data)
	var places []string
	for _, p := range err.(*contract.Error).Problems {
		places = append(places, p.Pointer)
	}
	want := []string{
		"#/components/schemas/CommentWrite/properties/author/x-reference",
		"#/components/securitySchemes/Key/x-implied-scopes",
		"#/paths/~1notes/get/x-required-scopes",
	}
	if fmt.Sprint(places) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", places, want)
	}
	for range 10 {
		if _, again := contract.Load(data); again.Error() != err.Error() {
			t.Fatalf("first\n%v\nthen\n%v", err, again)
		}
	}
}
