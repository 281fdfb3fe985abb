package setup

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
)

// KeyVariable is the environment's name of the key for everything.
const KeyVariable = "KEY_FULL"

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

// scheme is where the key goes, nil where no key is known to be needed; open says that this is not certain.
func (p Plan) scheme() (s *contract.Scheme, prefix string, open bool) {
	if s := p.Contract.Scheme(); s != nil || p.Seen == nil || p.Seen.Security.Denied == 0 {
		return s, "", false
	}
	f := p.Seen.Security.Found
	if f == nil {
		return &contract.Scheme{Type: "apiKey", In: "header", Name: "HEADER-NAME"}, "", true
	}
	found := f.Scheme
	if prefix = f.Prefix; p.Old && found.HTTP == "bearer" { // for which Swagger 2.0 has no word
		found.HTTP, found.Type, prefix = "", "apiKey", "Bearer "
	}
	return &found, prefix, !p.Seen.Security.Certain()
}

func (p Plan) credentials(out *page) {
	s, prefix, open := p.scheme()
	if s == nil {
		out.comment("", "Keys: the suite knows of no operation of the document that needs one.")
		out.line("credentials: {}")
		return
	}
	out.comment("", "Keys come from the environment, and never reach a report.")
	p.origin(out, s)
	out.line("credentials:")
	out.comment("  ", "full: a key that may do everything. Most checks need it: each compares a bad request with a good "+
		"one.")
	if s.HTTP == "basic" {
		out.comment("  ", "%s is user:password.", KeyVariable)
	}
	full := "full: ${" + KeyVariable + "}"
	if prefix != "" {
		full = "full: " + quote(prefix+"${"+KeyVariable+"}")
	}
	if open {
		full = "#" + full
	}
	out.line("  %s", full)
	for _, purpose := range p.purposes() {
		p.purpose(out, purpose)
	}
}

// origin says where the key goes and where the document says that it comes from.
func (p Plan) origin(out *page, s *contract.Scheme) {
	needs := 0
	for _, o := range p.Contract.Operations {
		if o.Security != nil && o.Security.ID == s.ID {
			needs++
		}
	}
	out.comment("", "%s, for %d of %d operations by the document.", placed(s), needs, len(p.Contract.Operations))
	if p.Contract.Doc.Components == nil {
		return
	}
	ref := p.Contract.Doc.Components.SecuritySchemes[s.ID]
	if ref == nil || ref.Value == nil {
		return
	}
	if text := []rune(strings.TrimSpace(ref.Value.Description)); len(text) > 0 {
		out.comment("", "The document says of it: %s", string(text[:min(len(text), 300)]))
	}
	if url := ref.Value.OpenIdConnectUrl; url != "" {
		out.comment("", "A token comes from what %s names.", url)
	}
	if f := ref.Value.Flows; f != nil {
		for _, flow := range []*openapi3.OAuthFlow{f.ClientCredentials, f.Password, f.AuthorizationCode, f.Implicit} {
			if flow != nil {
				out.comment("", "A token comes from %s", cmp.Or(flow.TokenURL, flow.AuthorizationURL))
			}
		}
	}
}

// placed is where a key goes, in words.
func placed(s *contract.Scheme) string {
	switch {
	case s.HTTP == "bearer":
		return "A bearer token in the header Authorization"
	case s.HTTP == "basic":
		return "User and password (basic) in the header Authorization"
	case s.In == "header":
		return "A key in the header " + s.Name
	}
	return fmt.Sprintf("A key in the %s, called %s", s.In, s.Name)
}

// purpose is a kind of key beside the one for everything.
type purpose struct {
	situation contract.SituationID
	what      string
	lines     []string
}

func (p Plan) purposes() []purpose {
	scopes := "SCOPE"
	for _, o := range p.Contract.Operations {
		if o.Scoped() && o.Method == "GET" {
			scopes = scopesOf(o)
			break
		}
	}
	return []purpose{
		{contract.MissingScope, "scoped: keys that may do less, one of them nothing.", []string{
			"scoped:", `  - {key: "${KEY_NO_SCOPE}", scopes: []}`, `  - {key: "${KEY_READER}", scopes: [` + scopes + `]}`,
		}},
		{contract.ForeignRecord, "other_tenant: a key of another company, which must not see the first one's records.",
			[]string{"other_tenant: ${KEY_OTHER}"}},
		{contract.RevokedKey, "revoked: a key that was valid once.", []string{"revoked: ${KEY_REVOKED}"}},
		{contract.DeniedIP, "ip_denied: a key that may not be used from this machine.", []string{
			"ip_denied: ${KEY_IP_DENIED}",
		}},
		{contract.Flood, "flood: a key whose limit may be used up.", []string{"flood: ${KEY_FLOOD}"}},
	}
}

func scopesOf(o *contract.Operation) string {
	var out []string
	for _, scope := range o.RequiredScopes {
		out = append(out, quote(scope))
	}
	return strings.Join(out, ", ")
}

func (p Plan) purpose(out *page, k purpose) {
	rows := "It brings nothing until overlay.yaml says how " + string(k.situation) + " is answered."
	switch n := p.Rows[k.situation]; {
	case n > 0:
		rows = fmt.Sprintf("It brings %d rows of %s.", n, k.situation)
	case k.situation == contract.MissingScope:
		rows = "It brings nothing here: the document names no scopes."
	case k.situation == contract.Flood:
		rows = "It brings nothing until overlay.yaml has x-rate-limit."
	}
	out.comment("  ", "%s %s", k.what, rows)
	for _, line := range k.lines {
		out.line("  #%s", line)
	}
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

// WantsKey says that the configuration names the key for everything.
func (p Plan) WantsKey() bool {
	s, _, open := p.scheme()
	return s != nil && !open
}
