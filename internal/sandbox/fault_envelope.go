package sandbox

import (
	"fmt"
	"slices"
	"strings"
)

// envelopeFaults: a refusal has the right status, but the wrong form.

// flaw is one thing that is wrong with the form of a refusal.
type flaw struct {
	name, description string
	apply             func(when func(*call, *answer) bool) func(*rules)
}

func envelopeFaults(m *model) []Fault {
	flaws := slices.Concat(flagFlaws(m), codeFlaws(m), messageFlaws(m), bodyFlaws(), mediaFlaws())
	ids := m.situations()
	var faults []Fault
	for i, f := range flaws {
		faults = append(faults, must(f.name, "", "", "Every refusal: "+f.description, f.apply(refused())))
		if i%2 != 0 {
			continue
		}
		// One situation each shows that no situation is judged less strictly than the others.
		id := ids[i/2%len(ids)]
		faults = append(faults,
			must(f.name, string(id), id, fmt.Sprintf("The refusal of %s: %s", id, f.description), f.apply(refused(id))))
	}
	return faults
}

// member is a flaw in the members of the envelope, made before it is put into bytes.
func member(name, description string, how func(c *call, body map[string]any)) flaw {
	return flaw{name, description, func(when func(*call, *answer) bool) func(*rules) {
		return func(b *rules) {
			correct := b.render
			b.render = func(c *call, a *answer) *answer {
				if when(c, a) {
					how(c, a.envelope())
				}
				return correct(c, a)
			}
		}
	}}
}

// sent is a flaw in what is sent.
func sent(name, description string, how func(c *call, a *answer)) flaw {
	return flaw{name, description, func(when func(*call, *answer) bool) func(*rules) { return changeResponse(when, how) }}
}

func flagFlaws(m *model) []flaw {
	flag := m.contract.Envelope.Flag
	if flag == "" {
		return nil
	}
	flaws := []flaw{member("flag-missing", "the success flag is left out",
		func(_ *call, body map[string]any) { drop(body, flag) })}
	for _, wrong := range []struct {
		name  string
		value any
	}{{"true", true}, {"text", "false"}, {"number", 0}, {"null", nil}} {
		flaws = append(flaws,
			member("flag-"+wrong.name, fmt.Sprintf("the success flag is %#v", wrong.value), func(_ *call, body map[string]any) {
				put(body, flag, wrong.value)
			}))
	}
	return flaws
}

func codeFlaws(m *model) []flaw {
	at := m.contract.Envelope.Code
	if at == "" {
		return nil
	}
	change := func(name, description string, how func(code string) any) flaw {
		return member(name, description, func(_ *call, body map[string]any) {
			code, _ := at.Get(body)
			text, _ := code.(string)
			put(body, at, how(text))
		})
	}
	return []flaw{
		member("code-missing", "the machine code is left out", func(_ *call, body map[string]any) { drop(body, at) }),
		member("code-renamed", "the machine code has another name", func(_ *call, body map[string]any) {
			body["reason_code"] = drop(body, at)
		}),
		change("code-upper-case", "the machine code is in capitals", func(code string) any { return strings.ToUpper(code) }),
		change("code-camel-case", "the machine code is in camel case", camel),
		change("code-unlisted", "the machine code is none of the catalogue",
			func(string) any { return "something_went_wrong" }),
		change("code-number", "the machine code is a number", func(string) any { return 1042 }),
		change("code-object", "the machine code is inside an object",
			func(code string) any { return map[string]any{"code": code} }),
		change("code-null", "the machine code is null", func(string) any { return nil }),
	}
}

func camel(code string) any {
	words := strings.Split(code, "_")
	for i, w := range words {
		words[i] = strings.ToUpper(w[:min(1, len(w))]) + w[min(1, len(w)):]
	}
	return strings.Join(words, "")
}

func messageFlaws(m *model) []flaw {
	at := m.contract.Envelope.Message
	change := func(name, description string, value func(c *call, body map[string]any) any) flaw {
		return member(name, description, func(c *call, body map[string]any) { put(body, at, value(c, body)) })
	}
	constant := func(value any) func(*call, map[string]any) any {
		return func(*call, map[string]any) any { return value }
	}
	flaws := []flaw{
		member("message-missing", "the message is left out", func(_ *call, body map[string]any) { drop(body, at) }),
		change("message-empty", "the message is empty", constant("")),
		change("message-blank", "the message is made of spaces", constant("   ")),
		change("message-null", "the message is null", constant(nil)),
		change("message-list", "the message is a list of texts", constant([]any{"The request is not valid."})),
		change("message-html", "the message holds HTML", constant("<p>The request was <b>refused</b>.</p>")),
	}
	if code := m.contract.Envelope.Code; code != "" {
		flaws = append(flaws,
			change("message-is-code", "the message repeats the machine code", func(_ *call, body map[string]any) any {
				value, _ := code.Get(body)
				return value
			}))
	}
	return flaws
}

func bodyFlaws() []flaw {
	const page = "<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Error</h1></body></html>"
	return []flaw{
		sent("body-empty", "the body is empty", func(_ *call, a *answer) { a.raw = nil }),
		sent("body-html", "the body is an HTML page that calls itself JSON",
			func(_ *call, a *answer) { a.raw = []byte(page) }),
		sent("html-page", "the answer is the web server's HTML page", func(_ *call, a *answer) {
			a.raw = []byte(page)
			a.header.Set("Content-Type", "text/html; charset=utf-8")
		}),
		sent("body-twice", "the body holds two JSON documents",
			func(_ *call, a *answer) { a.raw = append(slices.Clone(a.raw), a.raw...) }),
		sent("body-trailing", "text follows the JSON document",
			func(_ *call, a *answer) { a.raw = append(a.raw, " done"...) }),
		sent("body-cut", "the JSON document is cut off", func(_ *call, a *answer) { a.raw = a.raw[:len(a.raw)*2/3] }),
		sent("body-list", "the envelope is in a list",
			func(_ *call, a *answer) { a.raw = slices.Concat([]byte("["), a.raw, []byte("]")) }),
		sent("body-nested", "the envelope is inside another object", func(_ *call, a *answer) {
			a.raw = slices.Concat([]byte(`{"errors":`), a.raw, []byte("}"))
		}),
		sent("body-plain", "the body is plain text", func(_ *call, a *answer) {
			a.raw = []byte("The request was refused.")
			a.header.Set("Content-Type", "text/plain; charset=utf-8")
		}),
	}
}

func mediaFlaws() []flaw {
	typed := func(name, mediaType string) flaw {
		return sent(name, "the envelope is sent as "+mediaType,
			func(_ *call, a *answer) { a.header.Set("Content-Type", mediaType) })
	}
	return []flaw{
		typed("media-type-plain", "text/plain; charset=utf-8"),
		typed("media-type-html", "text/html"),
		typed("media-type-problem", "application/problem+json"),
		sent("media-type-missing", "the answer has no Content-Type", func(_ *call, a *answer) {
			a.header["Content-Type"] = nil // else net/http guesses one
		}),
	}
}
