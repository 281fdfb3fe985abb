package certify

import (
	"slices"
	"strings"
	"testing"
	"time"

	"conformance/internal/config"
	"conformance/internal/credential"
	"conformance/internal/probe"
	"conformance/internal/result"
	"conformance/internal/sandbox"
)

// fullRuns are how many of the faulty products run to the end.
const fullRuns = 3

// A product with a fault gets no certificate, and what is wrong is reported; not even a bundle that somebody makes of
// its runs anyway is one. One fault per situation is enough: what the suite notices of the others is the selftest's
// matter.
func TestFaultyProductsGetNoCertificate(t *testing.T) {
	e := clean(t)
	var faults []sandbox.Fault
	for _, f := range sandbox.Faults(e.reference.contract) {
		server, err := sandbox.New(e.reference.contract, sandbox.Options{Fault: f.Name})
		if err != nil {
			t.Fatal(err)
		}
		if f.Level != result.Must || server.NeedsListener() { // a fault of connections does not show in this process
			continue
		}
		if !slices.ContainsFunc(faults, func(other sandbox.Fault) bool { return other.Situation == f.Situation }) {
			faults = append(faults, f)
		}
	}
	if len(faults) < 18 {
		t.Fatalf("only %d faults", len(faults))
	}
	key := pair(t)
	for i, f := range faults {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			clock := probe.NewStopped(begun)
			server, err := sandbox.New(e.reference.contract, sandbox.Options{
				Fault: f.Name, Limit: referenceLimit, Window: referenceWindow, Now: clock.Now,
			})
			if err != nil {
				t.Fatal(err)
			}
			brief := i >= fullRuns
			r, err := judge(t.Context(), e.reference.contract, server, clock, 3, nil, brief)
			if err != nil {
				t.Fatal(err)
			}
			missing := e.reference.Missing(r)
			if r.Verdict != result.Nonconformant || len(missing) == 0 ||
				!strings.Contains(gapsText(missing), ": fix the product") {
				t.Fatalf("%s: %v", r.Verdict, missing)
			}
			if brief {
				return
			}
			b, err := e.reference.Make(t.Context(), product, [2]result.Run{e.runs[0], r}, key)
			if err != nil {
				t.Fatal(err)
			}
			if p := property(t, verify(t, b, key), "verdict"); p.State != Refuted ||
				!strings.Contains(p.Text, "the rows give nonconformant") {
				t.Errorf("a bundle made all the same: %+v", p)
			}
		})
	}
}

func gapsText(missing []Gap) string {
	var b strings.Builder
	for _, gap := range missing {
		b.WriteString(gap.String() + "\n")
	}
	return b.String()
}

// What is missing is reported in the order in which to fix it: what was supplied, then what the product must do.
func TestMissingIsInOrder(t *testing.T) {
	e := clean(t)
	clock := probe.NewStopped(begun)
	var fault string
	for _, f := range sandbox.Faults(e.reference.contract) {
		if f.Level == result.Must && f.Situation == "wrong-method" {
			fault = f.Name
			break
		}
	}
	server, err := sandbox.New(e.reference.contract, sandbox.Options{
		Fault: fault, Limit: referenceLimit, Window: referenceWindow, Now: clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := judge(t.Context(), e.reference.contract, server, clock, 3, func(f *config.File) {
		for _, p := range []credential.Purpose{
			credential.Revoked, credential.OtherTenant, credential.Flood, credential.Scoped,
		} {
			forget(p, 0)(f)
		}
		f.Fixtures = nil
	}, false)
	if err != nil {
		t.Fatal(err)
	}
	text := gapsText(e.reference.Missing(r))
	at := 0
	for _, want := range []string{"credentials.", "fixtures.", ": fix the product"} {
		i := strings.Index(text[at:], want)
		if i < 0 {
			t.Fatalf("%q is not told, or too early, in\n%s", want, text)
		}
		at += i
	}
	for _, want := range []string{
		"credentials.revoked", "credentials.other_tenant", "credentials.flood", "credentials.scoped",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not told in\n%s", want, text)
		}
	}
}

// forget leaves the first keys of a purpose.
func forget(p credential.Purpose, first int) func(*config.File) {
	return func(f *config.File) {
		n := 0
		f.Credentials = slices.DeleteFunc(f.Credentials, func(k credential.Key) bool {
			if k.Purpose == p {
				n++
			}
			return k.Purpose == p && n > first
		})
	}
}

// Each supply is needed: without any one of them rows stay open, and there is no certificate. The trigger is the
// exception: no contract promises one, and what it is for is listed as not verified.
func TestEverySupplyIsNeeded(t *testing.T) {
	if testing.Short() {
		t.Skip("a run for each")
	}
	e := clean(t)
	for _, c := range []struct {
		name   string
		forget func(*config.File)
		want   string // empty: a certificate anyway
	}{
		{"revoked", forget(credential.Revoked, 0), "credentials.revoked"},
		{"denied", forget(credential.IPDenied, 0), "credentials.ip_denied"},
		{"other company", forget(credential.OtherTenant, 0), "credentials.other_tenant"},
		{"flood", forget(credential.Flood, 0), "credentials.flood"},
		{"scoped", forget(credential.Scoped, 2), "credentials.scoped"},
		{"fixtures", func(f *config.File) { f.Fixtures = nil }, "fixtures."},
		{"trigger", func(f *config.File) { f.Triggers.ServerFault = nil }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			clock := probe.NewStopped(begun.Add(time.Hour))
			server, err := sandbox.New(e.reference.contract, sandbox.Options{
				Limit: referenceLimit, Window: referenceWindow, Now: clock.Now,
			})
			if err != nil {
				t.Fatal(err)
			}
			r, err := judge(t.Context(), e.reference.contract, server, clock, 9, c.forget, false)
			if err != nil {
				t.Fatal(err)
			}
			if text := gapsText(e.reference.Missing(r)); c.want == "" && text != "" || !strings.Contains(text, c.want) {
				t.Errorf("want %q in\n%s", c.want, text)
			}
		})
	}
}
