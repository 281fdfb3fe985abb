package sandbox

import (
	"slices"

	"conformance/internal/contract"
)

// change is a pair of statuses.
type change struct{ from, to string }

// changes of a field's status between statuses that a record can reach.
type changes struct{ legal, illegal, terminal []change }

func changesOf(t *contract.Transitions) changes {
	var all changes
	for _, from := range t.Statuses {
		if from != t.Initial && t.Path(from) == nil {
			continue // nobody can bring a record there
		}
		for _, to := range t.Statuses {
			switch pair := (change{from, to}); {
			case from == to:
			case t.Legal(from, to):
				all.legal = append(all.legal, pair)
			default:
				all.illegal = append(all.illegal, pair)
				if len(t.To[from]) == 0 {
					all.terminal = append(all.terminal, pair)
				}
			}
		}
	}
	return all
}

// changeLegal changes which status changes of a field are legal.
func changeLegal(p part, how func(pair change, correct bool) bool) func(*rules) {
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

// transitionFaults: a status changes as it must not, or does not as it may.
func transitionFaults(m *model) []Fault {
	var faults []Fault
	for _, p := range m.parts(func(f *field) bool { return f.Transitions != nil }) {
		faults = append(faults, transitionFaultsOf(p)...)
	}
	return faults
}

func transitionFaultsOf(p part) []Fault {
	var faults []Fault
	all := changesOf(p.Transitions)
	allowing := func(pairs []change) func(*rules) {
		return changeLegal(p, func(pair change, correct bool) bool { return correct || slices.Contains(pairs, pair) })
	}
	faults = append(faults,
		must("any-transition", p.String(), contract.IllegalTransition, "Every status change is allowed.",
			allowing(all.illegal)))
	if len(all.terminal) > 0 {
		faults = append(faults,
			must("terminal-status-reopens", p.String(), contract.IllegalTransition, "A record leaves a terminal status.",
				allowing(all.terminal)))
	}
	for _, pair := range sampleEvenly(all.illegal, 10) {
		faults = append(faults,
			must("transition-allowed", p.String()+"."+pair.from+"-to-"+pair.to, contract.IllegalTransition,
				"The status may change from "+pair.from+" to "+pair.to+".", allowing([]change{pair})))
	}
	faults = append(faults, must("no-transition", p.String(), contract.IllegalTransition, "No status change is allowed.",
		changeLegal(p, func(pair change, _ bool) bool { return pair.from == pair.to })))
	for _, pair := range sampleEvenly(all.legal, 4) {
		faults = append(faults,
			must("transition-refused", p.String()+"."+pair.from+"-to-"+pair.to, contract.IllegalTransition,
				"The status may not change from "+pair.from+" to "+pair.to+".",
				changeLegal(p, func(found change, correct bool) bool {
					return correct && found != pair
				})))
	}
	backwards := func(pair change, correct bool) bool { return correct || p.Transitions.Legal(pair.to, pair.from) }
	faults = append(faults,
		must("transitions-both-ways", p.String(), contract.IllegalTransition, "A legal status change may be taken back.",
			changeLegal(p, backwards)))
	here := func(c *call, r *refusal) bool { return r.situation == contract.IllegalTransition && c.at(p.op.ID) }
	faults = append(faults,
		must("transition-dropped", p.String(), contract.IllegalTransition,
			"An illegal status change is answered with success and left out.",
			replaceRefusal(here, func(c *call, _ *refusal) *answer { return c.succeed(c.subject().raw) })),
		must("transition-refused-late", p.String(), contract.IllegalTransition,
			"An illegal status change is refused when it is done.",
			changeEffect(afterEffect, here)),
	)
	return faults
}
