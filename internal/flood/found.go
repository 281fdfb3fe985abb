package flood

import (
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
	RecoverySkipped string // why recovery was not tried
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
	f.Samples = append(f.Samples, Sample{
		at: s.Client.Clock().Now().Sub(f.started), Status: a.Status, Limit: a.Get(limits.Limit),
		Remaining: a.Get(limits.Remaining),
		Reset:     a.Get(limits.Reset), Date: date,
	})
	switch {
	case a.Status/100 == 2:
		f.Accepted++
	case a.Status == http.StatusTooManyRequests:
		if len(f.Refusals) < few {
			f.Refusals = append(f.Refusals, a)
		}
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

// BeforeReset says that everything was answered before the window of the first answer ended, by the target's own clock
// where it tells the time.
func (f *Found) BeforeReset(s *Floods, first *probe.Answer) bool {
	reset, err := strconv.ParseInt(strings.TrimSpace(first.Get(s.Contract.RateLimit.Reset)), 10, 64)
	if err != nil || reset > MaxUnixSeconds {
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
		if f.Recovery != nil && f.Recovery.Status/100 == 2 {
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
