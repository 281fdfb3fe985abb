package contract_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"conformance/internal/contract"
)

// TestHugeDocumentsAreRefusedSoon: a document that nobody wrote by hand is refused before it is decoded, which takes
// the square of its size.
func TestHugeDocumentsAreRefusedSoon(t *testing.T) {
	var keys, flow, block strings.Builder
	for i := range 400_000 {
		fmt.Fprintf(&keys, "k%d: 1\n", i)
	}
	const levels = 5000
	flow.WriteString("a: " + strings.Repeat("[", levels) + strings.Repeat("]", levels))
	for i := range levels / 2 {
		block.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	for name, text := range map[string]string{
		"keys": keys.String(), "keys in JSON": "{" + strings.ReplaceAll(strings.TrimSuffix(
			strings.ReplaceAll(strings.ReplaceAll(keys.String(), "k", `"k`), ":", `":`), "\n"), "\n", ",") + "}",
		"flow levels": flow.String(), "JSON levels": strings.Repeat(`{"a":`, levels) + "1" + strings.Repeat("}", levels),
		"block levels": block.String(), "dashes": strings.Repeat("- ", levels) + "a",
	} {
		started := time.Now()
		_, err := contract.Load([]byte(text))
		took := time.Since(started)
		if err == nil || !strings.Contains(err.Error(), "more than") || took > 2*time.Second {
			t.Errorf("%s: %.200s after %s", name, fmt.Sprint(err), took)
		}
	}
}
