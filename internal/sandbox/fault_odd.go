package sandbox

import (
	"bytes"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"conformance/internal/contract"
)

// oddInputFaults: odd but legal input makes the server fail, or its own failures are answered badly.

var oddInputs = []struct {
	name, description string
	test              func(c *call) bool
}{
	{"nul-character", "A NUL in a text", func(c *call) bool { return contains(c, `\u0000`, "\x00") }},
	{"control-character", "A control character in a text", func(c *call) bool {
		return escapedControl.Match(c.load()) || strings.Contains(c.request.URL.RawQuery, "%0")
	}},
	{"long-text", "A very long text", func(c *call) bool { return len(c.load()) > 60_000 }},
	{"lone-surrogate", "Half a surrogate pair in a text", func(c *call) bool { return loneSurrogate(c.load()) }},
	{"character-beyond-16-bits", "A character beyond 16 bits", func(c *call) bool {
		return bytes.ContainsFunc(c.load(),
			func(r rune) bool { return r > 0xFFFF }) || strings.Contains(strings.ToUpper(c.request.URL.RawQuery), "%F0%9F")
	}},
	{"deep-json", "Deeply nested JSON", func(c *call) bool { return depth(c.load()) > 64 }},
	{"huge-number", "A number beyond what a float holds", func(c *call) bool { return hugeNumber.Match(c.load()) }},
	{"duplicate-member", "A member that a body has twice", func(c *call) bool {
		return slices.ContainsFunc(c.operation.fields, func(f *field) bool {
			return len(regexp.MustCompile(`"`+regexp.QuoteMeta(f.Name)+`"\s*:`).FindAllIndex(c.load(), 2)) > 1
		})
	}},
	{"invalid-utf-8", "A body that is not UTF-8", func(c *call) bool { return !utf8.Valid(c.load()) }},
	{"byte-order-mark", "A byte order mark before the body",
		func(c *call) bool { return bytes.HasPrefix(c.load(), []byte("\xEF\xBB\xBF")) }},
	{"long-query", "A very long query", func(c *call) bool { return len(c.request.URL.RawQuery) > 2000 }},
	{"many-members", "A body with very many members",
		func(c *call) bool { return len(c.load()) > 0 && bytes.Count(c.load(), []byte(":")) > 500 }},
	{"unusual-header", "An unusual header", func(c *call) bool {
		for name, values := range c.request.Header {
			if len(strings.Join(values, "")) > 2000 || strings.ContainsFunc(strings.Join(values, ""),
				func(r rune) bool { return r > 0x7E }) || len(name) > 64 {
				return true
			}
		}
		return false
	}},
}

var (
	escapedControl = regexp.MustCompile(`\\u00[01][0-9a-fA-F]`)
	hugeNumber     = regexp.MustCompile(`\d[eE]\+?\d{3,}|\d{310,}`)
	surrogates     = regexp.MustCompile(`\\u[dD]([89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}`)
	surrogate      = regexp.MustCompile(`\\u[dD][89a-fA-F][0-9a-fA-F]{2}`)
)

// inherited are names that every JavaScript object has (ECMA-262, 20.1.3, B.2.2): a lookup of what a client sent in a
// plain object finds them.
var inherited = []string{
	"__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__", "__proto__", "constructor",
	"hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf",
}

func loneSurrogate(raw []byte) bool { return surrogate.Match(surrogates.ReplaceAll(raw, nil)) }

func contains(c *call, texts ...string) bool {
	for _, text := range texts {
		if bytes.Contains(c.load(), []byte(text)) {
			return true
		}
	}
	return strings.Contains(c.request.URL.RawQuery, "%00")
}

// depth of the deepest bracket, those in texts included: it need not be exact.
func depth(raw []byte) int {
	deepest, at := 0, 0
	for _, b := range raw {
		switch b {
		case '{', '[':
			at++
			deepest = max(deepest, at)
		case '}', ']':
			at--
		}
	}
	return deepest
}

func oddInputFaults(m *model) []Fault {
	var faults []Fault
	for _, one := range oddInputs {
		step := "validateBody" // a body that is no JSON is a situation of its own
		if one.name == "invalid-utf-8" || one.name == "byte-order-mark" {
			step = "decode"
		}
		faults = append(faults, should("crash-on", one.name, contract.ServerFault, one.description+" makes the server fail.",
			insertStep(step, func(c *call) *refusal {
				if one.test(c) {
					return serverFault()
				}
				return nil
			})))
	}
	failed := refused(contract.ServerFault)
	bare := func(name, description, text, mediaType string) Fault {
		return must(name, "", contract.ServerFault, description, changeResponse(failed, func(_ *call, a *answer) {
			a.raw = []byte(text)
			a.header.Set("Content-Type", mediaType)
		}))
	}
	faults = append(faults,
		bare("failure-plain", "A failure of the server is answered in plain text.",
			"Internal Server Error\n", "text/plain; charset=utf-8"),
		bare("failure-html", "A failure of the server is answered with an HTML page.",
			"<html><body><h1>Internal Server Error</h1></body></html>", "text/html"),
		bare("failure-empty", "A failure of the server is answered with an empty object.", "{}", "application/json"),
		bare("failure-trace", "A failure of the server is answered with a stack trace.",
			internalDetails[1].text, "text/plain; charset=utf-8"),
	)
	message := m.contract.Envelope.Message
	return append(faults,
		must("failure-told", "", contract.ServerFault, "A failure of the server shows its stack trace in the message.",
			changeRefusal(of(contract.ServerFault), func(_ *call, _ *refusal, a *answer) {
				put(a.envelope(), message, internalDetails[0].text)
			})),
		must("failure-sql", "", contract.ServerFault, "A failure of the server shows an SQL error in the message.",
			changeRefusal(of(contract.ServerFault), func(_ *call, _ *refusal, a *answer) {
				put(a.envelope(), message, internalDetails[5].text)
			})),
		must("failure-bad-gateway", "", contract.ServerFault,
			"A failure of the server is answered by the proxy: 502 in HTML.",
			func(b *rules) {
				changeRefusal(of(contract.ServerFault),
					func(_ *call, _ *refusal, a *answer) { a.status = http.StatusBadGateway })(b)
				changeResponse(failed, func(_ *call, a *answer) {
					a.raw = []byte("<html><body><h1>502 Bad Gateway</h1></body></html>")
					a.header.Set("Content-Type", "text/html")
				})(b)
			}),
	)
}
