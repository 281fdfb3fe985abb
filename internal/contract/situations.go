package contract

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// Layer says how the document speaks of a situation.
type Layer string

// Layers: a status that is written out, a range such as 4XX or default, nothing at all.
const (
	Stated  Layer = "stated"
	Ranged  Layer = "ranged"
	Assumed Layer = "assumed"
)

// situations reads a keyword x-situations: nil where there is none. open says that what it does not list is left to
// the responses and to HTTP (x-inferred).
func (l *load) situations(extensions map[string]any, at string) (all map[SituationID]Situation, open bool) {
	var raw map[SituationID]json.RawMessage
	if !l.keyword(extensions, "x-situations", at, &raw) {
		return nil, false
	}
	at += "/x-situations"
	all = map[SituationID]Situation{}
	for id, value := range raw {
		if id == "x-inferred" {
			if json.Unmarshal(value, &open) != nil {
				l.problem(at+"/x-inferred", "must be true or false")
			}
			continue
		}
		pointer := at + "/" + Escape(string(id))
		if s, ok := situationFrom(l, id, value, pointer); ok {
			all[id] = s
		}
	}
	return all, open
}

func situationFrom(l *load, id SituationID, value json.RawMessage, pointer string) (Situation, bool) {
	s := Situation{ID: id, Answers: map[int][]string{}, Layer: Stated, Pointer: pointer}
	var answers map[string]json.RawMessage
	if err := json.Unmarshal(value, &answers); err != nil {
		l.problem(pointer, "must map statuses to lists of codes")
		return s, false
	}
	var cites *cited
	for key, value := range answers {
		switch key {
		case "x-assumed":
			if json.Unmarshal(value, &s.Assumed) != nil {
				l.problem(pointer+"/"+key, "must be true or false")
			}
			continue
		case "source":
			l.keyword(map[string]any{key: value}, key, pointer, &cites)
			continue
		}
		var codes []string
		status, err := strconv.Atoi(key)
		if err != nil || status < 400 || status > 599 {
			l.problem(pointer+"/"+key, "is not an error status; write a number from 400 to 599 in quotes")
			continue
		}
		if err := json.Unmarshal(value, &codes); err != nil {
			l.problem(pointer+"/"+key, "must be a list of codes; an empty one leaves it to the status")
			continue
		}
		s.Answers[status] = codes
	}
	s.Source = l.source(cites, id, pointer)
	if len(s.Answers) == 0 {
		l.problem(pointer, "gives no status; map one from 400 to 599 to the codes that may come with it")
		return s, false
	}
	return s, true
}

// usual are the statuses by which HTTP and its common use answer a situation, in groups: a document that writes out
// statuses of an earlier group does not mean those of a later one.
type usual struct {
	groups  [][]int
	section string // of RFC 9110
}

// inferable are the situations that arise in any API, and need nothing that only its owner has.
var inferable = map[SituationID]usual{
	MissingKey:       {[][]int{{401}, {403}}, "15.5.2"},
	InvalidKey:       {[][]int{{401}, {403}}, "15.5.2"},
	MissingScope:     {[][]int{{403}}, "15.5.4"},
	MissingField:     {[][]int{{400, 422}}, "15.5.1"},
	InvalidField:     {[][]int{{400, 422}}, "15.5.1"},
	InvalidParameter: {[][]int{{400, 422}, {404}}, "15.5.1"},
	MalformedBody:    {[][]int{{400, 422}}, "15.5.1"},
	ForeignMediaType: {[][]int{{http.StatusUnsupportedMediaType}, {400, 422}}, "15.5.16"},
	InvalidID:        {[][]int{{400, 422, 404}}, "15.5.1"},
	UnknownRecord:    {[][]int{{404, 410}, {403}}, "15.5.5"},
	UnknownReference: {[][]int{{400, 404, 409, 422}}, "15.5.1"},
	UnknownPath:      {[][]int{{404}}, "15.5.5"},
	WrongMethod:      {[][]int{{405}, {404}}, "15.5.6"},
	Duplicate:        {[][]int{{409}, {400, 422}}, "15.5.10"},
	Flood:            {[][]int{{429}}, ""},
}

