package report

import (
	"fmt"
	"slices"
	"strings"

	"conformance/internal/result"
)

// floodChart draws an exhausted rate limit: the quota that the answers announced, and below it the answers themselves
// in lanes.
type floodChart struct {
	Tier, Operation, Sentence string
	Width, Height             float64
	Quota                     string // path of the announced quota
	Area                      string
	Ticks                     []chartTick
	Levels                    []chartTick
	Lanes                     []chartLane
	First, Recovered          *chartTick
	Bottom                    float64 // of the quota's part
}

type chartTick struct {
	At   float64
	Text string
}

// chartLane is a row of marks for answers of one kind, drawn as one path.
type chartLane struct {
	Kind, Text string
	Y          float64
	Path       string
	N          int
}

// Measures of the chart.
const (
	chartWidth  = 860.0
	chartLeft   = 104.0
	chartTop    = 18.0
	quotaHeight = 150.0
	laneHeight  = 20.0
	maxSamples  = 1500
)

func floodCharts(floods []result.Flood) []floodChart {
	var out []floodChart
	for _, f := range floods {
		out = append(out, newFloodChart(f))
	}
	return out
}

func newFloodChart(f result.Flood) floodChart {
	c := floodChart{
		Tier: line(f.Tier, maxName), Operation: line(f.Operation, maxName), Sentence: floodSentence(f), Width: chartWidth,
		Bottom: chartTop + quotaHeight,
	}
	samples := downsample(f.Samples, maxSamples)
	end, most := 1.0, f.Limit
	for _, s := range samples {
		end = max(end, s.AtMS)
		if s.Remaining != nil {
			most = max(most, *s.Remaining)
		}
	}
	most = max(most, 1)
	x := func(ms float64) float64 { return chartLeft + (chartWidth-chartLeft-16)*max(0, min(1, ms/end)) }
	y := func(n int) float64 { return c.Bottom - quotaHeight*float64(max(n, 0))/float64(most) }
	c.quota(samples, x, y)
	c.lanes(samples, x)
	for _, n := range slices.Compact([]int{0, most / 2, most}) {
		c.Levels = append(c.Levels, chartTick{y(n), grouped(n)})
	}
	unit := niceStep(end / 6)
	for ms := 0.0; ms <= end; ms += unit {
		c.Ticks = append(c.Ticks, chartTick{x(ms), fmt.Sprintf("%g s", ms/1000)})
	}
	for _, s := range f.Samples {
		if s.Status == 429 {
			c.First = &chartTick{x(s.AtMS), "first 429"}
			if f.RecoveryMS > 0 && s.AtMS+float64(f.RecoveryMS) <= end*1.001 {
				c.Recovered = &chartTick{x(s.AtMS + float64(f.RecoveryMS)), "accepted again"}
			}
			break
		}
	}
	return c
}

func floodSentence(f result.Flood) string {
	limit := "no announced limit"
	if f.Limit > 0 {
		limit = "an announced limit of " + grouped(f.Limit)
	}
	out := fmt.Sprintf("%s sent at %.1f a second, against %s: ", count(f.Sent, "request"), f.RateRPS, limit)
	if f.First429 == 0 {
		return out + "none was answered 429."
	}
	out += fmt.Sprintf("request %s was the first answered 429", grouped(f.First429))
	if f.RecoveryMS > 0 {
		return out + fmt.Sprintf(", and %s later one was accepted again.", durationText(f.RecoveryMS))
	}
	return out + "; recovery was not observed."
}

// quota draws the announced quota as steps; answers that announce none leave it where it was.
func (c *floodChart) quota(samples []result.FloodSample, x func(float64) float64, y func(int) float64) {
	var b strings.Builder
	first, last := 0.0, 0.0
	for _, s := range samples {
		if s.Remaining == nil {
			continue
		}
		last = x(s.AtMS)
		if b.Len() == 0 {
			first = last
			fmt.Fprintf(&b, "M%s %s", coordinate(last), coordinate(y(*s.Remaining)))
			continue
		}
		fmt.Fprintf(&b, "H%sV%s", coordinate(last), coordinate(y(*s.Remaining)))
	}
	if c.Quota = b.String(); c.Quota != "" {
		c.Area = fmt.Sprintf("%sV%sH%sZ", c.Quota, coordinate(c.Bottom), coordinate(first))
	}
}

// lanes draws a mark for every answer in the lane of its kind.
func (c *floodChart) lanes(samples []result.FloodSample, x func(float64) float64) {
	lanes := []chartLane{
		{Kind: "ok", Text: "2xx"}, {Kind: "limited", Text: "429"}, {Kind: "other", Text: "other"},
		{Kind: "none", Text: "no answer"},
	}
	paths := make([]strings.Builder, len(lanes))
	lane := func(status int) int {
		switch {
		case status/100 == 2:
			return 0
		case status == 429:
			return 1
		case status != 0:
			return 2
		default:
			return 3
		}
	}
	for _, s := range samples {
		lanes[lane(s.Status)].N++
	}
	at := c.Bottom + 34
	for i := range lanes {
		lanes[i].Y = at
		if lanes[i].N > 0 {
			at += laneHeight
		}
	}
	for _, s := range samples {
		i := lane(s.Status)
		fmt.Fprintf(&paths[i], "M%s %sv12", coordinate(x(s.AtMS)), coordinate(lanes[i].Y-6))
	}
	for i := range lanes {
		if lanes[i].Path = paths[i].String(); lanes[i].N > 0 {
			c.Lanes = append(c.Lanes, lanes[i])
		}
	}
	c.Height = at
}

// downsample keeps about limit samples, evenly, the first and the last among them, and every change of status with its
// neighbour.
func downsample(samples []result.FloodSample, limit int) []result.FloodSample {
	if len(samples) <= limit {
		return samples
	}
	every := (len(samples) + limit - 1) / limit
	var out []result.FloodSample
	for i, s := range samples {
		changed := i > 0 && samples[i-1].Status != s.Status && len(out) < 2*limit
		if i%every == 0 || i == len(samples)-1 || changed {
			out = append(out, s)
		}
	}
	return out
}

// niceStep is the round number of milliseconds next above v.
func niceStep(v float64) float64 {
	for unit := 1.0; ; unit *= 10 {
		for _, m := range []float64{1, 2, 5} {
			if unit*m >= v {
				return unit * m
			}
		}
	}
}
