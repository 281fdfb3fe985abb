package contract

import (
	"cmp"
	"net/url"
)

// Source is where a requirement is written: a document, a section of it, and where to read it.
type Source struct {
	Document string // its title
	Section  string // as the document calls it; empty: the whole document
	URL      string // http or https; empty: not published
	Pointer  string // JSON pointer into the contract, where nothing else is cited
}

// String is the citation in words.
func (s Source) String() string {
	out := s.Document
	if s.Section != "" {
		out += ", " + s.Section
	}
	if s.Pointer != "" {
		out += " (" + s.Pointer + ")"
	}
	return out
}

// Document is a text that the contract cites (keyword x-documents).
type Document struct {
	Title string
	URL   string // http or https; empty: not published
}

// Itself cites a part of the contract.
func Itself(part, pointer string) Source {
	return Source{Document: "the contract", Section: part, Pointer: pointer}
}

func (l *load) documents() {
	l.c.Documents = map[string]Document{}
	var raw map[string]Document
	l.keyword(l.doc.Extensions, "x-documents", "#", &raw)
	for name, d := range raw {
		pointer := "#/x-documents/" + Escape(name)
		if d.Title == "" {
			l.problem(pointer+"/title", "is missing; give the title under which the document is cited")
		}
		if d.URL != "" && !published(d.URL) {
			const remedy = "%q is not an http or https address; write the whole of it or leave it out"
			l.problem(pointer+"/url", remedy, d.URL)
		}
		l.c.Documents[name] = d
	}
}

// cited is what a situation cites. One that cites nothing is written in the contract alone.
type cited struct{ Document, Section, URL string }

func (l *load) source(raw *cited, id SituationID, pointer string) Source {
	if raw == nil {
		return Itself(string(id), pointer)
	}
	pointer += "/source"
	d, known := l.c.Documents[raw.Document]
	switch {
	case raw.Document == "":
		l.problem(pointer+"/document", "is missing; name a document of x-documents")
	case !known:
		const remedy = "%q is not in x-documents; add the document there or correct the name"
		l.problem(pointer+"/document", remedy, raw.Document)
	}
	if raw.URL != "" && !published(raw.URL) {
		l.problem(pointer+"/url", "%q is not an http or https address; write the whole of it or leave it out: "+
			"the document's takes its place", raw.URL)
	}
	return Source{Document: d.Title, Section: raw.Section, URL: cmp.Or(raw.URL, d.URL)}
}

// published says that a text is an address that anyone may follow.
func published(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
