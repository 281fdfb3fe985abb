package cli

import (
	"fmt"
	"path/filepath"
	"strings"

	"conformance/internal/report"
	"conformance/internal/setup"
)

// labelled is how wide the first column of what init prints is.
const labelled = 10

// describeSetup prints, in less than a screen, what init found and what comes next.
func describeSetup(env environment, f initFlags, p setup.Plan, r reach, gaps int) {
	say := func(label, format string, args ...any) {
		for _, line := range report.Wrap(fmt.Sprintf(format, args...), columns-labelled, 3) {
			fmt.Fprintf(env.stdout, "%-*s%s\n", labelled, label, line)
			label = ""
		}
	}
	say("document", "%s %s: %d operations, of which %d can be judged as it is", p.Contract.Title, p.Contract.Version,
		r.Operations, r.Judged)
	for i, name := range []string{configName, overlayName} { // whole, however long
		fmt.Fprintf(env.stdout, "%-*s%s\n", labelled, []string{"wrote", ""}[i], filepath.Join(f.out, name))
	}
	if p.Seen != nil {
		say("asked", "%s: %d reads, nothing else", p.Target, p.Reads)
		if p.Seen.Trouble != "" {
			say("", "%s", p.Seen.Trouble)
		}
		if p.Seen.Answered {
			say("base path", "%s", aboutBase(p))
			say("keys", "%s", aboutKeys(p))
			say("errors", "%s", aboutErrors(p))
			say("limits", "%s", aboutLimits(p))
			say("records", "%s", aboutRecords(p))
		}
	}
	say("open", "%d gaps (%d with a proposal in %s), %d fixtures, and which of %d creates may succeed", gaps, len(p.Gaps),
		overlayName, len(p.Needed()), len(p.Creates()))
	describeNext(env, f, p)
}

// describeNext prints the commands that come next, to be pasted.
func describeNext(env environment, f initFlags, p setup.Plan) {
	config, root := "", ""
	if filepath.Clean(f.out) != "." {
		config = " --config " + report.ShellQuote(filepath.Join(f.out, configName))
	}
	if f.root != "" {
		root = " --root " + report.ShellQuote(f.root)
	}
	w := env.stdout
	fmt.Fprintln(w, "\nnext")
	for _, name := range p.Missing(env.lookup) {
		fmt.Fprintf(w, "  export %s=…\n", name)
	}
	fmt.Fprintf(w, "  conformance contract check%s%s\n", config, root)
	run := "conformance run --profile quick"
	if p.Target == "" {
		run += " --target URL"
	}
	fmt.Fprintf(w, "  %s%s%s\n", run, config, root)
}

func aboutBase(p setup.Plan) string {
	b := p.Seen.Base
	path := b.Path + "/"
	switch {
	case b.Sure && b.Elsewhere:
		return path + " answers, a path of the document's servers; what was given does not"
	case b.Sure:
		return path + " answers"
	case b.Redirect != "":
		return "no read is answered; they are redirected to " + b.Redirect
	}
	return "not certain: no read was answered at " + path + " in another way than what is not there"
}

func aboutKeys(p setup.Plan) string {
	s := p.Seen.Security
	refused := fmt.Sprintf("%d of %d reads without a key are answered 401 or 403", s.Denied, s.Asked)
	var out []string
	switch {
	case s.Hidden(p.Contract) && s.Found == nil:
		out = append(out, refused+", and the document says nothing of keys; "+overlayName+" has a place for the header")
	case s.Hidden(p.Contract):
		out = append(out, refused+", and the document says nothing of keys; "+overlayName+" proposes: "+s.Found.String())
	case s.Denied > 0:
		out = append(out, fmt.Sprintf("%d reads are refused without a key that need none by the document", s.Denied))
	}
	if n := len(s.Unguarded); n > 0 {
		out = append(out, fmt.Sprintf("%d reads need a key by the document and are answered without one, as %s", n,
			s.Unguarded[0]))
	}
	switch s.Keyed {
	case setup.Taken:
		out = append(out, setup.KeyVariable+" is accepted")
	case setup.Refused:
		out = append(out, setup.KeyVariable+" is refused")
	case setup.NotTried:
	}
	switch {
	case len(out) > 0:
		return strings.Join(out, "; ")
	case !p.Seen.Base.Sure:
		return "not known: no read was answered"
	}
	return "as the document says"
}

func aboutErrors(p setup.Plan) string {
	e := p.Seen.Errors
	switch {
	case len(e.Statuses) == 0:
		return "no error with a body was seen"
	case len(e.Against) > 0:
		return fmt.Sprintf("not as the document shows them, as of %s", e.Against[0])
	case len(e.Other) > 0:
		return fmt.Sprintf("some are not JSON but %q", e.Other[0])
	case e.Differ:
		return "they have different forms"
	case e.Envelope.Message == "":
		return "JSON without a message at a usual place"
	case e.Envelope.Code == "":
		return fmt.Sprintf("the message at %s, no code", e.Envelope.Message)
	}
	return fmt.Sprintf("the code at %s, the message at %s", e.Envelope.Code, e.Envelope.Message)
}

func aboutLimits(p setup.Plan) string {
	if len(p.Seen.Limits) == 0 {
		return "no headers about them"
	}
	return strings.Join(p.Seen.Limits, ", ")
}

func aboutRecords(p setup.Plan) string {
	if len(p.Seen.Records) == 0 {
		return "no ids seen in lists"
	}
	r := p.Seen.Records[0]
	return fmt.Sprintf("ids for %d reads, as %s.%s from GET %s", len(p.Seen.Records), r.Operation, r.Parameter, r.From)
}
