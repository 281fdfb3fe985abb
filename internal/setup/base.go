package setup

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"conformance/internal/contract"
	"conformance/internal/probe"
)

// Base is the path below which the target answers.
type Base struct {
	Path string // without a slash at its end; empty: the host's root
	// Sure says that a read, or a refusal that unknown paths do not get, was answered there.
	Sure bool
	// Elsewhere says that what was given did not answer, and this path of the document's servers does.
	Elsewhere bool
	// Redirect is where a read was sent instead, as the target wrote it; empty: nowhere.
	Redirect string
}

// mostBases is how many places are tried.
const mostBases = 4

// How sure an answer makes that its place is the base path.
const (
	nothing = iota
	refused // as everything may be
	unlike  // an unknown path is answered in another way
	success
)

// findBase asks for the first reads below the path that was given, then below those of the document's servers.
func (l *looker) findBase() {
	best, found := nothing, l.Base
	for _, base := range bases(l.Base, l.Contract) {
		l.base = base
		got := nothing
		for _, o := range l.reads[:min(len(l.reads), 2)] {
			if got = max(got, l.worth(l.read(o))); got > nothing {
				break
			}
		}
		// Where everything is refused, the document's path is likelier than none.
		if got > best || got == best && got == refused && found == "" {
			best, found = got, base
		}
		if best >= unlike {
			break
		}
	}
	l.base = found
	l.seen.Base.Path, l.seen.Base.Sure, l.seen.Base.Elsewhere = found, best >= unlike, best > nothing && found != l.Base
}

// bases are the places to try, the given one first: each server of the document, with and without what was given.
func bases(given string, c *contract.Contract) []string {
	out := []string{given}
	for _, s := range c.Doc.Servers {
		path, err := s.BasePath()
		if err != nil || strings.Contains(path, "{") {
			continue
		}
		path = escaped(path)
		out = append(out, path, given+path)
	}
	out = append(out, "")
	var once []string
	for _, base := range out {
		if !slices.Contains(once, base) {
			once = append(once, base)
		}
	}
	return once[:min(len(once), mostBases)]
}

func escaped(path string) string {
	u := url.URL{Path: strings.TrimSuffix(path, "/")}
	return u.EscapedPath()
}

// worth says how sure an answer to a read makes that the base path is right.
func (l *looker) worth(a *answer) int {
	switch {
	case a == nil || a.Status == http.StatusNotFound:
		return nothing
	case a.Status/100 == 3:
		l.seen.Base.Redirect = cmp.Or(l.seen.Base.Redirect, l.Client.Redactor().String(a.Get("Location")))
		return nothing
	case a.Accepted() && a.json == nil && strings.HasPrefix(a.Get("Content-Type"), "text/html") && !html(a.of):
		return nothing // a page for people, as some servers have at every address
	case a.Accepted():
		return success
	}
	unknown := l.ask(nil, &probe.Request{Path: "/" + word()})
	if unknown == nil || unknown.Status == a.Status {
		return refused
	}
	return unlike
}

// html says that the operation documents pages.
func html(o *contract.Operation) bool {
	r := o.Success()
	return r == nil || slices.ContainsFunc(r.Others, func(t string) bool { return strings.HasPrefix(t, "text/html") })
}
