package suite

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/flood"
	"conformance/internal/generate"
	"conformance/internal/judge"
	"conformance/internal/probe"
	"conformance/internal/result"
)

// overFlooded lists the operation by which each tier is flooded.
func overFlooded(want func(*contract.Operation) bool) func(*contract.Contract) []check.Subject {
	return func(c *contract.Contract) []check.Subject {
		var out []check.Subject
		for _, tier := range c.Tiers() {
			if o := c.Flooded(tier); o != nil && want(o) {
				out = append(out, check.Subject{Path: o.Path, Operation: o})
			}
		}
		return out
	}
}

var flooding = check.Check{
	ID: "RATE-001", Level: result.Must, Situation: contract.Flood,
	Title: "requests beyond the limit are refused",
	Clause: "A key of its own is exhausted with at most limit + concurrency + 10 requests. Then every operation of the " +
		"tier is called again with that key.",
	Over: check.Operations((*contract.Operation).Limited), Floods: true,
	Run: func(t *check.T) {
		f, o := floodOf(t), t.Operation()
		if f.LimitExceeded {
			t.Show(f.First)
			t.Report(result.Difference{
				Kind: result.KindStatus, Rule: result.Limits, At: f.Operation.ID, Want: []string{strconv.Itoa(f.Limit)},
				Got: fmt.Sprintf("%d of %d served", f.Accepted, f.Sent), Detail: f.Tier, Accepted: true,
			})
			return
		}
		answers := f.Refusals
		if len(answers) == 0 {
			answers = f.Unexpected
		}
		if o != f.Operation {
			a := f.ProbeAnswers[o.ID]
			if a == nil {
				t.Skip(result.NotVerifiable, "%s could not be asked while the key was exhausted: the window ended each time", o.ID)
			}
			answers = []*probe.Answer{a}
		}
		for _, a := range answers {
			t.Show(a)
			t.Expect(t.NewAnswer(a, nil)).To(check.BeRefused())
		}
	},
}

var limitHeaders = check.Check{
	ID: "RATE-002", Level: result.Must, Situation: contract.Flood, Source: check.Part("x-rate-limit"),
	Writes: true,
	Title:  "a success announces limit, remaining requests and reset",
	Clause: "Every answer to a valid key carries the three headers, so that a client can slow down before it is refused.",
	Over:   check.Operations((*contract.Operation).Limited),
	Run: func(t *check.T) {
		a := t.Control()
		t.Show(a)
		said := t.Session.Contract.RateLimit
		t.Looked()
		for _, name := range []string{said.Limit, said.Remaining, said.Reset} {
			documented := &contract.Header{Name: name}
			for _, h := range t.Operation().Success().Headers {
				if strings.EqualFold(h.Name, name) {
					documented = h
				}
			}
			if d, ok := judge.Header(a, documented, true); !ok {
				t.Report(d)
			}
			if d, ok := judge.HeaderOnce(a, name); !ok {
				t.Report(d)
			}
		}
	},
}

var limitNumbers = check.Check{
	ID: "RATE-003", Level: result.Must, Situation: contract.Flood, Source: check.Part("x-rate-limit"),
	Title: "the headers are consistent during a flood",
	Clause: "The limit stays the same, the remaining requests are between 0 and the limit and decrease, the reset is a " +
		"Unix time in seconds that has not passed. Answers may arrive in any order.",
	Over: overFlooded((*contract.Operation).Limited), Floods: true,
	Variants: variants(
		check.Variant{Name: "limit is constant", Run: func(t *check.T) {
			f := floodOf(t)
			for i, s := range f.Samples {
				if i > 0 && s.Limit != "" {
					t.Looked()
				}
				if s.Limit != "" && s.Limit != f.Samples[0].Limit {
					t.Show(f.First)
					t.Report(wrongHeader(result.LimitConstant, limitHeadersOf(t).Limit, f.Samples[0].Limit, s.Limit))
					return
				}
			}
		}},
		check.Variant{Name: "remaining is within the limit", Run: func(t *check.T) {
			f := floodOf(t)
			for _, s := range f.Samples {
				left, err := strconv.Atoi(s.Remaining)
				limit, err2 := strconv.Atoi(s.Limit)
				if err == nil && err2 == nil {
					t.Looked()
				}
				if err == nil && err2 == nil && (left < 0 || left > limit) {
					t.Show(f.First)
					t.Report(wrongHeader(result.RemainingRange, limitHeadersOf(t).Remaining, fmt.Sprintf("0 to %d", limit),
						s.Remaining))
					return
				}
			}
		}},
		check.Variant{Name: "remaining decreases", Run: func(t *check.T) { remainingFalls(t, floodOf(t)) }},
		check.Variant{Name: "reset is in the future", Run: func(t *check.T) { resetAhead(t, floodOf(t)) }},
	),
}

