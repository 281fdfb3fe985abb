package setup

import (
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
)

// Overlay is overlay.yaml: what the target has shown, and proposals, commented out where somebody must decide or fill
// a value in.
func (p Plan) Overlay() string {
	out := &page{}
	out.comment("", "What %s leaves unsaid. It is applied to the document, which stays as it is. Written by conformance "+
		"init; an action with # before it is open.", p.Document)
	out.line("overlay: 1.0.0")
	out.line("info: {title: %s, version: 1.0.0}", quote("What "+printable(p.Document)+" leaves unsaid"))
	out.line("actions:")
	out.comment("  ", "An overlay must have an action. This one changes nothing.")
	out.line("  - {target: $, update: {}}")
	if p.Seen != nil {
		p.overlaySecurity(out)
		p.overlayErrors(out)
		p.overlayLimits(out)
	}
	p.overlayOwner(out)
	p.overlayGaps(out)
	return out.String()
}

// action writes an action, commented out where it is open.
func (p *page) action(open bool, target, update string) {
	p.raw(open, fmt.Sprintf("- {target: %s, update: %s}", quote(target), update))
}

func (p *page) raw(open bool, action string) {
	if open {
		action = "#" + action
	}
	p.line("  %s", action)
}

func (p Plan) overlaySecurity(out *page) {
	s := p.Seen.Security
	if s.Denied == 0 {
		return
	}
	out.line("")
	if !s.Hidden(p.Contract) {
		out.comment("  ", "The document says that these reads need no key, and without one they are answered 401 or 403.")
		for _, o := range s.Operations {
			way := p.Contract.Secured().Keys[0]
			if len(o.Keys) > 0 {
				way = o.Keys[0]
			}
			p.secure(out, s.Keyed != Taken, o, way)
		}
		return
	}
	p.overlayHidden(out, s)
}

// overlayHidden adds the security that the API has and its document does not ask for.
func (p Plan) overlayHidden(out *page, s Security) {
	describeHidden(out, s)
	all, open := p.schemes()
	scheme := *all[0]
	declared := ""
	if scheme.ID == "" {
		scheme.ID = "key"
		if c := p.Contract.Doc.Components; c != nil && c.SecuritySchemes["key"] != nil {
			scheme.ID = "conformance-key"
		}
		declared = ", " + p.declared(&scheme)
	}
	if len(p.Contract.Doc.Security) > 0 {
		out.raw(open, `- {target: "$.security", remove: true}`)
	}
	out.action(open, "$", fmt.Sprintf("{security: [{%s: []}]%s}", scalar(scheme.ID), declared))
	for _, o := range s.Open {
		out.action(open, p.Path(o.Pointer), "{security: []}")
	}
	for _, o := range s.Operations {
		if raw := p.written(o); raw != nil && raw.Security != nil {
			p.secure(out, open, o, contract.Together{&scheme})
		}
	}
}

// describeHidden says what was seen of security, and how sure that makes.
func describeHidden(out *page, s Security) {
	out.comment("  ", "Security: %d of %d reads without a key are answered 401 or 403, and the document asks for none.",
		s.Denied, s.Asked)
	if f := s.Found; f != nil {
		out.comment("  ", "The key goes into %s: so says %s.", f, f.Source)
		if len(f.Others) > 0 {
			out.comment("  ", "Also named: %s.", strings.Join(f.Others, "; "))
		}
	}
	switch s.Keyed {
	case Taken:
		out.comment("  ", "A read with %s in that place was let in.", KeyVariable)
	case Refused:
		out.comment("  ", "A read with %s in that place was refused: the key or the place is wrong.", KeyVariable)
	case NotTried:
	}
	if len(s.Open) > 0 {
		out.comment("  ", "%d reads need no key. Uncomment all of this if everything else needs one.", len(s.Open))
	}
}

// written is the operation as the document has it, nil where it has none.
func (p Plan) written(o *contract.Operation) *openapi3.Operation {
	if item := p.Contract.Doc.Paths.Value(o.Path.Key); item != nil {
		return item.GetOperation(o.Method)
	}
	return nil
}

// secure says of one operation that it needs the key.
func (p Plan) secure(out *page, open bool, o *contract.Operation, way contract.Together) {
	target := p.Path(o.Pointer)
	if op := p.written(o); op != nil && op.Security != nil && len(*op.Security) > 0 {
		out.raw(open, fmt.Sprintf("- {target: %s, remove: true}", quote(target+".security")))
	}
	var parts []string
	for _, s := range way {
		parts = append(parts, scalar(s.ID)+": []")
	}
	out.action(open, target, "{security: [{"+strings.Join(parts, ", ")+"}]}")
}

