package suite_test

import (
	"slices"
	"testing"

	"conformance/internal/inprocess"
	"conformance/internal/result"
	"conformance/internal/sandbox"
)

// TestRefusedWithSuccess: an API that answers refusals with 200, as its document says, is judged by what the body says:
// by an alternative of the success, or by what comes by default.
func TestRefusedWithSuccess(t *testing.T) {
	for file, faults := range map[string]map[string]string{
		"testdata/rooms.yaml": {
			"ignores-minimum:addRoom.seats": "VALID-002", "malformed-body-accepted:addRoom": "VALID-004",
			"refused-update-applied:invalid-field": "STATE-001", "server-error:missing-field": "VALID-001",
			"unknown-record-first": "FOUND-002", "": "",
		},
		forms + "error-refused-with-200.yaml": {"ignores-max-length:createRoom.name": "VALID-002", "": ""},
	} {
		c := read(t, file)
		for fault, want := range faults {
			target, err := inprocess.New(c, sandbox.Options{Fault: fault})
			if err != nil {
				t.Error(err)
				continue
			}
			run := judgeBy(t, c, target.Target)
			_ = target.Close()
			found := failing(run)
			if fault == "" && len(found) > 0 || fault != "" && !slices.Contains(found, want) {
				t.Errorf("%s with %q: %q", file, fault, found)
			}
			if passed := count(run, result.Pass); passed < 20 {
				t.Errorf("%s with %q: only %d rows pass", file, fault, passed)
			}
		}
	}
}

func count(run result.Run, of result.Outcome) int {
	n := 0
	for _, row := range run.Checks {
		if row.Outcome == of {
			n++
		}
	}
	return n
}
