package suite_test

import (
	"net/http"
	"reflect"
	"slices"
	"testing"

	"conformance/internal/credential"
	"conformance/internal/inprocess"
	"conformance/internal/probe"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/internal/session"
	"conformance/suite"
)

// TestPreflightChangesNothing: preflight only reports; leaving out what is unusable is a step of its own, and that one
// copies.
func TestPreflightChangesNothing(t *testing.T) {
	c := embedded(t)
	target, err := inprocess.New(c, sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	o := probe.Options{Target: target.URL, Transport: target.Transport, Clock: target.Clock}
	client, err := probe.New(o, probe.NewRedactor(target.File.Credentials))
	if err != nil {
		t.Fatal(err)
	}
	const unknown = "sandbox_was_never_issued"
	config := func() session.Config {
		full, scoped := target.File.Credentials.Secrets(credential.Full)[0], target.File.Credentials.Of(credential.Scoped)
		return session.Config{
			Credentials: credential.Set{}.With(credential.Full, unknown, full).With(credential.OtherTenant, unknown).
				With(credential.Flood, full).With(credential.IPDenied, unknown).
				WithScoped(unknown, scoped[0].Scopes...).WithScoped(scoped[1].Secret, scoped[1].Scopes...).
				WithScoped(scoped[1].Secret).WithScoped(unknown),
			Fixtures: map[string]session.Fixture{"createAssetMeterReading.id": {
				Values: []any{999999999, target.File.Fixtures["createAssetMeterReading.id"].Values[0]},
			}},
		}
	}
	given := config()
	found, err := session.NewSession(c, client, given).Preflight(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	type fact struct {
		field  string
		index  int
		answer string
	}
	var unusable []fact
	for _, f := range found {
		if f.Unusable {
			unusable = append(unusable, fact{f.Field, f.Index, f.Answer})
		}
		if f.Text == "" {
			t.Errorf("%+v says nothing to people", f)
		}
	}
	want := []fact{
		{"credentials.full", 0, "401 unauthorized"}, {"credentials.other_tenant", 0, "401 unauthorized"},
		{"credentials.flood", 0, ""},
		{"credentials.ip_denied", 0, "401 unauthorized"}, {"credentials.scoped", 0, "401 unauthorized"},
		{"credentials.scoped", 3, "401 unauthorized"}, // without any scope, and unknown
		{"fixtures.createAssetMeterReading.id", 0, "404 not_found"},
	}
	if !slices.Equal(unusable, want) {
		t.Errorf("unusable: %+v, want %+v", unusable, want)
	}
	left := given.Without(found)
	if !reflect.DeepEqual(given, config()) {
		t.Errorf("the configuration was changed: %+v", given)
	}
	if len(left.Credentials) != len(given.Credentials) {
		t.Errorf("of %d keys %d are left: none is ever taken out", len(given.Credentials), len(left.Credentials))
	}
	var usable []string
	for _, k := range left.Credentials {
		if k.Unusable == "" {
			usable = append(usable, string(k.Purpose))
		}
		if (k.Secret == unknown || k.Purpose == credential.Flood) == (k.Unusable == "") {
			t.Errorf("%s %q is unusable: %q", k.Purpose, k.Scopes, k.Unusable)
		}
	}
	if !slices.Equal(usable, []string{"full", "scoped", "scoped"}) ||
		len(left.Fixtures["createAssetMeterReading.id"].Values) != 1 {
		t.Errorf("usable: %q, fixtures %v", usable, left.Fixtures)
	}
}

// TestUnusableIsNotUsed: what preflight finds unusable is not used by the checks of the same run.
func TestUnusableIsNotUsed(t *testing.T) {
	c := embedded(t)
	target, err := inprocess.New(c, sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	const unknown = "sandbox_was_never_issued"
	for i := range target.File.Credentials {
		if k := &target.File.Credentials[i]; k.Purpose == credential.OtherTenant {
			k.Secret = unknown
		}
	}
	sent, next := 0, target.Transport
	target.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		for _, values := range r.Header {
			if slices.Contains(values, unknown) {
				sent++
			}
		}
		return next.RoundTrip(r)
	})
	plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Core, Only: []string{"FOUND-003"}})
	r, err := runner.Judge(t.Context(), target.Target, plan, runner.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if sent != 1 {
		t.Errorf("the key was sent %d times: once to prove it, and then no more", sent)
	}
	for _, row := range r.Checks {
		if row.ReasonCode != "credential" && row.ReasonCode != "deselected" {
			t.Errorf("%s %s %s is %s: %s", row.ID, row.Operation, row.Variant, row.Outcome, row.Reason)
		}
		if row.ReasonCode == "credential" && row.Reason != "credentials.other_tenant is not usable: preflight was answered "+
			"401 unauthorized" {
			t.Errorf("%s %s: %s", row.ID, row.Operation, row.Reason)
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
