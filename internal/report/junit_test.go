package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/joshdk/go-junit"

	"conformance/internal/result"
)

// An independent reader finds every row again, under a name of its own, with the outcome that a build server acts on.
func TestJUnitReadBack(t *testing.T) {
	for _, r := range []result.Run{recorded(t), passing(t), many(t, 300)} {
		suites, err := junit.Ingest(render(t, WriteJUnit, r))
		if err != nil {
			t.Fatal(err)
		}
		var total junit.Totals
		names := map[string]bool{}
		for _, s := range suites {
			total.Tests += s.Totals.Tests
			total.Passed += s.Totals.Passed
			total.Failed += s.Totals.Failed
			total.Error += s.Totals.Error
			total.Skipped += s.Totals.Skipped
			for _, c := range s.Tests {
				if names[c.Name] {
					t.Errorf("two testcases are named %q", c.Name)
				}
				names[c.Name] = true
			}
		}
		n := r.Counts
		want := junit.Totals{Tests: n.Total(), Passed: n.Pass + n.Warn, Failed: n.Fail, Error: n.Error, Skipped: n.Skip}
		total.Duration = 0
		if total != want {
			t.Errorf("totals %+v, want %+v", total, want)
		}
	}
}

func TestJUnitTellsEachOutcome(t *testing.T) {
	suites, err := junit.Ingest(render(t, WriteJUnit, recorded(t)))
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]junit.Test{}
	for _, s := range suites {
		for _, c := range s.Tests {
			cases[c.Name] = c
		}
	}
	tests := []struct {
		name   string
		status junit.Status
		says   []string
	}{
		{"AUTH-001 getJob no key", junit.StatusFailed, []string{"status: expected 401, got 200 (and 1 more difference)"}},
		{"AUTH-001 getCustomer no key", junit.StatusPassed, nil},
		{"AUTH-005 getJob", junit.StatusSkipped, []string{"credential: conformance.yaml names no credentials.revoked"}},
		{
			"METHOD-002 /jobs DELETE", junit.StatusPassed,
			[]string{"WARNING: header: expected the header Allow", "RFC 9110", "curl -sS"},
		},
		{"CONFLICT-001 createCustomer same e-mail in another case", junit.StatusError, []string{"no answer within 10 s"}},
		{
			"ID-003 getAsset", junit.StatusFailed,
			[]string{"expected: 404", "actual:   403", "curl -sS", "< HTTP/1.1 403", "API error codes, 404"},
		},
	}
	for _, tt := range tests {
		c, ok := cases[tt.name]
		if !ok {
			t.Errorf("no testcase %q", tt.name)
			continue
		}
		text := c.Message + "\n" + c.SystemOut
		if c.Error != nil {
			text += c.Error.(junit.Error).Body
		}
		if c.Status != tt.status {
			t.Errorf("%s: %s, want %s", tt.name, c.Status, tt.status)
		}
		for _, want := range tt.says {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q:\n%s", tt.name, want, text)
			}
		}
	}
}

