package sandbox

import (
	"encoding/json"
	"iter"
	"net"
	"net/http"
	"strings"
	"unicode"

	"conformance/internal/contract"
)

// misplacedKeyFaults: a good key is accepted in the wrong place.
//
// Servers do this by searching a part of the request, and most of them do not ask for one exact name. So the faults say
// which names a search accepts, not which ones somebody might send.
func misplacedKeyFaults(m *model) []Fault {
	if m.scheme == nil {
		return nil
	}
	documented := func(name string) bool { return strings.EqualFold(name, m.scheme.Name) }
	faults := []Fault{
		misplaced("key-in-query", "", "A key in any query parameter is accepted.", search(inQuery, anyName)),
		misplaced("key-in-query", "api_key", "A key in a query parameter that spells api key in some way is accepted.",
			search(inQuery, containsLetters("apikey"))),
		misplaced("key-in-query", "token", "A key in a query parameter that is called some token is accepted.",
			search(inQuery, containsLetters("token"))),
		misplaced("key-in-header", "", "A key in any header is accepted.", search(inHeader, anyName)),
		misplaced("key-in-header", "api_key", "A key in a header that spells api key in some way is accepted.",
			search(inHeader, containsLetters("apikey"))),
		misplaced("key-in-header", "token", "A key in a header that is called some token is accepted.",
			search(inHeader, containsLetters("token"))),
		misplaced("key-in-cookie", "", "A key in any cookie is accepted.", search(inCookie, anyName)),
		misplaced("key-in-body", "", "A key in the body is accepted.", search(inBody, anyName)),
	}
	if m.scheme.In != "query" {
		faults = append(faults,
			misplaced("key-in-query", m.scheme.Name, "A key in the query parameter "+m.scheme.Name+" is accepted.",
				search(inQuery, documented)))
	}
	if m.scheme.In != "cookie" {
		faults = append(faults,
			misplaced("key-in-cookie", m.scheme.Name, "A key in the cookie "+m.scheme.Name+" is accepted.",
				search(inCookie, documented)))
	}
	return append(faults, authorizationFaults(m)...)
}

// authorizationFaults: a good key is accepted in the header of HTTP authentication, in a form that is not documented.
func authorizationFaults(m *model) []Fault {
	var faults []Fault
	if m.scheme.HTTP != "bearer" {
		faults = append(faults, misplaced("bearer-accepted", "", "A key is accepted as bearer token.", func(c *call) string {
			kind, rest, _ := strings.Cut(c.request.Header.Get("Authorization"), " ")
			if !strings.EqualFold(kind, "bearer") {
				return ""
			}
			return rest
		}))
	}
	if m.scheme.HTTP != "basic" {
		faults = append(faults,
			misplaced("basic-accepted", "", "A key is accepted as user of basic authentication.", func(c *call) string {
				user, _, _ := c.request.BasicAuth()
				return user
			}))
	}
	if !strings.EqualFold(m.scheme.Name, "Authorization") {
		faults = append(faults,
			misplaced("key-in-header", "Authorization", "A bare key in Authorization is accepted.",
				func(c *call) string { return c.request.Header.Get("Authorization") }))
	}
	return faults
}

// misplaced accepts what find returns, if it is a key and there is nothing in the right place.
func misplaced(family, subject, description string, find func(*call) string) Fault {
	return must(family, subject, contract.MisplacedKey, description, changeCredential(func(c *call, text string) string {
		if text == "" && !presentsKey(c) {
			if found := find(c); c.ring.keys[found] != nil {
				return found
			}
		}
		return text
	}))
}

// search finds a key under a name that is accepted, in one part of the request.
func search(part func(*call) iter.Seq2[string, string], accepted func(name string) bool) func(*call) string {
	return func(c *call) string {
		for name, value := range part(c) {
			if accepted(name) && c.ring.keys[value] != nil {
				return value
			}
		}
		return ""
	}
}

func anyName(string) bool { return true }

// containsLetters accepts the names whose letters contain the word, whatever their case and what is between them.
func containsLetters(word string) func(name string) bool {
	return func(name string) bool {
		letters := strings.Map(func(r rune) rune {
			if !unicode.IsLetter(r) {
				return -1
			}
			return unicode.ToLower(r)
		}, name)
		return strings.Contains(letters, word)
	}
}

func inQuery(c *call) iter.Seq2[string, string]  { return firstValues(c.query) }
func inHeader(c *call) iter.Seq2[string, string] { return firstValues(c.request.Header) }

// firstValues are the names with their first values.
func firstValues(all map[string][]string) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for name, values := range all {
			if !yield(name, values[0]) {
				return
			}
		}
	}
}

func inCookie(c *call) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for _, cookie := range c.request.Cookies() {
			if !yield(cookie.Name, cookie.Value) {
				return
			}
		}
	}
}

func inBody(c *call) iter.Seq2[string, string] {
	var body map[string]any
	_ = json.Unmarshal(c.load(), &body) // what is not an object has no key in it
	return func(yield func(name, value string) bool) {
		for name, value := range body {
			if text, ok := value.(string); ok && !yield(name, text) {
				return
			}
		}
	}
}

// headerCaseFaults: the header of the key is found only in some letter cases.
func headerCaseFaults(m *model) []Fault {
	if m.scheme == nil || m.scheme.In != "header" {
		return nil
	}
	name := m.scheme.Name
	usual := []string{name, http.CanonicalHeaderKey(name)}
	return []Fault{
		must("header-case", "", contract.MissingKey, "The header of the key is only found in its usual spelling.",
			func(b *rules) {
				b.listen = func(l net.Listener) net.Listener { return &headerCaseListener{l, name, usual} }
			}),
		must("header-lower-case", "", contract.MissingKey, "The header of the key is not found in lower case.",
			func(b *rules) {
				b.listen = func(l net.Listener) net.Listener {
					return &headerCaseListener{l, name, []string{usual[0], usual[1], strings.ToUpper(name)}}
				}
			}),
	}
}
