package contract_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"conformance/internal/contract"
)

// TestRefused makes one edit in a valid document and expects a message with its place and what to do.
func TestRefused(t *testing.T) {
	const (
		listNotes   = "#/paths/~1notes/get"
		createNote  = "#/paths/~1notes/post"
		updateNote  = "#/paths/~1notes#item/patch"
		addComment  = "#/paths/~1notes#comment/post"
		author      = "#/components/schemas/CommentWrite/properties/author"
		status      = "#/components/schemas/StatusWrite/properties/status"
		transitions = "{draft: [open], open: {to: [done, draft], x-assumed: true}, done: []}"
		authorFrom  = "{from: createNote, at: /id, unknown: unknown-author, distinct: true}"
		bad         = `"400": {$ref: '#/components/responses/Bad'}`
		unauthed    = `"401": {$ref: '#/components/responses/Unauthorized'}, `
	)
	for name, c := range map[string]struct {
		edits   []edit
		pointer string
		message string // a part of it
	}{
		"no YAML":       {[]edit{{"info: {", "info: {{"}}, "#", "neither YAML nor JSON: line 2"},
		"not a mapping": {[]edit{{"openapi: 3.0.3", "- a"}}, "#", "neither YAML nor JSON"},
		"a later version": {
			[]edit{{"openapi: 3.0.3", "openapi: 3.1.0"}}, "#/openapi", `is "3.1.0"; only 3.0.x is understood`,
		},
		"an earlier version": {
			[]edit{{"openapi: 3.0.3", `swagger: "2.0"`}}, "#/openapi", `is ""; only 3.0.x is understood`,
		},
		"no title": {[]edit{{"title: Notes, ", ""}}, "#/info", "title"},
		"no paths": {[]edit{{"\npaths:", "\nx-paths:"}}, "#/paths", "must be an object"},
		"another file": {
			[]edit{{"'#/components/schemas/NoteWrite'", "'other.yaml#/NoteWrite'"}}, "#",
			`refers to "other.yaml#/NoteWrite"; a contract is one file: copy that in`,
		},
		"another host": {
			[]edit{{"'#/components/schemas/NoteWrite'", "'http://127.0.0.1:1/n.yaml'"}}, "#",
			`refers to "http://127.0.0.1:1/n.yaml"; a contract is one file: copy that in`,
		},
		"a dangling reference": {
			[]edit{{"'#/components/schemas/NoteWrite'", "'#/components/schemas/Nope'"}}, "#/components/schemas/Nope",
			"is referred to and does not exist",
		},
		"a broken pattern": {
			[]edit{{"minLength: 1, x-unique", "pattern: '(', x-unique"}}, "#/components/schemas/NoteWrite", "missing closing )",
		},
		"a schema of itself": {[]edit{{"    NoteWrite:\n", "    NoteWrite:\n      allOf: [{$ref: " +
			"'#/components/schemas/NoteWrite'}]\n"}}, "#/components/schemas/NoteWrite", "refers to itself"},
		"an alternative to itself": {[]edit{{"    NoteWrite:\n", "    NoteWrite:\n      anyOf: [{type: object}, {not: " +
			"{$ref: '#/components/schemas/NoteWrite'}}]\n"}}, "#/components/schemas/NoteWrite", "refers to itself"},

		"no operationId": {
			[]edit{{"operationId: addComment", "summary: Add a comment"}}, addComment, "has no operationId",
		},
		"an operationId twice": {
			[]edit{{"operationId: updateNoteStatus", "operationId: addComment"}}, updateNote + "/operationId",
			`"addComment" is also that of #/paths/~1notes#comment/post; each needs its own`,
		},
		"no success": {
			[]edit{{`"200": {$ref: '#/components/responses/Notes'}, `, ""}}, listNotes + "/responses",
			"documents no success; add",
		},
		"no 401": {[]edit{{unauthed, ""}}, listNotes + "/responses", "documents no 401, and the operation " +
			"needs a credential; add"},
		"scopes without a key": {
			[]edit{{"operationId: listNotes", "operationId: listNotes\n      security: []"}}, listNotes + "/x-required-scopes",
			"is on a public operation; take it out",
		},
		"an unknown scheme": {[]edit{{"- Key: []", "- Token: []"}}, "#/security", `undefined security scheme "Token"`},
		"digest": {
			[]edit{{"{type: apiKey, in: header, name: X-Key,", "{type: http, scheme: digest,"}},
			"#/components/securitySchemes/Key", "the suite can send apiKey, http bearer and basic",
		},
		"a prefix of a scheme of HTTP": {
			[]edit{{"{type: apiKey, in: header, name: X-Key,", "{type: http, scheme: bearer, x-prefix: 'Key ',"}},
			"#/components/securitySchemes/Key/x-prefix", "is for an apiKey",
		},
		"scopes where a key is optional": {
			[]edit{{"- Key: []", "- Key: []\n  - {}"}}, createNote + "/x-required-scopes", "is on a public operation",
		},
		"a body without example": {
			[]edit{{"      example: {title: Buy milk}\n", ""}}, createNote + "/requestBody", "has no example object; give the " +
				"schema one",
		},
		"a bad example": {
			[]edit{{"example: {title: Buy milk}", "example: {title: ''}"}}, createNote + "/requestBody",
			"the example breaks its own schema",
		},
		"an example lacking": {
			[]edit{{"example: {author: 1, text: Done that}", "example: {author: 1}"}}, addComment + "/requestBody", `"text"`,
		},
		"a body of text": {
			[]edit{{"requestBody: {required: true, content: {application/json:", "requestBody: {required: true, content: " +
				"{text/plain:"}}, createNote + "/requestBody", "has no JSON content",
		},

		"an unknown document": {
			[]edit{{"document: guide", "document: guides"}}, "#/x-situations/missing-key/source/document",
			`"guides" is not in x-documents; add`,
		},
		"a source without one": {
			[]edit{{"document: guide, ", ""}}, "#/x-situations/missing-key/source/document", "is missing; name a document of " +
				"x-documents",
		},
		"a source in words": {
			[]edit{{"source: {document: guide, section: Keys}", "source: the guide"}}, "#/x-situations/missing-key/source",
			"is not in the shape",
		},
		"a member of another": {
			[]edit{{"section: Keys", "chapter: Keys"}}, "#/x-situations/missing-key/source", `unknown field "chapter"`,
		},
		"a source in a script": {
			[]edit{{"section: Keys", "url: 'javascript:alert(1)'"}}, "#/x-situations/missing-key/source/url",
			"is not an http or https address",
		},
		"a document nowhere": {
			[]edit{{"https://notes.test/guide", "guide.html"}}, "#/x-documents/guide/url",
			`"guide.html" is not an http or https address`,
		},
		"a document of no title": {[]edit{{"title: Guide, ", ""}}, "#/x-documents/guide/title", "is missing; give the title"},
		"documents in a list": {
			[]edit{{"{guide: {title: Guide, url: 'https://notes.test/guide'}}", "[guide]"}}, "#/x-documents",
			"is not in the shape",
		},

		"an envelope without message": {
			[]edit{{"message: /message, ", ""}}, "#/x-error-envelope/message", "is missing; give a JSON pointer",
		},
		"an envelope of names": {
			[]edit{{"code: /error,", "code: error,"}}, "#/x-error-envelope", `"error" is not a JSON pointer: it starts with /`,
		},
		"an envelope of lists": {
			[]edit{{"code: /error,", "code: [/error],"}}, "#/x-error-envelope", "is not in the shape",
		},
		"an unknown part of it": {
			[]edit{{"code: /error,", "status: /error,"}}, "#/x-error-envelope", `unknown field "status"`,
		},
		"a message that is nowhere": {
			[]edit{{"message: /message,", "message: /text,"}}, listNotes + "/responses/400", "its schema has no /text, which " +
				"x-error-envelope names as the place of the message",
		},
		"a flag that is nowhere": {
			[]edit{{"flag: /success", "flag: /ok"}}, listNotes + "/responses/400", "its schema has no /ok, which " +
				"x-error-envelope names as the place of the flag",
		},
		"a code without enum": {
			[]edit{{"{error: {enum: [taken]}}", "{error: {type: string}}"}}, createNote + "/responses/409",
			"its schema has no enum of codes at /error",
		},

		"a list of situations": {
			[]edit{{`missing-scope: {"403": [forbidden]}`, "- missing-scope"}}, "#", "neither YAML nor JSON",
		},
		"a misspelt situation": {
			[]edit{{"missing-key: {", "no-key: {"}}, "#/x-situations/no-key", "is not a situation that the suite can create",
		},
		"a status of a success": {
			[]edit{{`missing-scope: {"403"`, `missing-scope: {"200"`}}, "#/x-situations/missing-scope/200",
			"is not an error status",
		},
		"a status with more": {
			[]edit{{`missing-scope: {"403"`, `missing-scope: {"403x"`}}, "#/x-situations/missing-scope/403x",
			"is not an error status",
		},
		"a code for a list": {
			[]edit{{"[forbidden]}\n  missing-field", "forbidden}\n  missing-field"}}, "#/x-situations/missing-scope/403",
			"must be a list of codes",
		},
		"a situation without status": {
			[]edit{{`duplicate: {"409": [taken]}`, "duplicate: {}"}}, "#/x-situations/duplicate", "gives no status; map one",
		},
		"a mark that is no boolean": {
			[]edit{{"[invalid], x-assumed: true}\n  unknown-status", "[invalid], x-assumed: maybe}\n  unknown-status"}},
			"#/x-situations/illegal-transition/x-assumed", "must be true or false",
		},
		"an unknown code": {
			[]edit{{`duplicate: {"409": [taken]}`, `duplicate: {"409": [in_use]}`}}, "#/x-situations/duplicate",
			`no response documents the code "in_use"; add it`,
		},
		"a code of another status": {
			[]edit{{`duplicate: {"409": [taken]}`, `duplicate: {"409": [invalid]}`}}, createNote + "/responses",
			`no response can answer the situation "duplicate" (expected status 409)`,
		},
		"a status nobody documents": {
			[]edit{{`, "409": {$ref: '#/components/responses/Taken'}`, ""}}, createNote + "/responses",
			`no response can answer the situation "duplicate" (expected status 409)`,
		},
		"several statuses, none there": {
			[]edit{{`unknown-author: {"400": [invalid]}`, `unknown-author: {"409": [taken], "429": [slow]}`}},
			addComment + "/responses", "(expected status 409, 429)",
		},
		"an exempt that is not": {
			[]edit{{"exempt: [missing-key]", "exempt: [missing-key, misplaced-key]"}}, "#/x-rate-limit/exempt/1",
			`"misplaced-key" is not in x-situations`,
		},
		"a wait that is nowhere": {
			[]edit{{"retry-after: /wait", "retry-after: /seconds"}}, listNotes + "/responses/429", "its schema has no /seconds",
		},
		"a page that is no parameter": {
			[]edit{{"{page: page, size: size,", "{page: page, size: per_page,"}}, "#/x-pagination/size",
			`no operation has a query parameter "per_page"`,
		},
		"a sentence without a name": {
			[]edit{{`x-assumed: {"null": A null is a wrong type.}`, "x-assumed: true"}}, "#/x-assumed", "is not in the shape",
		},

		"a reference in a word": {[]edit{{authorFrom, "createNote"}}, author + "/x-reference", "is not in the shape"},
		"a reference of a number": {
			[]edit{{"unknown-author, distinct: true", "unknown-author, distinct: 1"}}, author + "/x-reference",
			"is not in the shape",
		},
		"a misspelt part of it": {
			[]edit{{"unknown-author, distinct: true", "unknown-author, different: true"}}, author + "/x-reference",
			`unknown field "different"`,
		},
		"a reference from nowhere": {
			[]edit{{authorFrom, "{from: createAuthor, at: /id}"}}, author + "/x-reference/from",
			`there is no operation "createAuthor"; name one`,
		},
		"a reference after nothing": {
			[]edit{{authorFrom, "{from: createNote, at: /id, after: sign}"}}, author + "/x-reference/after",
			`there is no operation "sign"; name one`,
		},
		"a reference to nothing": {
			[]edit{{authorFrom, "{from: createNote, at: /data/id}"}}, author + "/x-reference/at",
			`"/data/id" does not exist in the success answer of createNote; point at`,
		},
		"a reference to a record": {
			[]edit{{authorFrom, "{from: createNote}"}}, author + "/x-reference/at",
			`"" is an object in the success answer of createNote; point at`,
		},
		"a reference by name": {
			[]edit{{authorFrom, "{from: createNote, at: id}"}}, author + "/x-reference", `"id" is not a JSON pointer`,
		},
		"an unknown of its own": {
			[]edit{{"unknown: unknown-author", "unknown: unknown-writer"}}, "#/x-situations",
			`lacks "unknown-writer", which an x-reference names; map it`,
		},
		"a reference to itself": {[]edit{{"title: {type: string, ", "title: {type: string, x-reference: {from: " +
			"createNote, at: /title}, "}}, createNote, "its references lead back to createNote"},
		"references in a circle": {[]edit{{"title: {type: string, ", "title: {type: string, x-reference: {from: " +
			"addComment, at: /title}, "}}, addComment, "its references lead back to createNote"},
		"a circle through after": {
			[]edit{{authorFrom, "{from: createNote, at: /id, after: addComment}"}}, addComment,
			"its references lead back to addComment",
		},

		"a transition to nowhere": {
			[]edit{{"draft: [open],", "draft: [closed],"}}, status + "/x-transitions/draft",
			`"closed" is not in the enum of the same schema`,
		},
		"a transition from nowhere": {
			[]edit{{"done: []}}", "gone: []}}"}}, status + "/x-transitions/gone", `"gone" is not in the enum of the same schema`,
		},
		"a transition that is a word": {
			[]edit{{"draft: [open],", "draft: open,"}}, status + "/x-transitions/draft", "must be a list of statuses or {to: " +
				"[…], x-assumed: true}",
		},
		"transitions in a list": {
			[]edit{{transitions, "[draft, open, done]"}}, status + "/x-transitions", "is not in the shape",
		},
		"transitions without enum": {
			[]edit{{"status: {type: string, enum: [draft, open, done], x-", "status: {type: string, x-"}}, status + "/enum",
			"is missing; x-transitions needs the list of statuses",
		},
		"uniqueness by a word": {
			[]edit{{"x-unique: {ignoreCase: true}", "x-unique: ignoreCase"}},
			"#/components/schemas/NoteWrite/properties/title/x-unique", "is not in the shape",
		},
		"a scope without a list": {
			[]edit{{"x-required-scopes: [read]", "x-required-scopes: read"}}, listNotes + "/x-required-scopes",
			"is not in the shape",
		},
		"implied scopes in a list": {
			[]edit{{"x-implied-scopes: {write: [read]}", "x-implied-scopes: [read]"}},
			"#/components/securitySchemes/Key/x-implied-scopes", "is not in the shape",
		},
		"a tier that is a number": {
			[]edit{{"x-rate-limit-tier: reads", "x-rate-limit-tier: 1"}}, listNotes + "/x-rate-limit-tier",
			"is not in the shape",
		},

		"a selector of two values": {
			[]edit{{"{type: string, enum: [comment]}", "{type: string, enum: [comment, remark]}"}, {"    patch:", "    post:"}},
			updateNote[:len(updateNote)-5] + "post", "cannot be distinguished from addComment: same method, path and " +
				"selectors; give one",
		},
		"an optional selector": {
			[]edit{{"{name: sub, in: query, required: true,", "{name: sub, in: query,"}, {"    patch:", "    post:"}},
			updateNote[:len(updateNote)-5] + "post", "cannot be distinguished from addComment",
		},
		"two selections on one key": {
			[]edit{{"  /notes#comment:\n    x-assumed: true\n", "  /notes#comment:\n    get: {operationId: comments, " +
				"parameters: [{name: sub, in: query, required: true, schema: {enum: [comments]}}], responses: {'200': {$ref: " +
				"'#/components/responses/Notes'}, " + strings.TrimSuffix(unauthed, ", ") + "}}\n"}}, addComment,
			"has other selectors than comments on the same path key",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := contract.Load(small(t, c.edits...))
			var refused *contract.Error
			if !errors.As(err, &refused) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if !slices.ContainsFunc(refused.Problems, func(p contract.Problem) bool {
				return p.Pointer == c.pointer && strings.Contains(p.Message, c.message)
			}) {
				t.Errorf("got\n%v\nwant %s: … %s …", err, c.pointer, c.message)
			}
		})
	}
}
