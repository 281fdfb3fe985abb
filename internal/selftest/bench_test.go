package selftest

import (
	"context"
	"testing"

	"conformance"
	"conformance/internal/contract"
)

// BenchmarkClean is what one run of the whole suite costs without a network and without waiting.
func BenchmarkClean(b *testing.B) {
	c, err := contract.Load(conformance.OpenAPI)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := judge(context.Background(), c, "", fullPlan(c)); err != nil {
			b.Fatal(err)
		}
	}
}
