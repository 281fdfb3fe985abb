package sandbox_test

import (
	"testing"

	"conformance/internal/sandbox"
)

// BenchmarkNew: a server is made for every fault, so it must be cheap.
func BenchmarkNew(b *testing.B) {
	c, err := load()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := sandbox.New(c, sandbox.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
