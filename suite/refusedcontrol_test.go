package suite_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"conformance/internal/contract"
	"conformance/internal/inprocess"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
)

// TestPlainRequestRefused: where the plain request to an operation is refused, no row for good input blames the target
// for that; each shows the answer. What needs no plain request is judged: a server error.
func TestPlainRequestRefused(t *testing.T) {
	for status, want := range map[int]result.Outcome{400: result.Skip, 500: result.Fail} {
		rows := judgeRefusing(t, embedded(t).Operation("createJob"), func(*http.Request) (int, string) {
			return status, "Not today."
		})
		outcomes := map[result.Outcome]int{}
		for _, row := range rows {
			outcomes[row.Outcome]++
			good := strings.HasPrefix(row.ID, "ACCEPT-00") && row.ID < "ACCEPT-008"
			if good && row.Outcome != result.Fail && (row.ReasonCode != result.Control || len(row.Exchanges) == 0) {
				t.Errorf("%d: %s %q: %s %s", status, row.ID, row.Variant, row.Outcome, row.Reason)
			}
		}
		if outcomes[want] == 0 || want == result.Skip && outcomes[result.Fail]+outcomes[result.Warn] > 0 {
			t.Errorf("%d: %v", status, outcomes)
		}
	}
}

// TestNoSuccess: where all requests to an operation are refused in one way, no row but one says more than that. That
// one fails where others accept the same key, records and values, and where the answer can be about nothing else.
func TestNoSuccess(t *testing.T) {
	c := embedded(t)
	for _, k := range []struct {
		operation string
		blamed    []int // of the statuses below
	}{
		{"listJobs", []int{404, 405, 422, 500}},
		{"getJob", []int{404, 405, 422, 500}},
		{"createJob", []int{405, 500}},
		{"updateJobStatus", []int{404, 405, 500}},
		{"updateCustomer", []int{404, 405, 422, 500}},
		{"transferAsset", []int{405, 500}},
		{"createAssetMeterReading", []int{405}}, // its records are from the configuration
		{"transferInventoryStock", []int{405}},  // which accepts each of them, but not together
	} {
		for _, status := range []int{403, 404, 405, 409, 422, 500} {
			rows := judgeRefusing(t, c.Operation(k.operation), func(*http.Request) (int, string) { return status, "Not today." })
			failed := slices.DeleteFunc(rows, func(row result.Check) bool {
				return row.Outcome == result.Skip || row.ID == "ERROR-002" || // looks at the envelope alone
					row.Outcome == result.Pass && slices.Contains([]string{"ERROR-001", "ACCEPT-008"}, row.ID)
			})
			want := "[]"
			if slices.Contains(k.blamed, status) {
				want = "[ACCEPT-007 fail]"
			}
			if got := outcomesOf(failed); got != want {
				t.Errorf("%s answered %d: got %s, want %s", k.operation, status, got, want)
			}
		}
	}
}

// TestNoControlNeeded: a bad request that succeeds, a 5xx and a stack trace are found where the plain request is
// refused.
func TestNoControlNeeded(t *testing.T) {
	const both = "[AUTH-001 fail AUTH-004 fail]"
	for name, k := range map[string]struct {
		status  int
		message string
		want    string
	}{
		"refused":   {401, "The key is unknown.", "[]"},
		"accepted":  {200, "Done.", both},
		"broken":    {500, "Oops.", "[AUTH-001 fail AUTH-004 fail ERROR-002 fail]"},
		"leaking":   {422, "panic: runtime error\ngoroutine 1 [running]:\nmain.main()\n\t/srv/api/main.go:12", both},
		"other way": {409, "Not today.", "[]"},
	} {
		rows := judgeRefusing(t, embedded(t).Operation("updateCustomer"), func(r *http.Request) (int, string) {
			if r.Header.Get("X-API-Key") == "" {
				return k.status, k.message
			}
			return 422, "Not today."
		})
		rows = slices.DeleteFunc(rows, func(row result.Check) bool {
			return row.Outcome != result.Fail || row.ID == "ACCEPT-007"
		})
		if got := outcomesOf(rows); got != k.want {
			t.Errorf("%s: got %s, want %s", name, got, k.want)
		}
	}
}

// judgeRefusing judges an operation of a correct target that answers it otherwise.
func judgeRefusing(
	t *testing.T, o *contract.Operation, answer func(*http.Request) (status int, message string),
) []result.Check {
	t.Helper()
	return judgeChanged(t, sandbox.Options{Limit: 1_000_000},
		runner.Selection{Profile: runner.Full, NoFlood: true, Only: []string{o.ID}},
		func(target *inprocess.Sandbox) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !asksFor(o, r) {
					target.Server.ServeHTTP(w, r)
					return
				}
				status, message := answer(r)
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(status)
				_, _ = fmt.Fprintf(w, `{"success":false,"error":"not_today","message":%q}`, message)
			})
		})
}

// asksFor says that a request goes to the operation.
func asksFor(o *contract.Operation, r *http.Request) bool {
	named := r.URL.Query().Has("id") == slices.ContainsFunc(o.Identifiers(), func(p *contract.Parameter) bool {
		return p.Name == "id" && p.In == "query"
	})
	return named && r.Method == o.Method && strings.HasSuffix(r.URL.Path, o.Path.URL) &&
		!slices.ContainsFunc(o.Selectors(), func(p *contract.Parameter) bool { return r.URL.Query().Get(p.Name) != p.Value })
}

// outcomesOf are the checks of rows with their outcomes, each once.
func outcomesOf(rows []result.Check) string {
	var out []string
	for _, row := range rows {
		out = append(out, fmt.Sprint(row.ID, " ", row.Outcome))
	}
	slices.Sort(out)
	return fmt.Sprint(slices.Compact(out))
}
