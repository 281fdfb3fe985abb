package flood

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"conformance/internal/contract"
	"conformance/internal/probe"
	"conformance/internal/result"
	"conformance/internal/session"
)

// Found is what driving one tier into its limit found.
type Found struct {
	Tier      string
	Operation *contract.Operation
	request   *session.Request // the one that is repeated
	err       error            // why it could not be done

	mu               sync.Mutex
	started          time.Time
	ended            time.Time
	Limit            int // from the first answer; 0: not announced
	RemainingAtStart int // remaining requests, from the first answer; -1: not announced
	Sent             int
	Accepted         int
	Samples          []Sample
	First            *probe.Answer
	Refusals         []*probe.Answer // the first few 429s
	Unexpected       []*probe.Answer // the first few answers that are neither 2xx nor 429
	LimitExceeded    bool            // more than the limit was served before the first reset

	// what each other operation of the tier was answered while the key was exhausted
	ProbeAnswers    map[string]*probe.Answer
	ProbeRequests   map[string]*session.Request // and by what request
	WriteRequest    *session.Request            // a refused write that would have changed something
	WriteAnswer     *probe.Answer
	ChangeShownBy   []*probe.Answer // reads after it that show the change
	OtherKeyAnswer  *probe.Answer   // what another key of the company was answered meanwhile
	Last429         *probe.Answer
	last429At       time.Time
	Recovery        *probe.Answer // after the wait that the last 429 asked for
	waited          time.Duration
	due             time.Time     // of the last refusal: from then on the next wait counts
	wait            time.Duration // that it asked for
	waitedInAll     time.Duration
	recovered       bool   // or nothing more will show whether it does
	RecoverySkipped string // why recovery was not tried
	// Shared is what shows that someone else uses the key, or that another limit than the flooded one counts; empty:
	// nothing does. Then a refusal after the wait says nothing of this limit.
	Shared string
}

// Sample is what the flood keeps of every answer.
type Sample struct {
	at        time.Duration // since the flood began
	Status    int
	Limit     string
	Remaining string
	Reset     string
	Date      time.Time // zero: the answer has none
}

// Limited says that the key was driven into its limit.
func (f *Found) Limited() bool { return len(f.Refusals) > 0 }

// rate is the achieved number of requests per second.
func (f *Found) rate() float64 {
	return float64(f.Sent) / max(f.ended.Sub(f.started).Seconds(), 0.001)
}

// record keeps what matters of an answer.
func (f *Found) record(s *Floods, a *probe.Answer) {
	const few = 3
	f.mu.Lock()
	defer f.mu.Unlock()
	limits := s.Contract.RateLimit
	date, _ := http.ParseTime(a.Get("Date"))
	f.Sent++
	f.noteFall(a.Accepted(), s.headerInt(a, limits.Remaining, -1), s.Config.Concurrency)
	f.Samples = append(f.Samples, Sample{
		at: s.Client.Clock().Now().Sub(f.started), Status: a.Status, Limit: a.Get(limits.Limit),
		Remaining: a.Get(limits.Remaining),
		Reset:     a.Get(limits.Reset), Date: date,
	})
	switch {
	case a.Accepted():
		f.Accepted++
	case a.Status == http.StatusTooManyRequests:
		if len(f.Refusals) < few {
			f.Refusals = append(f.Refusals, a)
		}
		f.noteOtherLimit(s, a)
		f.Last429, f.last429At = a, s.Client.Clock().Now()
	case len(f.Unexpected) < few:
		f.Unexpected = append(f.Unexpected, a)
	}
}

func (s *Floods) headerInt(a *probe.Answer, header string, none int) int {
	n, err := strconv.Atoi(strings.TrimSpace(a.Get(header)))
	if err != nil || n < 0 {
		return none
	}
	return n
}

// noteStart looks whether the key had been used before the flood.
func (f *Found) noteStart() {
	switch used := f.Limit - f.RemainingAtStart; {
	case f.First.Status == http.StatusTooManyRequests:
		f.Shared = "the first request of the flood was refused already"
	case f.Limit > 0 && f.RemainingAtStart >= 0 && used > LimitMargin:
		f.Shared = fmt.Sprintf("%d requests had been counted before the flood began", used-1)
	}
}

