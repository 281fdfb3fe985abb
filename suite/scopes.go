package suite

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/result"
	"conformance/internal/session"
)

// 403: who calls is known and may not.

var missingScope = check.Check{
	ID: "SCOPE-001", Level: result.Must, Situation: contract.MissingScope, Convention: "scope-implication",
	Title: "a key with every given scope but the operation's is refused",
	Clause: "The smallest set of configured keys that together have every scope that does not suffice. A scope allows " +
		"what it names and what it is declared to imply, nothing else.",
	Over: check.Operations((*contract.Operation).Scoped),
	Run:  func(t *check.T) { expectEachRefused(t, t.Credentials().Cover(t.Operation().Lacks)) },
}

var unrelatedScope = check.Check{
	ID: "SCOPE-002", Level: result.Must, Situation: contract.MissingScope,
	Title:  "a key with few scopes, none of them the operation's, is refused",
	Clause: "Tried with the configured key that has the fewest scopes, none of them sufficient.",
	Over:   check.Operations((*contract.Operation).Scoped),
	Run: func(t *check.T) {
		var keys []credential.Key
		if key, ok := t.Credentials().Narrowest(t.Operation().Lacks); ok {
			keys = append(keys, key)
		}
		expectEachRefused(t, keys)
	},
}

func expectEachRefused(t *check.T, keys []credential.Key) {
	o := t.Operation()
	needed := strings.Join(o.RequiredScopes, ", ")
	if len(keys) == 0 {
		t.Skip(result.Credential, "credentials.scoped holds no key without %s", needed)
	}
	for _, key := range keys {
		a := t.Send(t.Valid().As(key, fmt.Sprintf("with a key without %s (it has %s)", needed, key.ScopeList())))
		t.Expect(a).To(check.BeRefused())
		if a.Accepted() {
			t.Report(result.Difference{
				Kind: result.KindState, Rule: result.ScopeRequired, Want: []string{needed}, Got: "2xx", Accepted: true,
			})
		}
	}
}

// withoutScope is the key closest to sufficient for the operation without being so.
func withoutScope(t *check.T) credential.Key {
	keys := t.Credentials().Cover(t.Operation().Lacks)
	if len(keys) == 0 {
		t.Skip(result.Credential, "credentials.scoped holds no key without %s",
			strings.Join(t.Operation().RequiredScopes, ", "))
	}
	return keys[0]
}

var leastScope = check.Check{
	ID: "SCOPE-003", Level: result.Must, Situation: contract.MissingScope, Source: check.Part("x-required-scopes"),
	Writes: true,
	Title:  "a key with the operation's scope and as few others as possible works",
	Clause: "Asking for more scopes than documented breaks every client that follows the principle of least privilege.",
	Over:   check.Operations((*contract.Operation).Scoped),
	Run:    func(t *check.T) { sufficientScope(t, true) },
}

var impliedScope = check.Check{
	ID: "SCOPE-004", Level: result.Must, Situation: contract.MissingScope, Source: check.Part("x-implied-scopes"),
	Writes: true,
	Title:  "a scope that implies the operation's works",
	Clause: "Where a scope is declared to include another, a key with only the first may do what the second allows.",
	Over: check.Operations(func(o *contract.Operation) bool {
		return o.Scoped() &&
			slices.ContainsFunc(o.RequiredScopes, func(scope string) bool { return len(o.Security.Impliers(scope)) > 0 })
	}),
	Run: func(t *check.T) { sufficientScope(t, false) },
}

func sufficientScope(t *check.T, literal bool) {
	o := t.Operation()
	key, ok := t.Credentials().Narrowest(func(scopes []string) bool {
		return o.Sufficient(scopes) && o.Names(scopes) == literal
	})
	if !ok {
		t.Skip(result.Credential, "credentials.scoped holds no key that suffices for %s in this way",
			strings.Join(o.RequiredScopes, ", "))
	}
	t.Expect(t.Send(expendable(t).As(key, "with a key that has "+key.ScopeList()))).To(check.BeAccepted())
}

// expendable is a valid request to the operation that may be accepted: to a record of its own where that is its end, or
// where it moves the record to another one, since moving it to where it already is may be refused.
func expendable(t *check.T) *session.Request {
	if o := t.Operation(); o.Method == http.MethodDelete || o.HasID() && contract.Moves(o) {
		return t.Fresh()
	}
	return t.Valid()
}

var deniedIP = check.Check{
	ID: "SCOPE-005", Level: result.Must, Situation: contract.DeniedIP,
	Title:  "a key whose allow-list excludes the caller's address is refused",
	Clause: "The allow-list is checked for every operation. Its code is its own, so that the caller knows what to fix.",
	Over:   check.Operations((*contract.Operation).Secured),
	Run: func(t *check.T) {
		key := t.Need(credential.IPDenied)
		t.Expect(t.Send(t.Valid().As(key, "with a key that is not allowed from this address"))).To(check.BeRefused())
	},
}

var scopeFirst = check.Check{
	ID: "SCOPE-006", Level: result.Should, Situation: contract.MissingScope, Source: check.Ours, Convention: "precedence",
	Title:  "without the scope neither existence nor input is checked",
	Clause: "The scope is checked before the rest. Otherwise a key learns of records and rules that it has no right to.",
	Over:   check.Operations((*contract.Operation).Scoped),
	Variants: withSecondFault(func(t *check.T, r *session.Request) *session.Request {
		return r.As(withoutScope(t), "with a key without the scope")
	}),
}
