package suite

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/judge"
	"conformance/internal/probe"
	"conformance/internal/result"
)

// 429: more than the window allows. What the flood found is read here; how it is done stands in flood.go.

// maxUnix is the largest time that is plausibly in seconds; milliseconds of today are beyond it.
const maxUnix = 100_000_000_000

func limits(o *contract.Operation) bool { return o.Tier != "" && o.Security != nil }

// overFlooded lists the operation by which each tier is flooded.
func overFlooded(want func(*contract.Operation) bool) func(*contract.Contract) []Subject {
	return func(c *contract.Contract) []Subject {
		var out []Subject
		for _, tier := range tiers(c) {
			if o := flooded(c, tier); o != nil && want(o) {
				out = append(out, Subject{o.Path, o})
			}
		}
		return out
	}
}

var flooding = Check{
	ID: "RATE-001", Level: result.Must, Situation: contract.Flood, Source: errorCodes + "429",
	Title:  "requests beyond the limit are refused",
	Clause: "A key of its own is driven into the limit by at most limit + concurrency + 10 requests. Then every operation of the tier is asked once more with that key.",
	Over:   over(limits), Floods: true,
	Run: func(t *T) {
		f, o := t.flood(), t.Operation()
		if f.overrun {
			t.show(f.first)
			t.Report(result.Difference{
				Kind: result.KindStatus, Rule: result.Limits, At: f.operation.ID, Want: []string{strconv.Itoa(f.limit)},
				Got: fmt.Sprintf("%d of %d served", f.accepted, f.sent), Detail: f.tier, Accepted: true,
			})
			return
		}
		answers := f.refusals
		if len(answers) == 0 {
			answers = f.strange
		}
		if o != f.operation {
			a := f.others[o.ID]
			if a == nil {
				t.Skip(result.NotVerifiable, "%s could not be asked while the key was exhausted: the window rolled each time", o.ID)
			}
			answers = []*probe.Answer{a}
		}
		for _, a := range answers {
			t.show(a)
			t.Expect(t.answered(a, nil)).To(BeRefused())
		}
	},
}

var limitHeaders = Check{
	ID: "RATE-002", Level: result.Must, Situation: contract.Flood, Source: errorCodes + "429, rate-limit headers",
	Writes: true,
	Title:  "a success tells limit, remaining requests and reset",
	Clause: "Every answer to a valid key carries the three headers, so that a client can slow down before it is refused.",
	Over:   over(limits),
	Run: func(t *T) {
		a := t.control()
		t.show(a)
		said := t.session.Contract.RateLimit
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
		}
	},
}

var limitNumbers = Check{
	ID: "RATE-003", Level: result.Must, Situation: contract.Flood, Source: errorCodes + "429, rate-limit headers",
	Title:  "what the headers tell during a flood holds together",
	Clause: "The limit stays the same, the remaining requests lie between none and the limit and grow fewer, the reset is a Unix time in seconds that has not passed. Answers may arrive in any order.",
	Over:   overFlooded(limits), Floods: true,
	Variants: variants(
		Variant{Name: "limit is constant", Run: func(t *T) {
			f := t.flood()
			for _, s := range f.samples {
				if s.limit != "" && s.limit != f.samples[0].limit {
					t.show(f.first)
					t.Report(misleads(result.LimitConstant, t.limits().Limit, f.samples[0].limit, s.limit))
					return
				}
			}
		}},
		Variant{Name: "remaining is within the limit", Run: func(t *T) {
			f := t.flood()
			for _, s := range f.samples {
				left, err := strconv.Atoi(s.remaining)
				limit, err2 := strconv.Atoi(s.limit)
				if err == nil && err2 == nil && (left < 0 || left > limit) {
					t.show(f.first)
					t.Report(misleads(result.RemainingRange, t.limits().Remaining, fmt.Sprintf("0 to %d", limit), s.remaining))
					return
				}
			}
		}},
		Variant{Name: "remaining falls", Run: func(t *T) { t.remainingFalls(t.flood()) }},
		Variant{Name: "reset is a time to come", Run: func(t *T) { t.resetAhead(t.flood()) }},
	),
}

// misleads is a header of the limiter that says what is not so.
func misleads(rule result.Rule, header, want, got string) result.Difference {
	d := result.Difference{Kind: result.KindHeader, Rule: rule, At: header, Got: got}
	if want != "" {
		d.Want = []string{want}
	}
	return d
}

// flood is what the flood of the operation's tier found.
func (t *T) flood() *flood {
	f, err := t.floods.of(t.ctx, t.Operation().Tier)
	t.must(err)
	return f
}

