package contract_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"conformance"
	"conformance/internal/contract"
)

// TestSchemes loads every place where a key may go.
func TestSchemes(t *testing.T) {
	for name, want := range map[string]contract.Scheme{
		"{type: apiKey, in: header, name: X-Key":  {Type: "apiKey", In: "header", Name: "X-Key"},
		"{type: apiKey, in: query, name: api_key": {Type: "apiKey", In: "query", Name: "api_key"},
		"{type: apiKey, in: cookie, name: sid":    {Type: "apiKey", In: "cookie", Name: "sid"},
		"{type: http, scheme: bearer": {
			Type: "http", In: "header", Name: "Authorization", HTTP: "bearer", Prefix: "Bearer ", Scoped: true,
		},
		"{type: openIdConnect, openIdConnectUrl: 'https://x/'": {
			Type: "http", In: "header", Name: "Authorization", HTTP: "bearer", Prefix: "Bearer ", Scoped: true,
		},
		"{type: http, scheme: Basic": {
			Type: "http", In: "header", Name: "Authorization", HTTP: "basic", Prefix: "Basic ",
		},
		"{type: http, scheme: Token": {
			Type: "http", In: "header", Name: "Authorization", HTTP: "token", Prefix: "Token ",
		},
		"{type: apiKey, in: header, name: Authorization, x-prefix: 'Hive '": {
			Type: "apiKey", In: "header", Name: "Authorization", Prefix: "Hive ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := load(t, small(t, edit{"{type: apiKey, in: header, name: X-Key", name}))
			want.ID, want.Pointer, want.Implied = "Key", "#/components/securitySchemes/Key", map[string][]string{
				"write": {"read"},
			}
			if got := *c.Operation("createNote").Security; !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

// sourceOf shows what a situation cites.
func sourceOf(id contract.SituationID) func(*contract.Contract) any {
	return func(c *contract.Contract) any {
		s := c.Situations[id].Source
		return fmt.Sprintf("%s <%s>", s, s.URL)
	}
}

// TestForms loads documents that say the same in another way.
func TestForms(t *testing.T) {
	inPath := []edit{
		{"  /notes#item:\n", "  /notes/{id}:\n    parameters: [{name: id, in: path, required: true, schema: {type: " +
			"integer}, x-reference: {from: createNote, at: /id}}]\n"},
		{"        - {name: id, in: query, required: true, schema: {type: integer, minimum: 1}, x-reference: {from: " +
			"createNote, at: /id}}", "        - {name: id, in: path, required: true, schema: {type: integer, minimum: 1}, " +
			"x-reference: {from: createNote, at: /id}}"},
	}
	for name, c := range map[string]struct {
		edits []edit
		look  func(c *contract.Contract) any
		want  string
	}{
		"as it is": {nil, func(c *contract.Contract) any { return len(c.Operations) }, "4"},
		"a situation that cites a document": {
			nil, sourceOf("missing-key"), "Guide, Keys <https://notes.test/guide>",
		},
		"a page of its own": {
			[]edit{{"section: Keys", "section: Keys, url: 'http://notes.test/keys#missing'"}},
			sourceOf("missing-key"), "Guide, Keys <http://notes.test/keys#missing>",
		},
		"a document that is not published": {
			[]edit{{", url: 'https://notes.test/guide'", ""}, {", section: Keys", ""}}, sourceOf("missing-key"), "Guide <>",
		},
		"a situation that cites nothing": {
			nil, sourceOf("unknown-author"), "the contract, unknown-author (#/x-situations/unknown-author) <>",
		},
		"a public operation": {
			[]edit{{"operationId: listNotes\n      x-required-scopes: [read]", "operationId: listNotes\n      security: []"}},
			func(c *contract.Contract) any { return c.Operation("listNotes").Security }, "<nil>",
		},
		"an identifier in the path, an operation's parameter in place of the path's": {
			inPath,
			func(c *contract.Contract) any {
				o := c.Operation("updateNoteStatus")
				return fmt.Sprint(o.Path.URL, " ", len(o.Parameters), " ", o.Parameters[0].Pointer, " ", o.Identifiers()[0].In)
			}, "/notes/{id} 1 #/paths/~1notes~1{id}/patch/parameters/0 path",
		},
		"an identifier in the path, shared": {
			[]edit{inPath[0], {"      parameters:\n        - {name: id, in: query, required: true, schema: {type: integer, " +
				"minimum: 1}, x-reference: {from: createNote, at: /id}}\n", ""}},
			func(c *contract.Contract) any { return c.Operation("updateNoteStatus").Parameters[0].Pointer },
			"#/paths/~1notes~1{id}/parameters/0",
		},
		"a path without operations": {
			[]edit{{"paths:\n", "paths:\n  /empty: {}\n  /null:\n"}},
			func(c *contract.Contract) any { return len(c.Paths) }, "3",
		},
		"the code's enum before and after what it adds to": {
			nil,
			func(c *contract.Contract) any {
				o := c.Operation("listNotes")
				return fmt.Sprint(o.Responses[401].Codes, o.Responses[400].Codes)
			}, "[unauthorized] [invalid]",
		},
		"a new record's status by the read schema": {
			nil,
			func(c *contract.Contract) any {
				tr := c.Operation("updateNoteStatus").Body.Field("status").Transitions
				return fmt.Sprint(tr.Initial, tr.Path("open"), tr.Path("done"), tr.Steps("draft", "done"), tr.Path("lost") == nil)
			}, "open[] [done] [open done] true",
		},
		"a new record's status by its place in the enum": {
			[]edit{{"default: open, ", ""}},
			func(c *contract.Contract) any {
				return c.Operation("updateNoteStatus").Body.Field("status").Transitions.Initial
			}, "draft",
		},
		"what is assumed": {
			nil,
			func(c *contract.Contract) any {
				tr := c.Operation("updateNoteStatus").Body.Field("status").Transitions
				return fmt.Sprint(tr.Assumed("draft"), tr.Assumed("open"), c.Operation("addComment").Path.Assumed,
					c.Situations["illegal-transition"].Assumed, c.Assumed)
			}, "false true true true map[null:A null is a wrong type.]",
		},
		"a schema that holds itself": {
			[]edit{{"title: {type: string}", "title: {type: string}\n        about: {type: array, items: {$ref: " +
				"'#/components/schemas/Note'}}"}},
			func(c *contract.Contract) any {
				return contract.SchemaAt(c.Operation("createNote").Success().Schema, "/about/0/about/7/title") != nil
			}, "true",
		},
		"an alias": {
			[]edit{
				{"x-required-scopes: [read]", "x-required-scopes: &read [read]"},
				{"x-required-scopes: [write]", "x-required-scopes: *read"},
			},
			func(c *contract.Contract) any { return c.Operation("createNote").RequiredScopes }, "[read]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fmt.Sprint(c.look(load(t, small(t, c.edits...)))); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestNoCodes loads the contract of an API that distinguishes its errors only by status.
func TestNoCodes(t *testing.T) {
	data := regexp.MustCompile(`("4\d\d": )\[[a-z_]+\]`).ReplaceAll(small(t, edit{"code: /error, ", ""}), []byte("$1[]"))
	c := load(t, data)
	if answers := c.Situations["duplicate"].Answers; fmt.Sprint(answers) != "map[409:[]]" || len(c.Codes) != 0 {
		t.Errorf("got %v and %v", answers, c.Codes)
	}
}

// TestPointer holds Get to RFC 6901: what a pointer names, or that it names nothing.
func TestPointer(t *testing.T) {
	doc := map[string]any{
		"a": []any{1.0, map[string]any{"b/c": 2.0, "~": nil, "~1": "tilde, one"}}, "": "empty",
		"n": json.Number("12345678901234567890"),
		"0": "zero", "long": []any{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, "ten"}, "none": []any{}, "null": nil, "é %": "odd",
		"m": map[string]any{"": map[string]any{"": "deep"}},
	}
	for pointer, want := range map[contract.Pointer]string{
		"": fmt.Sprint(doc), "/": "empty", "/m//": "deep", "/0": "zero", "/a/0": "1", "/long/10": "ten", "/null": "<nil>",
		"/é %":      "odd",
		"/a/1/b~1c": "2", "/a/1/~0": "<nil>", "/a/1/~01": "tilde, one", "/n": "12345678901234567890",
		"/b": "none", "/a/2": "none", "/none/0": "none", "/a/x": "none", "/a/": "none", "/a/-": "none", "/a/-1": "none",
		"/a/+1": "none", "/a/00": "none",
		"/long/010": "none", "/a/1e0": "none", "/a/99999999999999999999": "none", "/a/0/b": "none", "/n/1": "none",
		"/null/x": "none", "/a/1/b/c": "none",
	} {
		got := "none"
		if v, ok := pointer.Get(doc); ok {
			got = fmt.Sprint(v)
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", pointer, got, want)
		}
		var read contract.Pointer
		if err := read.UnmarshalText([]byte(pointer)); err != nil || read != pointer {
			t.Errorf("%q is read as %q: %v", pointer, read, err)
		}
	}
	for _, text := range []string{"a", "#/a", "~0", "/a/~2", "/~", "/a~"} {
		if err := new(contract.Pointer).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read without an error", text)
		}
	}
	for _, name := range []string{"plain", "a/b", "~", "~1", "~01", "/"} {
		if got := contract.Pointer("/" + contract.Escape(name)).Tokens(); len(got) != 1 || got[0] != name {
			t.Errorf("%q becomes %q", name, got)
		}
	}
}

// TestBombs: what is small as a file and vast in memory is refused, not unfolded.
func TestBombs(t *testing.T) {
	nested := func(n int, text string) string { return strings.Repeat(text, n) }
	doubling := func(last, format string) string { // each level refers twice to the one below
		var b strings.Builder
		for i := range 40 {
			fmt.Fprintf(&b, format, i, i+1, i+1)
		}
		return b.String() + fmt.Sprintf(last, 40)
	}
	laughs := "x-0: &a0 [ha, ha]\n"
	for i := range 40 {
		laughs += fmt.Sprintf("x-%d: &a%d [*a%d, *a%d]\n", i+1, i+1, i, i)
	}
	long := "x-long: &long " + nested(1<<18, "x") + "\nx-many: [" + nested(200, "*long, ") + "]\n"
	for name, c := range map[string]struct {
		data    []byte
		message string
	}{
		"size":                  {[]byte(nested(17<<20, "#")), "larger than 16 MiB"},
		"lists in lists":        {[]byte(nested(1<<16, "[")), "nested more than"},
		"JSON lists in lists":   {[]byte(nested(9000, "[") + nested(9000, "]")), ""},
		"mappings in mappings":  {[]byte(nested(1<<15, "{a: ")), "nested more than"},
		"dashes in dashes":      {[]byte(nested(1<<15, "- ")), "nested more than"},
		"aliases of aliases":    {small(t, edit{"openapi:", laughs + "openapi:"}), "its aliases stand for more than 16 MiB"},
		"aliases of a long":     {small(t, edit{"openapi:", long + "openapi:"}), "its aliases stand for more than 16 MiB"},
		"an alias of its place": {small(t, edit{"openapi:", "x-a: &a [*a]\nopenapi:"}), "or contain themselves"},
		"schemas of schemas": {
			small(t, edit{
				"  schemas:\n",
				"  schemas:\n" + doubling("    S%d: {type: object}\n", "    S%d: {allOf: [{$ref: '#/components/schemas/S%d'}, "+
					"{$ref: '#/components/schemas/S%d'}]}\n"),
			}),
			"or is made of more than 10000 schemas",
		},
		"schemas in a circle": {
			small(t, edit{"  schemas:\n", "  schemas:\n    A: {oneOf: [{$ref: '#/components/schemas/B'}]}\n    B: {not: " +
				"{$ref: '#/components/schemas/A'}}\n"}),
			"refers to itself",
		},
		"a circle below a property": {
			small(t, edit{"  schemas:\n", "  schemas:\n    A: {properties: {b: {allOf: [{$ref: " +
				"'#/components/schemas/A/properties/b'}]}}}\n"}),
			"",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := contract.Load(c.data)
			var refused *contract.Error
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), c.message) {
				t.Errorf("got %.300v, want an *Error with %q", err, c.message)
			} else if len(err.Error()) > 4096 {
				t.Errorf("the message has %d bytes", len(err.Error()))
			}
		})
	}
}

// FuzzLoad: whatever the document, loading it ends, and with a contract whose derived facts can be asked for or with an
// *Error.
func FuzzLoad(f *testing.F) {
	f.Add(small(f))
	f.Add(conformance.OpenAPI)
	f.Add(
		[]byte(
			`{"openapi":"3.0.3","info":{"title":"a","version":"1"},"paths":{"/a":{"get":{"operationId":"a","responses":{"200":{"description":"a"}}}}},"x-error-envelope":{"message":"/m"},"x-situations":{"server-fault":{"500":[]}}}`,
		),
	)
	for _, e := range []edit{
		{"paths:\n", "paths:\n  /a:\n"}, {"- Key: []", "- {}"}, {"NoteWrite:\n", "NoteWrite:\n      allOf: [{$ref: " +
			"'#/components/schemas/Note'}]\n"}, {"{enum: [taken]}", "{enum: [1, null]}"},
		{"example: {title: Buy milk}", "example: null"},
	} {
		f.Add(small(f, e))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := contract.Load(data)
		if err != nil {
			var refused *contract.Error
			if c != nil || !errors.As(err, &refused) || len(refused.Problems) == 0 {
				t.Fatalf("%v with a %T", c, err)
			}
			for _, p := range refused.Problems {
				if !strings.HasPrefix(p.Pointer, "#") || p.Message == "" {
					t.Fatalf("%+v says too little", p)
				}
			}
			return
		}
		for _, p := range c.Pairs() {
			if _, ok := c.Situations[p.Situation]; !ok || p.Name() == "" {
				t.Fatalf("%+v", p)
			}
		}
		for _, p := range c.Paths {
			c.WrongMethods(p)
		}
		for _, o := range c.Operations {
			if o.Success() == nil || c.Operation(o.ID) != o {
				t.Fatalf("%s is not whole", o.ID)
			}
		}
	})
}

// TestSufficient: whether scopes open an operation, by name or by what they imply.
func TestSufficient(t *testing.T) {
	c := load(t, small(t)) // write implies read
	for _, k := range []struct {
		operation  string
		scopes     []string
		sufficient bool
		names      bool
	}{
		{"listNotes", []string{"read"}, true, true},
		{"listNotes", []string{"write"}, true, false},
		{"listNotes", []string{"other", "read"}, true, true},
		{"listNotes", []string{"other"}, false, false},
		{"listNotes", nil, false, false},
		{"createNote", []string{"read"}, false, false},
	} {
		o := c.Operation(k.operation)
		if got := o.Sufficient(k.scopes); got != k.sufficient || o.Lacks(k.scopes) == got {
			t.Errorf("%s with %q: sufficient %v, lacking %v", k.operation, k.scopes, got, o.Lacks(k.scopes))
		}
		if got := o.Names(k.scopes); got != k.names {
			t.Errorf("%s with %q: named %v", k.operation, k.scopes, got)
		}
	}
}