// What a build server shows next to a testcase, and what it groups and counts by.
func TestJUnitProperties(t *testing.T) {
	suites, err := junit.Ingest(render(t, WriteJUnit, recorded(t)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range suites {
		names = append(names, s.Name)
		for name, want := range map[string]string{
			"suite.version": "v1.2.0", "contract.title": "Field Service API", "contract.version": "1.0.0",
			"target":  "http://127.0.0.1:8080/api/v1",
			"profile": "core", "seed": "42", "verdict": "nonconformant",
		} {
			if s.Properties[name] != want {
				t.Errorf("%s: the property %s is %q, want %q", s.Name, name, s.Properties[name], want)
			}
		}
		for _, c := range s.Tests {
			row := rowOf(t, c.Name)
			if c.Classname != "conformance."+s.Name+"."+row.Situation || !strings.HasPrefix(c.Name, s.Name+"-") {
				t.Errorf("%s stands in %s as %s", c.Name, s.Name, c.Classname)
			}
			if c.Status == junit.StatusFailed &&
				(c.Message == "" || c.Error.(junit.Error).Type != string(row.Failures()[0].Kind)) {
				t.Errorf("%s fails with %+v", c.Name, c.Error)
			}
		}
	}
	want := []string{"AUTH", "CONFLICT", "ID", "METHOD", "PATH", "RATE", "SCOPE", "SERVER", "STATUS", "VAL"}
	if slices.Sort(names); !slices.Equal(names, want) {
		t.Errorf("the suites are %q, want %q", names, want)
	}
}

// rowOf is the row of the recorded run that a testcase is named after.
func rowOf(t *testing.T, name string) result.Check {
	for _, c := range recorded(t).Checks {
		if visiblePrefix(name) == visiblePrefix(strings.TrimSpace(c.ID+" "+c.Operation+" "+c.Variant)) ||
			strings.Contains(c.Variant, "\x1b") && strings.HasPrefix(name, c.ID) {
			return c
		}
	}
	t.Fatalf("no row is named %q", name)
	return result.Check{}
}

// The rules of Jenkins's junit-10.xsd, and the properties that its readers accept before a testcase's outcome.
var (
	children = map[string][]string{
		"":           {"testsuites"},
		"testsuites": {"testsuite"},
		"testsuite":  {"properties", "testcase"},
		"properties": {"property"},
		"testcase":   {"properties", "skipped", "error", "failure", "flakyFailure", "system-out"},
		// Of rerunType, which that schema and Surefire's have for it.
		"flakyFailure": {"stackTrace", "system-out"},
	}
	attributes = map[string]string{ // an exclamation mark: required
		"testsuites":   "name! tests failures errors time",
		"testsuite":    "name! tests! failures! errors! skipped time timestamp",
		"testcase":     "name! classname time",
		"property":     "name! value!",
		"failure":      "type message",
		"error":        "type message",
		"skipped":      "type message",
		"flakyFailure": "type! message",
		"stackTrace":   "",
		"system-out":   "",
		"properties":   "",
	}
	surefireTime = regexp.MustCompile(`^(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?$`)
)

func TestJUnitFollowsTheSchema(t *testing.T) {
	for _, r := range []result.Run{recorded(t), passing(t), many(t, 300), flaky(t), {}} {
		checkJUnit(t, render(t, WriteJUnit, r))
	}
}

func checkJUnit(t *testing.T, document []byte) {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(document))
	path, last := []string{""}, []int{0} // open elements, and how far along its parent's order the last child of each was
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			parent, depth := path[len(path)-1], len(path)-1
			at := slices.Index(children[parent], e.Name.Local)
			if at < last[depth] {
				t.Fatalf("<%s> does not belong there in <%s>, byte %d", e.Name.Local, parent, dec.InputOffset())
			}
			last[depth] = at
			path, last = append(path, e.Name.Local), append(last, 0)
			checkAttributes(t, e)
		case xml.EndElement:
			path, last = path[:len(path)-1], last[:len(last)-1]
		}
	}
}

func checkAttributes(t *testing.T, e xml.StartElement) {
	t.Helper()
	have := map[string]string{}
	for _, a := range e.Attr {
		have[a.Name.Local] = a.Value
		if !slices.Contains(strings.Fields(strings.ReplaceAll(attributes[e.Name.Local], "!", "")), a.Name.Local) {
			t.Errorf("<%s> must not have %s", e.Name.Local, a.Name.Local)
		}
		if a.Name.Local == "time" && !surefireTime.MatchString(a.Value) {
			t.Errorf("<%s time=%q>", e.Name.Local, a.Value)
		}
	}
	for name := range strings.FieldsSeq(attributes[e.Name.Local]) {
		if name, required := strings.CutSuffix(name, "!"); required {
			if _, ok := have[name]; !ok {
				t.Errorf("<%s> lacks %s", e.Name.Local, name)
			}
		}
	}
}

func TestJUnitTellsNothingOfThisMachine(t *testing.T) {
	text := string(render(t, WriteJUnit, recorded(t)))
	dir, _ := os.Getwd()
	host, _ := os.Hostname()
	for _, secret := range []string{dir, host} {
		if len(secret) > 3 && strings.Contains(text, secret) {
			t.Errorf("the report names %q", secret)
		}
	}
}

// A target that answers every request with a page of stack trace makes no file that a build server chokes on.
func TestJUnitIsBounded(t *testing.T) {
	r := many(t, 2000)
	for i := range r.Checks {
		r.Checks[i].Exchanges = []result.Exchange{{Response: &result.Response{Body: strings.Repeat("x", 4096)}}}
	}
	if n := len(render(t, WriteJUnit, r)); n > 8<<20 {
		t.Errorf("%d bytes for %d failing rows", n, len(r.Checks))
	}
	one := recorded(t)
	one.Checks = one.Checks[:1]
	one.Checks[0].Outcome = result.Fail
	for range 100 {
		one.Checks[0].Exchanges = append(one.Checks[0].Exchanges, r.Checks[0].Exchanges...)
	}
	if n := len(render(t, WriteJUnit, one)); n > 20<<10 {
		t.Errorf("%d bytes for one failing row", n)
	}
}
