package sandbox

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"conformance/internal/contract"
)

// address is one URL below the base path with all path keys that share it.
type address struct {
	segments   []string // of a URL with parameters: {name} or literal
	operations []*operation
	served     []string // methods
	selections []*selection
	values     map[string][]string // of each selector parameter, those that some path key asks for
	inputs     map[string]bool     // parameters that some operation takes as input
}

// selection is what the path keys of one address serve that ask for the same selectors.
type selection struct {
	selectors []*contract.Parameter
	served    []string
	byMethod  map[string][]*operation // those with the most identifiers first
}

// place is where a request goes.
type place struct {
	address           *address          // nil: there is no such URL
	operation         *operation        // nil: none serves the method
	allow             []string          // methods that the place serves
	unmatchedSelector string            // name of the selector parameter that keeps the request from any operation
	parameters        map[string]string // of the URL
}

func (m *model) addressAll() {
	byURL := map[string]*address{}
	for _, path := range m.contract.Paths {
		a := byURL[path.URL]
		if a == nil {
			a = &address{values: map[string][]string{}, inputs: map[string]bool{}}
			byURL[path.URL] = a
			m.addresses = append(m.addresses, a)
			if strings.Contains(path.URL, "{") {
				a.segments = strings.Split(path.URL, "/")
			} else {
				m.static[path.URL] = a
			}
		}
		m.add(a, path)
	}
	for _, a := range m.addresses {
		slices.Sort(a.served)
		a.served = slices.Compact(a.served)
		slices.SortStableFunc(a.selections, func(x, y *selection) int { return len(y.selectors) - len(x.selectors) })
	}
}

func (m *model) add(a *address, path *contract.Path) {
	s := a.selection(path)
	for _, o := range path.Operations {
		op := m.byID[o.ID]
		a.operations = append(a.operations, op)
		a.served = append(a.served, op.Method)
		s.byMethod[op.Method] = append(s.byMethod[op.Method], op)
		slices.SortStableFunc(s.byMethod[op.Method], func(x, y *operation) int {
			return len(y.identifiers) - len(x.identifiers)
		})
		for _, p := range op.Inputs() {
			a.inputs[p.Name] = true
		}
	}
	for _, p := range path.Selectors {
		a.values[p.Name] = append(a.values[p.Name], p.Value)
	}
	s.served = m.contract.ServedMethods(path)
}

func (a *address) selection(path *contract.Path) *selection {
	same := func(x, y *contract.Parameter) int {
		return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.Value, y.Value))
	}
	wanted := slices.SortedFunc(slices.Values(path.Selectors), same)
	for _, s := range a.selections {
		if slices.EqualFunc(s.selectors, wanted, func(x, y *contract.Parameter) bool { return same(x, y) == 0 }) {
			return s
		}
	}
	s := &selection{selectors: wanted, byMethod: map[string][]*operation{}}
	a.selections = append(a.selections, s)
	return s
}

// locate finds where a request goes. The path is as escaped in the request, below the base.
func (m *model) locate(path, method string, query url.Values) place {
	a, parameters := m.find(path)
	if a == nil {
		return place{}
	}
	p := place{address: a, allow: a.served, parameters: parameters}
	for name, values := range a.values {
		if query.Has(name) && !slices.Contains(values, query.Get(name)) && !a.inputs[name] {
			p.unmatchedSelector = name
			return p
		}
	}
	s := a.choose(method, query)
	if s != nil {
		p.operation = s.operation(method, query)
		p.allow = s.served
	}
	if p.operation == nil && (s == nil || len(s.selectors) == 0) && slices.Contains(a.served, method) {
		// the method is there, under a selector that the request leaves out
		p.unmatchedSelector = a.selections[0].selectors[0].Name
	}
	return p
}

func (m *model) find(path string) (*address, map[string]string) {
	if a := m.static[path]; a != nil {
		return a, nil
	}
	segments := strings.Split(path, "/")
	for i, s := range segments {
		plain, err := url.PathUnescape(s)
		if err != nil {
			return nil, nil
		}
		segments[i] = plain
	}
	if a := m.static[strings.Join(segments, "/")]; a != nil &&
		!slices.ContainsFunc(segments, func(s string) bool { return strings.Contains(s, "/") }) {
		return a, nil
	}
	var best *address
	var values map[string]string
	for _, a := range m.addresses {
		// Of two templates the one that is literal for longer is meant (OpenAPI 3.0.3, path templating).
		if found, ok := a.match(segments); ok && (best == nil || len(found) < len(values)) {
			best, values = a, found
		}
	}
	return best, values
}

func (a *address) match(segments []string) (map[string]string, bool) {
	if len(a.segments) != len(segments) {
		return nil, false
	}
	values := map[string]string{}
	for i, s := range a.segments {
		if strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}") && segments[i] != "" {
			values[s[1:len(s)-1]] = segments[i]
		} else if s != segments[i] {
			return nil, false
		}
	}
	return values, true
}

// choose takes the selection with the most selectors that the query meets; of equals, one that serves the method.
func (a *address) choose(method string, query url.Values) *selection {
	var best *selection
	for _, s := range a.selections {
		if best != nil && len(s.selectors) < len(best.selectors) {
			break
		}
		met := !slices.ContainsFunc(s.selectors, func(p *contract.Parameter) bool { return query.Get(p.Name) != p.Value })
		if met && (best == nil || best.operation(method, query) == nil) {
			best = s
		}
	}
	return best
}

// operation is the one with the most identifiers that are all given; where some are missing in each, the one that asks
// for fewest. HEAD is answered like GET, as HTTP wants it, where the contract says nothing of it.
func (s *selection) operation(method string, query url.Values) *operation {
	candidates := s.byMethod[method]
	if len(candidates) == 0 && method == http.MethodHead {
		candidates = s.byMethod[http.MethodGet]
	}
	if len(candidates) == 0 {
		return nil
	}
	for _, op := range candidates {
		if !slices.ContainsFunc(op.identifiers, func(id *identifier) bool {
			return id.In == "query" && !query.Has(id.Name)
		}) {
			return op
		}
	}
	return candidates[len(candidates)-1]
}

// locate refuses a request that goes nowhere.
func locate(c *call) *refusal {
	switch {
	case c.address == nil:
		return &refusal{situation: contract.UnknownPath, message: "There is nothing at this path."}
	case c.unmatchedSelector != "":
		return &refusal{
			situation: contract.InvalidParameter,
			message: sentence("query parameter", c.unmatchedSelector, "does not name anything that this path offers to this "+
				"method"),
		}
	case c.operation == nil:
		return &refusal{
			situation: contract.WrongMethod, allow: c.allow,
			message: "This method is not supported here; use " + strings.Join(c.allow, ", ") + ".",
		}
	}
	return nil
}
