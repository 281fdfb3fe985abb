package contract_test

import (
	"os"
	"strings"
	"testing"

	"conformance/internal/contract"
)

// edit replaces the first occurrence of a text in a document.
type edit struct{ old, with string }

// small is testdata/small.yaml with some edits made.
func small(t testing.TB, edits ...edit) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/small.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, e := range edits {
		if !strings.Contains(text, e.old) {
			t.Fatalf("testdata/small.yaml has no %q", e.old)
		}
		text = strings.Replace(text, e.old, e.with, 1)
	}
	return []byte(text)
}

func load(t testing.TB, data []byte) *contract.Contract {
	t.Helper()
	c, err := contract.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
