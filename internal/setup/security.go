package setup

import (
	"cmp"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
)

// Security is what reads without a key have shown.
type Security struct {
	Asked  int // reads of which the document does not say that they need a key
	Denied int // of these, answered 401 or 403
	// Operations are those that were denied, Open those that were answered 2xx.
	Operations, Open []*contract.Operation
	Unguarded        []string // operations that need a key by the document, and answered 2xx without one
	Found            *Found   // where the key may go; nil: nothing says it, or the document does
	// Keyed says how the one key that there is was answered.
	Keyed Keyed
}

// Keyed is what a key has shown.
type Keyed int

// A key was not sent, was refused by every read, or was let in by one.
const (
	NotTried Keyed = iota
	Refused
	Taken
)

// Found is where a key goes, as the target or the prose of its document says.
type Found struct {
	Scheme contract.Scheme // its ID is empty where the document does not declare it
	Source string          // where that is said
	// Said: by the target's own challenge, or by the one scheme that the document declares; not by prose.
	Said   bool
	Others []string // what else is named
}

// Hidden says that the API has security and its document asks for none anywhere.
func (s Security) Hidden(c *contract.Contract) bool { return s.Denied > 0 && c.Secured() == nil }

// Certain says that the scheme can be relied on: every read was denied, and the key was taken or, where there is none,
// the target named the scheme itself.
func (s Security) Certain() bool {
	return s.Found != nil && s.Denied == s.Asked && (s.Keyed == Taken || s.Keyed == NotTried && s.Found.Said)
}

// security compares the answers to reads without a key with what the document says of them.
func (l *looker) security() {
	s := &l.seen.Security
	var refusals []*answer
	for _, a := range l.bare() {
		if keyed := l.last(a.of); keyed.keyed {
			s.note(keyed)
		}
		switch {
		case a.of.Security != nil && !a.of.KeyOptional && a.Accepted():
			s.Unguarded = append(s.Unguarded, a.of.ID)
		case a.of.Security != nil && !a.of.KeyOptional:
		case denied(a.Status):
			s.Asked++
			s.Denied++
			s.Operations, refusals = append(s.Operations, a.of), append(refusals, a)
		case a.Accepted():
			s.Asked++
			s.Open = append(s.Open, a.of)
		}
	}
	if s.Hidden(l.Contract) {
		l.find(refusals)
	}
}

func (s *Security) note(a *answer) {
	switch {
	case denied(a.Status):
		s.Keyed = max(s.Keyed, Refused)
	case a.Status < 500 && a.Status != http.StatusTooManyRequests: // without the key it was denied
		s.Keyed = Taken
	}
}

// find looks for where the key goes: in challenges (RFC 9110, 11.6.1), in schemes that the document declares and does
// not use, else in its prose. With a key, each place is tried until one lets it in.
func (l *looker) find(refusals []*answer) {
	var all []Found
	for _, a := range refusals {
		for _, value := range a.Values("WWW-Authenticate") {
			all = append(all, challenges(value)...)
		}
	}
	all = append(all, declared(l.Contract, all)...)
	if len(all) == 0 {
		all = prose(l.Contract)
	}
	if len(all) == 0 {
		return
	}
	slices.SortStableFunc(all, func(a, b Found) int {
		return cmp.Or(a.rank()-b.rank(), cmp.Compare(a.String(), b.String()))
	})
	all = slices.CompactFunc(all, func(a, b Found) bool { return a.String() == b.String() })
	s := &l.seen.Security
	chosen := 0
	for i := range all[:min(len(all), 3)] {
		if s.Keyed == Taken {
			break
		}
		s.Found = &all[i]
		if a := l.again(refusals[0]); a != nil {
			s.note(a)
		}
		if s.Keyed == Taken {
			chosen = i
		}
	}
	s.Found = &all[chosen]
	for _, a := range refusals[1:] {
		if s.Keyed == Taken {
			l.again(a) // what it answers is of use for fixtures
		}
	}
	for i, other := range all {
		if i != chosen {
			s.Found.Others = append(s.Found.Others, other.String())
		}
	}
}

// String is what is sent, in words.
func (f Found) String() string {
	where := f.Scheme.In + " " + f.Scheme.Name
	if prefix := strings.TrimSpace(f.Scheme.Prefix); prefix != "" {
		where = f.Scheme.Name + ": " + prefix
	}
	if f.Scheme.ID != "" {
		where += ", as " + f.Scheme.ID
	}
	return where
}