// declared is a security scheme in the words of the document's version.
func (p Plan) declared(s *contract.Scheme) string {
	text := fmt.Sprintf("{type: apiKey, in: %s, name: %s}", s.In, quote(s.Name))
	switch {
	case s.HTTP == "basic" && p.Old:
		text = "{type: basic}"
	case s.HTTP != "" && p.Old: // for which Swagger 2.0 has no word
		text = fmt.Sprintf("{type: apiKey, in: %s, name: %s, x-prefix: %s}", s.In, quote(s.Name), quote(s.Prefix))
	case s.HTTP == "bearer" || s.HTTP == "basic":
		text = fmt.Sprintf("{type: http, scheme: %s}", s.HTTP)
	case s.HTTP != "":
		text = fmt.Sprintf("{type: http, scheme: %s}", scalar(strings.TrimSpace(s.Prefix)))
	}
	if p.Old {
		return fmt.Sprintf("securityDefinitions: {%s: %s}", s.ID, text)
	}
	return fmt.Sprintf("components: {securitySchemes: {%s: %s}}", s.ID, text)
}

func (p Plan) overlayErrors(out *page) {
	e := p.Seen.Errors
	if e.Envelope.Message == "" || p.Contract.Envelope.Message != "" || p.documentsErrors() {
		return // nothing was seen, or the document says it already
	}
	out.line("")
	out.comment("  ", "Error bodies: the answers with %s have these members. The document shows none. Uncomment this if "+
		"every error looks like that: each is held against it then.", strings.Trim(fmt.Sprint(e.Statuses), "[]"))
	update := fmt.Sprintf("{x-error-envelope: {message: %s}}", quote(string(e.Envelope.Message)))
	if e.Envelope.Code != "" {
		update = fmt.Sprintf("{x-error-envelope: {code: %s, message: %s}}", quote(string(e.Envelope.Code)),
			quote(string(e.Envelope.Message)))
	}
	out.action(true, "$", update)
}

// documentsErrors says that the document shows the body of some error.
func (p Plan) documentsErrors() bool {
	return slices.ContainsFunc(p.Contract.Operations, func(o *contract.Operation) bool {
		for status, r := range o.Responses {
			if status >= 400 && r.Schema != nil {
				return true
			}
		}
		return o.Ranges[4] != nil && o.Ranges[4].Schema != nil || o.Ranges[0] != nil && o.Ranges[0].Schema != nil
	})
}

func (p Plan) overlayLimits(out *page) {
	if p.Contract.RateLimit != nil || len(p.Seen.Limits) == 0 {
		return
	}
	named := func(end string) string {
		for _, name := range p.Seen.Limits {
			if strings.HasSuffix(strings.ToLower(name), end) {
				return name
			}
		}
		return ""
	}
	out.line("")
	out.comment("  ", "Rate limits: answers have %s.", strings.Join(p.Seen.Limits, ", "))
	limit, remaining, reset := named("limit"), named("remaining"), named("reset")
	if limit == "" || remaining == "" || reset == "" {
		out.comment("  ", "To be judged, a limit needs a header each for itself, what remains and the time of its reset.")
		return
	}
	out.comment("  ", "Uncomment this if every answer has them and the reset is in Unix seconds: limits are judged then.")
	out.action(true, "$", fmt.Sprintf("{x-rate-limit: {limit: %s, remaining: %s, reset: %s}}", quote(limit),
		quote(remaining), quote(reset)))
}

// overlayOwner has what only the API's owner can provoke and is never inferred.
func (p Plan) overlayOwner(out *page) {
	if all, _ := p.schemes(); len(p.Contract.Situations) > 0 || len(all) == 0 {
		return
	}
	out.line("")
	out.comment("  ", "Records and keys of others: uncomment what holds for the API, and give conformance.yaml the key.")
	for _, k := range []struct {
		situation contract.SituationID
		status    int
	}{{contract.ForeignRecord, 404}, {contract.RevokedKey, 401}, {contract.DeniedIP, 403}} {
		out.action(true, "$", fmt.Sprintf(`{x-situations: {x-inferred: true, %s: {"%d": []}}}`, k.situation, k.status))
	}
}

func (p Plan) overlayGaps(out *page) {
	if len(p.Gaps) == 0 {
		return
	}
	out.line("")
	out.comment("  ", "Gaps, those that most rows wait for first. Capitals stand for a value to fill in.")
	for _, g := range p.Gaps {
		out.comment("  ", "%d rows wait: %s %s", g.Rows, g.Pointer, g.Message)
		out.raw(true, printable(g.Action))
	}
}
