package report

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"conformance/internal/result"
)

// Bounds of the exchanges quoted in junit.xml, in bytes: of one row, and of the file. Build servers keep the file in
// memory.
const (
	maxTranscript  = 8 << 10
	maxTranscripts = 4 << 20
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitCase struct {
	Classname  string          `xml:"classname,attr"`
	Name       string          `xml:"name,attr"`
	Time       string          `xml:"time,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Skipped    *junitSkipped   `xml:"skipped"`
	Error      *junitProblem   `xml:"error"`
	Failure    *junitProblem   `xml:"failure"`
	Flaky      *junitFlaky     `xml:"flakyFailure"`
	SystemOut  *junitText      `xml:"system-out"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitSkipped struct {
	Message string `xml:"message,attr"`
}

type junitProblem struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",cdata"`
}

// junitFlaky is Surefire's element for a testcase that failed at first and not when it was tried again.
type junitFlaky struct {
	Type      string     `xml:"type,attr"`
	Message   string     `xml:"message,attr"`
	Trace     junitText  `xml:"stackTrace"`
	SystemOut *junitText `xml:"system-out"`
}

type junitText struct {
	Text string `xml:",cdata"`
}

// WriteJUnit writes junit.xml for build servers: a testsuite per clause and a testcase per row. A violated MUST is a
// failure, a broken run an error; a SHOULD that failed passes with its text in system-out, since it must not break a
// build; a flaky row is Surefire's flakyFailure. Names are unique across the file, and nothing reveals the machine
// that ran it.
func WriteJUnit(w io.Writer, r result.Run) error {
	n := result.CountOf(r.Checks)
	doc := junitSuites{
		Name: "conformance", Tests: n.Total(), Failures: n.Fail, Errors: n.Error, Time: seconds(float64(r.DurationMS)),
	}
	writer := junitWriter{names: map[string]bool{}, budget: maxTranscripts}
	for _, clause := range r.Clauses() {
		doc.Suites = append(doc.Suites, writer.suite(r, clause))
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// junitWriter holds what must be counted across the testcases of one file.
type junitWriter struct {
	names  map[string]bool
	budget int // bytes that transcripts may still take
}

func (j *junitWriter) suite(r result.Run, clause result.Clause) junitSuite {
	out := junitSuite{
		Name:  visible(clause.Name),
		Tests: clause.Counts.Total(), Failures: clause.Counts.Fail, Errors: clause.Counts.Error, Skipped: clause.Counts.Skip,
		Timestamp: r.Started.UTC().Format(time.RFC3339),
		Properties: properties(
			"suite.version", r.Suite.Version,
			"contract.title", r.Contract.Title,
			"contract.version", r.Contract.Version,
			"contract.sha256", r.Contract.SHA256,
			"target", r.Target,
			"profile", r.Profile,
			"seed", strconv.FormatInt(r.Seed, 10),
			"verdict", string(r.Verdict),
		),
	}
	if r.Sandbox {
		out.Properties = append(out.Properties, properties("sandbox", "true")...)
	}
	var ms float64
	for _, c := range clause.Checks {
		ms += c.DurationMS
		out.Cases = append(out.Cases, j.testcase(c))
	}
	out.Time = seconds(ms)
	return out
}

func (j *junitWriter) testcase(c result.Check) junitCase {
	out := junitCase{
		Classname: visible("conformance." + c.Clause() + "." + cmp.Or(c.Situation, "any")),
		Name:      j.name(c),
		Time:      seconds(c.DurationMS),
		Properties: properties(
			"id", c.ID,
			"level", string(c.Level),
			"situation", c.Situation,
			"operation", c.Operation,
			"assumed", strconv.FormatBool(c.Assumed),
			"source", c.Source,
			"source_url", c.SourceURL,
			"title", c.Title,
			"fingerprint", c.Fingerprint,
		),
	}
	switch c.Outcome {
	case result.Pass:
	case result.Fail:
		out.Failure = &junitProblem{Type: kind(c), Message: headline(c), Text: describe(c)}
		out.SystemOut = j.transcript(c, "")
	case result.Flaky:
		out.Flaky = &junitFlaky{
			Type: kind(c), Message: headline(c), Trace: junitText{describe(c)}, SystemOut: j.transcript(c,
				line(c.Reason, maxText)+"\n\n"),
		}
	case result.Warn:
		out.SystemOut = j.transcript(c, "WARNING: "+headline(c)+"\n\n"+describe(c)+"\n")
	case result.Skip:
		out.Skipped = &junitSkipped{Message: line(string(c.ReasonCode)+": "+why(c), maxText)}
	default:
		out.Error = &junitProblem{Type: errorType(c), Message: line(why(c), maxText), Text: describe(c)}
		out.SystemOut = j.transcript(c, "")
	}
	return out
}

// name is what a build server distinguishes testcases by. Characters that had to be escaped could make two names one.
func (j *junitWriter) name(c result.Check) string {
	base := line(strings.Join([]string{c.ID, c.Operation, c.Variant}, " "), 400)
	name := base
	for n := 2; j.names[name]; n++ {
		name = fmt.Sprintf("%s #%d", base, n)
	}
	j.names[name] = true
	return name
}

func (j *junitWriter) transcript(c result.Check, before string) *junitText {
	text := before
	if t := transcript(c.Exchanges, maxTranscript); len(t) <= j.budget {
		j.budget -= len(t)
		text += t
	} else {
		text += "The exchanges are in results.json: this file is too large to quote more.\n"
	}
	if text == "" {
		return nil
	}
	return &junitText{text}
}

// headline describes a row that broke the contract in one line.
func headline(c result.Check) string {
	failures := c.Failures()
	if len(failures) == 0 {
		return line(why(c), 300)
	}
	f := failures[0]
	out := line(fmt.Sprintf("%s: expected %s, got %s", f.Kind, line(f.Expected, 120), line(f.Actual, 120)), 300)
	if more := len(failures) - 1; more > 0 {
		out += fmt.Sprintf(" (and %s)", count(more, "more difference"))
	}
	return out
}

func kind(c result.Check) string {
	if len(c.Differences) == 0 {
		return "unknown"
	}
	return string(c.Differences[0].Kind)
}

// errorType distinguishes a target that could not be reached from a suite that failed.
func errorType(c result.Check) string {
	for _, d := range c.Differences {
		if d.Kind == result.KindTransport {
			return string(result.KindTransport)
		}
	}
	for _, x := range c.Exchanges {
		if x.Error != "" {
			return string(result.KindTransport)
		}
	}
	return "suite"
}

// properties pairs names with values.
func properties(pairs ...string) []junitProperty {
	var out []junitProperty
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, junitProperty{pairs[i], line(pairs[i+1], maxText)})
	}
	return out
}

func seconds(ms float64) string { return fmt.Sprintf("%.3f", ms/1000) }
