package sandbox

import (
	"slices"

	"conformance/internal/contract"
)

// referenceFaults: a body may refer to what does not exist, or to what is another's.
func referenceFaults(m *model) []Fault {
	in := func(where func(*call) bool, name string, accept func(c *call, f *field, id string) bool) func(*rules) {
		return func(b *rules) {
			correct := b.refers
			b.refers = func(c *call, f *field, value any) bool {
				if correct(c, f, value) {
					return true
				}
				id, ok := idOf(value)
				return ok && where(c) && (name == "" || f.Name == name) && accept(c, f, id)
			}
		}
	}
	plain := func(f *field) bool { return f.target != nil && len(f.target.nested) == 0 }
	missing := func(c *call, f *field, id string) bool {
		return plain(f) && c.store.lookup(f.target, id, c.company()) == nil
	}
	foreign := func(c *call, f *field, id string) bool {
		return plain(f) && c.store.lookup(f.target, id, c.company()) != nil
	}
	var faults []Fault
	for _, one := range []struct {
		family, description string
		accept              func(*call, *field, string) bool
	}{
		{"unknown-reference-accepted", "A body may refer to a record that does not exist.", missing},
		{"foreign-reference-accepted", "A body may refer to another company's record.", foreign},
	} {
		faults = append(faults,
			must(one.family, "", contract.UnknownReference, one.description, in(anywhere, "", one.accept)))
		for _, p := range sampleEvenly(m.parts(plain), 5) {
			faults = append(faults,
				must(one.family, p.String(), p.Reference.Unknown, one.description, in(at(p.op), p.Name, one.accept)))
		}
	}
	for _, p := range m.parts(func(f *field) bool { return f.target != nil && len(f.target.nested) > 0 }) {
		elsewhere := func(c *call, id string, own bool) bool {
			return slices.ContainsFunc(c.ring.companies, func(owner *company) bool {
				return (owner == c.company()) == own && slices.ContainsFunc(owner.order[p.target.kind], func(r *record) bool {
					return holds(r.values, p.target.nested, id)
				})
			})
		}
		faults = append(faults,
			must("unknown-part-accepted", p.String(), p.Reference.Unknown, "A part that no record has is accepted.",
				in(at(p.op), p.Name, func(c *call, _ *field, id string) bool {
					return !elsewhere(c, id, true) && !elsewhere(c, id, false)
				})),
			must("part-of-another-accepted", p.String(), p.Reference.Unknown,
				"A part of another record of the company is accepted.",
				in(at(p.op), p.Name, func(c *call, _ *field, id string) bool {
					return elsewhere(c, id, true)
				})),
			must("foreign-part-accepted", p.String(), p.Reference.Unknown, "A part of another company's record is accepted.",
				in(at(p.op), p.Name, func(c *call, _ *field, id string) bool {
					return elsewhere(c, id, false)
				})),
			must("part-not-judged", p.String(), p.Reference.Unknown, "Any part is accepted.",
				in(at(p.op), p.Name, func(*call, *field, string) bool { return true })),
		)
	}
	return faults
}