// recovered is the same after its wait.
func (t *T) recovered() *flood {
	f, err := t.floods.recovered(t.ctx, t.Operation().Tier)
	t.must(err)
	return f
}

func (t *T) limits() *contract.RateLimit { return t.session.Contract.RateLimit }

func (t *T) remainingFalls(f *flood) {
	if f.room == 0 && f.accepted > t.session.Config.Concurrency+2 && f.beforeReset(t.floods, f.first) {
		t.show(f.first)
		d := misleads(result.RemainingFalls, t.limits().Remaining, "how many requests remain", "0")
		d.Detail = fmt.Sprintf("the first answer announced that none remain, and %d more were served within the window", f.accepted-1)
		t.Report(d)
	}
	if f.room <= 0 || f.accepted <= 1 {
		return // the first answer was the last that was served, or told nothing
	}
	least := f.room
	for _, s := range f.samples {
		if left, err := strconv.Atoi(s.remaining); err == nil && s.status/100 == 2 { // a 429 says 0 whatever was told before
			least = min(least, left)
		}
	}
	if least >= f.room {
		t.show(f.first)
		d := misleads(result.RemainingFalls, t.limits().Remaining, "fewer than "+strconv.Itoa(f.room), strconv.Itoa(least))
		d.Detail = fmt.Sprintf("after %d requests that were served as many remain as after the first: %d", f.accepted, least)
		t.Report(d)
	}
}

func (t *T) resetAhead(f *flood) {
	for _, s := range f.samples {
		reset, err := strconv.ParseInt(s.reset, 10, 64)
		if err != nil || s.date.IsZero() && reset < maxUnix {
			continue // absent or malformed: judged on every answer
		}
		if reset >= maxUnix {
			t.show(f.first)
			t.Report(misleads(result.ResetIsTime, t.limits().Reset, "", s.reset))
			return
		}
		if reset < s.date.Unix()-1 {
			t.show(f.first)
			t.Report(misleads(result.ResetAhead, t.limits().Reset, fmt.Sprint(s.date.Unix()), s.reset))
			return
		}
	}
}

var retryAfter = Check{
	ID: "RATE-004", Level: result.Must, Situation: contract.Flood, Source: errorCodes + "429",
	Title:  "Retry-After and the body tell the same wait",
	Clause: "Whole seconds, at least one, the same number in the header and in the envelope.",
	Over:   overFlooded(limits), Floods: true,
	Run: func(t *T) {
		f := t.flood()
		pointer := t.session.Contract.RateLimit.RetryAfter
		for _, a := range f.refusals {
			header := a.Get("Retry-After")
			body, err := judge.Decode(a.Body)
			if err != nil || header == "" || pointer == "" {
				continue // judged with the refusal
			}
			if told, ok := pointer.Get(body); ok && generate.Text(told) != strings.TrimSpace(header) {
				t.show(a)
				t.Report(misleads(result.WaitAgrees, "Retry-After", generate.Text(told), header))
				return
			}
		}
	},
}

var served = Check{
	ID: "RATE-005", Level: result.Must, Situation: contract.Flood, Source: errorCodes + "429",
	Title:  "after Retry-After the same request is served",
	Clause: "Counted from the last 429. A client that waits as long as it is told must not be refused again.",
	Over:   overFlooded(limits), Floods: true, Waits: true,
	Run: func(t *T) {
		f := t.recovered()
		if f.recovery == nil {
			t.Skip(result.NotVerifiable, "%s", firstOf(f.unwaited, "the key was not driven into its limit"))
		}
		t.show(f.last429)
		t.show(f.recovery)
		t.Expect(t.answered(f.recovery, nil)).To(BeAccepted())
	},
}

var neighbour = Check{
	ID: "RATE-006", Level: result.Must, Situation: contract.Flood, Source: errorCodes + "429",
	Title:  "another key of the company is not limited by the flood",
	Clause: "Limits are per key: one integration that runs wild must not stop the others.",
	Over:   overFlooded(limits), Floods: true,
	Run: func(t *T) {
		f := t.flood()
		if f.neighbour == nil {
			t.Skip(result.NotVerifiable, "no other key of the company had quota to spare")
		}
		t.show(f.neighbour)
		t.Expect(t.answered(f.neighbour, nil)).To(BeAccepted())
	},
}

