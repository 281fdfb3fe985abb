package config_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"conformance/internal/config"
)

// TestRefused shows each mistake with the message that helps to fix it.
func TestRefused(t *testing.T) {
	const file = "conformance.yaml: "
	const notText = "is not a text in YAML but a number, a date, or true or false; put the key in quotes"
	for name, c := range map[string]struct{ yaml, want string }{
		"a misspelt member": {"targets: x", "targets: unknown; allowed: target, contract, overlays, headers, " +
			"credentials, fixtures, writes, " +
			"triggers"},
		"a misspelt credential": {"credentials: {revokd: x}", "credentials.revokd: unknown; allowed: full, revoked, " +
			"ip_denied, other_tenant, flood, scoped"},
		"a misspelt scope list": {"credentials: {scoped: [{key: a, scope: [b]}]}", "credentials.scoped[0].scope: " +
			"unknown; allowed: key, scopes"},
		"a misspelt trigger": {"triggers: {fault: {}}", "triggers.fault: unknown; allowed: server_fault"},
		"a misspelt part of a trigger": {"triggers: {server_fault: {verb: GET}}", "triggers.server_fault.verb: unknown; " +
			"allowed: method, path"},
		"a member given twice":  {"credentials: {flood: a, flood: b}", "credentials.flood: occurs twice; keep one"},
		"a fixture given twice": {"fixtures: {a.b: 1, a.b: 2}", "fixtures.a.b: occurs twice; keep one"},

		"a list as a whole": {"[a]", "must be a mapping with target, contract, overlays, headers, " +
			"credentials, fixtures, writes, triggers"},
		"a word as a whole": {"hello", "must be a mapping with target, contract, overlays, headers, " +
			"credentials, fixtures, writes, triggers"},
		"a null as a whole": {"~", "must be a mapping with target, contract, overlays, headers, " +
			"credentials, fixtures, writes, triggers"},
		"a list of targets": {"target: [a, b]", "target: must be a text"},
		"a word for credentials": {"credentials: fsm_test_full", "credentials: must be a mapping with full, revoked, " +
			"ip_denied, other_tenant, flood, scoped"},
		"a mapping of nothing": {"credentials: {full: {}}", "credentials.full: is empty; name security schemes of the " +
			"contract, each with its secret"},
		"a scheme without a secret": {"credentials: {full: [{a: }]}", "credentials.full[0].a: is empty; give the secret " +
			"that this security scheme sends"},
		"a command of nothing": {"credentials: {full: {command: ''}}", "credentials.full.command: is empty; give the " +
			"secret that this security scheme sends"},
		"a command with a list of lists": {"credentials: {full: {command: [a, [b]]}}", "credentials.full.command[1]: " +
			"must be a text"},
		"a scheme with a list": {"credentials: {flood: {a: [b]}}", "credentials.flood.a: must be a text"},
		"a scheme twice":       {"credentials: {full: {a: b, a: c}}", "credentials.full.a: occurs twice; keep one"},
		"a scheme with a number": {"credentials: {full: {a: 17}}", "credentials.full.a: is not a text in YAML but a " +
			"number, a date, or true or false; put the key in quotes"},
		"a list in a list of keys": {"credentials: {full: [[a]]}", "credentials.full[0]: must be a text"},
		"several revoked keys":     {"credentials: {revoked: [a, b]}", "credentials.revoked: must be a text"},
		"a word for scoped": {"credentials: {scoped: abc}", "credentials.scoped: must be a list of keys with " +
			"their scopes"},
		"a mapping for scoped": {"credentials: {scoped: {key: a, scopes: [b]}}", "credentials.scoped: must be a list " +
			"of keys with their scopes"},
		"a key among scoped": {"credentials: {scoped: [abc]}", "credentials.scoped[0]: must be a mapping with key, " +
			"scopes"},
		"one scope without brackets": {
			"credentials: {scoped: [{key: a, scopes: jobs:read}]}", "credentials.scoped[0].scopes: must be a list of scopes",
		},
		"a list of fixtures": {"fixtures: [a]", "fixtures: must be a mapping from operationId.field to a value or " +
			"a list of values"},
		"a record as fixture": {"fixtures: {a.b: {c: d}}", "fixtures.a.b.c: unknown; allowed: values, other_tenant, " +
			"disposable"},
		"a word as a decision": {"fixtures: {a.b: {values: [1], disposable: please}}", "fixtures.a.b.disposable: must be " +
			"true or false"},
		"a record without values": {"fixtures: {a.b: {disposable: true}}", "fixtures.a.b: is empty; give a value or a " +
			"list of values, or take the line out"},
		"none and more":          {"writes: [none, createJob]", "writes: says none and more; keep one of them"},
		"writes of another kind": {"writes: {createJob: true}", "writes: must be a value or a list of values"},
		"records as fixtures":    {"fixtures: {a.b: [{c: d}]}", "fixtures.a.b[0]: must be a text, a number or a boolean"},
		"a word for a trigger": {"triggers: {server_fault: /fault}", "triggers.server_fault: must be a mapping with " +
			"method, path"},

		"an empty key": {"credentials: {full: ''}", "credentials.full[0]: is empty; give a key with every scope"},
		"an empty key in a list": {"credentials: {full: [a, '']}", "credentials.full[1]: is empty; give it a value or " +
			"take the line out"},
		"a null in a list": {"credentials: {full: [a, ~]}", "credentials.full[1]: is empty; give it a value or " +
			"take the line out"},
		"an empty line in a list": {"credentials:\n  scoped:\n  -\n", "credentials.scoped[0]: is empty; give it a value " +
			"or take the line out"},
		"a scoped key left out": {"credentials: {scoped: [{scopes: [a]}]}", "credentials.scoped[0].key: is missing; " +
			"give the key that has these scopes"},
		"scopes left out": {"credentials: {scoped: [{key: a}]}", "credentials.scoped[0].scopes: is missing; list " +
			"the scopes that the key was given, [] if none"},
		"a fixture without a value": {"fixtures: {a.b: }", "fixtures.a.b: is empty; give a value or a list of values, or " +
			"take the line out"},
		"a fixture of no values": {"fixtures: {a.b: []}", "fixtures.a.b: is empty; give a value or a list of values, or " +
			"take the line out"},
		"a fixture of no operation": {"fixtures: {createJob: 1}", "fixtures.createJob: must be named operationId.field"},
		"a fixture of no field":     {"fixtures: {createJob.: 1}", "fixtures.createJob.: must be named operationId.field"},
		"a trigger without method": {"triggers: {server_fault: {path: /fault}}", "triggers.server_fault: needs a method " +
			"and a path that starts with /"},
		"a trigger with a URL": {
			"triggers: {server_fault: {method: GET, path: 'http://x/'}}", "triggers.server_fault: needs a method and a path " +
				"that starts with /",
		},

		"a key of digits":           {"credentials: {full: 0123456789}", "credentials.full: " + notText},
		"a key of digits in a list": {"credentials: {full: [abcd, 0x1F]}", "credentials.full[1]: " + notText},
		"a key like a power of ten": {
			"credentials: {scoped: [{key: 1e3, scopes: []}]}", "credentials.scoped[0].key: " + notText,
		},
		"a key like a truth value": {"credentials: {flood: true}", "credentials.flood: " + notText},
		"a key like a date":        {"credentials: {revoked: 2026-01-02}", "credentials.revoked: " + notText},

		"a variable that is not set": {"credentials: {revoked: '${KEY_REVOKED}'}", "credentials.revoked: ${KEY_REVOKED} " +
			"is not set; set it in the environment or take the line out"},
		"an empty variable": {"target: ${EMPTY}", "target: ${EMPTY} is not set; set it in the environment or " +
			"take the line out"},
		"the first of two variables": {"target: ${NO_HOST}/${NO_PATH}", "target: ${NO_HOST} is not set; set it in the " +
			"environment or take the line out"},
		"a variable in a list": {"credentials: {full: [a, '${NONE}']}", "credentials.full[1]: ${NONE} is not set; " +
			"set it in the environment or take the line out"},
		"a variable in a list of lists": {
			"credentials: {scoped: [{key: '${NONE}', scopes: [a]}]}", "credentials.scoped[0].key: ${NONE} is not set; set it " +
				"in the environment or take the line out",
		},
		"a default as in a shell": {"credentials: {full: '${KEY_FULL:-x}'}", "credentials.full: only ${NAME} is " +
			"expanded, NAME being letters, digits and _"},
		"a variable that never ends": {"credentials: {full: '${KEY_FULL'}", "credentials.full: only ${NAME} is " +
			"expanded, NAME being letters, digits and _"},
		"a line end in a variable": {"credentials: {full: '${LINES}'}", "credentials.full: starts or ends with white " +
			"space or holds a control character, which no header can carry; take it out"},
		"a tab in a key": {`credentials: {flood: "a\tb"}`, "credentials.flood: starts or ends with white " +
			"space or holds a control character, which no header can carry; take it out"},

		"an alias": {"credentials: {full: &a x, flood: *a}", "credentials.flood: aliases are not supported; " +
			"write the value out"},
		"an alias of a list": {"credentials:\n  full: &a [x, y]\n  scoped: *a\n", "credentials.scoped: aliases are not " +
			"supported; write the value out"},
		"a merge": {"credentials: &c {full: x}\ntriggers: {<<: *c}", "triggers.<<: aliases are not supported; " +
			"write the value out"},
		"an alias as name": {"fixtures: {&a a.b: 1, *a : 2}", "fixtures: the member on line 1 has no plain name"},
		"a list as name":   {"? [a]\n: b", "the member on line 1 has no plain name"},
		"a key with a star": {"credentials: {full: *fsm_test_star}", "aliases are not supported; put a value that starts " +
			"with * in quotes"},

		"a second document": {"target: a\n---\ntarget: b", "holds several documents; keep one and take the --- lines out"},
		"broken YAML": {"credentials:\n  full: [a\n", "line 1: did not find expected ',' or ']'; fix the YAML " +
			"(${NAME} needs quotes inside [ ] and { })"},
		"a bare variable": {"credentials: {full: [${KEY_FULL}]}", "did not find expected ',' or ']'; fix the YAML " +
			"(${NAME} needs quotes inside [ ] and { })"},
		"a key with an at": {"credentials:\n  full: @abc\n", "line 2: found character that cannot start any token; fix " +
			"the YAML (${NAME} needs quotes inside [ ] and { })"},
		"a tab for indent": {"credentials:\n\tfull: a", "line 2: found character that cannot start any token; fix the " +
			"YAML (${NAME} needs quotes inside [ ] and { })"},
		"a NUL": {"target: a\x00b", "control characters are not allowed; fix the YAML (${NAME} needs quotes " +
			"inside [ ] and { })"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := config.Parse("conformance.yaml", []byte(c.yaml), lookup)
			var typed *config.Error
			if !errors.As(err, &typed) {
				t.Fatalf("got %+v, %v; want an *Error", got, err)
			}
			if got != nil {
				t.Errorf("got %+v along with the error", got)
			}
			if err.Error() != file+c.want {
				t.Errorf("got  %s\nwant %s", err, file+c.want)
			}
		})
	}
}