// noteFall looks whether fewer requests remain than the flood can have left; what is on its way may have been counted.
func (f *Found) noteFall(served bool, left, onTheWay int) {
	if used := f.RemainingAtStart - left; served && left >= 0 && used > f.Sent+onTheWay {
		f.Shared = fmt.Sprintf("%d requests were counted while the flood had sent %d", used, f.Sent)
	}
}

// noteOtherLimit looks whether the refusal comes from another limit than that of the headers: it asks to wait for
// longer than their window lasts.
func (f *Found) noteOtherLimit(s *Floods, a *probe.Answer) {
	reset, now := s.reset(a), s.Client.Clock().Now()
	if date, err := http.ParseTime(a.Get("Date")); err == nil {
		now = date
	}
	if wait := askedWait(a); wait > s.Config.FloodMaxWait && reset > 0 && now.Add(wait).Unix() > reset+60 {
		f.Shared = fmt.Sprintf("the target asks to wait %s, longer than the window that the headers announce", wait)
	}
}

// noteLate looks what a request shows that was served at last, after the first one was refused: whether others had used
// up the window that this one was refused in.
func (f *Found) noteLate(s *Floods, served *probe.Answer) {
	limit, left := s.headerInt(served, s.Contract.RateLimit.Limit, 0), s.headerInt(served,
		s.Contract.RateLimit.Remaining, -1)
	before, after := s.reset(f.Last429), s.reset(f.Recovery)
	switch {
	case left >= 0 && limit-left > LimitMargin:
		f.Shared = fmt.Sprintf("%d requests had been counted when it was served again", limit-left-1)
	case before > 0 && after > before+1:
		f.Shared = "a window was used up in which the flood had sent nothing"
	}
}

// reset is when a window ends by an answer, in Unix seconds; 0: it is not announced.
func (s *Floods) reset(a *probe.Answer) int64 {
	reset, err := strconv.ParseInt(strings.TrimSpace(a.Get(s.Contract.RateLimit.Reset)), 10, 64)
	if err != nil || reset > MaxUnixSeconds {
		return 0
	}
	return reset
}

// BeforeReset says that everything was answered before the window of the first answer ended, by the target's own clock
// where it tells the time.
func (f *Found) BeforeReset(s *Floods, first *probe.Answer) bool {
	reset := s.reset(first)
	if reset == 0 {
		// The target announces no window. A minute is the shortest that the sentence "too many requests" is worth anything
		// for.
		return f.ended.Sub(f.started) < time.Minute
	}
	last := f.Samples[len(f.Samples)-1].Date
	if last.IsZero() {
		last = f.ended
	}
	// both are whole seconds, the one cut off and the other rounded up: between them the window may have rolled
	return last.Unix() < reset-1
}

// FloodsFound are what the run's floods found, for the reports.
func (s *Floods) FloodsFound() []result.Flood {
	var out []result.Flood
	for _, tier := range s.Contract.Tiers() {
		f := s.found[tier]
		if f == nil || f.First == nil {
			continue
		}
		flood := result.Flood{Tier: tier, Operation: f.Operation.ID, Limit: f.Limit, Sent: f.Sent, RateRPS: f.rate()}
		if f.Recovery != nil && f.Recovery.Accepted() {
			flood.RecoveryMS = f.waited.Milliseconds()
		}
		// Thinned out: a chart needs no more points than a screen has columns.
		const points = 400
		for i, a := range f.Samples {
			if a.Status == http.StatusTooManyRequests && flood.First429 == 0 {
				flood.First429 = i + 1
			}
			if len(f.Samples) > points && i%(len(f.Samples)/points+1) != 0 && a.Status/100 == 2 {
				continue
			}
			point := result.FloodSample{AtMS: float64(a.at.Microseconds()) / 1000, Status: a.Status}
			if left, err := strconv.Atoi(a.Remaining); err == nil {
				point.Remaining = &left
			}
			flood.Samples = append(flood.Samples, point)
		}
		out = append(out, flood)
	}
	return out
}
