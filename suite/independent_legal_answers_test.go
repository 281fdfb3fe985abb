package suite_test

import (
	"fmt"
	"maps"
	"strings"
)

// answering makes a server use other answers of those that a situation allows. A key may end in @ and an operation.
func answering(answers map[string]indAnswer) func(*independent) {
	return func(s *independent) { maps.Copy(s.answers, answers) }
}

// legalAnswers differ in status and code where a situation has several, and in what is judged first.
func legalAnswers() []legalDialect {
	refused := func(status int, code string) indAnswer { return indAnswer{status, code, ""} }
	return []legalDialect{
		{
			name: "references-404-or-400", source: "openapi.yaml",
			words: `unknown-reference: {"400": [validation_failed], "404": [not_found]`,
			change: answering(map[string]indAnswer{
				"unknown-reference@createJob":              refused(404, "not_found"),
				"unknown-reference@adjustInventoryStock":   refused(404, "not_found"),
				"unknown-reference@transferInventoryStock": refused(404, "not_found"),
				"low-reference@updateJob":                  refused(404, "not_found"),
			}),
		},
		{
			name: "scope-codes-by-operation", source: "openapi.yaml",
			words: `missing-scope: {"403": [forbidden, scope_not_authorized]`,
			change: answering(map[string]indAnswer{
				"missing-scope@listJobs":    refused(403, "scope_not_authorized"),
				"missing-scope@createAsset": refused(403, "scope_not_authorized"),
			}),
		},
		{
			name: "missing-field-codes-by-operation", source: "openapi.yaml",
			words: `missing-field: {"400": [missing_required_field, validation_failed]`,
			change: answering(map[string]indAnswer{
				"missing-field@createJob":   refused(400, "validation_failed"),
				"missing-field@updateAsset": refused(400, "validation_failed"),
				"empty-text@createJob":      refused(400, "missing_required_field"),
			}),
		},
		{
			name: "malformed-body-codes-by-operation", source: "openapi.yaml",
			words: `malformed-body: {"400": [validation_failed, missing_required_field]`,
			change: answering(map[string]indAnswer{
				"malformed-body@createCustomer": refused(400, "missing_required_field"),
				"malformed-body@updateJob":      refused(400, "missing_required_field"),
				"empty-patch":                   refused(400, "validation_failed"),
			}),
		},
		{
			name: "bad-ids-404-by-operation", source: "openapi.yaml",
			words: `invalid-id: {"400": [validation_failed], "404": [not_found]`,
			change: answering(map[string]indAnswer{
				"invalid-id@getJob": refused(404, "not_found"), "invalid-id@updateAssetStatus": refused(404, "not_found"),
				"invalid-id@updateCustomerLocation": refused(404, "not_found"),
			}),
		},
		{
			name: "zero-id-404-text-id-400", source: "openapi.yaml",
			words: `invalid-id: {"400": [validation_failed], "404": [not_found]`,
			change: func(s *independent) {
				s.sent = func(c *indCall, p *indProblem, reply *indReply) {
					if p != nil && p.situation == "invalid-id" && (c.get(p.field) == "0" || strings.HasPrefix(c.get(p.field), "-")) {
						reply.status = 404
						reply.body.(map[string]any)["error"] = "not_found"
					}
				}
			},
		},
		{
			name: "unknown-status-as-a-transition", source: "openapi.yaml",
			words: `unknown-status: {"400": [validation_failed, invalid_status_transition]`,
			change: answering(map[string]indAnswer{
				"unknown-status@updateJobStatus": refused(400, "invalid_status_transition"),
				"number-status@updateJobStatus":  refused(400, "invalid_status_transition"),
			}),
		},
		{
			name: "transfer-is-a-create", source: "openapi.yaml", words: "whether it counts as a create is open",
			change: func(s *independent) { s.op("transferAsset").success = 201 },
		},
		{
			name: "body-before-address", source: "openapi.yaml",
			words: "Of several faults in one request the authentication is judged first, then the scope, then the rest.",
			change: func(s *independent) {
				s.order = func(*indCall) []indStep {
					return []indStep{s.readBody, s.checkReferences, s.readFilters, s.readIDs, s.findRecords}
				}
			},
		},
		{
			name: "references-before-record", source: "openapi.yaml",
			words: "Of several faults in one request the authentication is judged first, then the scope, then the rest.",
			change: func(s *independent) {
				s.order = func(*indCall) []indStep {
					return []indStep{s.readFilters, s.readBody, s.checkReferences, s.readIDs, s.findRecords}
				}
			},
		},
	}
}

