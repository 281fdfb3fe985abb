package report

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"conformance/internal/result"
)

// poison is what a hostile target might send in any field.
const poison = `"'></script></style></title><script>window.owned=1</script><img src=x onerror="window.owned=1"><a href="javascript:owned=1">x</a>`

// poisoned puts the poison into every text of a run but those by which the page is built.
func poisoned(r result.Run) result.Run {
	poisonTexts(reflect.ValueOf(&r).Elem())
	return r
}

func poisonTexts(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() { // outcomes, levels and kinds have types of their own
			v.SetString(v.String() + poison)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				poisonTexts(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			poisonTexts(v.Index(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			poisonTexts(v.Elem())
		}
	}
}

// elements parses the page and calls f for every element.
func elements(t *testing.T, page []byte, f func(*html.Node)) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(string(page)))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			f(n)
		}
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func TestHTMLEscapesEverything(t *testing.T) {
	counts := map[string]int{}
	elements(t, render(t, WriteHTML, poisoned(recorded(t))), func(n *html.Node) {
		counts[n.Data]++
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" {
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			}
		}
		if href := attribute(n, "href"); n.Data == "a" && !strings.HasPrefix(href, "#") {
			t.Errorf("a link to %q", href)
		}
	})
	if counts["script"] != 1 || counts["style"] != 1 || counts["img"] != 0 {
		t.Errorf("elements %v", counts)
	}
}

// The page's policy names exactly the script and the style in it; anything else a browser refuses.
func TestHTMLPolicy(t *testing.T) {
	var policy string
	var inline []string
	elements(t, render(t, WriteHTML, recorded(t)), func(n *html.Node) {
		switch {
		case attribute(n, "http-equiv") == "Content-Security-Policy":
			policy = attribute(n, "content")
		case n.Data == "script" || n.Data == "style":
			inline = append(inline, hash([]byte(n.FirstChild.Data)))
		}
	})
	want := "default-src 'none'; style-src " + inline[0] + "; script-src " + inline[1] +
		"; base-uri 'none'; form-action 'none'"
	if policy != want {
		t.Errorf("policy %s, want %s", policy, want)
	}
}

// Every link leads somewhere, no two places share a name, and headings go down one step at a time.
func TestHTMLStructure(t *testing.T) {
	for name, r := range map[string]result.Run{
		"recorded": recorded(t), "passing": passing(t), "many": many(t, 600), "empty": {},
	} {
		t.Run(name, func(t *testing.T) {
			ids := map[string]bool{}
			var links []string
			last := byte('0')
			elements(t, render(t, WriteHTML, r), func(n *html.Node) {
				if id := attribute(n, "id"); id != "" {
					if ids[id] {
						t.Errorf("two elements have the id %s", id)
					}
					ids[id] = true
				}
				for _, key := range []string{"href", "aria-labelledby"} {
					if to := strings.TrimPrefix(attribute(n, key), "#"); to != "" {
						links = append(links, to)
					}
				}
				if n.Data == "th" && attribute(n, "scope") == "" {
					t.Error("a table header without a scope")
				}
				if len(n.Data) == 2 && n.Data[0] == 'h' && '1' <= n.Data[1] && n.Data[1] <= '6' {
					if n.Data[1] > last+1 {
						t.Errorf("<%s> after <h%c>", n.Data, last)
					}
					last = n.Data[1]
				}
			})
			for _, to := range links {
				if !ids[to] {
					t.Errorf("a link to #%s, which is not there", to)
				}
			}
		})
	}
}

func TestHTMLIsBounded(t *testing.T) {
	for name, r := range map[string]result.Run{
		"all fail differently": many(t, 3000), "all fail alike": runOfEqualRows(t, 3000),
	} {
		if n := len(render(t, WriteHTML, r)); n > 2_000_000 {
			t.Errorf("%s: %d bytes for %d rows", name, n, len(r.Checks))
		}
	}
}

// runOfEqualRows is a run in which every row fails for the same reason.
func runOfEqualRows(t testing.TB, rows int) result.Run {
	r := recorded(t)
	one := r.Checks[0]
	for _, c := range r.Checks {
		if c.Outcome == result.Fail {
			one = c
		}
	}
	r.Checks = nil
	for i := range rows {
		c := one
		c.Operation, c.Variant = fmt.Sprintf("operation%d", i%55), fmt.Sprintf("variant %d of a field with a long name", i)
		r.Checks = append(r.Checks, c)
	}
	r.Finish()
	return r
}

