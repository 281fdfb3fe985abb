package report

import (
	"fmt"
	"strings"

	"conformance/internal/result"
)

// notYours is what every report adds to the verdict on the embedded sandbox.
const notYours = "SANDBOX, not your API"

// OfSandbox is what a line with a verdict adds if it is one on the embedded sandbox.
func OfSandbox(r result.Run) string {
	if !r.Sandbox {
		return ""
	}
	return "  " + notYours
}

// verdict is where the eye rests: what is proven, and what to do next.
func (c *console) verdict(dir string) {
	r := c.run
	n := result.CountOf(r.Checks)
	word := strings.ToUpper(string(r.Verdict))
	switch r.Verdict {
	case result.Conformant:
		word = c.green(word)
	case result.Nonconformant:
		word = c.red(word)
	default:
		word = c.yellow(word)
	}
	complete := "complete"
	if !r.Complete {
		complete = "not complete"
	}
	if n.Total() == 0 {
		c.printf("\n%s  no check ran%s\n", c.bold(word), c.yellow(OfSandbox(r)))
	} else {
		c.printf("\n%s  %d of %s failed, %s  (%s)%s\n", c.bold(word), n.Fail, count(n.Total(), "row"),
			count(n.Warn, "warning"),
			complete, c.yellow(OfSandbox(r)))
	}
	c.printf("%s  %s, %s, %s, coverage %d of %d situations\n", c.dim("run    "), count(r.Requests, "request"),
		recordsText(r), durationText(r.DurationMS), r.Coverage.Provoked, r.Coverage.Documented)
	if dir != "" {
		var rest []string
		for _, f := range Formats() {
			if f.Name != bestForPeople {
				rest = append(rest, f.Name)
			}
		}
		dir = strings.TrimRight(visible(dir), "/")
		c.printf("%s  %s/%s  %s\n", c.dim("reports"), dir, bestForPeople, c.dim("and "+strings.Join(rest, ", ")))
	}
	c.step("next   ", next(r))
	if ids := brokenIDs(r); len(ids) > 0 {
		c.step("explain", "conformance explain "+ids[0])
		c.printf("%s  %s\n", c.dim("rerun  "), rerun(r, ids))
	}
}

func (c *console) step(lead, text string) {
	for _, part := range Wrap(text, columns-9, 3) {
		c.printf("%s  %s\n", c.dim(lead), part)
		lead = "       "
	}
}

// next is what the reader does now.
func next(r result.Run) string {
	switch {
	case r.Verdict == result.Nonconformant:
		return "Fix finding 1 first; it may explain the others. Then run what failed again."
	case r.Verdict == result.Inconclusive:
		return "Nothing is proven yet: " + remedy(r)
	case r.Sandbox && r.Verdict == result.Conformant:
		return "This says nothing of your API: give its URL with --target."
	case !r.Complete:
		return "What was deselected stays unproven; for a complete result run --profile full without --only, --skip, " +
			"--label-filter and --no-*."
	case r.Counts.Warn > 0:
		return "A warning is a SHOULD that the target does not follow; --fail-on should makes it count."
	default:
		return "Nothing to fix."
	}
}

// brokenIDs are the checks that broke the contract, in the order of the findings.
func brokenIDs(r result.Run) []string {
	var ids []string
	for _, f := range findings(r) {
		ids = append(ids, line(f.Row.ID, 30))
	}
	return unique(ids)
}

// maxRerun is how many checks the command that runs them again names.
const maxRerun = 8

// rerun is the command that runs again what failed, and nothing else. What else the run was given has to be given
// again.
func rerun(r result.Run, ids []string) string {
	command := "conformance run"
	if r.Sandbox {
		command += " --sandbox"
	} else if r.Target != "" {
		command += " --target " + ShellQuote(line(r.Target, 120))
	}
	if r.Profile != "" && r.Profile != "core" {
		command += " --profile " + ShellQuote(line(r.Profile, 20))
	}
	rest := ""
	if more := len(ids) - maxRerun; more > 0 {
		ids, rest = ids[:maxRerun], fmt.Sprintf("  # and %s", count(more, "more check"))
	}
	width := 9 + len(command)
	for _, id := range ids {
		flag := "--only " + ShellQuote(id)
		if width+len(flag)+3 > columns {
			command += " \\\n        "
			width = 8
		}
		command += " " + flag
		width += 1 + len(flag)
	}
	return command + rest
}

// ShellQuote makes one word of a text for a POSIX shell, in quotes where it needs them.
func ShellQuote(s string) string {
	plain := func(r rune) bool {
		return r < 0x80 &&
			(strings.ContainsRune("-_./:@%+=,", r) || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z')
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// remedy is how an inconclusive run becomes a conclusive one, judged by the first obstacle.
func remedy(r result.Run) string {
	if r.Counts.Flaky > 0 && r.FlakyAs == "" {
		return "the same request was answered in two ways. Look at FLAKY: the target, or what stands before it, is unstable."
	}
	if r.Counts.Error > 0 {
		return "the target did not answer, or the suite failed. Fix what COULD NOT BE JUDGED lists, then run again."
	}
	for _, g := range reasons(r, result.Skip) {
		switch g.Code {
		case result.Credential:
			return "give the missing credentials in conformance.yaml and run again."
		case result.Consent:
			return "most rows wait for a record of the run's own. Say under writes in conformance.yaml which writes may " +
				"succeed, and run again."
		case result.Fixture:
			return "give the missing records under fixtures in conformance.yaml and run again."
		case result.Control:
			return "a valid request was refused, so its negative checks prove nothing. Fix what NOT VERIFIED lists, then run " +
				"again."
		}
	}
	if len(r.Notes) > 0 {
		return "no check ran. Fix what the notes above say, then run again."
	}
	return "no check ran. Look at --only, --skip and --profile."
}
