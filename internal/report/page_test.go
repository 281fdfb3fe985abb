package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"conformance/internal/result"
)

// What the head of the page says: the verdict, how many rows came out how, and what was judged by what.
func TestPageHead(t *testing.T) {
	broken := recorded(t)
	broken.Checks = slices.DeleteFunc(broken.Checks, func(c result.Check) bool {
		return c.Outcome == result.Fail || c.Outcome == result.Warn
	})
	broken.Finish()
	for name, tt := range map[string]struct {
		run     result.Run
		verdict string
		says    []string
	}{
		"recorded": {recorded(t), "✗ Nonconformant", []string{
			"Of 66 rows, 14 failed, 2 warned, 2 could not be judged, 7 were not verified", "not complete", "14 ✗ failed",
			"2 ! warned",
			"2 ? could not be judged", "7 – not verified", "41 ✓ passed", "http://127.0.0.1:8080/api/v1",
			"Field Service API 1.0.0",
			"${KEY_REVOKED} is not set",
		}},
		"passing": {passing(t), "✓ Conformant", []string{"66 rows passed", "66 ✓ passed", "http://127.0.0.1:8080/api/v1"}},
		"broken": {
			broken, "? Inconclusive", []string{"Of 50 rows, 2 could not be judged, 7 were not verified", "41 ✓ passed"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := parsePage(t, tt.run)
			headings := every(p.root, "h1")
			if len(headings) != 1 || words(headings[0]) != tt.verdict {
				t.Fatalf("headed %q, want %q", texts(p.root, "h1"), tt.verdict)
			}
			head := words(within(headings[0], "header"))
			for _, want := range tt.says {
				if !strings.Contains(head, want) {
					t.Errorf("the head does not say %q:\n%s", want, head)
				}
			}
		})
	}
}

