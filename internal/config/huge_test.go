package config_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"conformance/internal/config"
)

// TestHugeFilesAreRefusedSoon: decoding takes the square of the members of a mapping; they are counted before it.
func TestHugeFilesAreRefusedSoon(t *testing.T) {
	var keys strings.Builder
	for i := range 400_000 {
		fmt.Fprintf(&keys, "k%d:\n", i)
	}
	for name, text := range map[string]string{
		"members": keys.String(), "levels": "a: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
	} {
		started := time.Now()
		_, err := config.Parse("conformance.yaml", []byte(text), lookup)
		_, known := config.ParseKnown("known.yaml", []byte(text))
		took := time.Since(started)
		for _, err := range []error{err, known} {
			if err == nil || !strings.Contains(err.Error(), "more than") || took > 2*time.Second {
				t.Errorf("%s: %.200s after %s", name, fmt.Sprint(err), took)
			}
		}
	}
}
