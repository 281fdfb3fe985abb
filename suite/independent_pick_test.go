package suite_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// pick takes the operation of a path, a selector and a method. The undefined cases, an id on a create and no
// id on a PUT or PATCH, are answered differently by the dialects.
func (s *independent) pick(c *indCall, shape string, methods []string) {
	find := func(shape, method string) *indOp {
		i := slices.IndexFunc(s.ops, func(op *indOp) bool {
			return op.path == c.path && op.shape == shape && op.method == method
		})
		if i < 0 {
			return nil
		}
		return s.ops[i]
	}
	c.op = find(shape, c.method)
	switch {
	case c.op == nil && shape == "item" && !s.other():
		c.op = find("", c.method)
	case c.op == nil && shape == "" && s.other():
		c.op = find("item", c.method)
	case c.op == nil && shape != "" && s.broken("selector-method-ignored"):
		c.op = find(map[bool]string{true: "item", false: ""}[c.query.Has("id") && c.method != http.MethodPost], c.method)
	}
	if c.op != nil {
		return
	}
	served := methods
	if !s.other() && shape != "" {
		served = nil
		for _, op := range s.ops {
			if op.path == c.path && op.shape == shape {
				served = append(served, op.method)
			}
		}
	}
	c.stray = indRefuse("wrong-method", "", "This method does not serve the selector.")
	c.stray.allow = s.allow(served)
	if s.broken("405-on-selector-as-404") {
		c.stray.situation = "unknown-path"
	}
}

// refuseMethod answers a method that the path does not serve at all.
func (s *independent) refuseMethod(c *indCall, methods []string) {
	c.stray = indRefuse("wrong-method", "", "This path does not serve the method.")
	c.stray.allow = s.allow(methods)
	switch {
	case s.broken("delete-404-instead-of-405") && c.method == http.MethodDelete:
		c.stray.situation = "unknown-path"
	case s.broken("patch-customers-accepted") && c.method == http.MethodPatch:
		c.op = s.op("updateCustomer")
	case s.broken("delete-deletes-jobs") && c.method == http.MethodDelete && c.path == "/jobs":
		c.op = &indOp{
			id: "deleteJob", success: 200, scope: "jobs:write", finds: []indFind{{"id", "job"}}, do: (*indCall).delete,
		}
	}
}

// allow words the Allow header. The other dialect names what it answers itself, too.
func (s *independent) allow(methods []string) []string {
	list := slices.Clone(methods)
	switch {
	case s.broken("allow-lists-wrong-method"):
		list = append(list, "DELETE")
	case s.broken("allow-misses-a-method") && len(list) > 1:
		list = list[:len(list)-1]
	}
	if s.other() {
		list = append(list, "HEAD", "OPTIONS")
	}
	return list
}

// get reads a query parameter. Repeated ones are undefined: one dialect takes the first, one the last.
func (c *indCall) get(name string) string {
	values := c.query[name]
	if len(values) == 0 {
		return ""
	}
	if c.s.other() {
		return values[len(values)-1]
	}
	return values[0]
}

// readIDs reads the ids that the address names. An id beyond 64 bits is still a positive integer, of
// a record that cannot exist.
func (s *independent) readIDs(c *indCall) *indProblem {
	for _, find := range c.op.finds {
		if !c.query.Has(find.param) {
			return indRefuse("missing-id", find.param, find.param+" is required.")
		}
		text := c.get(find.param)
		if s.broken("id-parsed-leniently") && text != "" {
			text = text[:len(text)-len(strings.TrimLeft(text, "0123456789"))]
		}
		if s.other() && len(text) > 1 && text[0] == '0' {
			text = "" // id=007 is undefined
		}
		id, err := strconv.ParseInt(text, 10, 64)
		switch {
		case text == "0" && s.broken("id-zero-500"), err != nil && indDigits.MatchString(text) && s.broken("huge-id-500"):
			return indRefuse("server-fault", "", "Something went wrong.")
		case !indDigits.MatchString(text) || id == 0 && err == nil:
			return indRefuse("invalid-id", find.param, find.param+" must be a positive integer.")
		}
		c.ids[find.param] = id
	}
	return nil
}