var limitedWrite = Check{
	ID: "RATE-007", Level: result.Must, Situation: contract.Flood, Source: errorCodes + "429",
	Title:  "a write that is refused for its number changes nothing",
	Clause: "A client will send it again: if it had taken effect, it would take effect twice.",
	Over: func(c *contract.Contract) []Subject {
		return over(func(o *contract.Operation) bool {
			return limits(o) && !o.Reads() && (o == flooded(c, o.Tier) || o.Body != nil && (createsListed(c, o) || len(observersOf(c, o)) > 0))
		})(c)
	},
	Floods: true,
	Run: func(t *T) {
		f, o := t.flood(), t.Operation()
		if o != f.operation {
			a := f.others[o.ID]
			if a == nil || a.Status != http.StatusTooManyRequests {
				t.Skip(result.NotVerifiable, "no %s was refused with 429", o.ID)
			}
			t.show(a)
			if createsListed(t.session.Contract, o) {
				list, made := listOf(t.session.Contract, o), mark(f.asked[o.ID], label(o.Body))
				if strings.Contains(t.scan(t.With(list, nil), ""), made) {
					t.Report(recordMade(list, made))
				}
				return
			}
			t.leftNothing(f.asked[o.ID])
			return
		}
		if f.alteredBy == nil || f.alteredBy.Status != http.StatusTooManyRequests {
			t.Skip(result.NotVerifiable, "no write that would have changed something was refused with 429")
		}
		if len(observersOf(t.session.Contract, o)) == 0 {
			t.Skip(result.NotVerifiable, "no operation reads back what %s writes", o.ID)
		}
		t.show(f.alteredBy)
		for _, a := range f.shownBy {
			t.show(a)
			t.Report(tookEffect(label(o.Body).Name, "", mark(f.altered, label(o.Body))))
		}
	},
}

// createsListed says that what the operation creates is found again in a list, by its mark.
func createsListed(c *contract.Contract, o *contract.Operation) bool {
	return o.Creates() && listOf(c, o) != nil && len(observersOf(c, o)) == 0 && label(o.Body) != nil
}

// leftNothing looks for what a refused write would have left: the status that it asked for, or its mark. That it would show is seen by
// the status that the record has, or by the mark of a write that is accepted.
func (t *T) leftNothing(r *Request) {
	o := t.Operation()
	view := t.look(t.observers(o, r.fields))
	asked, shows := mark(r, label(o.Body)), false
	if f := statusField(o); f != nil {
		has := t.session.status(recordOf(o, r.fields), f)
		asked = generate.Text(r.Body[f.Name])
		shows = view.shows(has) && asked != has
	} else if asked != "" {
		good := t.With(o, r.fields)
		shows = t.Send(good).Status/100 == 2 && t.look(t.observers(o, r.fields)).shows(mark(good, label(o.Body)))
	}
	if !shows {
		t.Skip(result.NotVerifiable, "an accepted %s does not show in what can be read, so neither would a refused one", o.ID)
	}
	if view.shows(asked) {
		t.Report(tookEffect(t.Operation().ID, "", asked))
	}
}

var floodAnswers = Check{
	ID: "RATE-008", Level: result.Must, Situation: contract.Flood, Source: errorCodes + "429",
	Title:  "a flood is answered by success or 429, nothing else",
	Clause: "A limiter that breaks under load answers 500 or 503, just when it is needed.",
	Over:   overFlooded(limits), Floods: true,
	Run: func(t *T) {
		for _, a := range t.flood().strange {
			t.show(a)
			t.Report(result.Difference{Kind: result.KindStatus, Rule: result.FloodAnswered, At: "status", Got: strconv.Itoa(a.Status)})
		}
	},
}

var toldRoom = Check{
	ID: "RATE-009", Level: result.Should, Situation: contract.Flood, Source: errorCodes + "429, rate-limit headers",
	Title:  "clients can pace themselves by the headers",
	Clause: "As many requests are served as are told to remain, at least three quarters of them, and the window ends within a month.",
	Over:   overFlooded(limits), Floods: true,
	Run: func(t *T) {
		f := t.flood()
		if reset, err := strconv.ParseInt(f.first.Get(t.session.Contract.RateLimit.Reset), 10, 64); err == nil && reset < maxUnix {
			if now, err := http.ParseTime(f.first.Get("Date")); err == nil && reset > now.AddDate(0, 0, 32).Unix() {
				t.show(f.first)
				t.Report(misleads(result.ResetNear, t.limits().Reset, "", time.Unix(reset, 0).UTC().Format(time.RFC3339)))
			}
		}
		promised := f.room
		if promised <= 0 || !f.limited() {
			return
		}
		if f.accepted < promised*3/4 {
			t.show(f.refusals[0])
			t.show(f.first)
			t.Report(misleads(result.RemainingTrue, t.limits().Remaining, fmt.Sprint(promised), fmt.Sprint(f.accepted)))
		}
	},
}

// show adds an answer that was not sent by the variant itself to its exchanges.
func (t *T) show(a *probe.Answer) {
	if a != nil {
		t.answers = append(t.answers, a)
	}
}

// firstOf returns the first text that says something.
func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