func TestMarks(t *testing.T) {
	answer := result.Response{
		Status: 403, Proto: "HTTP/1.1",
		Headers: []result.Header{{Name: "Content-Type", Value: "text/html"}, {Name: "Allow", Value: "GET"}},
		Body:    `{"error":"forbidden"}`,
	}
	tests := []struct {
		name       string
		difference result.Difference
		marked     string
	}{
		{"the status", result.Difference{Kind: result.KindStatus, At: "status", Got: "403"}, "403 Forbidden"},
		{"the code", result.Difference{Kind: result.KindCode, At: "/error", Got: "forbidden"}, "forbidden"},
		{"the media type", result.Difference{Kind: result.KindMediaType, At: "Content-Type", Got: "text/html"}, "text/html"},
		{"a header", result.Difference{Kind: result.KindHeader, At: "allow", Got: "GET"}, "GET"},
		{
			"a missing header", result.Difference{Kind: result.KindHeader, At: "Retry-After", Absent: true},
			"Retry-After: (absent)",
		},
		{"an excerpt", result.Difference{Kind: result.KindLeak, At: "a word", Got: "forbid"}, "forbid"},
		{"what has no place", result.Difference{Kind: result.KindState, At: "getThing/a", Got: "the record is gone"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.difference.Want = []string{"another"}
			var notes []string
			marked := ""
			for _, l := range responseLines(answer, []result.Difference{tt.difference}) {
				notes = append(notes, l.Notes...)
				for _, s := range l.Spans {
					if s.Mark {
						marked += s.Text
					}
				}
			}
			if marked != tt.marked || len(notes) != 1 || !strings.Contains(notes[0], "expected another") {
				t.Errorf("marked %q with notes %q, want %q", marked, notes, tt.marked)
			}
		})
	}
}

func TestRequestMarksWhatIsAtFault(t *testing.T) {
	q := result.Request{
		Method: "PATCH", URL: "http://127.0.0.1/jobs?id=abc&page=1",
		Headers: []result.Header{{Name: "X-API-Key", Value: "k"}},
		Body:    `{"job_status":"Pending","job_title":"a long enough title to be indented"}`,
	}
	for at, want := range map[string]string{
		"header:x-api-key": "X-API-Key: k",
		"query:id":         "id=abc",
		"/job_status":      `  "job_status": "Pending",`,
		"method":           "PATCH ",
		"path":             "http://127.0.0.1/jobs",
		"/status":          "",
		"":                 "",
	} {
		marked := ""
		for _, l := range requestLines(q, []string{at}) {
			for _, s := range l.Spans {
				if s.Mark {
					marked += s.Text
				}
			}
		}
		if marked != want {
			t.Errorf("%q marks %q, want %q", at, marked, want)
		}
	}
}

func TestMachines(t *testing.T) {
	all := machines(recorded(t))
	if len(all) != 1 || all[0].Operation != "updateJobStatus" {
		t.Fatalf("machines %+v", all)
	}
	job := all[0]
	got := map[string]int{}
	for _, k := range job.Legend {
		got[k.Kind] = k.N
	}
	want := map[string]int{"legal": 6, "refused": 9, "accepted": 3, "blocked": 1, "unknown": 1}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("edges %v, want %v", got, want)
	}
	if job.Statuses[0] != "Pending" {
		t.Errorf("the graph starts at %q", job.Statuses)
	}
}

func TestThinKeepsChanges(t *testing.T) {
	var samples []result.FloodSample
	for i := range 10_000 {
		status := 200
		if i >= 7001 {
			status = 429
		}
		samples = append(samples, result.FloodSample{AtMS: float64(i), Status: status})
	}
	got := downsample(samples, 100)
	var first float64
	for _, s := range got {
		if s.Status == 429 {
			first = s.AtMS
			break
		}
	}
	if len(got) > 210 || first != 7001 || got[len(got)-1].AtMS != 9999 {
		t.Errorf("%d samples, first 429 at %v, last %v", len(got), first, got[len(got)-1])
	}
}
