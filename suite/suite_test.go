package suite_test

import (
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/onsi/ginkgo/v2"

	"conformance/internal/config"
	"conformance/internal/contract"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/suite"
)

// TestMain leaves Ginkgo to TestConformance: other tests of this package run the command, whatever their order.
func TestMain(m *testing.M) {
	runner.LeaveSpecs()
	os.Exit(m.Run())
}

// TestConformance shows the whole suite to Go's own tools: go test ./suite judges the sandbox, or the target of the
// configuration that CONFORMANCE_CONFIG names. The specs are those of conformance run. Ginkgo's flags select:
// -ginkgo.label-filter='situation:missing-scope && operation:getJob'.
func TestConformance(t *testing.T) {
	c := embedded(t)
	file, target := configured(t, c)
	labels, err := runner.ParseLabels(ginkgo.GinkgoLabelFilter())
	if err != nil {
		t.Fatal(err)
	}
	plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Core, Labels: labels})
	r, err := runner.JudgeTest(t.Context(), t, runner.Target{URL: target, File: file}, plan,
		runner.Options{Concurrency: 16})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %d requests, coverage %d of %d situations",
		r.Target, r.Requests, r.Coverage.Provoked, r.Coverage.Documented)
	for _, note := range r.Notes {
		t.Log(note)
	}
}

func configured(t *testing.T, c *contract.Contract) (*config.File, string) {
	t.Helper()
	if name, set := os.LookupEnv("CONFORMANCE_CONFIG"); set {
		file, err := config.Load(name, os.LookupEnv)
		if err != nil {
			t.Fatal(err)
		}
		if file.Target == "" { // the sandbox is never judged by accident
			t.Fatalf("%s: target: is missing", name)
		}
		if len(file.Writes) == 0 {
			file.Writes = config.Texts{"all"} // the embedded contract needs no consent
		}
		return file, file.Target
	}
	s, err := sandbox.New(c, sandbox.Options{Limit: 150, Window: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return sandbox.Configuration(s), server.URL + s.BasePath()
}
