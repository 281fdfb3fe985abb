// Package check owns the framework that a check is written in: what a check is, what it has in hand while it tries one
// variant, the matchers that it expects by, and reading back what a write did. It must not know any check, nor how
// checks are selected, run side by side or reported.
package check

import (
	"slices"

	"conformance/internal/contract"
	"conformance/internal/result"
)

// Check is one requirement: what must hold, where it is written, on what it is tried, and how.
type Check struct {
	ID        string // stable: never reused, never renumbered
	Level     result.Level
	Situation contract.SituationID
	// Source is where the requirement is written: a standard, a part of the contract, or Ours. Zero: what the contract
	// cites for the situation.
	Source contract.Source
	Title  string // the requirement as a sentence
	// Clause is the requirement in full, for explain and the reports: why it matters and what usually breaks it. A
	// check that is Ours gives its reason here: no document does.
	Clause string
	// Convention is the root's x-assumed entry on which the check rests, if any.
	Convention string
	// Over lists what the check is tried on.
	Over func(*contract.Contract) []Subject
	// Variants are the ways in which it is tried there; nil: one, by Run.
	Variants func(*contract.Contract, Subject) []Variant
	Run      func(*T)
	// Writes says that the check has writes succeed, on an operation that writes.
	Writes bool
	// Floods checks use up a quota: they run one after the other, after all that they would disturb.
	Floods bool
	// Waits: the check waits for a limit to lift. It comes after the other floods, so that what they send shortens the
	// wait.
	Waits bool
	// Last checks look back on what the others saw.
	Last bool
	// Length is about how many requests a variant sends one after the other, where they are many; 0: few. Long ones begin
	// early.
	Length int
	// Lanes is how many sequences the variants form on one subject, each with a record of its own; 0: every variant stands
	// alone.
	Lanes int
}

func (c *Check) situation(v Variant) contract.SituationID {
	if v.Situation != "" {
		return v.Situation
	}
	return c.Situation
}

// Subject is what a check is tried on: an operation, or a path where no operation applies.
type Subject struct {
	Path      *contract.Path
	Operation *contract.Operation // nil: the path alone
}

// Name is the operationId, or the path key where no operation applies.
func (s Subject) Name() string {
	return contract.Pair{Path: s.Path, Operation: s.Operation}.Name()
}

// NotJudged says why no check may come near the subject; empty: checks may.
func (s Subject) NotJudged() string {
	if s.Operation != nil {
		return s.Operation.NotJudged
	}
	return s.Path.NotJudged
}

// Pointer is the subject's place in the document.
func (s Subject) Pointer() string {
	if s.Operation != nil {
		return s.Operation.Pointer
	}
	return s.Path.Pointer
}

// documentingOperation is the operation whose documented responses an answer is judged by.
func (s Subject) documentingOperation() *contract.Operation {
	if s.Operation != nil {
		return s.Operation
	}
	return s.Path.Operations[0]
}

// Variant is one way of trying a check on a subject.
type Variant struct {
	Name    string // unique within the check and subject; empty for the only one
	Assumed bool
	// Situation takes the place of the check's where one check serves several.
	Situation contract.SituationID
	// Key is what of the variant goes into fingerprints, where the name holds values: field and keyword. Empty: the name.
	Key string
	// Change is the status change that is tried.
	Change *result.Change
	Run    func(*T)
}

// Case is a check on a subject with its variants: what runs, in order, as one unit.
type Case struct {
	Check    *Check
	Subject  Subject
	Variants []Variant
}

// Cases are all cases of the checks on a contract, in the order of the checks and of the document.
func Cases(c *contract.Contract, checks []*Check) []Case {
	var cases []Case
	for _, check := range checks {
		for _, subject := range check.Over(c) {
			variants := []Variant{{Run: check.Run}}
			if check.Variants != nil {
				variants = check.Variants(c, subject)
			}
			variants = slices.DeleteFunc(slices.Clone(variants), func(v Variant) bool {
				_, known := c.SituationOf(subject.documentingOperation(), check.situation(v))
				return !known // the API knows no such situation
			})
			if len(variants) > 0 {
				cases = append(cases, Case{check, subject, variants})
			}
		}
	}
	return cases
}

// Documenting is the operation whose documented responses answers are judged by.
func (k Case) Documenting() *contract.Operation { return k.Subject.documentingOperation() }

// Row is the result row of a variant before it ran.
func (k Case) Row(c *contract.Contract, v Variant) result.Check {
	convention := k.Check.Convention != "" && c.Assumes(k.Check.Convention)
	situation := k.Check.situation(v)
	said, _ := c.SituationOf(k.Subject.documentingOperation(), situation)
	source := k.Check.Cites(said)
	assumed := v.Assumed || convention || said.Assumed ||
		k.Subject.Path.Assumed && k.Subject.Operation == nil ||
		k.Subject.Operation != nil && k.Subject.Operation.Assumed
	return result.Check{
		ID: k.Check.ID, Operation: k.Subject.Name(), Variant: v.Name, VariantKey: v.Key, Level: k.Check.Level,
		Situation: string(situation),
		Layer: string(
			said.Layer,
		), Assumed: assumed, Title: k.Check.Title, Source: source.String(), SourceURL: source.URL, Change: v.Change,
	}
}

// Operations turns a predicate on operations into a Check's Over.
func Operations(want func(*contract.Operation) bool) func(*contract.Contract) []Subject {
	return func(c *contract.Contract) []Subject {
		var subjects []Subject
		for _, path := range c.Paths {
			for _, o := range path.Operations {
				if want(o) {
					subjects = append(subjects, Subject{path, o})
				}
			}
		}
		return subjects
	}
}

// Paths turns a predicate on path keys into a Check's Over.
func Paths(want func(*contract.Contract, *contract.Path) bool) func(*contract.Contract) []Subject {
	return func(c *contract.Contract) []Subject {
		var subjects []Subject
		for _, path := range c.Paths {
			if want(c, path) {
				subjects = append(subjects, Subject{Path: path})
			}
		}
		return subjects
	}
}
