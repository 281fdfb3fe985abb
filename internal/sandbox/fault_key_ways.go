package sandbox

import (
	"net/http"
	"slices"

	"conformance/internal/contract"
)

// keyWayFaults: of what belongs together a part is not looked at, or one of several ways does not work.
func keyWayFaults(m *model) []Fault {
	var faults []Fault
	seen := map[string]bool{}
	once := func(f Fault) {
		if !seen[f.Name] {
			seen[f.Name] = true
			faults = append(faults, f)
		}
	}
	for _, op := range m.operations {
		if !op.Secured() {
			continue
		}
		for _, way := range op.Keys {
			for _, s := range way.NeededBy(op.Operation) {
				if len(way) == 1 {
					continue
				}
				once(must("key-part-missing-accepted", s.ID, contract.MissingKey,
					"A request without "+s.ID+" is served, where that belongs to a key.",
					leaveOut(s, func(c *call) bool { return credentialBy(c, s) == "" })))
				once(must("key-part-invalid-accepted", s.ID, contract.InvalidKey,
					"Any text is accepted as "+s.ID+", where that belongs to a key.",
					leaveOut(s, func(c *call) bool { return credentialBy(c, s) != "" })))
			}
			if len(op.Keys) > 1 {
				once(must("way-ignored", way.Name(), contract.MissingKey, "A key that is sent as "+way.Name()+" is not seen.",
					ignoreWay(way)))
			}
		}
	}
	return faults
}

// challengeFaults: a 401 does not say by which scheme of HTTP to call.
func challengeFaults(m *model) []Fault {
	if m.scheme == nil || m.scheme.Type != "http" {
		return nil
	}
	refuses := func(_ *call, a *answer) bool { return a.status == http.StatusUnauthorized }
	return []Fault{
		should("no-challenge", "", contract.MissingKey, "A 401 has no WWW-Authenticate.",
			changeResponse(refuses, func(_ *call, a *answer) { a.header.Del("WWW-Authenticate") })),
		should("challenge-by-other-scheme", "", contract.MissingKey,
			"WWW-Authenticate names a scheme by which no operation takes a key.",
			changeResponse(refuses, func(_ *call, a *answer) { a.header.Set("WWW-Authenticate", `Negotiate, Digest realm="api"`) })),
	}
}

// leaveOut judges what belongs together without the scheme, on some requests.
func leaveOut(s *contract.Scheme, when func(*call) bool) func(*rules) {
	return func(b *rules) {
		correct := b.way
		b.way = func(c *call) contract.Together {
			way := correct(c)
			if len(way) < 2 || !when(c) {
				return way
			}
			return slices.DeleteFunc(slices.Clone(way), func(other *contract.Scheme) bool { return other == s })
		}
	}
}

// ignoreWay asks for a key in another way where the request has one in this way.
func ignoreWay(ignored contract.Together) func(*rules) {
	return func(b *rules) {
		correct := b.way
		b.way = func(c *call) contract.Together {
			way := correct(c)
			if c.operation == nil || !slices.Equal(way, ignored) {
				return way
			}
			for _, other := range c.operation.Keys {
				if !slices.Equal(other, ignored) {
					return other
				}
			}
			return way
		}
	}
}
