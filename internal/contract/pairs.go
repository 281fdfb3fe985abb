package contract

import (
	"fmt"
	"slices"
	"strings"
)

var known = []SituationID{
	MissingKey, InvalidKey, RevokedKey, MisplacedKey, MissingScope, DeniedIP, MissingField, InvalidField, InvalidParameter,
	MalformedBody, InvalidID, IllegalTransition, UnknownStatus, UnknownReference, UnknownRecord, ForeignRecord,
	UnknownPath, WrongMethod, Duplicate, Flood, ServerFault, ForeignMediaType,
}

// Pair is a situation that can arise on an operation, or on a path where no operation applies (Operation is nil).
type Pair struct {
	Path      *Path
	Operation *Operation
	Situation SituationID
}

// Name is the operationId, or the path key where no operation applies.
func (p Pair) Name() string {
	if p.Operation != nil {
		return p.Operation.ID
	}
	return p.Path.Key
}

// Pairs are all (operation, situation) pairs of the contract, in document order. Coverage is counted over them.
func (c *Contract) Pairs() []Pair {
	var pairs []Pair
	add := func(path *Path, o *Operation, ids ...SituationID) {
		for _, id := range ids {
			if _, ok := c.SituationOf(path.documents(o), id); ok {
				pairs = append(pairs, Pair{path, o, id})
			}
		}
	}
	for _, path := range c.Paths {
		for _, o := range path.Operations {
			add(path, o, situationsOf(o)...)
		}
		if len(c.WrongMethods(path)) > 0 {
			add(path, nil, WrongMethod)
		}
		if path.Key == path.URL {
			add(path, nil, UnknownPath)
		}
	}
	return pairs
}

func situationsOf(o *Operation) []SituationID {
	var ids []SituationID
	switch {
	case o.Secured():
		ids = append(ids, MissingKey, InvalidKey, RevokedKey, MisplacedKey, DeniedIP)
	case LooksAtKeys(o):
		ids = append(ids, InvalidKey)
	}
	if len(o.RequiredScopes) > 0 {
		ids = append(ids, MissingScope)
	}
	if len(o.Identifiers()) > 0 {
		ids = append(ids, InvalidID, ForeignRecord)
	}
	if slices.ContainsFunc(o.Inputs(), (*Parameter).Constrained) {
		ids = append(ids, InvalidParameter)
	}
	for _, r := range referencesOf(o) {
		if r.Unknown != "" {
			ids = append(ids, r.Unknown)
		}
	}
	if o.Body != nil {
		ids = append(ids, o.Body.situations()...)
	}
	if o.Tier != "" {
		ids = append(ids, Flood)
	}
	ids = append(ids, ServerFault)
	slices.Sort(ids)
	return slices.Compact(ids)
}

func (b *Body) situations() []SituationID {
	var ids []SituationID
	if len(b.ForeignMediaTypes()) > 0 {
		ids = append(ids, ForeignMediaType)
	}
	if b.Form == nil {
		ids = append(ids, MalformedBody)
	}
	for _, f := range b.Fields {
		ids = append(ids, InvalidField)
		if f.Required {
			ids = append(ids, MissingField)
		}
		if f.Transitions != nil {
			ids = append(ids, IllegalTransition, UnknownStatus)
		}
		if f.Unique != nil {
			ids = append(ids, Duplicate)
		}
	}
	return ids
}

// Constrained says that some value of the parameter is invalid: a plain string is not.
func (p *Parameter) Constrained() bool {
	s := p.Schema
	return !s.Type.Is("string") || len(s.Enum) > 0 || s.Format != "" || s.Pattern != "" || s.MinLength > 0 ||
		s.MaxLength != nil
}

// WrongMethods are the methods that a request to that path key must not use: those that no operation serves on the URL,
// and for a key with selectors those that none serves under the same selectors. HEAD, OPTIONS and TRACE are left to
// HTTP.
func (c *Contract) WrongMethods(path *Path) []string {
	var wrong []string
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		if !slices.Contains(c.ServedMethods(path), method) {
			wrong = append(wrong, method)
		}
	}
	return wrong
}

// ServedMethods are the methods that a path key serves. Keys whose selectors are the same serve each other's methods:
// which of them a request means depends on its identifiers, and a request without one is another operation's, not a
// wrong method.
func (c *Contract) ServedMethods(path *Path) []string {
	var served []string
	for _, other := range c.Paths {
		if other.URL != path.URL || len(path.Selectors) > 0 && selection(other.Selectors) != selection(path.Selectors) {
			continue
		}
		for _, o := range other.Operations {
			served = append(served, o.Method)
		}
	}
	slices.Sort(served)
	return slices.Compact(served)
}

func selection(selectors []*Parameter) string {
	parts := make([]string, len(selectors))
	for i, s := range selectors {
		parts[i] = s.Name + "=" + s.Value
	}
	slices.Sort(parts)
	return strings.Join(parts, "&")
}

func joinInts(ns []int) string {
	return strings.Trim(strings.Join(strings.Fields(fmt.Sprint(ns)), ", "), "[]")
}
