package suite

import (
	"fmt"
	"slices"
	"strings"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/result"
	"conformance/internal/session"
)

// 405: the path is right, the method is not.

var wrongMethod = check.Check{
	ID: "METHOD-001", Level: result.Must, Situation: contract.WrongMethod, Source: errorCodes + "405",
	Title:    "a method that the path does not serve is refused",
	Clause:   "Each of GET, POST, PUT, PATCH and DELETE that no operation of the path has, with the address of a record that exists.",
	Over:     check.Paths(func(c *contract.Contract, p *contract.Path) bool { return len(c.WrongMethods(p)) > 0 }),
	Variants: eachWrongMethod(func(t *check.T, a *check.Answer) { t.Expect(a).To(check.BeRefused()) }),
}

var allowHeader = check.Check{
	ID: "METHOD-002", Level: result.Must, Situation: contract.WrongMethod, Source: rfc9110 + "15.5.6",
	Title:  "Allow names the methods that the path serves",
	Clause: "All methods that are served, and no other; HEAD and OPTIONS are allowed. Under a selector, such as an id in the query, the header only has to be there.",
	Over: check.Paths(func(c *contract.Contract, p *contract.Path) bool {
		return len(c.WrongMethods(p)) > 0 && len(p.Selectors) == 0 && !p.SelectsByID()
	}),
	Variants: eachWrongMethod(func(t *check.T, a *check.Answer) {
		allowed := tokens(a.Values("Allow"))
		if a.Status/100 == 2 || len(a.Values("Allow")) == 0 {
			return // judged by the check above
		}
		served := t.Session.Contract.ServedMethods(t.Subject.Path)
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

func tokens(values []string) []string {
	var out []string
	for v := range strings.SplitSeq(strings.Join(values, ","), ",") {
		if v = strings.TrimSpace(v); v != "" {
			out = append(out, v) // methods are case-sensitive (RFC 9110, 9.1)
		}
	}
	return out
}

func eachWrongMethod(judge func(*check.T, *check.Answer)) func(*contract.Contract, check.Subject) []check.Variant {
	return func(c *contract.Contract, s check.Subject) []check.Variant {
		var out []check.Variant
		for _, method := range c.WrongMethods(s.Path) {
			out = append(out, check.Variant{Name: method, Run: func(t *check.T) {
				judge(t, t.Send(bodyFor(t.Valid().WithMethod(method, fmt.Sprintf("method %s", method)), method)))
			}})
		}
		return out
	}
}

// bodyFor gives the request a body if its method usually has one, and none otherwise.
func bodyFor(r *session.Request, method string) *session.Request {
	return r.With("", "", func(c *session.Request) {
		if method == "GET" || method == "DELETE" {
			c.Body, c.Raw = nil, nil
			return
		}
		if c.Body == nil {
			c.Raw = []byte("{}")
			c.Sent = c.Sent.WithHeader("Content-Type", "application/json")
		}
	})
}