// rank puts first what is declared and said, then what OpenAPI has words for, and a token before a password.
func (f Found) rank() int {
	switch {
	case f.Scheme.ID != "" && f.Said:
		return -1
	case f.Scheme.ID != "":
		return 3
	}
	return slices.Index([]string{"bearer", "basic", f.Scheme.HTTP}, f.Scheme.HTTP)
}

// declared are the schemes that the document declares. One is said where a challenge names it, or it is the only one
// and there is no challenge.
func declared(c *contract.Contract, challenges []Found) []Found {
	var out []Found
	if c.Doc.Components == nil {
		return nil
	}
	for _, id := range slices.Sorted(maps.Keys(c.Doc.Components.SecuritySchemes)) {
		ref := c.Doc.Components.SecuritySchemes[id]
		if ref == nil || ref.Value == nil {
			continue
		}
		f, ok := Found{Scheme: contract.Scheme{Type: "apiKey", In: ref.Value.In, Name: ref.Value.Name}}, true
		switch ref.Value.Type {
		case "apiKey":
		case "http":
			f, ok = authorization(ref.Value.Scheme)
		case "oauth2", "openIdConnect":
			f, ok = authorization("Bearer")
		default:
			ok = false
		}
		if ok {
			f.Scheme.ID, f.Source = id, "the document, which asks for it nowhere"
			f.Said = f.Scheme.HTTP != "" && slices.ContainsFunc(challenges, func(c Found) bool {
				return c.Scheme.HTTP == f.Scheme.HTTP
			})
			out = append(out, f)
		}
	}
	if len(out) == 1 && len(challenges) == 0 {
		out[0].Said = true
	}
	return out
}

// authorization is a scheme of that name in the header Authorization. ok is false where there is no text to send.
func authorization(name string) (f Found, ok bool) {
	f.Scheme = contract.Scheme{
		Type: "http", In: "header", Name: "Authorization", HTTP: strings.ToLower(name), Prefix: name + " ",
	}
	switch f.Scheme.HTTP {
	case "bearer":
		f.Scheme.Prefix = "Bearer "
	case "basic":
		f.Scheme.Prefix = "Basic "
	}
	return f, name != "" && !contract.Exchanged(f.Scheme.HTTP)
}

var (
	quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	token  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._-]{0,30}$`)
)

// challenges are the schemes that a value of WWW-Authenticate offers.
func challenges(value string) []Found {
	var out []Found
	for part := range strings.SplitSeq(quoted.ReplaceAllString(value, ""), ",") {
		words := strings.Fields(part)
		if len(words) == 0 || !token.MatchString(words[0]) || len(words) > 1 && strings.HasPrefix(words[1], "=") {
			continue
		}
		if f, ok := authorization(words[0]); ok {
			f.Said, f.Source = true, "the header WWW-Authenticate of the answers"
			out = append(out, f)
		}
	}
	return out
}

var (
	keyHeader = regexp.MustCompile(`(?i)\b(?:[a-z0-9]+-)+(?:key|token|auth|secret)\b`)
	prefixed  = regexp.MustCompile(`\bAuthorization[\x60"']*:\s*["'\x60]*([A-Z][A-Za-z]+)\b`)
)

// prose are the places for a key that the texts of a document mention, and the header parameters that it declares.
func prose(c *contract.Contract) []Found {
	var out []Found
	for _, text := range texts(c) {
		for _, m := range prefixed.FindAllStringSubmatch(text, -1) {
			if f, ok := authorization(m[1]); ok {
				out = append(out, f)
			}
		}
		for _, name := range keyHeader.FindAllString(text, -1) {
			if lower := strings.ToLower(name); name != lower && !strings.HasPrefix(lower, "idempotency") {
				out = append(out, Found{Scheme: contract.Scheme{Type: "apiKey", In: "header", Name: name}})
			}
		}
	}
	for i := range out {
		out[i].Source = "the text of the document"
	}
	return out
}

// texts are what the document says in words, and the names of its header parameters.
func texts(c *contract.Contract) []string {
	var out []string
	if c.Doc.Info != nil {
		out = append(out, c.Doc.Info.Description)
	}
	for _, tag := range c.Doc.Tags {
		out = append(out, tag.Description)
	}
	add := func(parameters openapi3.Parameters) {
		for _, p := range parameters {
			if p.Value != nil && p.Value.In == openapi3.ParameterInHeader {
				out = append(out, p.Value.Name)
			}
		}
	}
	for _, path := range c.Paths {
		item := c.Doc.Paths.Value(path.Key)
		if item == nil {
			continue
		}
		add(item.Parameters)
		for _, o := range path.Operations {
			if op := item.GetOperation(o.Method); op != nil {
				out = append(out, op.Description)
				add(op.Parameters)
			}
		}
	}
	return out
}
