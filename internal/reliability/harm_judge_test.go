package reliability

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"conformance/internal/contract"
	"conformance/internal/result"
)

// harmless fails where a run changed what it had not made, and names the checks whose request it was.
func harmless(t *testing.T, o ordeal) outcome {
	t.Helper()
	out := undergo(t, o)
	tally := map[string]int{}
	first := map[string]harm{}
	for _, h := range out.harms {
		if o.complete && o.undocumented && !addressed(o.contract, h.target) {
			continue // the document says that nothing of the kind is served there
		}
		at := strings.Join(checksOf(out.run, h), " ") + "  " + h.method + " " + shape(o.contract,
			h.target) + ", key: " + h.key
		if tally[at]++; tally[at] == 1 {
			first[at] = h
		}
	}
	if known := missing[o.fault.Family+" harm"]; known != "" && len(tally) > 0 {
		t.Skip("missing: " + known)
	}
	for _, at := range slices.Sorted(maps.Keys(tally)) {
		h := first[at]
		t.Errorf("%d times %s\n\te.g. %s %s %.200s: %.400s", tally[at], at, h.method, h.target, h.body, h.change)
	}
	return out
}

// addressed says that a request names a record: by its path or by its query.
func addressed(c *contract.Contract, target string) bool {
	u, err := url.Parse(target)
	if err != nil {
		return false
	}
	for _, o := range c.Operations {
		for _, id := range o.Identifiers() {
			if id.In == "query" && u.Query().Has(id.Name) {
				return true
			}
		}
	}
	return strings.Contains(shape(c, target), "{")
}

// shape is a target with the names of its ids in place of them.
func shape(c *contract.Contract, target string) string {
	path, query, _ := strings.Cut(target, "?")
	base, _ := c.Doc.Servers.BasePath()
	segments := strings.Split(strings.TrimPrefix(path, strings.TrimRight(base, "/")), "/")
	for _, p := range c.Paths {
		parts := strings.Split(p.URL, "/")
		if slices.EqualFunc(parts, segments, func(have, want string) bool {
			return have == want || strings.HasPrefix(have, "{")
		}) {
			path = p.URL
			if len(p.Operations[0].Identifiers()) > 0 {
				break
			}
		}
	}
	values, _ := url.ParseQuery(query)
	for i, name := range slices.Sorted(maps.Keys(values)) {
		path += map[bool]string{true: "?", false: "&"}[i == 0] + name
		if text := values.Get(name); !strings.ContainsAny(text, "0123456789") {
			path += "=" + text
		}
	}
	return path
}

// checksOf are the checks in whose rows the request is shown; set-up, floods and clean-up are in none.
func checksOf(r result.Run, h harm) []string {
	found := map[string]bool{}
	for _, row := range r.Checks {
		for _, x := range row.Exchanges {
			u, err := url.Parse(x.Request.URL)
			if err == nil && x.Request.Method == h.method && u.RequestURI() == h.target &&
				(x.Request.Body == h.body || h.body == "") {
				found[row.ID] = true
			}
		}
	}
	if len(found) == 0 {
		return []string{"(in no row)"}
	}
	return slices.Sorted(maps.Keys(found))
}

// noAlarms fails where a run finds fault with a correct server.
func noAlarms(t *testing.T, contract string, r result.Run) {
	t.Helper()
	for _, row := range r.Checks {
		bad := slices.Contains([]result.Outcome{result.Fail, result.Warn, result.Error}, row.Outcome)
		if bad && missing[contract+" "+row.ID] == "" {
			t.Errorf("on a correct server: %s %s %s %s: %s", row.Outcome, row.ID, row.Operation, row.Variant, row.Reason)
		}
	}
}

// listed says that the result names a record which is left: by its id or by the mark in it.
func listed(left []result.Record, record string) bool {
	return slices.ContainsFunc(left, func(r result.Record) bool {
		return r.Mark != "" && strings.Contains(record, r.Mark) ||
			slices.ContainsFunc(r.IDs, func(id string) bool { return strings.Contains(record, " "+id+" {") })
	})
}

// leavesNothing fails where something of the run's is there that the result does not name. Where the document says of a
// server that does more that it does not, a run may have made what it knows nothing of.
func leavesNothing(t *testing.T, lied bool, known string, out outcome) {
	t.Helper()
	if lied {
		return
	}
	if missing[known] != "" && len(out.left) > 0 && !t.Failed() {
		t.Skip("missing: " + missing[known])
	}
	if n := len(out.left); n > 0 {
		t.Errorf("%d records are left behind and nothing says so:\n\t%.3000s", n, strings.Join(out.left, "\n\t"))
	}
}
