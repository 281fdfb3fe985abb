package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"conformance/internal/result"
)

// Bounds of summary.md: it is read in a pull request, above the fold.
const (
	markdownFindings = 20
	markdownReasons  = 8
	markdownNotes    = 4
)

// WriteMarkdown writes summary.md, for pull requests and job summaries: the verdict, the findings and what was not
// verified, in at most 60 lines whatever a target does. Nothing in it mentions people or is read as HTML, and it links
// only to where a requirement is written.
func WriteMarkdown(w io.Writer, r result.Run) error {
	out := bufio.NewWriter(w)
	n := result.CountOf(r.Checks)
	verdict := string(r.Verdict)
	if r.Sandbox {
		verdict += " (" + notYours + ")"
	}
	fmt.Fprintf(out, "## %s Conformance: %s\n\n", symbol(verdictOutcome(r.Verdict)), verdict)
	fmt.Fprintf(out, "%s\n\n", md(sentence(r, n), 200))
	fmt.Fprint(out, "| passed | failed | flaky | warned | not judged | not verified | coverage |\n"+
		"|--:|--:|--:|--:|--:|--:|--:|\n")
	fmt.Fprintf(out, "| %d | %d | %d | %d | %d | %d | %d of %d |\n\n", n.Pass, n.Fail, n.Flaky, n.Warn, n.Error, n.Skip,
		r.Coverage.Provoked, r.Coverage.Documented)
	for i, note := range r.Notes {
		if i == markdownNotes {
			fmt.Fprintf(out, "> and %s\n", count(len(r.Notes)-i, "more note"))
			break
		}
		fmt.Fprintf(out, "> %s\n", md(note, 300))
	}
	if len(r.Notes) > 0 {
		fmt.Fprintln(out)
	}
	markdownTable(out, findings(r))
	markdownUnverified(out, notVerified(r))
	contract := strings.TrimSpace(r.Contract.Title + " " + r.Contract.Version)
	fmt.Fprintf(out, "Target %s, contract %s, profile %s, %s in %s.\n", code(r.Target, 200),
		md(contract+" (sha256 "+cut(r.Contract.SHA256, 13)+")", 120),
		md(r.Profile, 20), count(r.Requests, "request"), durationText(r.DurationMS))
	return out.Flush()
}

func markdownTable(out io.Writer, all []finding) {
	if len(all) == 0 {
		fmt.Fprint(out, "Nothing broke the contract.\n\n")
		return
	}
	fmt.Fprintf(out, "| | Finding | Differs | On |\n|--|--|--|--|\n")
	for i, f := range all {
		if i == markdownFindings {
			fmt.Fprintf(out, "\nand %s in report.html\n", count(len(all)-i, "more finding"))
			break
		}
		where := code(f.Row.Operation, 60)
		if operations := operationsOf(f.Rows); len(operations) > 1 {
			where += fmt.Sprintf(" and %d more", len(operations)-1)
		}
		fmt.Fprintf(out, "| %s | **%s** %s (%s%s) | %s | %s |\n", symbol(f.Row.Outcome), md(f.Row.ID, 40),
			md(f.Row.Title, 120),
			md(level(f.Row), 20), markdownSource(f.Row), md(headline(f.Row), 160), where)
	}
	fmt.Fprintln(out)
}

// markdownSource links to where the row's requirement is written; nothing where that is not published.
func markdownSource(c result.Check) string {
	if address := sourceURL(c); address != "" {
		return fmt.Sprintf(", [%s](%s)", md(c.Source, 60), address)
	}
	return ""
}

func markdownUnverified(out io.Writer, all []unverified) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(out, "<details><summary>What was not verified, and why</summary>\n\n")
	for i, u := range all {
		if i == markdownReasons {
			fmt.Fprintf(out, "- and %s\n", count(len(all)-i, "more reason"))
			break
		}
		fmt.Fprintf(out, "- %s, %s: %s (%s)\n", count(u.Rows, "row"), md(u.Code, 20), md(u.Reason, 200), md(u.IDs, 80))
	}
	fmt.Fprint(out, "\n</details>\n\n")
}

// markdownEscapes defuses what GitHub's dialect gives a meaning to inside a line. A zero-width character would do for
// mentions and issue numbers too, but nobody could copy the text again; entities can be copied.
var markdownEscapes = strings.NewReplacer(
	"&", "&amp;", "<", "&lt;", ">", "&gt;", "@", "&#64;", "#", "&#35;", "://", "&#58;//", "www.", "www&#46;",
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "~", `\~`, "|", `\|`, "[", `\[`, "]", `\]`, "!", `\!`, "$", "&#36;", ": ",
	": ", ":", "&#58;",
)

// md is one line of text of at most limit characters, which means nothing in Markdown or HTML.
func md(s string, limit int) string { return markdownEscapes.Replace(line(s, limit)) }

// code is a text set as code, for what is copied. Code spans in tables end at pipes whatever quotes them, so they are
// not Markdown's.
func code(s string, limit int) string { return "<code>" + md(s, limit) + "</code>" }

// maxAnnotations is how many annotations GitHub shows of one step and kind.
const maxAnnotations = 10

// WriteAnnotations writes workflow commands that GitHub shows next to a build: an error per violated finding, a warning
// per other one, and at most ten of each.
func WriteAnnotations(w io.Writer, r result.Run) error {
	out := bufio.NewWriter(w)
	all := findings(r)
	written := map[string]int{}
	for _, f := range all {
		command := "error"
		if f.Row.Outcome != result.Fail {
			command = "warning"
		}
		if written[command]++; written[command] > maxAnnotations {
			continue
		}
		text := fmt.Sprintf("%s\n%s\n%s: %s", line(f.Row.Title, 200), headline(f.Row), extentText(f),
			joinUpTo(operationsOf(f.Rows), maxOps))
		if x := failedExchange(f.Row); x != nil && x.Curl != "" && len(x.Curl) < maxConsoleCurl {
			text += "\n" + line(x.Curl, maxConsoleCurl)
		}
		if written[command] == maxAnnotations && len(all) > maxAnnotations {
			text += "\nThere are more findings, in the reports."
		}
		title := line(f.Row.ID+" "+f.Row.Operation, 120)
		fmt.Fprintf(out, "::%s title=%s::%s\n", command, annotationProperty.Replace(title), annotationText.Replace(text))
	}
	if r.Sandbox {
		const text = "SANDBOX, not your API: the run judged the embedded sandbox. Give the URL of the API with --target."
		fmt.Fprintf(out, "::warning title=Conformance judged its own sandbox::%s\n", annotationText.Replace(text))
	}
	if r.Verdict == result.Inconclusive {
		fmt.Fprintf(out, "::warning title=Conformance is inconclusive::%s\n", annotationText.Replace(line(remedy(r), 300)))
	}
	return out.Flush()
}

// What workflow commands escape, in their text and in their properties.
var (
	annotationText     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	annotationProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
