package sandbox

import (
	"errors"
	"fmt"
)

// group makes the fault families of one part of the contract. An API without that part gets none of them.
type group struct {
	name   string
	faults func(*model) []Fault
}

// groups are all there are. Their order is that of Faults.
var groups = []group{
	{"envelope", envelopeFaults},
	{"leak", leakFaults},
	{"answer", answerFaults},
	{"key", keyFaults},
	{"precedence", precedenceFaults},
	{"scope", scopeFaults},
	{"body", bodyFaults},
	{"value", valueFaults},
	{"coercion", coercionFaults},
	{"strictness", strictnessFaults},
	{"parameter", parameterFaults},
	{"reference", referenceFaults},
	{"transition", transitionFaults},
	{"id", idFaults},
	{"foreign record", foreignRecordFaults},
	{"path", pathFaults},
	{"method", methodFaults},
	{"unique value", uniqueFaults},
	{"race", raceFaults},
	{"side effect", sideEffectFaults},
	{"limit", limitFaults},
	{"limit header", limitHeaderFaults},
	{"retry", retryFaults},
	{"odd input", oddInputFaults},
	{"success", successFaults},
	{"twice", twiceFaults},
	{"list", listFaults},
}

// collect puts the groups' faults together. Those of a situation that the contract does not have are left out. Two
// faults of one name, and one family in two groups, are errors: whoever asks for a name must get what it says.
func collect(m *model, groups []group) ([]Fault, error) {
	var all []Fault
	var errs []error
	names, families := map[string]string{}, map[string]string{} // to the group
	for _, g := range groups {
		for _, f := range g.faults(m) {
			if _, ok := m.refusals[f.Situation]; !ok && f.Situation != "" {
				continue
			}
			if other, taken := names[f.Name]; taken {
				errs = append(errs,
					fmt.Errorf("two faults are called %q, in the groups %s and %s; rename one of them", f.Name, other, g.name))
			} else if other, taken := families[f.Family]; taken && other != g.name {
				errs = append(errs,
					fmt.Errorf("the fault family %q is in the groups %s and %s; rename one of them", f.Family, other, g.name))
			}
			names[f.Name], families[f.Family] = g.name, g.name
			f.Group, f.Operation = g.name, m.confined(f.subject)
			all = append(all, f)
		}
	}
	return all, errors.Join(errs...)
}
