package setup

import (
	"encoding/json"
	"slices"

	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/probe"
)

// Errors is the form that the answers to reads which must fail have.
type Errors struct {
	Statuses []int // of the answers, sorted
	// Envelope is where all of them have code and message; empty where they differ, or have no message.
	Envelope contract.Envelope
	Differ   bool     // they have different forms, or some are not JSON
	Other    []string // media types of those that are not JSON, sorted
	// Against are operations whose document shows another form, by what was answered.
	Against []string
}

// errors asks for an unknown path, unknown ids and wrong parameters, and compares all refusals that came.
func (l *looker) errors() {
	l.ask(nil, l.withKey(nil, &probe.Request{Path: "/" + word()}))
	l.unknownIDs(true)
	l.wrongParameters()
	first := true
	for _, a := range l.asked {
		if a.base != l.base || a.Status < 400 || len(a.Body) == 0 {
			continue
		}
		l.compare(a, first)
		first = false
	}
	slices.Sort(l.seen.Errors.Statuses)
	slices.Sort(l.seen.Errors.Other)
	if l.seen.Errors.Differ {
		l.seen.Errors.Envelope = contract.Envelope{}
	}
}

// unknownIDs asks for records of two operations that are not there.
func (l *looker) unknownIDs(withKey bool) {
	asked := 0
	for _, o := range l.Contract.Operations {
		if asked == 2 || len(o.Identifiers()) == 0 || o.NotJudged != "" {
			continue
		}
		ids := map[string]string{}
		for _, id := range o.Identifiers() {
			ids[id.Name] = unknownID(id)
		}
		r, ok := request(o, ids)
		if !ok {
			continue
		}
		if withKey {
			r = l.withKey(o, r)
		}
		l.ask(o, r)
		asked++
	}
}

// wrongParameters sends a word where two reads take numbers.
func (l *looker) wrongParameters() {
	asked := 0
	for _, o := range l.reads {
		i := slices.IndexFunc(o.Inputs(), func(p *contract.Parameter) bool {
			return p.In == "query" && (p.Schema.Type.Is("integer") || p.Schema.Type.Is("number"))
		})
		if i < 0 || asked == 2 {
			continue
		}
		r, _ := request(o, nil)
		l.ask(o, l.withKey(o, r.WithQuery(o.Inputs()[i].Name, word())))
		asked++
	}
}

func (l *looker) compare(a *answer, first bool) {
	e := &l.seen.Errors
	if !slices.Contains(e.Statuses, a.Status) {
		e.Statuses = append(e.Statuses, a.Status)
	}
	if a.json == nil {
		if kind := l.Client.Redactor().String(a.Get("Content-Type")); !slices.Contains(e.Other, kind) {
			e.Other = append(e.Other, kind)
		}
		e.Differ = true
		return
	}
	found := contract.EnvelopeIn(a.json)
	if first {
		e.Envelope = found
	}
	e.Differ = e.Differ || e.Envelope != found
	if a.of == nil {
		return
	}
	r := a.of.Response(a.Status)
	if r == nil || r.Schema == nil || r.Envelope.Message == "" {
		return
	}
	if _, there := r.Envelope.Message.Get(a.json); !there && !slices.Contains(e.Against, a.of.ID) {
		e.Against = append(e.Against, a.of.ID)
	}
}

// unknownID is a value that no record is likely to have.
func unknownID(p *contract.Parameter) string {
	for _, v := range []any{word(), "8b1f6d2e-5c3a-4f7e-9d1b-2a6c4e8f0b7d", json.Number("2000000011")} {
		if generate.Accepts(p.Schema, v) {
			return generate.Text(v)
		}
	}
	return "0"
}
