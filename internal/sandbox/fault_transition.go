package sandbox

import (
	"slices"

	"conformance/internal/contract"
)

// transitionFaults: a status changes as it must not, or does not as it may.

// change is a pair of statuses.
type change struct{ from, to string }

func transitionFaults(m *model) []Fault {
	var faults []Fault
	for _, p := range m.parts(func(f *field) bool { return f.Transitions != nil }) {
		var legal, illegal, terminal []change
		for _, from := range p.Transitions.Statuses {
			if from != p.Transitions.Initial && p.Transitions.Path(from) == nil {
				continue // nobody can bring a record there
			}
			for _, to := range p.Transitions.Statuses {
				switch pair := (change{from, to}); {
				case from == to:
				case p.Transitions.Legal(from, to):
					legal = append(legal, pair)
				default:
					illegal = append(illegal, pair)
					if len(p.Transitions.To[from]) == 0 {
						terminal = append(terminal, pair)
					}
				}
			}
		}
		changeLegal := func(how func(pair change, correct bool) bool) func(*rules) {
			return func(b *rules) {
				correct := b.legal
				b.legal = func(c *call, f *field, from, to string) bool {
					ok := correct(c, f, from, to)
					if c.at(p.op.ID) && f.Name == p.Name {
						return how(change{from, to}, ok)
					}
					return ok
				}
			}
		}
		allowing := func(pairs []change) func(*rules) {
			return changeLegal(func(pair change, correct bool) bool { return correct || slices.Contains(pairs, pair) })
		}
		faults = append(faults,
			must("any-transition", p.String(), contract.IllegalTransition, "Every status change is allowed.",
				allowing(illegal)))
		if len(terminal) > 0 {
			faults = append(faults,
				must("terminal-status-reopens", p.String(), contract.IllegalTransition, "A record leaves a terminal status.",
					allowing(terminal)))
		}
		for _, pair := range spread(illegal, 10) {
			faults = append(faults,
				must("transition-allowed", p.String()+"."+pair.from+"-to-"+pair.to, contract.IllegalTransition,
					"The status may change from "+pair.from+" to "+pair.to+".", allowing([]change{pair})))
		}
		faults = append(faults, must("no-transition", p.String(), contract.IllegalTransition, "No status change is allowed.",
			changeLegal(func(pair change, _ bool) bool { return pair.from == pair.to })))
		for _, pair := range spread(legal, 4) {
			faults = append(faults,
				must("transition-refused", p.String()+"."+pair.from+"-to-"+pair.to, contract.IllegalTransition,
					"The status may not change from "+pair.from+" to "+pair.to+".", changeLegal(func(found change, correct bool) bool {
						return correct && found != pair
					})))
		}
		backwards := func(pair change, correct bool) bool { return correct || p.Transitions.Legal(pair.to, pair.from) }
		faults = append(faults,
			must("transitions-both-ways", p.String(), contract.IllegalTransition, "A legal status change may be taken back.",
				changeLegal(backwards)))
		here := func(c *call, r *refusal) bool { return r.situation == contract.IllegalTransition && c.at(p.op.ID) }
		faults = append(faults,
			must("transition-dropped", p.String(), contract.IllegalTransition,
				"An illegal status change is answered with success and left out.",
				replaceRefusal(here, func(c *call, _ *refusal) *answer { return c.succeed(c.subject().raw) })),
			must("transition-refused-late", p.String(), contract.IllegalTransition,
				"An illegal status change is refused when it is done.",
				changeEffect(late, here)),
		)
	}
	return faults
}
