package check

import (
	"fmt"
	"slices"

	"conformance/internal/contract"
)

// Ours is the source of a check that no document asks for: its Clause gives the reason.
var Ours = contract.Source{Document: "this suite"}

// RFC cites a section of a standard.
func RFC(number int, section string) contract.Source {
	return contract.Source{
		Document: fmt.Sprint("RFC ", number), Section: section,
		URL: fmt.Sprintf("https://www.rfc-editor.org/rfc/rfc%d#section-%s", number, section),
	}
}

// Part cites a part of the contract: a keyword, or what plain OpenAPI describes.
func Part(name string) contract.Source { return contract.Itself(name, "") }

// Cites is where the check's requirement is written, as far as it is tried in the situation.
func (c *Check) Cites(situation contract.Situation) contract.Source {
	if c.Source != (contract.Source{}) {
		return c.Source
	}
	return situation.Source
}

// Sources is everything that the check cites in the contract, by the situations that it is tried in there.
func (c *Check) Sources(of *contract.Contract) []contract.Source {
	var out []contract.Source
	for _, k := range Cases(of, []*Check{c}) {
		for _, v := range k.Variants {
			said, _ := of.SituationOf(k.Subject.documentingOperation(), c.situation(v))
			if source := c.Cites(said); !slices.Contains(out, source) {
				out = append(out, source)
			}
		}
	}
	if len(out) == 0 { // tried nowhere
		return []contract.Source{c.Cites(of.Situations[c.Situation])}
	}
	return out
}
