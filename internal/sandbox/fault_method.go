package sandbox

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"conformance/internal/contract"
)

// methodFaults: a wrong method is served, or refused as something else.
func methodFaults(m *model) []Fault {
	paths := slices.DeleteFunc(slices.Clone(m.contract.Paths),
		func(p *contract.Path) bool { return len(m.contract.WrongMethods(p)) == 0 })
	faults := []Fault{
		must("wrong-method-as-get", "", contract.WrongMethod, "A wrong method is served like GET.",
			changePlace(func(c *call) place {
				return c.model.locate(c.path, http.MethodGet, c.query)
			})),
		must("wrong-method-as-post", "", contract.WrongMethod, "A wrong method is served like POST.",
			changePlace(func(c *call) place {
				return c.model.locate(c.path, http.MethodPost, c.query)
			})),
		must("put-as-patch", "", contract.WrongMethod, "PUT and PATCH are the same.", changePlace(func(c *call) place {
			other := map[string]string{http.MethodPut: http.MethodPatch, http.MethodPatch: http.MethodPut}[c.request.Method]
			return c.model.locate(c.path, other, c.query)
		})),
		must("selector-forgotten", "", contract.WrongMethod,
			"A method that a selector does not serve is served without the selector.",
			changePlace(func(c *call) place {
				query := maps.Clone(c.query)
				for name := range c.address.values {
					query.Del(name)
				}
				return c.model.locate(c.path, c.request.Method, query)
			})),
	}
	for _, p := range sampleEvenly(paths, 6) {
		faults = append(faults,
			must("wrong-method-served", p.Key, contract.WrongMethod, "A wrong method is served like the right one.",
				changePlace(func(c *call) place {
					found := c.model.locate(c.path, p.Operations[0].Method, c.query)
					if found.operation == nil || found.operation.Path != p {
						return place{}
					}
					return found
				})))
		here := func(c *call, r *refusal) bool { return r.situation == contract.WrongMethod && asksFor(c, p) }
		faults = append(faults,
			must("wrong-method-unknown", p.Key, contract.WrongMethod, "A wrong method is answered like an unknown path.",
				replaceRefusal(here, as(contract.UnknownPath))))
	}
	faults = append(faults,
		must("wrong-method-invalid", "", contract.WrongMethod, "A wrong method is answered like bad data.",
			replaceRefusal(of(contract.WrongMethod), as(contract.InvalidParameter))))
	for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete} {
		faults = append(faults,
			must("wrong-method-empty", method, contract.WrongMethod, method+" where it is wrong is answered 204.",
				replaceRefusal(func(c *call, r *refusal) bool {
					return r.situation == contract.WrongMethod && c.request.Method == method
				}, func(*call, *refusal) *answer { return &answer{status: http.StatusNoContent, header: http.Header{}} })))
	}
	faults = append(faults,
		must("wrong-method-applied", "", contract.WrongMethod,
			"A wrong method is refused but updates the record.",
			replaceRefusal(of(contract.WrongMethod), updateNevertheless)))
	return append(faults, allowHeaderFaults(m)...)
}

// updateNevertheless does what the same request by a method that is served would have done, and leaves the refusal
// as it is.
func updateNevertheless(c *call, _ *refusal) *answer {
	asked := c.place
	defer func() { c.place, c.named = asked, nil }()
	for _, method := range []string{http.MethodPut, http.MethodPatch} {
		if c.place = c.model.locate(c.path, method, c.query); c.operation != nil {
			steps := pipeline()
			c.run(steps[slices.IndexFunc(steps, func(s step) bool { return s.name == "authorize" }):])
			return nil
		}
	}
	return nil
}

// changePlace finds another place for a request whose method nothing serves; an empty place leaves it as it is.
func changePlace(how func(*call) place) func(*rules) {
	return func(b *rules) {
		correct := b.locate
		b.locate = func(c *call) place {
			c.place = correct(c)
			if c.address == nil || c.operation != nil || c.unmatchedSelector != "" {
				return c.place
			}
			if found := how(c); found.operation != nil {
				return found
			}
			return c.place
		}
	}
}

// asksFor says whether a request with a wrong method has the selectors of a path.
func asksFor(c *call, p *contract.Path) bool {
	if c.address == nil || !slices.ContainsFunc(c.address.operations, func(op *operation) bool { return op.Path == p }) {
		return false
	}
	found := c.model.locate(c.path, p.Operations[0].Method, c.query)
	return found.operation != nil && found.operation.Path == p
}

// allowHeaderFaults: the header Allow is missing or wrong.
func allowHeaderFaults(m *model) []Fault {
	allowing := func(name, description string, how func(methods []string) []string) Fault {
		return must(name, "", contract.WrongMethod, description,
			changeResponse(refused(contract.WrongMethod), func(_ *call, a *answer) {
				a.header.Set("Allow", strings.Join(how(strings.Split(a.header.Get("Allow"), ", ")), ", "))
			}))
	}
	faults := []Fault{
		must("allow-missing", "", contract.WrongMethod, "A refused method comes without Allow.",
			changeResponse(refused(contract.WrongMethod), func(_ *call, a *answer) { a.header.Del("Allow") })),
		allowing("allow-empty", "Allow is empty.", func([]string) []string { return nil }),
		allowing("allow-incomplete", "Allow leaves out a method that is served.",
			func(methods []string) []string { return methods[1:] }),
		allowing("allow-first-only", "Allow names only the first of the methods that are served.",
			func(methods []string) []string { return methods[:1] }),
		allowing("allow-lower-case", "Allow names the methods in lower case.", func(methods []string) []string {
			return strings.Split(strings.ToLower(strings.Join(methods, " ")), " ")
		}),
		allowing("allow-too-wide", "Allow names a method that is not served.",
			func(methods []string) []string { return append(methods, http.MethodDelete) }),
		allowing("allow-everything", "Allow names every method there is.", func([]string) []string {
			return []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
		}),
	}
	for _, p := range sampleEvenly(m.contract.Paths, 4) {
		faults = append(faults, must("allow-missing", p.Key, contract.WrongMethod, "A refused method comes without Allow.",
			changeResponse(func(c *call, a *answer) bool {
				return a.situation == contract.WrongMethod && asksFor(c, p)
			}, func(_ *call, a *answer) { a.header.Del("Allow") })))
	}
	return faults
}
