package probe

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf16"

	"conformance/internal/credential"
)

// Redactor replaces secrets, by value and in every encoding in which the suite or a target may write them, by a shell
// expression that yields them: ${KEY_FULL}. What is left of a secret that was cut, or encoded together with other text,
// is replaced too. It is safe for concurrent use.
type Redactor struct {
	mu      sync.Mutex
	secrets map[string]bool
	labels  map[string]string // encoded secret to label
	current atomic.Pointer[replacers]
	parts   parts
}

type replacers struct{ plain, marked *strings.Replacer }

// NewRedactor knows the keys of a run by the expressions under which a shell would have them.
func NewRedactor(keys credential.Set) *Redactor {
	r := &Redactor{}
	for label, secret := range keys.Labels() {
		r.Add(label, secret)
	}
	for label, command := range keys.Commands() {
		command.Notice(func(secret string) { r.Add(label, secret) })
	}
	return r
}

// Add makes a secret known. The label is what replaces it, a shell expression. Blank secrets are ignored.
func (r *Redactor) Add(label, secret string) {
	if strings.TrimSpace(secret) == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.labels == nil {
		r.secrets, r.labels = map[string]bool{}, map[string]string{}
	}
	if r.secrets[secret] {
		return
	}
	r.secrets[secret] = true
	r.labels[secret] = label // even if it was a form of another: a key in capitals is a secret of its own
	for _, form := range encodings(secret) {
		if _, known := r.labels[form]; !known {
			r.labels[form] = label
		}
		r.parts.add(form)
	}
	for _, form := range escapedWhole(secret) { // not in parts: a part as short as those is two characters
		if _, known := r.labels[form]; !known {
			r.labels[form] = label
		}
	}
	r.parts.add(aligned(secret)...)
	forms := make([]string, 0, len(r.labels))
	for form := range r.labels {
		forms = append(forms, form)
	}
	// The longest first, or a secret that begins with another would be left in part.
	slices.SortFunc(forms, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b))
	})
	plain, marked := make([]string, 0, 2*len(forms)), make([]string, 0, 2*len(forms)+2)
	for _, form := range forms {
		plain = append(plain, form, r.labels[form])
		marked = append(marked, form, labelBegin+r.labels[form]+labelEnd)
	}
	r.current.Store(&replacers{strings.NewReplacer(plain...), strings.NewReplacer(append(marked, "\x00", "\x00\x00")...)})
}

var (
	escapes       = regexp.MustCompile(`%[0-9A-F]{2}`)
	shortEntities = strings.NewReplacer("&#34;", "&quot;", "&#39;", "&apos;")
	hexEntities   = strings.NewReplacer("&#34;", "&#x22;", "&#39;", "&#x27;")
)

func encodings(secret string) []string {
	query, path, markup := url.QueryEscape(secret), url.PathEscape(secret), html.EscapeString(secret)
	all := []string{
		secret, query, path, escapes.ReplaceAllStringFunc(query, strings.ToLower),
		escapes.ReplaceAllStringFunc(path, strings.ToLower),
		markup, shortEntities.Replace(markup), hexEntities.Replace(markup), hex.EncodeToString([]byte(secret)),
		strings.ToUpper(hex.EncodeToString([]byte(secret))),
		strings.ToLower(secret), strings.ToUpper(secret), http.CanonicalHeaderKey(secret),
	}
	for _, text := range jsonForms(secret) {
		all = append(all, text, strings.ReplaceAll(text, "/", `\/`))
	}
	for _, text := range []string{secret, secret + ":"} { // with a colon: as the user of basic authentication
		for _, e := range []*base64.Encoding{
			base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding,
		} {
			form := e.EncodeToString([]byte(text))
			// a target may change the case of what it repeats
			all = append(all, form, strings.ToLower(form), strings.ToUpper(form))
		}
	}
	return all
}

// jsonForms are the ways in which encoders write a text: some escape what is special in HTML, some what is not ASCII.
func jsonForms(text string) []string {
	marshalled, _ := json.Marshal(text) // a text always marshals
	var bare strings.Builder
	enc := json.NewEncoder(&bare)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text)
	plain := strings.TrimSuffix(bare.String(), "\n")
	plain = plain[1 : len(plain)-1]
	var ascii strings.Builder
	for _, r := range plain {
		if r < 0x80 {
			ascii.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&ascii, `\u%04x`, unit)
		}
	}
	return []string{string(marshalled[1 : len(marshalled)-1]), plain, ascii.String()}
}

// String returns s with every known secret replaced.
func (r *Redactor) String(s string) string {
	now := r.current.Load()
	if now == nil {
		return s
	}
	whole := now.plain.Replace(s)
	if r.parts.next(whole, 0) < 0 {
		return whole
	}
	var b strings.Builder
	for _, p := range r.pieces(s) {
		b.WriteString(p.text)
	}
	return b.String()
}

// What surrounds a label in marked text. A NUL of the text itself is doubled there.
const (
	labelBegin = "\x00\x01"
	labelEnd   = "\x00\x02"
)

// piece is a part of a text: as it was, or a label in the place of a secret.
type piece struct {
	text  string
	label bool
}

// pieces takes s apart at its secrets, so that a label is never mistaken for a text that looks like one.
func (r *Redactor) pieces(s string) []piece {
	now := r.current.Load()
	if now == nil {
		return []piece{{s, false}}
	}
	var out []piece
	text := ""
	for rest := now.marked.Replace(s); rest != ""; {
		before, after, found := strings.Cut(rest, "\x00")
		text, rest = text+before, after
		if !found {
			break
		}
		if strings.HasPrefix(rest, "\x00") {
			text, rest = text+"\x00", rest[1:]
			continue
		}
		label, after, _ := strings.Cut(rest[1:], labelEnd)
		out, text, rest = append(append(out, r.parts.cut(text)...), piece{label, true}), "", after
	}
	return append(out, r.parts.cut(text)...)
}
