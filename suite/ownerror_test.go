package suite_test

import (
	"bytes"
	"strings"
	"testing"

	"conformance"
	"conformance/internal/contract"
	"conformance/internal/inprocess"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/suite"
)

// TestOwnInvalidRequestIsNoFinding: where the suite cannot make a valid request, it says so and leaves the target
// alone. Here a unique value has no room for what distinguishes it from others.
func TestOwnInvalidRequestIsNoFinding(t *testing.T) {
	const unique = "          description: No two customers of a company share it.\n"
	narrow := bytes.ReplaceAll(conformance.OpenAPI, []byte(unique), []byte("          maxLength: 50\n"+unique))
	c, err := contract.Load(narrow)
	if err != nil {
		t.Fatal(err)
	}
	target, err := inprocess.New(c, sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	selection := runner.Selection{Profile: runner.Core, Only: []string{"createCustomer"}, NoFlood: true}
	plan := runner.NewPlan(c, suite.All(), selection)
	r, err := runner.Judge(t.Context(), target.Target, plan, runner.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r.Finish()
	if code := result.ExitStatus(r, result.Must); code != 3 {
		t.Errorf("exit status %d", code)
	}
	named := 0
	for _, row := range r.Checks {
		const want = "this is an error of the suite: its valid request to createCustomer has "
		if row.Outcome == result.Error && strings.HasPrefix(row.Reason, want) {
			named++
		} else if row.Outcome != result.Pass && row.Outcome != result.Skip {
			t.Errorf("%s %s %q is %s: %s %+v", row.ID, row.Operation, row.Variant, row.Outcome, row.Reason, row.Failures())
		}
	}
	if named == 0 {
		t.Error("no row names the error")
	}
	for _, row := range r.Checks {
		if row.ReasonCode == result.Control {
			t.Errorf("%s %s is %s: %s", row.ID, row.Operation, row.Outcome, row.Reason)
			break
		}
	}
}