// wording words every refusal of which a field or parameter is the cause.
func wording(word func(c *indCall, p *indProblem, text string) string) func(*independent) {
	return func(s *independent) {
		s.worded = func(c *indCall, p *indProblem, text string) string {
			if p.field == "" {
				return text
			}
			return word(c, p, text)
		}
	}
}

// legalMessages differ in the text for people, which has only to be there.
func legalMessages() []legalDialect {
	const words = "message: {type: string, minLength: 1, description: For people.}"
	say := func(name string, word func(c *indCall, p *indProblem, text string) string) legalDialect {
		return legalDialect{name: name, source: "openapi.yaml", words: words, change: wording(word)}
	}
	every := func(name string, word func(c *indCall, p *indProblem, text string) string) legalDialect {
		return legalDialect{name: name, source: "openapi.yaml", words: words,
			change: func(s *independent) { s.worded = word }}
	}
	formatted := func(name, format string) legalDialect {
		return say(name, func(_ *indCall, p *indProblem, _ string) string { return fmt.Sprintf(format, p.field) })
	}
	return []legalDialect{
		formatted("message-quotes-the-field", `"%s" is required or not valid`),
		formatted("message-with-a-pointer", "#/%s: expected another value"),
		formatted("message-with-a-bracketed-path", "body['%s'] input should be a valid value, unable to parse it"),
		formatted("message-with-several-lines",
			"1 validation error\n%s\n  Select a valid choice from the list, update it where needed.\n"),
		formatted("message-in-german", "Das Feld „%s“ ist ungültig: größer als erlaubt, bitte prüfen."),
		formatted("message-in-japanese", "入力エラー：%s の値が正しくありません 😀"),
		formatted("message-with-signs-of-markup", "%s: 1 < x && x > 0, given as <number> &amp; \"text\""),
		formatted("message-from-right-to-left", "\u202bالحقل %s غير صالح\u202c"),
		say("message-in-camel-case", func(_ *indCall, p *indProblem, _ string) string {
			head, rest, _ := strings.Cut(p.field, "_")
			for word := range strings.SplitSeq(rest, "_") {
				head += strings.ToUpper(word[:min(1, len(word))]) + word[min(1, len(word)):]
			}
			return head + " must not be null"
		}),
		say("message-repeats-the-value", func(c *indCall, p *indProblem, text string) string {
			value, sent := c.body[p.field]
			if !sent {
				value = c.query.Get(p.field)
			}
			return fmt.Sprintf("%s Given: %.200v", text, value)
		}),
		say("message-is-long", func(_ *indCall, _ *indProblem, text string) string {
			return text + strings.Repeat(" See the documentation of this operation for what it may hold.", 300)
		}),
		every("message-of-one-letter-elsewhere", func(_ *indCall, p *indProblem, text string) string {
			if p.field == "" {
				return "?"
			}
			return text
		}),
		every("message-names-line-and-column", func(_ *indCall, p *indProblem, text string) string {
			if p.situation == "malformed-body" {
				return "Syntax error in the JSON on line 1, column 17: unexpected token (char 16)."
			}
			return text
		}),
		every("message-with-a-link", func(_ *indCall, _ *indProblem, text string) string {
			return text + " More: https://docs.example.com/home/api/errors.html#where"
		}),
		every("message-with-advice", func(_ *indCall, _ *indProblem, text string) string {
			return text + " Exception: none. Select another value from the list, or insert it into your system first; " +
				"contact support@example.com at any time."
		}),
	}
}
