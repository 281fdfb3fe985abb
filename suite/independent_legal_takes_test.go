package suite_test

import "strings"

// legalTakes differ in what they take beyond what is documented: a valid request may be refused for texts that the
// suite made up, not for those of the document's examples.
func legalTakes() []legalDialect {
	refusing := func(name, words, table, field string, wrong func(c *indCall, value string) bool) legalDialect {
		return legalDialect{name: name, source: "openapi.yaml", words: words, change: func(s *independent) {
			for _, id := range []string{"create" + table, "update" + table} {
				op := s.op(id)
				do := op.do
				op.do = func(c *indCall) (any, *indProblem) {
					if value, sent := c.body[field].(string); sent && wrong(c, value) {
						return nil, indRefuse("invalid-field", field, field+" cannot be taken.")
					}
					return do(c)
				}
			}
		}}
	}
	return []legalDialect{
		// Numbers of the catalogue are unique, which have a hyphen; anything else is a note.
		refusing("part-numbers-are-unique", "part_number: {type: string, minLength: 1, maxLength: 64}", "InventoryItem",
			"part_number", func(c *indCall, value string) bool {
				for id, item := range c.s.tables["item"] {
					if item.company == c.key.company && id != c.ids["id"] && item.fields["part_number"] == value &&
						strings.Contains(value, "-") {
						return true
					}
				}
				return false
			}),
		refusing("cities-are-known", "city: {type: string, minLength: 1, maxLength: 255}", "CustomerLocation", "city",
			func(_ *indCall, value string) bool { return strings.HasPrefix(value, "San Francisco conformance-") }),
	}
}
