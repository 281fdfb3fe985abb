package sandbox

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"conformance/internal/contract"
	"conformance/internal/result"
)

// Fault is one way in which a server breaks its contract: a slip that a developer could make.
type Fault struct {
	Name        string // the family, or family:subject
	Family      string
	Situation   contract.SituationID // that is answered wrongly; empty: any refusal, or a success
	Level       result.Level         // of the clause that it breaks
	Description string               // what the server does wrong
	Operation   string               // the operationId or path key that it is confined to; empty: everywhere
	bend        func(*rules)
}

// Faults are all faults that a server of this contract can have, in a fixed order. Their names are unique.
func Faults(c *contract.Contract) []Fault { return slices.Clone(modelOf(c).faults().all) }

// bend gives a server the fault of that name.
func (s *Server) bend(name string) error {
	if name == "" {
		return nil
	}
	known := s.model.faults()
	f, ok := known.byName[name]
	if !ok {
		return fmt.Errorf("sandbox: there is no fault %q%s", name, known.near(name))
	}
	f.bend(&s.rules)
	return nil
}

// catalogue collects the faults of one contract.
type catalogue struct {
	*model
	all    []Fault
	byName map[string]Fault
}

func newCatalogue(m *model) *catalogue {
	k := &catalogue{model: m, byName: map[string]Fault{}}
	for _, families := range []func(*catalogue){
		(*catalogue).envelopes, (*catalogue).leaks, (*catalogue).answers, (*catalogue).keys, (*catalogue).precedence, (*catalogue).scopes,
		(*catalogue).bodies, (*catalogue).values, (*catalogue).coercions, (*catalogue).strictness, (*catalogue).inputs,
		(*catalogue).references, (*catalogue).transitions, (*catalogue).identifiers, (*catalogue).strangers, (*catalogue).paths,
		(*catalogue).methods, (*catalogue).conflicts, (*catalogue).races, (*catalogue).effects, (*catalogue).limits,
		(*catalogue).limitHeaders, (*catalogue).retries, (*catalogue).oddities, (*catalogue).successes, (*catalogue).lists,
	} {
		families(k)
	}
	return k
}

// must adds a fault that breaks a promise; an API without the situation cannot have it. The subject is an operationId or a path key,
// which a dot and one of its parts may follow, or anything else that tells the members of the family apart.
func (k *catalogue) must(family, subject string, id contract.SituationID, description string, bend func(*rules)) {
	k.add(Fault{Family: family, Situation: id, Level: result.Must, Description: description, bend: bend}, subject)
}

// should adds a fault that goes against a recommendation.
func (k *catalogue) should(family, subject string, id contract.SituationID, description string, bend func(*rules)) {
	k.add(Fault{Family: family, Situation: id, Level: result.Should, Description: description, bend: bend}, subject)
}

func (k *catalogue) add(f Fault, subject string) {
	if _, ok := k.contract.Situations[f.Situation]; !ok && f.Situation != "" {
		return
	}
	f.Name = f.Family
	if subject != "" {
		f.Name += ":" + strings.ReplaceAll(subject, " ", "-")
	}
	f.Operation = k.place(subject)
	if _, twice := k.byName[f.Name]; twice {
		return // the contract describes one thing in two places
	}
	k.byName[f.Name] = f
	k.all = append(k.all, f)
}

// place is the operation or path that a subject begins with.
func (k *catalogue) place(subject string) string {
	head, _, _ := strings.Cut(subject, ".")
	if k.byID[head] != nil {
		return head
	}
	for _, p := range k.contract.Paths {
		if p.Key == subject {
			return subject
		}
	}
	return ""
}

// near says which names resemble one that does not exist.
func (k *catalogue) near(name string) string {
	family, _, _ := strings.Cut(name, ":")
	var alike []string
	for _, known := range slices.Sorted(maps.Keys(k.byName)) {
		if k.byName[known].Family == family || strings.Contains(known, name) {
			alike = append(alike, known)
		}
	}
	if len(alike) == 0 {
		return fmt.Sprintf("; it has %d others", len(k.all))
	}
	return "; near it are " + strings.Join(alike[:min(5, len(alike))], ", ")
}

// spread takes up to n items that stand evenly apart.
func spread[T any](all []T, n int) []T {
	if len(all) <= n {
		return all
	}
	picked := make([]T, n)
	for i := range picked {
		picked[i] = all[i*len(all)/n]
	}
	return picked
}

// operationsWith are those for which the test holds.
func (k *catalogue) operationsWith(test func(*operation) bool) []*operation {
	var found []*operation
	for _, op := range k.operations {
		if test(op) {
			found = append(found, op)
		}
	}
	return found
}

func hasBody(op *operation) bool  { return op.Body != nil }
func hasID(op *operation) bool    { return len(op.identifiers) > 0 }
func secured(op *operation) bool  { return op.Security != nil }
func writes(op *operation) bool   { return !op.Reads() }
func anywhere(*call) bool         { return true }
func (c *call) at(op string) bool { return c.operation != nil && (op == "" || c.operation.ID == op) }

// at is the predicate of the requests to an operation.
func at(op *operation) func(*call) bool { return func(c *call) bool { return c.at(op.ID) } }
