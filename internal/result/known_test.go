package result

import (
	"testing"
	"time"
)

func TestWaive(t *testing.T) {
	known := Known{Reason: "legacy gateway", Ticket: "GW-12", Expires: "2026-12-31"}
	for _, c := range []struct {
		name   string
		row    Outcome
		waiver Waiver
		want   Outcome
		known  bool
		exit   int
	}{
		{"a known failure warns", Fail, Waiver{Check: "A-1", Known: known}, Warn, true, ExitConformant},
		{"of that operation too", Fail, Waiver{Check: "A-1", Operation: "op", Known: known}, Warn, true, ExitConformant},
		{
			"not of another operation", Fail, Waiver{Check: "A-1", Operation: "other", Known: known}, Fail, false,
			ExitNonconformant,
		},
		{"not of another check", Fail, Waiver{Check: "A-2", Known: known}, Fail, false, ExitNonconformant},
		{"not once it has expired", Fail, Waiver{Check: "A-1", Known: known, Expired: true}, Fail, false, ExitNonconformant},
		{"a stale entry fails", Pass, Waiver{Check: "A-1", Known: known}, Fail, false, ExitNonconformant},
		{"a skipped row proves nothing", Skip, Waiver{Check: "A-1", Known: known}, Skip, false, ExitInconclusive},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Run{
				Started: time.Now(),
				Checks:  []Check{{ID: "A-1", Operation: "op", Level: Must, Outcome: c.row, ReasonCode: Control}},
			}
			Waive(r.Checks, []Waiver{c.waiver})
			r.Finish()
			got := r.Checks[0]
			if got.Outcome != c.want || (got.Known != nil) != c.known {
				t.Errorf("outcome %s, known %v", got.Outcome, got.Known)
			}
			if exit := ExitStatus(r, Must); exit != c.exit {
				t.Errorf("exit %d, not %d", exit, c.exit)
			}
			if c.known && (r.Counts.Fail != 0 || ExitStatus(r, Should) != ExitConformant) {
				t.Errorf("a known failure counts: %+v", r.Counts)
			}
		})
	}
}
