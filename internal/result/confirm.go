package result

import (
	"slices"
	"strings"
)

// ProvenAtOnce says that the difference needs no second try: a bad request succeeded, another company's data showed, or
// something took effect. No disturbance of the network makes such an answer up.
func (d Difference) ProvenAtOnce() bool { return d.Accepted || d.Effect() }

// Effect says that the difference is something that stands on the target, or was seen there, and not merely an answer.
func (d Difference) Effect() bool {
	return slices.Contains([]Rule{
		NothingChanged, NothingCreated, ValueReleased, OwnRecords, OneSucceeds, OneChanges,
	}, d.Rule)
}

// Confirms says that a second try of a row found, among whatever else, something that the first one found.
func Confirms(first, second Check) bool {
	return slices.ContainsFunc(second.Differences, func(d Difference) bool {
		return slices.ContainsFunc(first.Differences, func(e Difference) bool { return d.sameAs(e) })
	})
}

// sameAs compares differences without values that change from one try to the next, such as ids.
func (d Difference) sameAs(e Difference) bool {
	return d.Kind == e.Kind && d.Rule == e.Rule && strings.EqualFold(d.Place(), e.Place()) && d.Accepted == e.Accepted
}
