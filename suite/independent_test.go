package suite_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"conformance"
	"conformance/internal/contract"
	"conformance/internal/probe"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/suite"
)

// judge runs the whole suite against the independent server, in one process and without waiting.
func judge(t testing.TB, o independentOptions, profile runner.Profile) ([]result.Check, result.Coverage) {
	t.Helper()
	clock := probe.NewStopped(time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC))
	o.Now, o.Limit, o.Window = clock.Now, 200, 30*time.Second
	server := newIndependent(o)
	c := embedded(t)
	keys := server.keys()
	client, err := probe.New(probe.Options{
		Target: "http://independent.test/api/v1", Transport: probe.InProcess(server, clock), Clock: clock, Limits: c.RateLimit,
	}, &probe.Redactor{})
	if err != nil {
		t.Fatal(err)
	}
	config := suite.Config{Credentials: suite.Credentials{
		Full: keys.full, Revoked: keys.revoked, IPDenied: keys.ipDenied, OtherTenant: keys.other, Flood: keys.flood,
	}, Fixtures: map[string][]any{}, Concurrency: 8}
	for _, k := range keys.scoped {
		config.Credentials.Scoped = append(config.Credentials.Scoped, suite.ScopedKey{Key: k.key, Scopes: k.scopes})
	}
	for _, id := range server.meteredAssets() {
		config.Fixtures["createAssetMeterReading.id"] = append(config.Fixtures["createAssetMeterReading.id"], id)
	}
	session := suite.NewSession(c, client, config)
	e := runner.NewExecution(runner.NewPlan(c, suite.All(), runner.Selection{Profile: profile}), session, nil)
	e.Run(context.Background(), 8)
	return e.Rows(), e.Coverage()
}

func embedded(t testing.TB) *contract.Contract {
	t.Helper()
	c, err := contract.Load(conformance.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestIndependentServerConforms(t *testing.T) {
	for _, dialect := range []string{"plain", "other"} {
		t.Run(dialect, func(t *testing.T) {
			rows, coverage := judge(t, independentOptions{Dialect: dialect}, runner.Full)
			for _, row := range rows {
				switch {
				case row.Outcome == result.Pass, row.Outcome == result.Skip && row.ReasonCode == result.NotVerifiable:
				default:
					t.Errorf("%s %s %q: %s %s %+v", row.ID, row.Operation, row.Variant, row.Outcome, row.Reason, row.Failures)
				}
			}
			if len(rows) == 0 || coverage.Provoked == 0 {
				t.Fatal("nothing ran")
			}
			if path := os.Getenv("CONFORMANCE_SHOW"); path != "" {
				for _, row := range rows {
					if row.Outcome == result.Skip {
						t.Logf("%s %s %q: %s", row.ID, row.Operation, row.Variant, row.Reason)
					}
				}
				t.Log(len(rows), coverage)
			}
		})
	}
}

// TestIndependentFaultsAreFound is the suite's own exam: faults that its authors did not choose.
func TestIndependentFaultsAreFound(t *testing.T) {
	for _, fault := range independentFaults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			rows, _ := judge(t, independentOptions{Fault: fault.name}, runner.Full)
			want := []result.Outcome{result.Fail}
			if fault.should {
				want = append(want, result.Warn)
			}
			situations := map[string]bool{}
			found := false
			for _, row := range rows {
				if row.Outcome == result.Fail || row.Outcome == result.Warn {
					situations[row.Situation] = true
				}
				found = found || slices.Contains(want, row.Outcome)
			}
			names := fmt.Sprint(strings.Join(sortedKeys(situations), " "))
			if !found {
				t.Errorf("not found: %s (lit up: %s)", fault.clause, names)
			}
			t.Logf("%s: %s", fault.situation, names)
		})
	}
}

func sortedKeys(m map[string]bool) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
