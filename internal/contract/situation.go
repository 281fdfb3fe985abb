package contract

import "slices"

// SituationID names one way in which a request can be refused.
type SituationID string

// The situations that the suite knows how to create. A document may name further ones as the `unknown` of an
// x-reference.
const (
	MissingKey        SituationID = "missing-key"
	InvalidKey        SituationID = "invalid-key"
	RevokedKey        SituationID = "revoked-key"
	MisplacedKey      SituationID = "misplaced-key"
	MissingScope      SituationID = "missing-scope"
	DeniedIP          SituationID = "denied-ip"
	MissingField      SituationID = "missing-field"
	InvalidField      SituationID = "invalid-field"
	InvalidParameter  SituationID = "invalid-parameter"
	MalformedBody     SituationID = "malformed-body"
	ForeignMediaType  SituationID = "unsupported-media-type"
	InvalidID         SituationID = "invalid-id"
	IllegalTransition SituationID = "illegal-transition"
	UnknownStatus     SituationID = "unknown-status"
	UnknownReference  SituationID = "unknown-reference"
	UnknownRecord     SituationID = "unknown-record"
	ForeignRecord     SituationID = "foreign-record"
	UnknownPath       SituationID = "unknown-path"
	WrongMethod       SituationID = "wrong-method"
	Duplicate         SituationID = "duplicate"
	Flood             SituationID = "flood"
	ServerFault       SituationID = "server-fault"
)

// Situation maps each status that may answer it to the codes that may come with it; no codes: the status alone decides.
type Situation struct {
	ID      SituationID
	Answers map[int][]string
	Assumed bool
	Layer   Layer
	Source  Source // where it is written
	Pointer string // its place in the document; empty: it is not there
}

// Statuses returns the statuses that may answer the situation, ascending.
func (s Situation) Statuses() []int {
	var out []int
	for status := range s.Answers {
		out = append(out, status)
	}
	slices.Sort(out)
	return out
}
