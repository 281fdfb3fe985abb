package suite

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"conformance/internal/check"
	"conformance/internal/contract"
	"conformance/internal/result"
)

// A 401 says how to show who calls.

const challengeHeader = "WWW-Authenticate"

var challenge = check.Check{
	ID: "AUTH-008", Level: result.Should, Situation: contract.MissingKey, Source: check.RFC(9110, "15.5.2"),
	Title: "a 401 says by which scheme to call",
	Clause: "A 401 carries WWW-Authenticate with a scheme that the operation takes. Clients and their libraries choose " +
		"by it what to send. Tried where the document has that header, or a scheme of HTTP: basic, bearer, OAuth2 and " +
		"others.",
	Over: check.Operations(func(o *contract.Operation) bool {
		return o.Secured() && (len(challenges(o)) > 0 || documentsChallenge(o))
	}),
	Run: func(t *check.T) {
		a := t.Send(t.Valid().WithoutKey("without a key"))
		if a.Status != http.StatusUnauthorized {
			t.Skip(result.NotApplicable, "a request without a key is answered %d, not 401", a.Status)
		}
		t.Looked()
		values := strings.Join(a.Values(challengeHeader), ", ")
		want := challenges(t.Operation())
		if values == "" {
			t.Report(result.Difference{
				Kind: result.KindHeader, Rule: result.HeaderThere, At: challengeHeader, Want: want, Absent: true,
			})
			return
		}
		if len(want) > 0 && !slices.ContainsFunc(want, func(scheme string) bool { return challengedBy(values, scheme) }) {
			t.Report(result.Difference{
				Kind: result.KindHeader, Rule: result.HeaderValue, At: challengeHeader, Want: want, Got: values,
				Detail: "the operation takes " + strings.Join(want, " or "),
			})
		}
	},
}

// challenges are the schemes of HTTP by which the operation takes a key.
func challenges(o *contract.Operation) []string {
	var out []string
	for _, way := range o.Keys {
		for _, s := range way {
			if name := strings.TrimSpace(s.Prefix); s.Type == "http" && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// documentsChallenge says that the operation's 401 has the header.
func documentsChallenge(o *contract.Operation) bool {
	r := o.Response(http.StatusUnauthorized)
	return r != nil && slices.ContainsFunc(r.Headers, func(h *contract.Header) bool {
		return strings.EqualFold(h.Name, challengeHeader)
	})
}

// challengedBy says that one of the header's challenges is of the scheme: it begins one (RFC 9110, 11.6.1).
func challengedBy(values, scheme string) bool {
	return regexp.MustCompile(`(?i)(^|,)\s*` + regexp.QuoteMeta(scheme) + `(\s|,|$)`).MatchString(values)
}
