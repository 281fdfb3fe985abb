package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"conformance/internal/contract"
)

// twiceFaults: what has one value by definition stands twice, as where two layers each add their own.
func twiceFaults(m *model) []Fault {
	second := func(name, where, of, description string, id contract.SituationID, when func(*call, *answer) bool) Fault {
		subject := name
		if where != "" {
			subject += "." + where
		}
		return must("header-twice", subject, id, description+" has the header on two lines that differ.",
			changeResponse(when, func(_ *call, a *answer) {
				if len(a.header.Values(name)) == 1 {
					a.header.Add(name, of)
				}
			}))
	}
	faults := []Fault{
		second("Content-Type", "refusals", "text/html", "A refusal", "", refused()),
		second("Content-Type", "success", "text/html", "A success", "", succeeded),
		must("header-twice", "Location", "", "A success has two addresses of what it made.",
			changeResponse(succeeded, func(_ *call, a *answer) { a.header["Location"] = []string{"/a", "/b"} })),
	}
	if limit := m.contract.RateLimit; limit != nil {
		faults = append(faults, second("Retry-After", "", "3600", "A limited answer", contract.Flood,
			refused(contract.Flood)))
		for _, name := range []string{limit.Limit, limit.Remaining, limit.Reset} {
			if name != "" {
				faults = append(faults,
					second(name, "refusals", "5000", "A refusal", "", refused()),
					second(name, "success", "5000", "A success", "", succeeded))
			}
		}
	}
	for _, one := range []struct {
		name, description string
		when              func(*call, *answer) bool
	}{{"success", "A success", succeeded}, {"refusals", "A refusal", refused()}} {
		faults = append(faults,
			should("member-twice", one.name, "", fmt.Sprintf("%s names a member of its object twice.", one.description),
				changeResponse(one.when, func(_ *call, a *answer) { a.raw = repeatMember(a.raw) })))
	}
	return faults
}

// repeatMember writes the first member of an object again at its end.
func repeatMember(raw []byte) []byte {
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil || len(object) == 0 {
		return raw
	}
	name := slices.Sorted(maps.Keys(object))[0]
	quoted, _ := json.Marshal(name) // texts always marshal
	body := bytes.TrimSuffix(bytes.TrimSpace(raw), []byte("}"))
	return slices.Concat(body, []byte(","), quoted, []byte(":"), object[name], []byte("}"))
}
