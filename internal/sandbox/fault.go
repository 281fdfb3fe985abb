package sandbox

import (
	"fmt"
	"slices"
	"strings"

	"conformance/internal/contract"
	"conformance/internal/result"
)

// Fault is one way in which a server breaks its contract: a slip that a developer could make.
type Fault struct {
	Name        string // the family, or family:subject
	Family      string
	Group       string               // what it is about: key, scope, method and so on
	Situation   contract.SituationID // that is answered wrongly; empty: any refusal, or a success
	Level       result.Level         // of the clause that it breaks
	Description string               // what the server does wrong
	Operation   string               // the operationId or path key that it is confined to; empty: everywhere
	subject     string
	apply       func(*rules)
}

// must is a fault that breaks a promise. The subject distinguishes the faults of one family: an operationId or a
// path key, which a dot and one of its parts may follow, or any other text.
func must(family, subject string, id contract.SituationID, description string, apply func(*rules)) Fault {
	return newFault(result.Must, family, subject, id, description, apply)
}

// should is a fault that goes against a recommendation.
func should(family, subject string, id contract.SituationID, description string, apply func(*rules)) Fault {
	return newFault(result.Should, family, subject, id, description, apply)
}

func newFault(
	level result.Level, family, subject string, id contract.SituationID, description string, apply func(*rules),
) Fault {
	name := family
	if subject != "" {
		name += ":" + strings.ReplaceAll(subject, " ", "-")
	}
	return Fault{
		Name: name, Family: family, Situation: id, Level: level, Description: description, subject: subject, apply: apply,
	}
}

// Faults are all faults that a server of this contract can have, in a fixed order. Two of one name are a mistake of
// this package; New then refuses every fault with an error that names them.
func Faults(c *contract.Contract) []Fault {
	all, _ := modelOf(c).faults()
	return slices.Clone(all)
}

// breakBy gives a server the fault of that name.
func (s *Server) breakBy(name string) error {
	if name == "" {
		return nil
	}
	all, err := s.model.faults()
	if err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	i := slices.IndexFunc(all, func(f Fault) bool { return f.Name == name })
	if i < 0 {
		return fmt.Errorf("sandbox: there is no fault %q%s", name, similarNames(all, name))
	}
	all[i].apply(&s.rules)
	return nil
}

// similarNames says which names resemble one that does not exist.
func similarNames(all []Fault, name string) string {
	family, _, _ := strings.Cut(name, ":")
	var similar []string
	for _, f := range all {
		if f.Family == family || strings.Contains(f.Name, name) {
			similar = append(similar, f.Name)
		}
	}
	if len(similar) == 0 {
		return fmt.Sprintf("; there are %d others", len(all))
	}
	slices.Sort(similar)
	return "; similar: " + strings.Join(similar[:min(5, len(similar))], ", ")
}