func TestPageFacts(t *testing.T) {
	p := parsePage(t, recorded(t))
	names, values := texts(p.root, "dt"), texts(p.root, "dd")
	got := map[string]string{}
	for i, name := range names {
		got[name] = values[i]
	}
	for name, want := range map[string]string{
		"Contract": "Field Service API 1.0.0", "SHA-256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		"Profile": "core (not complete)", "Started": "2026-03-14 15:09:26 UTC", "Took": "12.7 s", "Requests": "812",
		"Records": "37 records created", "Seed": "42",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
}

// The findings, the most severe first: what was tested, by which clause, and how wide it is.
func TestPageFindings(t *testing.T) {
	p := parsePage(t, recorded(t))
	want := []struct {
		heading string
		says    []string
	}{
		{
			"✗ STATUS-001 a status change that is not legal is refused",
			[]string{"MUST, assumed", "API error codes, 400: invalid_status_transition", "1 operation"},
		},
		{
			"✗ VAL-003 a body field outside its schema is refused",
			[]string{"MUST", "API error codes, 400: validation_failed", "expected 400, got 500", "3 more differences"},
		},
		{
			"✗ AUTH-001 a request without an API key is refused",
			[]string{"MUST", "3 operations, 6 rows", "expected 401, got 200"},
		},
		{
			"✗ STATUS-001 a status change that is not legal is refused",
			[]string{"MUST", "1 operation, 2 rows", "expected 400 invalid_status_transition, got 200 OK"},
		},
		{"✗ AUTH-002 an unknown API key is refused", []string{"MUST", "the same difference as finding 3"}},
		{"✗ ID-003 another company's record is not found", []string{"MUST", "API error codes, 404", "expected 404, got 403"}},
		{
			"✗ STATUS-002 a status change that is legal works",
			[]string{"MUST", "Status transitions", "expected 2xx, got 400 invalid_status_transition"},
		},
		{"✗ VAL-007 a body that is not JSON is refused", []string{"MUST", "expected the header Content-Type, got absent"}},
		{
			"! METHOD-002 the answer to a wrong method lists the right ones",
			[]string{"SHOULD", "RFC 9110, 15.5.6", "expected the header Allow, got absent"},
		},
		{"! STATUS-003 a status outside the list is refused", []string{"MUST, assumed", "got bad_status"}},
	}
	articles := every(p.section("Failures"), "article")
	if len(articles) != len(want) {
		t.Fatalf("%d findings, want %d", len(articles), len(want))
	}
	for i, article := range articles {
		header := words(every(article, "header")[0])
		if got := texts(article, "h3"); len(got) != 1 || got[0] != want[i].heading ||
			!strings.HasPrefix(header, strconv.Itoa(i+1)) {
			t.Errorf("finding %d is headed %q in %q, want %q", i+1, got, header, want[i].heading)
		}
		for _, text := range want[i].says {
			if !strings.Contains(header, text) {
				t.Errorf("finding %d does not say %q: %s", i+1, text, header)
			}
		}
	}
	if n := len(every(parsePage(t, passing(t)).root, "article")); n != 0 {
		t.Errorf("%d findings where everything passed", n)
	}
}

// Every row that differs shows under its finding what was sent, each difference, and a command that repeats it.
func TestPageShowsEveryFailingRow(t *testing.T) {
	p := parsePage(t, recorded(t))
	failures := p.section("Failures")
	shown := 0
	for _, c := range recorded(t).Checks {
		if c.Outcome != result.Fail && c.Outcome != result.Warn {
			continue
		}
		shown++
		row := failingRow(t, failures, visiblePrefix(c.Operation+" "+c.Variant), c.ID)
		body := words(row)
		for _, f := range c.Failures() {
			if !slices.ContainsFunc(cells(row), func(line []string) bool {
				return len(line) == 3 && line[0] == strings.ReplaceAll(string(f.Kind), "_", " ") &&
					strings.Contains(line[1], visiblePrefix(f.Expected)) &&
					strings.Contains(line[2], visiblePrefix(f.Actual))
			}) {
				t.Errorf("%s %s: the difference %+v is not among %q", c.ID, c.Operation, f, cells(row))
			}
		}
		for i, x := range c.Exchanges {
			shows := []string{x.Request.Method + " " + x.Request.URL}
			if i == 0 { // the one that is judged; the others lead to it or look afterwards
				shows = append(shows, x.Request.Fault, x.Curl)
			}
			for _, want := range shows {
				if !strings.Contains(body, visiblePrefix(want)) {
					t.Errorf("%s %s does not show %q", c.ID, c.Operation, visiblePrefix(want))
				}
			}
			if x.Response != nil && !strings.Contains(body, fmt.Sprintf("HTTP/1.1 %d", x.Response.Status)) {
				t.Errorf("%s %s does not show the answer %d", c.ID, c.Operation, x.Response.Status)
			}
		}
		if len(c.Exchanges) > 0 &&
			!slices.ContainsFunc(every(row, "button"), func(b *html.Node) bool { return words(b) == "Copy" }) {
			t.Errorf("%s %s: the command has no button that copies it", c.ID, c.Operation)
		}
	}
	if n := len(every(failures, "details")); n != shown || shown != 16 {
		t.Errorf("%d rows in the findings, want %d", n, shown)
	}
}

// A difference that its values do not explain has a sentence beside it.
func TestPageExplains(t *testing.T) {
	row := failingRow(t, parsePage(t, recorded(t)).section("Failures"), "updateJobStatus Completed → Pending",
		"STATUS-001")
	want := []string{
		"state", `getJob/data/job_status: "Completed"`,
		`getJob/data/job_status: "Pending" the request was refused but took effect: getJob/data/job_status became "Pending"`,
	}
	if got := cells(row); !slices.ContainsFunc(got, func(line []string) bool { return slices.Equal(line, want) }) {
		t.Errorf("no difference is %q in %q", want, got)
	}
}

// failingRow is the one row of the findings with that name, under a heading with that id.
func failingRow(t *testing.T, failures *html.Node, name, id string) *html.Node {
	t.Helper()
	for _, row := range every(failures, "details") {
		summary, heading := texts(row, "summary"), texts(within(row, "article"), "h3")
		if strings.HasPrefix(summary[0], name+" ") && strings.Contains(heading[0], " "+id+" ") {
			return row
		}
	}
	t.Fatalf("no row %q under a finding of %s", name, id)
	return nil
}

// What is wrong is marked in place, with what was expected next to it.
func TestPageMarks(t *testing.T) {
	failures := parsePage(t, recorded(t)).section("Failures")
	for _, tt := range []struct {
		row, id string
		marks   []string // how each begins
		notes   []string
	}{
		{
			"createJob empty key", "AUTH-001", []string{"X-API-Key:", "200 OK"},
			[]string{"expected 401", "expected unauthorized, got absent"},
		},
		{"createJob no key", "AUTH-001", []string{"200 OK"}, []string{"expected 401"}},
		{"getJob key cut by one character", "AUTH-002", []string{"X-API-Key:", "200 OK"}, []string{"expected 401"}},
		{
			"getAsset", "ID-003", []string{"id=9001", "403 Forbidden", "forbidden"},
			[]string{"expected 404", "expected not_found"},
		},
		{
			"updateJobStatus Completed → Pending", "STATUS-001", []string{`{"job_status":"Pending"}`},
			[]string{`expected getJob/data/job_status: "Completed"`},
		},
		{
			"updateJobStatus In Progress → Cancelled", "STATUS-002", []string{`{"job_status":"Cancelled"}`, "400 Bad Request"},
			[]string{"expected 2xx"},
		},
		{"/jobs DELETE", "METHOD-002", []string{"DELETE", "Allow: (absent)"}, []string{"expected the header Allow"}},
		{
			"createCustomer it's", "VAL-007", []string{`{"customer_n`, "Content-Type: (absent)"},
			[]string{"expected the header Content-Type"},
		},
		{"createJob job_title: 256 characters", "VAL-003", []string{
			`"job_title": "xxxx`, "500 Internal Server Error", "text/html; charset=utf-8", "<!DOCTYPE html><script>",
			"at FieldService.Jobs.Create(Jobs.cs:217)",
		},
			[]string{"expected 400", "expected application/json", "expected one JSON document", "expected no internal details " +
				"of the server"}},
	} {
		row := failingRow(t, failures, tt.row, tt.id)
		got := texts(row, "mark")
		if len(got) != len(tt.marks) {
			t.Errorf("%s: marked %q, want %q", tt.row, got, tt.marks)
			continue
		}
		for i, want := range tt.marks {
			if !strings.HasPrefix(got[i], want) {
				t.Errorf("%s: marked %q, want %q", tt.row, got[i], want)
			}
		}
		wire := strings.Join(texts(row, "pre"), "\n")
		for _, want := range tt.notes {
			if !strings.Contains(wire, want) {
				t.Errorf("%s: nothing beside the answer says %q:\n%s", tt.row, want, wire)
			}
		}
	}
}

// A hostile answer is shown, as text.
func TestPageShowsHostileAnswers(t *testing.T) {
	row := failingRow(t, parsePage(t, recorded(t)).section("Failures"), "createJob job_title: 256 characters", "VAL-003")
	wire := strings.Join(texts(row, "pre"), "\n")
	for _, want := range []string{
		"<script>alert('pwned')</script>", `\x1b[31mred\x1b[0m`, `\u202eevil\u202c`, "naïve 日本語 🚒", `&amp; "quoted" 'single'`,
		"<b>ASP.NET</b>",
		`Kestrel\x1b]0;owned\x07`, "more bytes)",
	} {
		if !strings.Contains(wire, want) {
			t.Errorf("the answer does not show %q", want)
		}
	}
}
