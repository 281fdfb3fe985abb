package suite_test

import (
	"bytes"
	"os"
	"testing"

	"conformance/internal/contract"
	"conformance/internal/inprocess"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/suite"
)

// judgeScopes runs the checks of scopes against the sandbox, preflight included.
func judgeScopes(t *testing.T, c *contract.Contract, o sandbox.Options) result.Run {
	t.Helper()
	target, err := inprocess.New(c, o)
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Core, Only: []string{"SCOPE-*"}})
	r, err := runner.Judge(t.Context(), target.Target, plan, runner.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r.Finish()
	return r
}

// TestImpliedScopeIsRefused: a key that works for what its scope names, and is refused what the scope is said to
// include, shows a violation. It is not a key that does not work.
func TestImpliedScopeIsRefused(t *testing.T) {
	r := judgeScopes(t, embedded(t), sandbox.Options{Fault: "implication-missing"})
	failed := 0
	for _, row := range r.Checks {
		if row.ID != "SCOPE-004" {
			continue
		}
		if failed++; row.Outcome != result.Fail {
			t.Errorf("SCOPE-004 %s: %s %s", row.Operation, row.Outcome, row.Reason)
		}
	}
	if failed == 0 {
		t.Error("SCOPE-004 has no row")
	}
}

// TestEveryScopeHasAKey: the sandbox issues a key with each scope alone that the contract mentions, also with one that
// only implies others, and one without any where no other key lacks a scope. Else nothing is proven on it.
func TestEveryScopeHasAKey(t *testing.T) {
	data, err := os.ReadFile("../internal/certify/testdata/tickets.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, scope := range []string{"[write]", "[measure]"} {
		data = bytes.ReplaceAll(data, []byte("x-required-scopes: "+scope), []byte("x-required-scopes: [read]"))
	}
	c, err := contract.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	r := judgeScopes(t, c, sandbox.Options{})
	if r.Verdict != result.Conformant {
		t.Errorf("%s: %q", r.Verdict, r.Notes)
	}
	for _, row := range r.Checks {
		if row.Outcome == result.Skip && row.ReasonCode == result.Credential {
			t.Errorf("%s %s: %s", row.ID, row.Operation, row.Reason)
		}
	}
}
