package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"conformance/internal/config"
	"conformance/internal/credential"
)

// environment is what ${NAME} finds in these tests.
var environment = map[string]string{
	"KEY_FULL": "fsm_test_full", "KEY_SECOND": "fsm_test_second", "KEY_READER": "fsm_test_reader",
	"KEY_DIGITS": "0123456789",
	"HOST":       "127.0.0.1:8080", "ASSET": "812", "SECRET_PART": "part", "EMPTY": "", "TWICE": "${KEY_FULL}",
	"LINES": "fsm_test_lines\n",
	"FLAG":  "true", "STAR": "*star",
}

func lookup(name string) (string, bool) {
	v, ok := environment[name]
	return v, ok
}

func TestAWholeFile(t *testing.T) {
	got, err := config.Parse("conformance.yaml", []byte(`
# everything that may stand in the file
target: http://${HOST}/api/v1
credentials:
  full: [ "${KEY_FULL}", '${KEY_SECOND}' ]
  revoked: fsm_test_revoked
  ip_denied: "fsm_test_denied"
  other_tenant: fsm_${SECRET_PART}_other
  flood: ${KEY_DIGITS}
  scoped:
    - {key: "${KEY_READER}", scopes: [jobs:read, customers:read]}
fixtures:
  createAssetMeterReading.id: [812, "${ASSET}", "814"]
  createJob.assigned_technician_id: ${ASSET}
  createJob.scheduled_start: 2026-03-16
  createCustomer.tax_exempt: ${FLAG}
  createJob.id: {values: [7, 8], other_tenant: 9, disposable: true}
writes: [createJob, createCustomer]
triggers:
  server_fault: {method: GET, path: /debug/fault}
`), lookup)
	if err != nil {
		t.Fatal(err)
	}
	want := &config.File{
		Target: "http://127.0.0.1:8080/api/v1",
		Credentials: credential.Set{
			{Purpose: credential.Full, Secret: "fsm_test_full", Expression: "${KEY_FULL}"},
			{Purpose: credential.Full, Secret: "fsm_test_second", Expression: "${KEY_SECOND}"},
			{Purpose: credential.Revoked, Secret: "fsm_test_revoked"},
			{Purpose: credential.IPDenied, Secret: "fsm_test_denied"},
			{Purpose: credential.OtherTenant, Secret: "fsm_part_other", Expression: "fsm_${SECRET_PART}_other"},
			{Purpose: credential.Flood, Secret: "0123456789", Expression: "${KEY_DIGITS}"},
			{
				Purpose: credential.Scoped, Secret: "fsm_test_reader", Expression: "${KEY_READER}",
				Scopes: []string{"jobs:read", "customers:read"},
			},
		},
		Fixtures: map[string]config.Fixture{
			"createAssetMeterReading.id":       {Values: config.Many{812, "812", "814"}},
			"createJob.assigned_technician_id": {Values: config.Many{812}},
			"createJob.scheduled_start":        {Values: config.Many{"2026-03-16"}},
			"createCustomer.tax_exempt":        {Values: config.Many{true}},
			"createJob.id":                     {Values: config.Many{7, 8}, OtherTenant: config.Many{9}, Disposable: true},
		},
		Writes:   config.Texts{"createJob", "createCustomer"},
		Triggers: config.Triggers{ServerFault: &config.Trigger{Method: "GET", Path: "/debug/fault"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestAcceptedForms shows the ways in which keys may be written.
func TestAcceptedForms(t *testing.T) {
	for name, c := range map[string]struct {
		yaml string
		want credential.Set
	}{
		"nothing at all":               {"", nil},
		"only a comment":               {"# nothing yet", nil},
		"an end of document":           {"credentials: {full: a}\n...\n", credential.Set{}.With(credential.Full, "a")},
		"one document with its marker": {"---\ncredentials: {full: a}\n", credential.Set{}.With(credential.Full, "a")},
		"a byte order mark":            {"\ufeffcredentials: {full: a}", credential.Set{}.With(credential.Full, "a")},
		"Windows line ends":            {"credentials:\r\n  full: a\r\n", credential.Set{}.With(credential.Full, "a")},
		"JSON": {
			`{"credentials": {"full": ["a", "b"]}}`, credential.Set{}.With(credential.Full, "a", "b"),
		},
		"one key": {"credentials: {full: a}", credential.Set{}.With(credential.Full, "a")},
		"a key for each scheme": {
			"credentials: {full: {login: 'ann:${KEY_FULL}', app: b}, flood: {app: '${KEY_DIGITS}'}, " +
				"scoped: [{key: {app: c}, scopes: []}]}",
			credential.Set{
				{Purpose: credential.Full, Parts: []credential.Part{
					{Scheme: "app", Secret: "b"},
					{Scheme: "login", Secret: "ann:fsm_test_full", Expression: "ann:${KEY_FULL}"},
				}},
				{Purpose: credential.Flood, Parts: []credential.Part{
					{Scheme: "app", Secret: "0123456789", Expression: "${KEY_DIGITS}"},
				}},
				{Purpose: credential.Scoped, Parts: []credential.Part{{Scheme: "app", Secret: "c"}}, Scopes: []string{}},
			},
		},
		"keys of both forms": {
			"credentials: {full: [a, {app: b}]}",
			credential.Set{
				{Purpose: credential.Full, Secret: "a"},
				{Purpose: credential.Full, Parts: []credential.Part{{Scheme: "app", Secret: "b"}}},
			},
		},
		"a list of one":  {"credentials: {full: [a]}", credential.Set{}.With(credential.Full, "a")},
		"nulls":          {"credentials: {full: , revoked: ~, scoped: null}", nil},
		"no credentials": {"credentials:", nil},
		"digits in quotes": {
			"credentials: {full: ['0123', \"0x1F\", '1e3'], flood: '1_000'}",
			credential.Set{}.With(credential.Full, "0123", "0x1F", "1e3").With(credential.Flood, "1_000"),
		},
		"words in quotes": {
			"credentials: {full: 'true', flood: no}",
			credential.Set{}.With(credential.Full, "true").With(credential.Flood, "no"),
		},
		"a tag that says text": {"credentials: {full: !!str 0123}", credential.Set{}.With(credential.Full, "0123")},
		"a variable is not read again": {
			"credentials: {full: '${TWICE}'}",
			credential.Set{{Purpose: credential.Full, Secret: "${KEY_FULL}", Expression: "${TWICE}"}},
		},
		"a star from the environment": {
			"credentials: {full: '${STAR}'}", credential.Set{{Purpose: credential.Full, Secret: "*star", Expression: "${STAR}"}},
		},
		"a dollar that begins nothing": {"credentials: {full: a$b$}", credential.Set{}.With(credential.Full, "a$b$")},
		"a key over several lines": {
			"credentials:\n  full: >-\n    abc\n", credential.Set{}.With(credential.Full, "abc"),
		},
		"a scope with a colon in block": {
			"credentials:\n  scoped:\n  - key: a\n    scopes:\n    - jobs:read\n", credential.Set{}.WithScoped("a", "jobs:read"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := config.Parse("conformance.yaml", []byte(c.yaml), lookup)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got.Credentials); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestWrittenFilesAreRead: what a File marshals to is a configuration.
func TestWrittenFilesAreRead(t *testing.T) {
	want := &config.File{
		Target:      "http://127.0.0.1:1",
		Credentials: credential.Set{}.With(credential.Full, "a", "b").WithScoped("c", "jobs:read").WithScoped("d"),
		Fixtures: map[string]config.Fixture{
			"getJob.id": {Values: config.Many{1, "two"}}, "updateJob.id": {Values: config.Many{3}, Disposable: true},
		},
		Writes:   config.Texts{"all"},
		Triggers: config.Triggers{ServerFault: &config.Trigger{Method: "GET", Path: "/fault"}},
	}
	text, err := yaml.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := config.Parse("conformance.yaml", text, lookup)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, content string) {
		if err := os.WriteFile(path(name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("good.yaml", "credentials: {full: '${KEY_FULL}'}")
	write("bad.yaml", "targt: x")
	write("large.yaml", strings.Repeat("#", 4<<20+1))

	f, err := config.Load(path("good.yaml"), lookup)
	if err != nil || f.Credentials[0].Secret != "fsm_test_full" {
		t.Errorf("%v, %v", f, err)
	}
	for file, want := range map[string]string{
		"absent.yaml": path("absent.yaml") + ": no such file or directory; name another file with --config",
		".":           dir + "/.: is a directory; name another file with --config",
		"bad.yaml": "bad.yaml: targt: unknown; allowed: target, contract, overlays, headers, " +
			"credentials, fixtures, writes, triggers",
		"large.yaml": "large.yaml: is larger than 4 MiB; this cannot be a configuration",
	} {
		_, err := config.Load(dir+"/"+file, lookup)
		var typed *config.Error
		if !errors.As(err, &typed) || err.Error() != want {
			t.Errorf("%s: got %q, want %q", file, err, want)
		}
	}
	if _, err := config.Load("/dev/zero", lookup); err == nil || err.Error() != "zero: is larger than 4 MiB; this "+
		"cannot be a configuration" {
		t.Errorf("an endless device: %v", err)
	}
}

// TestCommands: a key that a command prints, as words in a text or in a list; a scheme may be called command where it
// is one of several.
func TestCommands(t *testing.T) {
	f, err := config.Parse("conformance.yaml", []byte(`
credentials:
  full: [{command: "print-key  --for ${HOST}"}, {command: [print-key, "one word"]}, {command: b, app: c}]
  flood: {command: print-key}
  scoped: [{key: {command: print-key}, scopes: []}]
`), lookup)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, k := range f.Credentials {
		if k.Command == nil {
			got = append(got, k.String())
		} else {
			got = append(got, strings.Join(k.Command.Line, "|"))
		}
	}
	want := "print-key|--for|127.0.0.1:8080; print-key|one word; {app: c, command: b}; print-key; print-key"
	if strings.Join(got, "; ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
