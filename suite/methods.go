package suite

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/result"
	"conformance/internal/session"
)

// 405: the path is right, the method is not.

var wrongMethod = check.Check{
	ID: "METHOD-001", Level: result.Must, Situation: contract.WrongMethod,
	Title: "a method that the path does not serve is refused",
	Clause: "Each of GET, POST, PUT, PATCH and DELETE that no operation of the path has, with the address of a record " +
		"that exists.",
	Over: check.Paths(func(c *contract.Contract, p *contract.Path) bool { return len(c.WrongMethods(p)) > 0 }),
	Variants: eachWrongMethod(func(t *check.T, a *check.Answer, known bool) {
		if known {
			t.Expect(a).To(check.BeRefused())
			return
		}
		// servers may look the record up first
		t.Expect(a).To(check.BeRefusedAs(contract.WrongMethod, contract.UnknownRecord))
	}),
}

var allowHeader = check.Check{
	ID: "METHOD-002", Level: result.Must, Situation: contract.WrongMethod, Source: check.RFC(9110, "15.5.6"),
	Title: "Allow names the methods that the path serves",
	Clause: "All methods that are served, and no other; HEAD and OPTIONS are allowed. Under a selector, such as an id " +
		"in the query, the header only has to be there.",
	Over: check.Paths(func(c *contract.Contract, p *contract.Path) bool {
		return len(c.WrongMethods(p)) > 0 && len(p.Selectors) == 0 && !p.SelectsByID()
	}),
	Variants: eachWrongMethod(func(t *check.T, a *check.Answer, _ bool) {
		allowed := tokens(a.Values("Allow"))
		if a.Accepted() || len(a.Values("Allow")) == 0 {
			return // judged by the check above
		}
		t.Looked()
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
		Kind: result.KindHeader, Rule: rule, At: "Allow", Want: []string{strings.Join(served, ", ")},
		Got: strings.Join(allowed, ", "), Detail: method,
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

// undisturbed is a request to the path that a method which nobody documented may take part in: to a record of its own,
// because it may be changed or deleted; or, where the run makes none, to an id that no record has. known says which.
func undisturbed(t *check.T, method string) (r *session.Request, known bool) {
	o := t.Operation()
	if !o.HasID() || method == http.MethodGet {
		return t.Valid(), true
	}
	b, err := t.Session.BindIsolated(t.Ctx, session.Own, o, t.Instance("for wrong methods"))
	if err == nil {
		var fields map[string]any
		if fields, err = t.Session.ResolveReferences(t.Ctx, session.Own, o, b); err == nil && t.Session.Owns(o, fields) {
			return t.RequestTo(o, fields), true
		}
	}
	fields := map[string]any{}
	for _, p := range o.Identifiers() {
		fields[p.Name] = t.Session.UnknownID(p.Schema, generate.Text(p.Schema.Example), t.Random)
	}
	return t.RequestTo(o, fields).Described("to an id that no record has"), false
}

func eachWrongMethod(
	judge func(*check.T, *check.Answer, bool),
) func(*contract.Contract, check.Subject) []check.Variant {
	return func(c *contract.Contract, s check.Subject) []check.Variant {
		var out []check.Variant
		for _, method := range c.WrongMethods(s.Path) {
			out = append(out, check.Variant{Name: method, Run: func(t *check.T) {
				r, known := undisturbed(t, method)
				judge(t, t.Send(bodyFor(r.WithMethod(method, fmt.Sprintf("method %s", method)), method)), known)
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
