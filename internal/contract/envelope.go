package contract

import "github.com/getkin/kin-openapi/openapi3"

// Where error bodies usually keep their machine code and their message. The first place that the schema has counts.
var (
	codePlaces = []Pointer{
		"/error/code", "/error/type", "/errors/0/code", "/code", "/errorCode", "/error_code", "/error/errorCode", "/key",
		"/error/status", "/type",
	}
	messagePlaces = []Pointer{
		"/error/message", "/errors/0/message", "/errors/0/detail", "/message", "/detail", "/error_description",
		"/errorMessage", "/error_message", "/description", "/msg", "/title", "/reason", "/error",
	}
)

// envelope is where an error answer keeps what: as the root says, else as its schema shows.
func (l *load) envelope(s *openapi3.Schema) Envelope {
	if l.c.Envelope != (Envelope{}) {
		return l.c.Envelope
	}
	if s == nil {
		return Envelope{}
	}
	text := func(places []Pointer) Pointer {
		for _, at := range places {
			if ref := SchemaAt(s, at); ref != nil && ref.Value.Type.Is("string") {
				return at
			}
		}
		return ""
	}
	e := Envelope{Code: text(codePlaces), Message: text(messagePlaces)}
	switch {
	case e.Code == e.Message:
		e.Code = ""
	case e.Code == "" && e.Message != "" && len(enumAt(s, e.Message)) > 0:
		e = Envelope{Code: e.Message} // one of a list of texts is no sentence
	}
	return e
}

// EnvelopeOf is where an error answer keeps what; of one that is not documented the root says it.
func (c *Contract) EnvelopeOf(r *Response) Envelope {
	if r == nil {
		return c.Envelope
	}
	return r.Envelope
}
