package probe

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Redactor replaces secrets, by value and in every encoding in which the suite or a target may write them, by a shell expression
// that yields them: ${KEY_FULL}. It is safe for concurrent use.
type Redactor struct {
	mu       sync.Mutex
	labels   map[string]string // encoded secret to label
	replacer atomic.Pointer[strings.Replacer]
}

// Add makes a secret known. The label is what stands in its place, a shell expression. Blank secrets are ignored.
func (r *Redactor) Add(label, secret string) {
	if strings.TrimSpace(secret) == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.labels == nil {
		r.labels = map[string]string{}
	}
	if _, known := r.labels[secret]; known {
		return
	}
	for _, form := range encodings(secret) {
		if _, known := r.labels[form]; !known {
			r.labels[form] = label
		}
	}
	forms := make([]string, 0, len(r.labels))
	for form := range r.labels {
		forms = append(forms, form)
	}
	// The longest first, or a secret that begins with another would be left in part.
	slices.SortFunc(forms, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b))
	})
	pairs := make([]string, 0, 2*len(forms))
	for _, form := range forms {
		pairs = append(pairs, form, r.labels[form])
	}
	r.replacer.Store(strings.NewReplacer(pairs...))
}

func encodings(secret string) []string {
	quoted, _ := json.Marshal(secret)
	raw := []byte(secret)
	return []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), strings.Trim(string(quoted), `"`), html.EscapeString(secret),
		base64.StdEncoding.EncodeToString(raw), base64.RawStdEncoding.EncodeToString(raw),
		base64.URLEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw),
	}
}

// String returns s with every known secret replaced.
func (r *Redactor) String(s string) string {
	if replacer := r.replacer.Load(); replacer != nil {
		return replacer.Replace(s)
	}
	return s
}
