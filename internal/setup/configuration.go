package setup

import (
	"conformance/internal/contract"
)

// Configuration is conformance.yaml: what is known is there, and what is open is commented out.
func (p Plan) Configuration() string {
	out := &page{}
	out.comment("", "Written by conformance init from %s. A line with # before a setting, without a space between, is "+
		"open: fill it in and take the # away.", p.Document)
	out.line("")
	p.target(out)
	out.line("contract: %s", scalar(p.File))
	out.line("overlays: [overlay.yaml]")
	out.line("")
	p.credentials(out)
	out.line("")
	p.fixtures(out)
	out.line("")
	p.writes(out)
	return out.String()
}

func (p Plan) target(out *page) {
	if p.Target != "" {
		out.line("target: %s", quote(p.Target))
		return
	}
	out.comment("", "The URL of the API with its base path: a test system, never one that others use.")
	for _, s := range p.Contract.Doc.Servers[:min(len(p.Contract.Doc.Servers), 5)] {
		out.comment("", "The document names %s", s.URL)
	}
	out.line("#target: https://HOST/BASE-PATH")
}

// fixtures are ids of records that nothing makes: those that were seen, and open ones.
func (p Plan) fixtures(out *page) {
	body := &page{}
	known := map[string]bool{}
	if p.Seen != nil {
		for _, r := range p.Seen.Records {
			known[r.Operation+"."+r.Parameter] = true
			body.line("  %s: %s # from GET %s", scalar(r.Operation+"."+r.Parameter), values(r.Values), printable(r.From))
		}
	}
	for _, name := range p.Needed() {
		if !known[name.Key()] {
			body.line("  #%s: %s", scalar(name.Key()), name.example())
		}
	}
	if body.Len() == 0 {
		out.comment("", "Fixtures: none is needed; every id comes from a create or a list.")
		return
	}
	out.comment("", "Ids of records that are there: a plain list is only read, and what is disposable may be changed and "+
		"deleted.")
	out.line("fixtures:")
	out.WriteString(body.String())
}

// Fixture is one that nothing but the configuration can give.
type Fixture struct {
	Operation *contract.Operation
	Parameter string
}

// Key is what the configuration calls it.
func (f Fixture) Key() string { return f.Operation.ID + "." + f.Parameter }

func (f Fixture) example() string {
	if f.Operation.Reads() {
		return "[ID]"
	}
	return "{values: [ID], disposable: true}"
}

// Needed are the fixtures without which operations are not judged, in the order of the document.
func (p Plan) Needed() []Fixture {
	var out []Fixture
	for _, o := range p.Contract.Operations {
		for _, id := range o.Identifiers() {
			if r := id.Reference; r != nil && r.Given() && r.Value == "" {
				out = append(out, Fixture{o, id.Name})
			}
		}
	}
	return out
}

// Creates are the operations that make records.
func (p Plan) Creates() []*contract.Operation {
	var out []*contract.Operation
	for _, o := range p.Contract.Operations {
		if o.Creates() && o.NotJudged == "" {
			out = append(out, o)
		}
	}
	return out
}

func (p Plan) writes(out *page) {
	out.comment("", "Which writes may succeed? A create can order, invite, bill or start something, so somebody decides. "+
		"Until then what needs a record of the run's own is skipped, and the run says so. Allowed: all, none, or names. "+
		"Those that come after the creates change only records of the run's own, and disposable ones.")
	out.line("#writes: none")
	out.line("#writes:")
	var others []*contract.Operation
	for _, o := range p.Contract.Operations {
		if !o.Reads() && !o.Creates() && o.NotJudged == "" {
			others = append(others, o)
		}
	}
	for _, o := range append(p.Creates(), others...) {
		out.line("#  - %s # %s %s", scalar(o.ID), o.Method, printable(o.Path.URL))
	}
}