// wrongHeader is a header of the limiter that says what is not so.
func wrongHeader(rule result.Rule, header, want, got string) result.Difference {
	d := result.Difference{Kind: result.KindHeader, Rule: rule, At: header, Got: got}
	if want != "" {
		d.Want = []string{want}
	}
	return d
}

// floodOf is what the flood of the operation's tier found.
func floodOf(t *check.T) *flood.Found {
	f, err := t.Floods.Of(t.Ctx, t.Operation().Tier)
	t.Must(err)
	return f
}

// skipIfShared ends the variant where the numbers show that someone else uses the flood's key.
func skipIfShared(t *check.T, f *flood.Found) {
	if f.Shared != "" {
		t.Skip(result.NotVerifiable, "credentials.flood is in use elsewhere, or counted by another limit too: %s", f.Shared)
	}
}

// recoveredFlood is the same after its wait.
func recoveredFlood(t *check.T) *flood.Found {
	f, err := t.Floods.Recovered(t.Ctx, t.Operation().Tier)
	t.Must(err)
	return f
}

func limitHeadersOf(t *check.T) *contract.RateLimit { return t.Session.Contract.RateLimit }

func remainingFalls(t *check.T, f *flood.Found) {
	// of a window that others filled before, places come free one by one: more than half of them did not
	if f.RemainingAtStart == 0 && f.Accepted > max(t.Session.Config.Concurrency+2, f.Limit/2) &&
		f.BeforeReset(t.Floods, f.First) {
		t.Show(f.First)
		d := wrongHeader(result.RemainingFalls, limitHeadersOf(t).Remaining, "how many requests remain", "0")
		d.Detail = fmt.Sprintf("the first answer announced that none remain, and %d more were served within the window",
			f.Accepted-1)
		t.Report(d)
	}
	if f.RemainingAtStart <= 0 || f.Accepted <= 1 {
		return // the first answer was the last that was served, or announced nothing
	}
	t.Looked()
	least := f.RemainingAtStart
	for _, s := range f.Samples {
		// a 429 says 0 whatever was announced before
		if left, err := strconv.Atoi(s.Remaining); err == nil && s.Status/100 == 2 {
			least = min(least, left)
		}
	}
	if least >= f.RemainingAtStart {
		skipIfShared(t, f)
		t.Show(f.First)
		d := wrongHeader(result.RemainingFalls, limitHeadersOf(t).Remaining, "fewer than "+strconv.Itoa(f.RemainingAtStart),
			strconv.Itoa(least))
		d.Detail = fmt.Sprintf("after %d served requests the remaining count is still %d", f.Accepted, least)
		t.Report(d)
	}
}

func resetAhead(t *check.T, f *flood.Found) {
	for _, s := range f.Samples {
		reset, err := strconv.ParseInt(s.Reset, 10, 64)
		if err != nil || s.Date.IsZero() && reset < flood.MaxUnixSeconds {
			continue // absent or malformed: judged on every answer
		}
		t.Looked()
		if reset >= flood.MaxUnixSeconds {
			t.Show(f.First)
			t.Report(wrongHeader(result.ResetIsTime, limitHeadersOf(t).Reset, "", s.Reset))
			return
		}
		if reset < s.Date.Unix()-1 {
			t.Show(f.First)
			t.Report(wrongHeader(result.ResetAhead, limitHeadersOf(t).Reset, fmt.Sprint(s.Date.Unix()), s.Reset))
			return
		}
	}
}

var retryAfter = check.Check{
	ID: "RATE-004", Level: result.Must, Situation: contract.Flood, Source: check.Part("x-rate-limit"),
	Title:  "Retry-After and the body announce the same wait",
	Clause: "Whole seconds, at least one, the same number in the header and in the envelope.",
	Over:   overFlooded((*contract.Operation).Limited), Floods: true,
	Run: func(t *check.T) {
		f := floodOf(t)
		pointer := t.Session.Contract.RateLimit.RetryAfter
		for _, a := range f.Refusals {
			header := a.Get("Retry-After")
			body, err := judge.Decode(a.Body)
			if err != nil || header == "" || pointer == "" {
				continue // judged with the refusal
			}
			announced, ok := pointer.Get(body)
			if ok {
				t.Looked()
			}
			if ok && generate.Text(announced) != strings.TrimSpace(header) {
				t.Show(a)
				t.Report(wrongHeader(result.WaitAgrees, "Retry-After", generate.Text(announced), header))
				return
			}
		}
	},
}

