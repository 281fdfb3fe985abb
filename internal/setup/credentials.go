package setup

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
)

// KeyVariable is the environment's name of the key for everything; where there are several security schemes, that of a
// scheme follows.
const KeyVariable = "KEY_FULL"

// Variable is the environment's name of a key's secret for a scheme.
func Variable(c *contract.Contract, key string, s *contract.Scheme) string {
	if len(contract.SchemesOf(c)) < 2 {
		return key
	}
	return key + "_" + strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, strings.ToUpper(s.ID))
}

// schemes are where the key goes, none where no key is known to be needed; open says that this is not certain.
func (p Plan) schemes() (all []*contract.Scheme, open bool) {
	all = contract.SchemesOf(p.Contract)
	if len(all) > 0 || p.Seen == nil || p.Seen.Security.Denied == 0 {
		return all, false
	}
	if f := p.Seen.Security.Found; f != nil {
		return []*contract.Scheme{&f.Scheme}, !p.Seen.Security.Certain()
	}
	return []*contract.Scheme{{Type: "apiKey", In: "header", Name: "HEADER-NAME"}}, true
}

func (p Plan) credentials(out *page) {
	all, open := p.schemes()
	if len(all) == 0 {
		out.comment("", "Keys: the suite knows of no operation of the document that needs one.")
		out.line("credentials: {}")
		return
	}
	out.comment("", "Keys come from the environment, and never reach a report.")
	for _, s := range all {
		p.origin(out, s)
	}
	out.line("credentials:")
	out.comment("  ", "full: a key that may do everything. Most checks need it: each compares a bad request with a good "+
		"one.")
	mark := ""
	if open {
		mark = "#"
	}
	if len(all) == 1 {
		out.line("  %sfull: ${%s}", mark, KeyVariable)
	} else {
		out.comment("  ", "Take out the lines of schemes that you have no secret for.")
		out.line("  %sfull:", mark)
		for _, s := range all {
			out.line("  %s  %s: ${%s}", mark, scalar(s.ID), Variable(p.Contract, KeyVariable, s))
		}
	}
	for _, purpose := range p.purposes() {
		p.purpose(out, purpose)
	}
}

// secret is the expression of a key, for one scheme or by scheme.
func (p Plan) secret(variable string) string {
	all, _ := p.schemes()
	if len(all) == 1 {
		return quote("${" + variable + "}")
	}
	var parts []string
	for _, s := range all {
		parts = append(parts, scalar(s.ID)+": "+quote("${"+Variable(p.Contract, variable, s)+"}"))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// origin says where the key goes and where the document says that it comes from.
func (p Plan) origin(out *page, s *contract.Scheme) {
	needs := 0
	for _, o := range p.Contract.Operations {
		if slices.ContainsFunc(o.Keys, func(way contract.Together) bool { return slices.Contains(way, s) }) {
			needs++
		}
	}
	out.comment("", "%s, for %d of %d operations by the document.", strings.TrimSpace(s.ID+" "+placed(s)), needs,
		len(p.Contract.Operations))
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
	prefix := strings.TrimSpace(s.Prefix)
	switch {
	case s.HTTP == "basic":
		return "(user:password) in the header Authorization: Basic"
	case prefix != "":
		return fmt.Sprintf("(the secret without the word %s) in the %s %s", prefix, s.In, s.Name)
	}
	return fmt.Sprintf("in the %s %s", s.In, s.Name)
}

// purpose is a kind of key other than the one for everything.
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
			"scoped:", "  - {key: " + p.secret("KEY_NO_SCOPE") + ", scopes: []}",
			"  - {key: " + p.secret("KEY_READER") + ", scopes: [" + scopes + "]}",
		}},
		{contract.ForeignRecord, "other_tenant: a key of another company, which must not see the first one's records.",
			[]string{"other_tenant: " + p.secret("KEY_OTHER")}},
		{contract.RevokedKey, "revoked: a key that was valid once.", []string{"revoked: " + p.secret("KEY_REVOKED")}},
		{contract.DeniedIP, "ip_denied: a key that may not be used from this machine.", []string{
			"ip_denied: " + p.secret("KEY_IP_DENIED"),
		}},
		{contract.Flood, "flood: a key whose limit may be used up.", []string{"flood: " + p.secret("KEY_FLOOD")}},
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

// Missing are the names of the variables that the configuration needs and the environment lacks.
func (p Plan) Missing(lookup func(string) (string, bool)) []string {
	var out []string
	all, open := p.schemes()
	for _, s := range all {
		name := Variable(p.Contract, KeyVariable, s)
		if v, ok := lookup(name); !open && (!ok || v == "") {
			out = append(out, name)
		}
	}
	return out
}
