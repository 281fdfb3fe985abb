package suite

import (
	"slices"
	"strings"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/probe"
	"conformance/internal/result"
	"conformance/internal/session"
)

// 415: the body is of a media type that the operation does not take.

var foreignMediaType = check.Check{
	ID: "MEDIA-001", Level: result.Must, Situation: contract.ForeignMediaType,
	Title: "a body of a media type that is not documented is refused",
	Clause: "The valid body under the name of another media type, once for each. Where the document does not say that " +
		"such bodies are refused, an API may take them: then only a refusal is judged.",
	Over: check.Operations(func(o *contract.Operation) bool {
		return (o.HasBody() || contract.TakesAnyJSON(o)) && len(o.Body.ForeignMediaTypes()) > 0
	}),
	Variants: func(_ *contract.Contract, s check.Subject) []check.Variant {
		var out []check.Variant
		for _, mediaType := range s.Operation.Body.ForeignMediaTypes() {
			out = append(out, check.Variant{Name: mediaType, Run: func(t *check.T) {
				a := t.Send(ofMediaType(t.Valid(), mediaType))
				if a.Accepted() && !contract.RefusesMediaTypes(t.Session.Contract, t.Operation()) {
					t.Skip(result.NotApplicable, "the body is taken as %s, and the document does not say that it is not", mediaType)
				}
				t.Expect(a).To(check.BeRefused())
			}})
		}
		return out
	},
}

// ofMediaType says of the body that it is of that media type.
func ofMediaType(r *session.Request, mediaType string) *session.Request {
	return r.With("the body is called "+mediaType, "header:Content-Type", func(c *session.Request) {
		c.Sent.Header = slices.DeleteFunc(c.Sent.Header, func(h probe.Pair) bool {
			return strings.EqualFold(h.Name, "Content-Type")
		})
		c.Sent = c.Sent.WithHeader("Content-Type", mediaType)
	})
}
