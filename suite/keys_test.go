package suite_test

import (
	"slices"
	"strings"
	"testing"

	"conformance/internal/inprocess"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/suite"
)

// keyForms are documents that show who calls in different ways, with the variants that each way gives to AUTH-001,
// AUTH-002 and AUTH-007 in addition to the usual ones of a single key.
var keyForms = map[string][]string{
	"key-header": nil, "key-query": nil, "key-cookie": nil, "key-bearer": nil, "key-openid": nil, "key-prefix": nil,
	"key-oauth2-scopes": nil,
	"key-basic":         {"AUTH-002 unknown user"},
	"key-and": {
		"AUTH-001 without app", "AUTH-001 without key", "AUTH-002 app: unknown", "AUTH-002 key: truncated",
		"AUTH-002 app: extended", "AUTH-002 key: malformed",
	},
	"key-or":       {"AUTH-002 unknown", "AUTH-002 token: unknown", "AUTH-007 key", "AUTH-007 token"},
	"key-optional": nil,
}

// TestWaysOfKeys: in each of these ways a server that keeps its document passes every row, and each fault that a server
// has with keys is found.
func TestWaysOfKeys(t *testing.T) {
	for form, more := range keyForms {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			rows := slices.DeleteFunc(judgeKeys(t, form, ""), func(row result.Check) bool {
				return !strings.HasPrefix(row.ID, "AUTH-")
			})
			seen := map[string]bool{}
			for _, row := range rows {
				seen[row.ID+" "+row.Variant] = true
				if row.Outcome != result.Pass {
					t.Errorf("%s %s: %s %s %v", row.ID, row.Variant, row.Outcome, row.Reason, row.Differences)
				}
			}
			var want []string
			switch form {
			case "key-optional":
				want = []string{"AUTH-002 unknown", "AUTH-002 truncated", "AUTH-002 malformed"}
			case "key-and":
				want = append([]string{"AUTH-001 none", "AUTH-001 empty", "AUTH-001 blank"}, more...)
			default:
				want = append([]string{"AUTH-001 none", "AUTH-002 unknown", "AUTH-002 truncated", "AUTH-002 malformed"}, more...)
			}
			for _, name := range want {
				if !seen[name] {
					t.Errorf("there is no row %s", name)
				}
			}
			if form == "key-optional" && slices.ContainsFunc(rows, func(row result.Check) bool {
				return row.ID != "AUTH-002" || !row.Assumed
			}) {
				t.Error("where a key is optional, a request without one is refused, or a wrong one must be")
			}
			for _, f := range sandbox.Faults(read(t, forms+form+".yaml")) {
				if f.Group == "key" && !slices.ContainsFunc(judgeKeys(t, form, f.Name), func(row result.Check) bool {
					return row.Outcome != result.Pass && row.Outcome != result.Skip
				}) {
					t.Errorf("nothing finds %s: %s", f.Name, f.Description)
				}
			}
		})
	}
}

// judgeKeys are the rows about keys of a form on a sandbox with that fault.
func judgeKeys(t *testing.T, form, fault string) []result.Check {
	t.Helper()
	c := read(t, forms+form+".yaml")
	target, err := inprocess.New(c, sandbox.Options{Fault: fault})
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Full, Only: []string{"AUTH-*", "ACCEPT-*"}})
	run, err := runner.Judge(t.Context(), target.Target, plan, runner.Options{Seed: 1, Bare: fault != ""})
	if err != nil {
		t.Fatal(err)
	}
	rows := slices.DeleteFunc(run.Checks, func(row result.Check) bool { return row.ReasonCode == result.Deselected })
	if len(rows) == 0 {
		t.Fatal("there is no row")
	}
	return rows
}
