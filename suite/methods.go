package suite

import (
	"fmt"
	"slices"
	"strings"

	"conformance/internal/contract"
	"conformance/internal/result"
)

// 405: the path is right, the method is not.

var wrongMethod = Check{
	ID: "METHOD-001", Level: result.Must, Situation: contract.WrongMethod, Source: errorCodes + "405",
	Title:    "a method that the path does not serve is refused",
	Clause:   "Each of GET, POST, PUT, PATCH and DELETE that no operation has there, with the address of one that exists.",
	Over:     overPaths(func(c *contract.Contract, p *contract.Path) bool { return len(c.WrongMethods(p)) > 0 }),
	Variants: eachWrongMethod(func(t *T, a *Answer) { t.Expect(a).To(BeRefused()) }),
}

var allowHeader = Check{
	ID: "METHOD-002", Level: result.Must, Situation: contract.WrongMethod, Source: rfc9110 + "15.5.6",
	Title:  "Allow names the methods that the path serves",
	Clause: "All that are served, and none that is not; HEAD and OPTIONS may stand there too. Under a selector, an id in the query included, only its presence is required.",
	Over: overPaths(func(c *contract.Contract, p *contract.Path) bool {
		return len(c.WrongMethods(p)) > 0 && len(p.Selectors) == 0 && !selectsByID(p)
	}),
	Variants: eachWrongMethod(func(t *T, a *Answer) {
		allowed := tokens(a.Values("Allow"))
		if a.Status/100 == 2 || len(a.Values("Allow")) == 0 {
			return // judged by the check above
		}
		served := t.session.Contract.ServedMethods(t.Subject.Path)
		for _, method := range served {
			if !slices.Contains(allowed, method) {
				t.Report(allowDiffers(result.AllowComplete, served, allowed, method))
			}
		}
		for _, method := range allowed {
			if slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, method) && !slices.Contains(served, method) {
				t.Report(allowDiffers(result.AllowTrue, served, allowed, method))
			}
		}
	}),
}

func allowDiffers(rule result.Rule, served, allowed []string, method string) result.Difference {
	return result.Difference{
		Kind: result.KindHeader, Rule: rule, At: "Allow", Want: []string{strings.Join(served, ", ")}, Got: strings.Join(allowed, ", "), Detail: method,
	}
}

// selectsByID says that an identifier in the query tells the path key's operations from others on the URL: then it is a selector too, and
// a server may name in Allow the methods that it knows under it.
func selectsByID(p *contract.Path) bool {
	return slices.ContainsFunc(p.Operations, func(o *contract.Operation) bool {
		return slices.ContainsFunc(o.Identifiers(), func(id *contract.Parameter) bool { return id.In == "query" })
	})
}

func tokens(values []string) []string {
	var out []string
	for v := range strings.SplitSeq(strings.Join(values, ","), ",") {
		if v = strings.TrimSpace(v); v != "" {
			out = append(out, v) // methods are case-sensitive (RFC 9110, 9.1)
		}
	}
	return out
}

func eachWrongMethod(judge func(*T, *Answer)) func(*contract.Contract, Subject) []Variant {
	return func(c *contract.Contract, s Subject) []Variant {
		var out []Variant
		for _, method := range c.WrongMethods(s.Path) {
			out = append(out, Variant{Name: method, Run: func(t *T) {
				judge(t, t.Send(t.Valid().WithMethod(method, fmt.Sprintf("method %s", method)).bodyFor(method)))
			}})
		}
		return out
	}
}

// bodyFor gives the request a body if its method usually has one, and none otherwise.
func (r *Request) bodyFor(method string) *Request {
	return r.with("", "", func(c *Request) {
		if method == "GET" || method == "DELETE" {
			c.Body, c.raw = nil, nil
			return
		}
		if c.Body == nil {
			c.raw = []byte("{}")
			c.sent = c.sent.WithHeader("Content-Type", "application/json")
		}
	})
}
