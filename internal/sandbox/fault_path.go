package sandbox

import (
	"net/http"
	"slices"
	"strings"

	"conformance/internal/contract"
)

// pathFaults: a path that does not exist is answered as though it did.
func pathFaults(m *model) []Fault {
	changeUnknownPath := func(how func(c *call) (path string, ok bool)) func(*rules) {
		return func(b *rules) {
			correct := b.locate
			b.locate = func(c *call) place {
				p := correct(c)
				if p.address != nil {
					return p
				}
				if path, ok := how(c); ok {
					return c.model.locate(path, c.request.Method, c.query)
				}
				return p
			}
		}
	}
	faults := []Fault{
		must("extra-segment-ignored", "", contract.UnknownPath, "What follows a path after a slash is ignored.",
			changeUnknownPath(func(c *call) (string, bool) {
				at := strings.LastIndexByte(c.path, '/')
				return c.path[:max(at, 0)], at > 0
			})),
		must("longer-name-served", "", contract.UnknownPath, "A path need only begin like one that exists.",
			changeUnknownPath(func(c *call) (string, bool) {
				for _, p := range m.contract.Paths {
					if strings.HasPrefix(c.path, p.URL) && c.path[len(p.URL)] != '/' {
						return p.URL, true
					}
				}
				return "", false
			})),
		must("unknown-path-served", "", contract.UnknownPath,
			"A path that does not exist is answered like the first that does.",
			changeUnknownPath(func(*call) (string, bool) {
				return m.contract.Paths[0].URL, true
			})),
		must("last-segment-served", "", contract.UnknownPath, "Only the last segment of a path is looked at.",
			changeUnknownPath(func(c *call) (string, bool) {
				at := strings.LastIndexByte(c.path, '/')
				return c.path[max(at, 0):], at > 0
			})),
		should("path-without-case", "", contract.UnknownPath, "A path is found in any letter case.",
			changeUnknownPath(func(c *call) (string, bool) {
				return strings.ToLower(c.path), true
			})),
	}
	return append(faults, unknownPathFaults()...)
}

// unknownPathFaults: a path that does not exist is refused as something else.
func unknownPathFaults() []Fault {
	reached := func(test func(*call) bool) func(*call, *refusal) bool {
		return func(c *call, r *refusal) bool { return r.situation == contract.UnknownPath && test(c) }
	}
	return []Fault{
		must("unknown-path-crashes", "", contract.UnknownPath,
			"A path that is a reserved word makes the server fail.",
			replaceRefusal(reached(func(c *call) bool {
				return slices.Contains(inherited, c.path[strings.LastIndexByte(c.path, '/')+1:])
			}), crash)),
		must("unknown-path-as-method", http.MethodPost, contract.UnknownPath,
			"POST to a path that does not exist is answered like a wrong method.",
			replaceRefusal(reached(func(c *call) bool {
				return c.request.Method == http.MethodPost
			}), asMethod)),
		must("unknown-path-empty", "", contract.UnknownPath,
			"A path that does not exist is answered with success and an empty object.",
			replaceRefusal(of(contract.UnknownPath), func(*call, *refusal) *answer {
				return &answer{status: http.StatusOK, header: http.Header{}, body: map[string]any{}}
			})),
		must("unknown-path-plain", "", contract.UnknownPath,
			"A path that does not exist is answered by the router in plain text.",
			changeResponse(refused(contract.UnknownPath), func(_ *call, a *answer) {
				a.raw = []byte("404 page not found\n")
				a.header.Set("Content-Type", "text/plain; charset=utf-8")
			})),
		must("unknown-path-framework", "", contract.UnknownPath,
			"A path that does not exist is answered by the router with an envelope of its own.",
			changeResponse(refused(contract.UnknownPath), func(_ *call, a *answer) {
				a.raw = []byte(`{"statusCode":404,"message":"Cannot find the route","error":"Not Found"}`)
			})),
		must("unknown-path-as-method", "", contract.UnknownPath,
			"A path that does not exist is answered like a wrong method.",
			replaceRefusal(of(contract.UnknownPath), asMethod)),
	}
}

// asMethod answers like a wrong method.
func asMethod(c *call, r *refusal) *answer {
	return refuse(c, &refusal{situation: contract.WrongMethod, message: r.message, allow: []string{http.MethodGet}})
}