// SituationOf is what may answer a request to the operation that is in the situation, and whether such a thing arises:
// as the operation, its path or the root says; else, where the root leaves that open, by the documented responses, and
// where these are silent by what HTTP says.
func (c *Contract) SituationOf(o *Operation, id SituationID) (Situation, bool) {
	if s, ok := o.Situations[id]; ok {
		return s, true
	}
	if s, ok := c.Situations[id]; ok {
		return s, true
	}
	u, ok := inferable[id]
	if !ok || !c.inferred {
		return Situation{}, false
	}
	return c.inferredOf(o, id, u), true
}

// elsewhere are the situations of requests that are none to the operation: what it documents is not about them, but
// for the one status that only they can have.
var elsewhere = map[SituationID]int{UnknownPath: 0, WrongMethod: http.StatusMethodNotAllowed}

// OfOperation says that what the operation documents is about answers to a request that is in the situation.
func (s Situation) OfOperation() bool {
	_, isElsewhere := elsewhere[s.ID]
	return !isElsewhere || s.Layer != Assumed
}

// inferredOf adds to what the statuses say the status of a success, where refusals may have it.
func (c *Contract) inferredOf(o *Operation, id SituationID, u usual) Situation {
	s := byStatus(o, id, u)
	if _, isElsewhere := elsewhere[id]; o.Refused != nil && !isElsewhere {
		s.Answers[o.Refused.Status] = nil
		if s.Layer == Assumed {
			s.Layer, s.Assumed = Stated, false
			s.Source = Itself(fmt.Sprint("response ", o.Refused.Status), o.Refused.Pointer)
			s.Pointer = o.Refused.Pointer
		}
	}
	return s
}

func byStatus(o *Operation, id SituationID, u usual) Situation {
	s := Situation{ID: id, Answers: map[int][]string{}, Layer: Stated}
	own, isElsewhere := elsewhere[id]
	for _, group := range u.groups {
		for _, status := range group {
			if r := o.Responses[status]; r != nil && (!isElsewhere || status == own) {
				s.Answers[status] = nil
				s.Source, s.Pointer = Itself(fmt.Sprint("response ", status), r.Pointer), r.Pointer
			}
		}
		if len(s.Answers) > 0 {
			if group[0] != u.groups[0][0] {
				break // the usual status may still be what comes
			}
			return s
		}
	}
	for _, status := range slices.Concat(u.groups...) {
		s.Answers[status] = nil
	}
	s.Layer, s.Assumed = Assumed, true
	s.Source = Source{Document: "RFC 9110"}
	if id == Flood {
		s.Source = Source{Document: "RFC 6585", Section: "4", URL: "https://www.rfc-editor.org/rfc/rfc6585#section-4"}
	} else {
		s.Source.Section, s.Source.URL = u.section, "https://www.rfc-editor.org/rfc/rfc9110#section-"+u.section
	}
	for _, class := range []int{4, 0} {
		if r := o.Ranges[class]; r != nil && !isElsewhere {
			s.Layer, s.Assumed = Ranged, false
			s.Source, s.Pointer = Itself("response "+r.Pointer[len(o.Pointer)+len("/responses/"):], r.Pointer), r.Pointer
			break
		}
	}
	return s
}

// Response is what the operation documents for a refusal of that status: by itself, by its range, or by default; nil:
// nothing.
func (o *Operation) Response(status int) *Response {
	if o.Refused != nil && status == o.Refused.Status {
		return o.Refused.Response
	}
	for _, r := range []*Response{o.Responses[status], o.Ranges[status/100], o.Ranges[0]} {
		if r != nil {
			return r
		}
	}
	return nil
}

// Assumes says that a convention is chosen and not documented: the root says so, or it says nothing and this is left to
// what is usual.
func (c *Contract) Assumes(convention string) bool {
	_, said := c.Assumed[convention]
	return said || c.inferred
}

// SituationIDs are those that the root lists and those that arise by themselves, sorted.
func (c *Contract) SituationIDs() []SituationID {
	all := map[SituationID]bool{}
	for id := range c.Situations {
		all[id] = true
	}
	for _, o := range c.Operations {
		for id := range o.Situations {
			all[id] = true
		}
	}
	if c.inferred {
		for id := range inferable {
			all[id] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}
