package check

import (
	"fmt"
	"net/http"
	"testing"

	"conformance/internal/probe"
	"conformance/internal/result"
	"conformance/internal/session"
)

// TestNothingJudged: a variant that ends without one expectation is not applicable, never a pass.
func TestNothingJudged(t *testing.T) {
	c := notes(t)
	client, err := probe.New(probe.Options{Target: "http://127.0.0.1:1"}, probe.NewRedactor(nil))
	if err != nil {
		t.Fatal(err)
	}
	for name, k := range map[string]struct {
		run  func(*T)
		want string
	}{
		"nothing at all": {func(*T) {}, "skip not_applicable nothing came that this row could judge"},
		"an expectation": {func(t *T) {
			t.Expect(answered(c, http.StatusUnauthorized,
				refusal)).To(BeRefused())
		}, "pass  "},
		"a plain expectation": {func(t *T) {
			t.Expect(answered(c, http.StatusUnauthorized,
				refusal)).To(HaveNoHeader("Allow"))
		}, "pass  "},
		"judged without one":   {func(t *T) { t.Looked() }, "pass  "},
		"a find":               {func(t *T) { t.Report(result.Difference{Kind: result.KindStatus}) }, "fail  "},
		"a skip of its own":    {func(t *T) { t.Skip(result.Fixture, "no thing") }, "skip fixture no thing"},
		"looked, then skipped": {func(t *T) { t.Looked(); t.Skip(result.Fixture, "no thing") }, "skip fixture no thing"},
	} {
		t.Run(name, func(t *testing.T) {
			tt := &T{
				row:     &result.Check{Level: result.Must},
				Session: &session.Session{Client: client},
			}
			func() {
				defer recoverOutcome(tt)
				k.run(tt)
			}()
			conclude(tt)
			if got := fmt.Sprint(tt.row.Outcome, " ", tt.row.ReasonCode, " ", tt.row.Reason); got != k.want {
				t.Errorf("got %q, want %q", got, k.want)
			}
		})
	}
}
