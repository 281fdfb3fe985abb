package report

import (
	"fmt"
	"net/http"
	"strings"

	"conformance/internal/result"
)

// findings lists what broke the contract: the worst whole, the rest in a line each.
func (c *console) findings(all []finding) {
	var last result.Outcome
	whole := 0
	for i, f := range all {
		if f.Row.Outcome != last {
			last = f.Row.Outcome
			c.findingsTitle(all[i:])
		}
		switch {
		case i == wholeFindings+briefFindings:
			c.printf("\n  … and %s in the reports\n", count(len(all)-i, "more finding"))
			return
		case f.SameAs > 0 || whole >= wholeFindings:
			c.brief(f)
		default:
			whole++
			c.whole(f)
		}
	}
}

func (c *console) findingsTitle(rest []finding) {
	findings, rows := 0, 0
	for _, f := range rest {
		if f.Row.Outcome == rest[0].Row.Outcome {
			findings++
			rows += len(f.Rows)
		}
	}
	detail := fmt.Sprintf("%s in %s", count(findings, "finding"), count(rows, "row"))
	switch rest[0].Row.Outcome {
	case result.Warn:
		c.section("WARNINGS", detail)
	case result.Flaky:
		c.section("FLAKY", detail)
	default:
		c.section("VIOLATIONS", detail)
	}
}

// title is the line that every finding starts with.
func (c *console) title(f finding) {
	color := c.red
	if f.Row.Outcome != result.Fail {
		color = c.yellow
	}
	lead := fmt.Sprintf("%3d  ", f.Number)
	id, weight := line(f.Row.ID, 20), level(f.Row)
	rest := columns - len(lead) - len(id) - len(weight) - 6
	c.printf("\n%s%s  %s  %s\n", c.dim(lead), color(id), c.bold(cut(line(f.Row.Title, 200), rest)), c.dim("("+weight+")"))
}

func (c *console) brief(f finding) {
	c.title(f)
	if f.SameAs > 0 {
		c.field("as", fmt.Sprintf("finding %d: the same difference", f.SameAs))
	} else {
		c.field("differs", headline(f.Row))
	}
	c.places(f)
}

func (c *console) whole(f finding) {
	c.title(f)
	switch known := f.Row.Known; {
	case known != nil:
		c.field("known", strings.TrimSpace(fmt.Sprintf("until %s: %s %s", known.Expires, known.Reason, known.Ticket)))
	case f.Row.Reason != "":
		c.field("note", f.Row.Reason) // an entry of the list of known failures has expired
	}
	if text := c.run.Texts[f.Row.ID]; text != "" {
		c.field("requires", text)
	}
	c.field("clause", f.Row.Source)
	c.places(f)
	x := failedExchange(f.Row)
	if x != nil {
		c.field("sent", line(x.Request.Method, 20)+" "+line(x.Request.URL, 300))
		if x.Request.Fault != "" {
			c.field("fault", x.Request.Fault)
		}
	}
	c.failures(f.Row)
	if x == nil {
		return
	}
	c.answer("answer", *x)
	if second := secondExchange(f.Row); second != nil {
		c.answer("tried again", *second)
	}
	c.curl(x.Curl)
}

// places says on which operations, the first with its variant.
func (c *console) places(f finding) {
	on := f.Row.Operation
	if f.Row.Variant != "" {
		on += "  [" + f.Row.Variant + "]"
	}
	c.field("on", on)
	more := f.Places()
	if len(more) == 0 {
		return
	}
	c.field("in all", extentText(f))
	c.field("also on", joinUpTo(more, maxPlaces))
}

// maxPlaces is how many operations of a finding are named.
const maxPlaces = 12

// maxFailures is how many differences of one answer are shown; one cause rarely shows in more.
const maxFailures = 5

func (c *console) failures(row result.Check) {
	failures := row.Failures()
	for i, f := range failures {
		if i == maxFailures {
			c.field("", fmt.Sprintf("and %s", count(len(failures)-i, "more difference")))
			return
		}
		c.labelled(strings.ReplaceAll(string(f.Kind), "_", " "), "expected  ", f.Expected, plain)
		c.labelled("", "got       ", f.Actual, c.red)
		if addsInformation(f) {
			c.field("", f.Message)
		}
	}
	if len(failures) == 0 {
		c.field("why", why(row))
	}
}

func (c *console) answer(label string, x result.Exchange) {
	if x.Response == nil {
		c.field(label, "none: "+x.Error)
		return
	}
	status := fmt.Sprintf("%d %s", x.Response.Status, http.StatusText(x.Response.Status))
	c.field(label, strings.TrimSpace(status)+"  "+line(x.Response.Body, 240))
}

// field is one labelled text of a finding, wrapped below itself.
func (c *console) field(label, text string) { c.labelled(label, "", text, plain) }

// labelled is a field whose text starts with a word of its own.
func (c *console) labelled(label, lead, text string, color func(string) string) {
	for _, part := range Wrap(line(text, 400), columns-fieldIndent-len(lead), 4) {
		c.printf("     %s%s%s\n", c.dim(fmt.Sprintf("%-12s", label)), c.dim(lead), color(part))
		label, lead = "", strings.Repeat(" ", len(lead))
	}
}

// fieldIndent is where the text of a field starts.
const fieldIndent = 5 + 12

// maxConsoleCurl is the longest command, in bytes, that is worth showing in a terminal.
const maxConsoleCurl = 1500

// curl shows the command that repeats the request, broken between words so that it can be copied as it stands.
func (c *console) curl(command string) {
	if command == "" {
		return
	}
	if len(command) > maxConsoleCurl {
		c.field("repeat", fmt.Sprintf("the command is long (%d bytes) and is in results.json", len(command)))
		return
	}
	var out strings.Builder
	width := 0
	for _, word := range withArguments(shellWords(visible(command))) {
		n := len([]rune(word))
		switch {
		case width == 0:
		case width+n+3 > columns-fieldIndent && !strings.HasPrefix(word, "#"):
			out.WriteString(" \\\n" + strings.Repeat(" ", fieldIndent+2))
			width = 2
		default:
			out.WriteByte(' ')
			width++
		}
		out.WriteString(word)
		width += n
	}
	c.printf("     %s%s\n", c.dim(fmt.Sprintf("%-12s", "repeat")), out.String())
}

// withArguments puts each flag and its argument together, so that a line is not broken between them.
func withArguments(words []string) []string {
	var out []string
	for i := 0; i < len(words); i++ {
		word := words[i]
		if strings.HasPrefix(word, "-") && i+1 < len(words) && !strings.HasPrefix(words[i+1], "-") &&
			!strings.HasPrefix(words[i+1], "#") {
			i++
			word += " " + words[i]
		}
		out = append(out, word)
	}
	return out
}

// shellWords splits a command at the spaces that a POSIX shell splits at, and keeps quotes as they are; a comment is
// one word.
func shellWords(s string) []string {
	var out []string
	var word strings.Builder
	var quote rune
	escaped := false
	for i, r := range s {
		switch {
		case escaped:
			escaped = false
		case r == '\\' && quote != '\'':
			escaped = true
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '\'' || r == '"':
			quote = r
		case r == '#' && word.Len() == 0:
			return append(out, s[i:])
		case r == ' ':
			if word.Len() > 0 {
				out = append(out, word.String())
				word.Reset()
			}
			continue
		}
		word.WriteRune(r)
	}
	if word.Len() > 0 {
		out = append(out, word.String())
	}
	return out
}
