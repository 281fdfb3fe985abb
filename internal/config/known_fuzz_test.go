package config_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"conformance/internal/config"
)

// FuzzParseKnown: no bytes make it panic; its errors say where; and what it accepts has a check, a reason and a day.
func FuzzParseKnown(f *testing.F) {
	for _, text := range []string{
		"", "[]", "- check: AUTH-001\n  reason: a bug\n  expires: 2026-12-31\n", "- {check: A-1, operation: getJob, " +
			"reason: r, ticket: T-1, expires: 2026-02-30}",
		"- {check: A-1}", "a: b", "- &a {check: x, reason: *a}", "---\n---\n", "- {check: A, reason: b, expires: " +
			"2026-01-01, other: c}", "- null", "\xff", "- !!binary x",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := config.ParseKnown("known.yaml", data)
		var known *config.Error
		if err != nil {
			if !errors.As(err, &known) || known.File != "known.yaml" || known.Problem == "" {
				t.Errorf("the error says too little: %v", err)
			}
			return
		}
		for _, k := range entries {
			day, err := time.Parse(time.DateOnly, k.Expires)
			if k.Check == "" || strings.TrimSpace(k.Reason) == "" || err != nil {
				t.Errorf("accepted: %+v", k)
			}
			if k.Expired(day.Add(23*time.Hour)) || !k.Expired(day.AddDate(0, 0, 1)) {
				t.Errorf("%s does not hold on its last day, or holds longer", k.Expires)
			}
		}
	})
}
