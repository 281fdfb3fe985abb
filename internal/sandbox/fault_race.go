package sandbox

import (
	"slices"
	"sync"
	"time"

	"conformance/internal/contract"
)

// between is how long a server that looks first and writes later takes in between.
const between = 25 * time.Millisecond

// raceFaults: of several equal requests at once not exactly one wins.
func raceFaults(m *model) []Fault {
	settleLate := func(where func(*call) bool, check stage, after ...stage) func(*rules) {
		return func(b *rules) {
			settle := slices.IndexFunc(b.steps, func(s step) bool { return s.name == "settle" })
			whole := b.steps[settle].judge
			b.steps = slices.Clone(b.steps)
			b.steps[settle].judge = func(c *call) *refusal {
				if !where(c) {
					return whole(c)
				}
				if r := check(c); r != nil {
					return r
				}
				time.Sleep(between)
				return atomically(after...)(c)
			}
		}
	}
	changeSettle := func(check stage, after ...stage) func(*rules) {
		return settleLate(func(c *call) bool { return c.operation.creates && hasUnique(c.operation) }, check, after...)
	}
	look := atomically(present, refer, unique)
	var faults []Fault
	for _, p := range m.parts(func(f *field) bool { return f.Transitions != nil }) {
		faults = append(faults, must("race-both-change", p.String(), contract.IllegalTransition,
			"Of several status changes at once all that were legal before succeed: the server looks first and writes later.",
			settleLate(at(p.op), atomically(present, refer, unique, changeStatus), present, apply)))
	}
	return append(faults, []Fault{
		must("race-all-win", "", contract.Duplicate,
			"Of several equal creates at once all win: the server looks first and writes later.",
			changeSettle(look, present, changeStatus, apply)),
		must("race-losers-crash", "", contract.Duplicate, "Of several equal creates at once the losers make the server fail.",
			changeSettle(look, present, func(c *call) *refusal {
				if unique(c) != nil {
					return serverFault()
				}
				return nil
			}, changeStatus, apply)),
		must("race-none-wins", "", contract.Duplicate, "Of several equal creates at once none wins.", func(b *rules) {
			var mu sync.Mutex
			competitors := map[claim]int{}
			claims := func(c *call) (all []claim) {
				for _, f := range c.operation.fields {
					if value := c.body[f.Name]; f.Unique != nil && value != nil {
						all = append(all, claim{targetCollection(c), f.Name, uniqueText(value, f.Unique.IgnoreCase)})
					}
				}
				return all
			}
			changeSettle(func(c *call) *refusal {
				mu.Lock()
				for _, one := range claims(c) {
					competitors[one]++
				}
				mu.Unlock() // before the store is locked: below it is the other way round
				return look(c)
			}, present, func(c *call) *refusal {
				mu.Lock()
				defer mu.Unlock()
				for _, one := range claims(c) {
					if competitors[one] > 1 {
						return &refusal{situation: contract.Duplicate, message: "Another request is creating the same record."}
					}
				}
				return nil
			}, changeStatus, apply)(b)
		}),
	}...)
}
