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

// 403: who calls is known and may not.

var missingScope = check.Check{
	ID: "SCOPE-001", Level: result.Must, Situation: contract.MissingScope, Source: errorCodes + "403", Convention: "scope-implication",
	Title:  "a key with every given scope but the operation's is refused",
	Clause: "The smallest set of configured keys that together have every scope that does not suffice. A scope allows what it names and what it is declared to imply, nothing else.",
	Over:   check.Operations((*contract.Operation).Scoped),
	Run:    func(t *check.T) { expectEachRefused(t, t.Credentials().KeysWithout(t.Operation())) },
}

var unrelatedScope = check.Check{
	ID: "SCOPE-002", Level: result.Must, Situation: contract.MissingScope, Source: errorCodes + "403",
	Title:  "a key with few scopes, none of them the operation's, is refused",
	Clause: "Tried with the configured key that has the fewest scopes, none of them sufficient.",
	Over:   check.Operations((*contract.Operation).Scoped),
	Run:    func(t *check.T) { expectEachRefused(t, t.Credentials().NarrowestWithout(t.Operation())) },
}

func expectEachRefused(t *check.T, keys []session.ScopedKey) {
	o := t.Operation()
	needed := strings.Join(o.RequiredScopes, ", ")
	if len(keys) == 0 {
		t.Skip(result.Credential, "credentials.scoped holds no key without %s", needed)
	}
	for _, key := range keys {
		a := t.Send(t.Valid().As(key.Key, fmt.Sprintf("with a key without %s (it has %s)", needed, strings.Join(key.Scopes, ", "))))
		t.Expect(a).To(check.BeRefused())
		if a.Status/100 == 2 {
			t.Report(result.Difference{Kind: result.KindState, Rule: result.ScopeRequired, Want: []string{needed}, Got: "2xx", Accepted: true})
		}
	}
}

// withoutScope is the key closest to sufficient for the operation without being so.
func withoutScope(t *check.T) string {
	keys := t.Credentials().KeysWithout(t.Operation())
	if len(keys) == 0 {
		t.Skip(result.Credential, "credentials.scoped holds no key without %s", strings.Join(t.Operation().RequiredScopes, ", "))
	}
	return keys[0].Key
}

var leastScope = check.Check{
	ID: "SCOPE-003", Level: result.Must, Situation: contract.MissingScope, Source: errorCodes + "403",
	Writes: true,
	Title:  "a key with the operation's scope and as few others as possible works",
	Clause: "Asking for more scopes than documented breaks every client that follows the principle of least privilege.",
	Over:   check.Operations((*contract.Operation).Scoped),
	Run:    func(t *check.T) { sufficientScope(t, true) },
}

var impliedScope = check.Check{
	ID: "SCOPE-004", Level: result.Must, Situation: contract.MissingScope, Source: "Scopes, implied scopes",
	Writes: true,
	Title:  "a scope that implies the operation's works",
	Clause: "Where a scope is declared to include another, a key with only the first may do what the second allows.",
	Over: check.Operations(func(o *contract.Operation) bool {
		return o.Scoped() && slices.ContainsFunc(o.RequiredScopes, func(scope string) bool { return len(o.Security.Impliers(scope)) > 0 })
	}),
	Run: func(t *check.T) { sufficientScope(t, false) },
}

func sufficientScope(t *check.T, literal bool) {
	o := t.Operation()
	key, ok := t.Credentials().NarrowestFor(o, literal)
	if !ok {
		t.Skip(result.Credential, "credentials.scoped holds no key that suffices for %s in this way", strings.Join(o.RequiredScopes, ", "))
	}
	t.Expect(t.Send(t.Expendable().As(key.Key, "with a key that has "+strings.Join(key.Scopes, ", ")))).To(check.BeAccepted())
}

var deniedIP = check.Check{
	ID: "SCOPE-005", Level: result.Must, Situation: contract.DeniedIP, Source: errorCodes + "403",
	Title:  "a key whose allow-list excludes the caller's address is refused",
	Clause: "The allow-list is checked for every operation. Its code is its own, so that the caller knows what to fix.",
	Over:   check.Operations((*contract.Operation).Secured),
	Run: func(t *check.T) {
		key := t.Need(t.Credentials().IPDenied, "credentials.ip_denied")
		t.Expect(t.Send(t.Valid().As(key, "with a key that is not allowed from this address"))).To(check.BeRefused())
	},
}

var scopeFirst = check.Check{
	ID: "SCOPE-006", Level: result.Should, Situation: contract.MissingScope, Source: errorCodes + "403", Convention: "precedence",
	Title:  "without the scope neither existence nor input is checked",
	Clause: "The scope is checked before the rest. Otherwise a key learns of records and rules that it has no right to.",
	Over:   check.Operations((*contract.Operation).Scoped),
	Variants: withSecondFault(func(t *check.T, r *session.Request) *session.Request {
		return r.As(withoutScope(t), "with a key without the scope")
	}),
}
