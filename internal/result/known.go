package result

import "fmt"

// Waiver is an entry of a list of known failures.
type Waiver struct {
	Check     string
	Operation string // empty: every operation
	Known     Known
	Expired   bool
}

// Waive turns the failures that the waivers name into warnings. A waiver that has expired, or whose rows all pass,
// fails the run: a list that nobody keeps hides what is new.
func Waive(rows []Check, waivers []Waiver) {
	for _, w := range waivers {
		var failing, passing []*Check
		for i := range rows {
			if rows[i].ID != w.Check || w.Operation != "" && rows[i].Operation != w.Operation {
				continue
			}
			switch rows[i].Outcome {
			case Fail, Warn:
				failing = append(failing, &rows[i])
			case Pass:
				passing = append(passing, &rows[i])
			}
		}
		switch {
		case len(failing) == 0 && len(passing) > 0:
			markStale(passing[0], w)
		case w.Expired:
			for _, row := range failing {
				row.Outcome, row.Reason = Fail, fmt.Sprintf("known until %s, which has passed: %s %s", w.Known.Expires,
					w.Known.Reason, w.Known.Ticket)
			}
		default:
			for _, row := range failing {
				known := w.Known
				row.Outcome, row.Known, row.Reason = Warn, &known, fmt.Sprintf("known until %s: %s %s", known.Expires, known.Reason,
					known.Ticket)
			}
		}
	}
}

func markStale(row *Check, w Waiver) {
	row.Level, row.Outcome = Must, Fail
	row.Differences = append(row.Differences, Difference{
		Kind: KindState, Rule: StillKnown, Want: []string{w.Known.Reason}, Got: "pass",
	})
}
