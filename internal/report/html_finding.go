package report

import (
	"fmt"
	"strings"

	"conformance/internal/result"
)

// card is a finding as the page shows it: once, with every row that shows it.
type card struct {
	Number, SameAs    int
	ID, Title, Source string
	SourceURL         string // empty: none that may be followed
	Text              string // the requirement in full
	Level             string
	Outcome           result.Outcome
	Differs, Where    string
	Rows              []cardRow
	More              int // rows that are only counted
}

type cardRow struct {
	Anchor                        string
	Operation, Variant, Situation string
	Outcome                       result.Outcome
	Fault                         string
	Assumed                       bool
	Failures                      []difference
	Exchanges                     []dialogue
	Left                          string // why exchanges are missing
	Open                          bool
	DurationMS                    string
}

type difference struct{ Kind, Expected, Actual, Message string }

// dialogue is an exchange: what was sent, what came, and where the answer breaks the contract.
type dialogue struct {
	Role     string // what the exchange is for; empty for the one that the row is about
	Request  []textLine
	Response []textLine
	Curl     string
}

// textLine is a line of a message; Spans that differ from the contract, or from a valid request, are marked. Note says
// how.
type textLine struct {
	Spans []span
	Notes []string
}

type span struct {
	Text string
	Mark bool
}

// findings fills the cards and gives every row its place in the page. The first row of each finding is quoted before
// any second one, so that the budget never leaves a finding without an example.
func (p *page) findings(r result.Run) anchors {
	at := anchors{rows: map[int]string{}, pairs: map[pair]string{}, worst: map[pair]string{}}
	for _, c := range r.Checks {
		k := pair{c.Operation, c.Situation}
		if at.pairs[k] == "" {
			at.pairs[k] = fmt.Sprintf("p%d", len(at.pairs)+1)
		}
	}
	all := findings(r)
	for _, f := range all {
		p.FindingRows += len(f.Rows)
	}
	if len(all) > maxCards {
		p.Hidden, all = len(all)-maxCards, all[:maxCards]
	}
	for _, f := range all {
		p.Findings = append(p.Findings, newCard(f, at, line(r.Texts[f.Row.ID], 600)))
	}
	budget := maxQuoted
	for i, f := range all {
		budget -= quote(&p.Findings[i].Rows[0], f.Rows[0], budget)
		p.Findings[i].Rows[0].Open = true
	}
	for i, f := range all {
		for j := 1; j < len(p.Findings[i].Rows); j++ {
			budget -= quote(&p.Findings[i].Rows[j], f.Rows[j], budget)
		}
	}
	return at
}

func newCard(f finding, at anchors, text string) card {
	c := card{
		Number: f.Number, SameAs: f.SameAs, Text: text, ID: line(f.Row.ID, 40), Title: line(f.Row.Title, 200),
		Source:    line(f.Row.Source, 200),
		SourceURL: sourceURL(f.Row),
		Level:     level(f.Row), Outcome: f.Row.Outcome, Differs: headline(f.Row), Where: extentText(f),
	}
	for i, row := range f.Rows {
		if i == maxCardRows {
			c.More = len(f.Rows) - i
			break
		}
		anchor := fmt.Sprintf("r%d", f.At[i]+1)
		at.rows[f.At[i]] = anchor
		if k := (pair{row.Operation, row.Situation}); at.worst[k] == "" { // cards come the gravest first
			at.worst[k] = anchor
		}
		c.Rows = append(c.Rows, newCardRow(row, anchor))
	}
	return c
}

// extentText says how far a finding reaches.
func extentText(f finding) string {
	operations := len(operationsOf(f.Rows))
	if len(f.Rows) == operations {
		return count(operations, "operation")
	}
	return count(operations, "operation") + ", " + count(len(f.Rows), "row")
}

func newCardRow(c result.Check, anchor string) cardRow {
	row := cardRow{
		Anchor: anchor, Operation: line(c.Operation, maxName), Variant: line(c.Variant, 200),
		Situation: line(c.Situation, maxName),
		Outcome:   c.Outcome, Assumed: c.Assumed, DurationMS: fmt.Sprintf("%.0f ms", c.DurationMS),
	}
	if x := failedExchange(c); x != nil {
		row.Fault = line(x.Request.Fault, 300)
	}
	return row
}

// maxExchanges is how many exchanges of a row are quoted: what led to the answer, the answer, and what came of it.
const maxExchanges = 4

// quote puts differences and exchanges into a row and returns how many bytes that took; a row for which the budget does
// not suffice says where they stand.
func quote(row *cardRow, c result.Check, budget int) int {
	if budget <= 0 {
		row.Left = "The exchange is in results.json; this page is too large to quote more."
		return 0
	}
	for i, f := range c.Failures() {
		if i == maxFailures {
			break
		}
		d := difference{strings.ReplaceAll(string(f.Kind), "_", " "), line(f.Expected, 400), line(f.Actual, 400), ""}
		if addsInformation(f) {
			d.Message = line(f.Message, 400)
		}
		row.Failures = append(row.Failures, d)
	}
	if len(c.Differences) == 0 {
		row.Failures = []difference{{Kind: "reason", Message: line(why(c), 400)}}
	}
	if c.Outcome == result.Flaky {
		row.Failures = append(row.Failures, difference{Kind: "flaky", Message: line(c.Reason, 400)})
	}
	failed, second := failedExchange(c), secondExchange(c)
	first := 0
	for i := range c.Exchanges {
		if &c.Exchanges[i] == failed {
			first = max(0, min(i-1, len(c.Exchanges)-maxExchanges))
		}
	}
	for i := first; i < len(c.Exchanges); i++ {
		x := &c.Exchanges[i]
		if x.Second && x != second || i >= first+maxExchanges && x != second {
			continue // of a second try only what the row is about
		}
		row.Exchanges = append(row.Exchanges, newDialogue(x, x == failed, c.Differences))
		switch {
		case x.Second:
			row.Exchanges[len(row.Exchanges)-1].Role = "Tried again"
		case x != failed:
			row.Exchanges[len(row.Exchanges)-1].Role = role(row.Exchanges)
		}
	}
	if missing := len(c.Exchanges) - len(row.Exchanges); missing > 0 {
		row.Left = fmt.Sprintf("%s in results.json.", count(missing, "more exchange"))
	}
	return row.size()
}

// role says whether an exchange is before or after the one that the row is about.
func role(before []dialogue) string {
	for _, d := range before[:len(before)-1] {
		if d.Role == "" {
			return "Afterwards"
		}
	}
	return "Before"
}

// size is about how many bytes the row takes in the page, with the tags around each line.
func (row cardRow) size() int {
	n := 500
	for _, f := range row.Failures {
		n += 150 + len(f.Kind) + len(f.Expected) + len(f.Actual) + len(f.Message)
	}
	for _, x := range row.Exchanges {
		n += 600 + len(x.Curl)
		for _, l := range append(x.Request[:len(x.Request):len(x.Request)], x.Response...) {
			for _, s := range l.Spans {
				n += 20 + len(s.Text)
			}
			for _, note := range l.Notes {
				n += 30 + len(note)
			}
		}
	}
	return n
}
