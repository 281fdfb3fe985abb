package sandbox

import (
	"slices"

	"conformance/internal/contract"
)

// transitions: a status changes as it must not, or does not as it may.

// change is a pair of statuses.
type change struct{ from, to string }

func (k *catalogue) transitions() {
	for _, p := range k.parts(func(f *field) bool { return f.Transitions != nil }) {
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
		deciding := func(how func(pair change, sound bool) bool) func(*rules) {
			return func(b *rules) {
				sound := b.legal
				b.legal = func(c *call, f *field, from, to string) bool {
					ok := sound(c, f, from, to)
					if c.at(p.op.ID) && f.Name == p.Name {
						return how(change{from, to}, ok)
					}
					return ok
				}
			}
		}
		allowing := func(pairs []change) func(*rules) {
			return deciding(func(pair change, sound bool) bool { return sound || slices.Contains(pairs, pair) })
		}
		k.must("any-transition", p.String(), contract.IllegalTransition, "Every status change is allowed.", allowing(illegal))
		if len(terminal) > 0 {
			k.must("terminal-status-reopens", p.String(), contract.IllegalTransition, "A record leaves a terminal status.", allowing(terminal))
		}
		for _, pair := range spread(illegal, 10) {
			k.must("transition-allowed", p.String()+"."+pair.from+"-to-"+pair.to, contract.IllegalTransition,
				"The status may change from "+pair.from+" to "+pair.to+".", allowing([]change{pair}))
		}
		k.must("no-transition", p.String(), contract.IllegalTransition, "No status change is allowed.", deciding(func(pair change, _ bool) bool { return pair.from == pair.to }))
		for _, pair := range spread(legal, 4) {
			k.must("transition-refused", p.String()+"."+pair.from+"-to-"+pair.to, contract.IllegalTransition,
				"The status may not change from "+pair.from+" to "+pair.to+".", deciding(func(found change, sound bool) bool { return sound && found != pair }))
		}
		backwards := func(pair change, sound bool) bool { return sound || p.Transitions.Legal(pair.to, pair.from) }
		k.must("transitions-both-ways", p.String(), contract.IllegalTransition, "A legal status change may be taken back.", deciding(backwards))
		here := func(c *call, r *refusal) bool { return r.situation == contract.IllegalTransition && c.at(p.op.ID) }
		k.must("transition-dropped", p.String(), contract.IllegalTransition, "An illegal status change is answered with success and left out.",
			answering(here, func(c *call, _ *refusal) *answer { return c.succeed(c.subject().raw) }))
		k.must("transition-refused-late", p.String(), contract.IllegalTransition, "An illegal status change is refused when it is done.", heeding(late, here))
	}
}