var servedAfterWait = check.Check{
	ID: "RATE-005", Level: result.Must, Situation: contract.Flood, Source: check.RFC(9110, "10.2.3"),
	Title:  "after Retry-After the same request is served",
	Clause: "Counted from the last 429. A client that waits as long as announced must not be refused again.",
	Over:   overFlooded((*contract.Operation).Limited), Floods: true, Waits: true,
	Run: func(t *check.T) {
		f := recoveredFlood(t)
		if f.Recovery == nil {
			t.Skip(result.NotVerifiable, "%s", firstNonEmpty(f.RecoverySkipped, "the key did not reach its limit"))
		}
		t.Show(f.Last429)
		t.Show(f.Recovery)
		if f.Recovery.Status == http.StatusTooManyRequests {
			skipIfShared(t, f)
		}
		t.Expect(t.NewAnswer(f.Recovery, nil)).To(check.BeAccepted())
	},
}

var otherKeyUnaffected = check.Check{
	ID: "RATE-006", Level: result.Must, Situation: contract.Flood, Source: check.Ours,
	Title:  "another key of the company is not limited by the flood",
	Clause: "Limits are per key: one integration out of control must not stop the others.",
	Over:   overFlooded((*contract.Operation).Limited), Floods: true,
	Run: func(t *check.T) {
		f := floodOf(t)
		if f.OtherKeyAnswer == nil {
			t.Skip(result.NotVerifiable, "no other key of the company had quota left")
		}
		t.Show(f.OtherKeyAnswer)
		t.Expect(t.NewAnswer(f.OtherKeyAnswer, nil)).To(check.BeAccepted())
	},
}

var floodAnswers = check.Check{
	ID: "RATE-008", Level: result.Must, Situation: contract.Flood, Source: check.Ours,
	Title:  "a flood is answered by success or 429, nothing else",
	Clause: "A limiter that fails under load answers 500 or 503, just when it is needed.",
	Over:   overFlooded((*contract.Operation).Limited), Floods: true,
	Run: func(t *check.T) {
		f := floodOf(t)
		t.Looked()
		for _, a := range f.Unexpected {
			t.Show(a)
			t.Report(result.Difference{
				Kind: result.KindStatus, Rule: result.FloodAnswered, At: "status", Got: strconv.Itoa(a.Status),
			})
		}
	},
}

var remainingIsHonoured = check.Check{
	ID: "RATE-009", Level: result.Should, Situation: contract.Flood, Source: check.Ours,
	Title: "clients can pace themselves by the headers",
	Clause: "A client that slows down in time is never refused. At least three quarters of the announced remaining " +
		"requests are served, and the window ends within a month.",
	Over: overFlooded((*contract.Operation).Limited), Floods: true,
	Run: func(t *check.T) {
		f := floodOf(t)
		if reset, err := strconv.ParseInt(f.First.Get(t.Session.Contract.RateLimit.Reset), 10, 64); err == nil &&
			reset < flood.MaxUnixSeconds {
			if now, err := http.ParseTime(f.First.Get("Date")); err == nil {
				t.Looked()
				if reset > now.AddDate(0, 0, 32).Unix() {
					t.Show(f.First)
					t.Report(wrongHeader(result.ResetNear, limitHeadersOf(t).Reset, "", time.Unix(reset,
						0).UTC().Format(time.RFC3339)))
				}
			}
		}
		announced := f.RemainingAtStart
		if announced <= 0 || !f.Limited() {
			return
		}
		t.Looked()
		if f.Accepted < announced*3/4 {
			skipIfShared(t, f)
			t.Show(f.Refusals[0])
			t.Show(f.First)
			t.Report(wrongHeader(result.RemainingTrue, limitHeadersOf(t).Remaining, fmt.Sprint(announced),
				fmt.Sprint(f.Accepted)))
		}
	},
}

// firstNonEmpty returns the first text that says something.
func firstNonEmpty(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