// secret is in every place of the documents below, as a key that somebody put in the wrong place.
const secret = "fsm_live_7Canary"

// TestErrorsKeepSecrets: what is wrong with a key's place is said without the key.
func TestErrorsKeepSecrets(t *testing.T) {
	withSecret := func(name string) (string, bool) {
		if name == "KEY" {
			return secret, true
		}
		return "", false
	}
	for _, yaml := range []string{
		"credentials: S", "credentials: [S]", "credentials: {full: {S: }}", "credentials: {full: {a: {S: S}}}",
		"credentials: {full: [[S]]}",
		"credentials: {full: [{a: [S]}]}", "credentials: {flood: [S]}", "credentials: {revoked: {S: S, S: S}}",
		"credentials: {scoped: S}",
		"credentials: {scoped: [S]}", "credentials: {scoped: [[S]]}", "credentials: {scoped: [{key: [S], scopes: [a]}]}",
		"credentials: {scoped: [{key: a, scopes: S}]}", "credentials: {scoped: [{key: a, scopes: [{S: S}]}]}",
		"credentials: {S: a}",
		"credentials: {scoped: [{S: [a]}]}", "credentials: {full: S, full: S}", "credentials: {S: a, S: b}", "S", "[S]",
		"target: [S]",
		"credentials: {full: {a: !!int S}}", "fixtures: S", "triggers: S", "triggers: {server_fault: S}",
		"triggers: {server_fault: {method: S, path: S}}", "credentials: {full: *S}", "credentials: {full: &S x, flood: *S}",
		"credentials:\n  full: @S", "credentials:\n  full: 'S\n", "credentials:\n  full: S\n flood: S",
		"credentials: {full: S: S}",
		"credentials: {full: ${NONE}S}", "credentials: {full: ${S}}", "credentials: {full: ' S'}",
		"credentials: {full: \"S\\n\"}",
		"target: S\n---\nS", "fixtures: {getJob.id: {a: S}}", "credentials: {scoped: [{key: S}]}",
		"credentials: {scoped: [{scopes: [S]}]}",
		"credentials: {full: !!float S, flood: [S]}", "? {S: S}\n: S", "credentials: {? [S] : S}", "credentials: {full: %S}",
		"credentials: {full: `S}",
	} {
		for _, written := range []string{secret, "${KEY}"} {
			_, err := config.Parse("conformance.yaml", []byte(strings.ReplaceAll(yaml, "S", written)), withSecret)
			if err == nil {
				t.Errorf("%q is accepted", yaml)
			} else if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "Canary") {
				t.Errorf("%q: %v tells the key", yaml, err)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "credentials: {full: S}", "credentials:\n  full: [S, '${KEY}']\n  scoped:\n  - {key: S, scopes: " +
			"[a]}\nfixtures: {a.b: [1, S]}\n",
		"triggers: {server_fault: {method: GET, path: /S}}", "target: !!int S", "a: &a [*a]", "credentials: &a {full: *a}",
		"{{{", "? S",
		"fixtures: {a.b: !!timestamp S, c.d: 2020-01-01, e.f: !!binary S, g.h: .nan}", "%YAML 1.1\n---\n<<: S",
	} {
		f.Add(seed, "fsm_live_7Canary")
	}
	f.Fuzz(func(t *testing.T, document, key string) {
		if len(document) > 1<<16 {
			return
		}
		document = strings.ReplaceAll(document, secret, "S")
		lookup := func(string) (string, bool) { return key, key != "" }
		got, err := config.Parse("conformance.yaml", []byte(strings.ReplaceAll(document, "S", secret)), lookup)
		if (err == nil) == (got == nil) {
			t.Fatalf("%v with %v", got, err)
		}
		if err == nil {
			return
		}
		var typed *config.Error
		if !errors.As(err, &typed) {
			t.Fatalf("a %T", err)
		}
		if typed.Problem == "" || !strings.HasPrefix(err.Error(), "conformance.yaml: ") {
			t.Fatalf("%q says too little", err)
		}
		// Only the name of a fixture is shown whatever it is: nobody keeps a key there.
		if !strings.HasPrefix(typed.Field, "fixtures.") && strings.Contains(err.Error(), "Canary") {
			t.Fatalf("%q tells the key", err)
		}
	})
}

// TestBombs: what is small as a file and deep or vast in memory is refused or read, and never unfolded.
func TestBombs(t *testing.T) {
	laughs := "fixtures: {a.b: &a0 [ha]}\n"
	for i := range 40 {
		laughs += fmt.Sprintf("x%d: &a%d [*a%d, *a%d]\n", i+1, i+1, i, i)
	}
	for name, document := range map[string]string{
		"lists in lists": strings.Repeat("[", 1<<16), "mappings in mappings": strings.Repeat("{a: ", 1<<15),
		"dashes":       strings.Repeat("- ", 1<<15),
		"closed lists": "fixtures: {a.b: " + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + "}", "aliases": laughs,
		"an alias of its place": "fixtures: {a.b: &a [*a]}",
	} {
		if _, err := config.Parse("conformance.yaml", []byte(document), lookup); err == nil || len(err.Error()) > 1<<16 {
			t.Errorf("%s: %.200v", name, err)
		}
	}
}
