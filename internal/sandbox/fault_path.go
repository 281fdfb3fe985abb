package sandbox

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"conformance/internal/contract"
)

// paths: a path that does not exist is answered as though it did.

func (k *catalogue) paths() {
	locating := func(how func(c *call) (path string, ok bool)) func(*rules) {
		return func(b *rules) {
			sound := b.locate
			b.locate = func(c *call) place {
				p := sound(c)
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
	k.must("extra-segment-ignored", "", contract.UnknownPath, "What follows a path after a slash is ignored.", locating(func(c *call) (string, bool) {
		at := strings.LastIndexByte(c.path, '/')
		return c.path[:max(at, 0)], at > 0
	}))
	k.must("longer-name-served", "", contract.UnknownPath, "A path need only begin like one that exists.", locating(func(c *call) (string, bool) {
		for _, p := range k.contract.Paths {
			if strings.HasPrefix(c.path, p.URL) && c.path[len(p.URL)] != '/' {
				return p.URL, true
			}
		}
		return "", false
	}))
	k.must("unknown-path-served", "", contract.UnknownPath, "A path that does not exist is answered like the first that does.", locating(func(*call) (string, bool) {
		return k.contract.Paths[0].URL, true
	}))
	k.must("last-segment-served", "", contract.UnknownPath, "Only the last segment of a path is looked at.", locating(func(c *call) (string, bool) {
		at := strings.LastIndexByte(c.path, '/')
		return c.path[max(at, 0):], at > 0
	}))
	k.should("path-without-case", "", contract.UnknownPath, "A path is found in any letter case.", locating(func(c *call) (string, bool) {
		return strings.ToLower(c.path), true
	}))
	reached := func(test func(*call) bool) func(*call, *refusal) bool {
		return func(c *call, r *refusal) bool { return r.situation == contract.UnknownPath && test(c) }
	}
	k.must("unknown-path-crashes", "", contract.UnknownPath, "A path that is the name of something in every program makes the server fail.", answering(reached(func(c *call) bool {
		return strings.HasSuffix(c.path, "/constructor")
	}), crash))
	k.must("unknown-path-as-method", http.MethodPost, contract.UnknownPath, "POST to a path that does not exist is answered like a wrong method.", answering(reached(func(c *call) bool {
		return c.request.Method == http.MethodPost
	}), asMethod))
	k.must("unknown-path-empty", "", contract.UnknownPath, "A path that does not exist is answered with success and an empty object.",
		answering(of(contract.UnknownPath), func(*call, *refusal) *answer {
			return &answer{status: http.StatusOK, header: http.Header{}, body: map[string]any{}}
		}))
	k.must("unknown-path-plain", "", contract.UnknownPath, "A path that does not exist is answered by the router in plain text.", rendering(refused(contract.UnknownPath), func(_ *call, a *answer) {
		a.raw = []byte("404 page not found\n")
		a.header.Set("Content-Type", "text/plain; charset=utf-8")
	}))
	k.must("unknown-path-framework", "", contract.UnknownPath, "A path that does not exist is answered by the router with an envelope of its own.", rendering(refused(contract.UnknownPath), func(_ *call, a *answer) {
		a.raw = []byte(`{"statusCode":404,"message":"Cannot find the route","error":"Not Found"}`)
	}))
	k.must("unknown-path-as-method", "", contract.UnknownPath, "A path that does not exist is answered like a wrong method.", answering(of(contract.UnknownPath), asMethod))
}

// asMethod answers like a wrong method.
func asMethod(c *call, r *refusal) *answer {
	return refuse(c, &refusal{situation: contract.WrongMethod, message: r.message, allow: []string{http.MethodGet}})
}

// methods: a wrong method is served, or refused as something else.
func (k *catalogue) methods() {
	paths := slices.DeleteFunc(slices.Clone(k.contract.Paths), func(p *contract.Path) bool { return len(k.contract.WrongMethods(p)) == 0 })
	k.must("wrong-method-as-get", "", contract.WrongMethod, "A wrong method is served like GET.", remapping(func(c *call) place {
		return c.model.locate(c.path, http.MethodGet, c.query)
	}))
	k.must("wrong-method-as-post", "", contract.WrongMethod, "A wrong method is served like POST.", remapping(func(c *call) place {
		return c.model.locate(c.path, http.MethodPost, c.query)
	}))
	k.must("put-as-patch", "", contract.WrongMethod, "PUT and PATCH are the same.", remapping(func(c *call) place {
		other := map[string]string{http.MethodPut: http.MethodPatch, http.MethodPatch: http.MethodPut}[c.request.Method]
		return c.model.locate(c.path, other, c.query)
	}))
	k.must("selector-forgotten", "", contract.WrongMethod, "A method that a selector does not serve is served without the selector.", remapping(func(c *call) place {
		query := maps.Clone(c.query)
		for name := range c.address.values {
			query.Del(name)
		}
		return c.model.locate(c.path, c.request.Method, query)
	}))
	for _, p := range spread(paths, 6) {
		k.must("wrong-method-served", p.Key, contract.WrongMethod, "A wrong method is served like the right one.", remapping(func(c *call) place {
			found := c.model.locate(c.path, p.Operations[0].Method, c.query)
			if found.operation == nil || found.operation.Path != p {
				return place{}
			}
			return found
		}))
		here := func(c *call, r *refusal) bool { return r.situation == contract.WrongMethod && k.under(c, p) }
		k.must("wrong-method-unknown", p.Key, contract.WrongMethod, "A wrong method is answered like an unknown path.", answering(here, as(contract.UnknownPath)))
	}
	k.must("wrong-method-invalid", "", contract.WrongMethod, "A wrong method is answered like bad data.", answering(of(contract.WrongMethod), as(contract.InvalidParameter)))
	for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete} {
		k.must("wrong-method-empty", method, contract.WrongMethod, method+" where it is wrong is answered 204.", answering(func(c *call, r *refusal) bool {
			return r.situation == contract.WrongMethod && c.request.Method == method
		}, func(*call, *refusal) *answer { return &answer{status: http.StatusNoContent, header: http.Header{}} }))
	}
	k.must("wrong-method-applied", "", contract.WrongMethod, "A wrong method is refused and updates the record all the same.", answering(of(contract.WrongMethod), updateNevertheless))
	k.allow()
}

// updateNevertheless does what the same request by a method that is served would have done, and leaves the refusal as it is.
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

// remapping finds another place for a request whose method nothing serves; an empty place leaves it as it is.
func remapping(how func(*call) place) func(*rules) {
	return func(b *rules) {
		sound := b.locate
		b.locate = func(c *call) place {
			c.place = sound(c)
			if c.address == nil || c.operation != nil || c.astray != "" {
				return c.place
			}
			if found := how(c); found.operation != nil {
				return found
			}
			return c.place
		}
	}
}

// under says whether a request with a wrong method has the selectors of a path.
func (k *catalogue) under(c *call, p *contract.Path) bool {
	if c.address == nil || !slices.ContainsFunc(c.address.operations, func(op *operation) bool { return op.Path == p }) {
		return false
	}
	found := c.model.locate(c.path, p.Operations[0].Method, c.query)
	return found.operation != nil && found.operation.Path == p
}

// allow: the header Allow is missing or wrong.
func (k *catalogue) allow() {
	allowing := func(name, description string, how func(methods []string) []string) {
		k.must(name, "", contract.WrongMethod, description, rendering(refused(contract.WrongMethod), func(_ *call, a *answer) {
			a.header.Set("Allow", strings.Join(how(strings.Split(a.header.Get("Allow"), ", ")), ", "))
		}))
	}
	k.must("allow-missing", "", contract.WrongMethod, "A refused method comes without Allow.", rendering(refused(contract.WrongMethod), func(_ *call, a *answer) { a.header.Del("Allow") }))
	allowing("allow-empty", "Allow is empty.", func([]string) []string { return nil })
	allowing("allow-incomplete", "Allow leaves out a method that is served.", func(methods []string) []string { return methods[1:] })
	allowing("allow-first-only", "Allow names only the first of the methods that are served.", func(methods []string) []string { return methods[:1] })
	allowing("allow-lower-case", "Allow names the methods in lower case.", func(methods []string) []string {
		return strings.Split(strings.ToLower(strings.Join(methods, " ")), " ")
	})
	allowing("allow-too-wide", "Allow names a method that is not served.", func(methods []string) []string { return append(methods, http.MethodDelete) })
	allowing("allow-everything", "Allow names every method there is.", func([]string) []string {
		return []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	})
	for _, p := range spread(k.contract.Paths, 4) {
		k.must("allow-missing", p.Key, contract.WrongMethod, "A refused method comes without Allow.", rendering(func(c *call, a *answer) bool {
			return a.situation == contract.WrongMethod && k.under(c, p)
		}, func(_ *call, a *answer) { a.header.Del("Allow") }))
	}
}
