package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// initialized runs conformance init for a document, and returns the folder that it wrote to and what it printed.
func initialized(t *testing.T, file string, more ...string) (dir, printed string) {
	t.Helper()
	dir = t.TempDir()
	args := append([]string{"init", file, "--out", dir}, more...)
	var out, wrong strings.Builder
	if code := Run(t.Context(), args, nobody, &out, &wrong); code != 0 {
		t.Fatalf("%v: exit status %d: %s", args, code, wrong.String())
	}
	return dir, out.String()
}

func nobody(string) (string, bool) { return "", false }

// open is a setting or an action that init has commented out.
var open = regexp.MustCompile(`(?m)^( *)#(\S)`)

// TestInitForms: what init writes for each of the small documents is what it is judged by, as it is and with all that
// is proposed; and the run can be planned.
func TestInitForms(t *testing.T) {
	files, err := filepath.Glob(forms + "/*.yaml")
	if err != nil || len(files) < 60 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		if !strings.HasSuffix(file, "not-openapi.yaml") {
			t.Run(filepath.Base(file), func(t *testing.T) {
				t.Parallel()
				checkInit(t, vendorsDocument{path: file})
			})
		}
	}
}

// TestInitDocuments is TestInitForms for public documents.
func TestInitDocuments(t *testing.T) {
	for _, d := range vendorsDocuments(t) {
		t.Run(d.name, func(t *testing.T) { checkInit(t, d) })
	}
}

func checkInit(t *testing.T, d vendorsDocument) {
	t.Helper()
	var root []string
	if d.root != "" {
		root = []string{"--root", d.root}
	}
	dir, printed := initialized(t, d.path, root...)
	for line := range strings.Lines(printed) {
		if len([]rune(line)) > columns+1 && !strings.Contains(line, dir) {
			t.Errorf("longer than %d columns: %s", columns, line)
		}
	}
	config := filepath.Join(dir, configName)
	plain, err := loadAPI(environment{}, source{contract: d.path, root: d.root})
	if err != nil {
		t.Fatal(err)
	}
	judged, err := loadAPI(environment{lookup: nobody}, source{config: config, root: d.root})
	if err != nil {
		t.Fatal(err)
	}
	if judged.document == nil || judged.document.Files[0] != plain.document.Files[0] ||
		len(judged.Operations) != len(plain.Operations) || len(judged.Gaps) != len(plain.Gaps) {
		t.Errorf("another document: %+v", judged.document)
	}
	var out, wrong strings.Builder
	dry := append([]string{"run", "--dry-run", "--profile", "quick", "--config", config}, root...)
	if code := Run(t.Context(), dry, nobody, &out, &wrong); code != 0 {
		t.Errorf("%v: exit status %d: %s", dry, code, wrong.String())
	}
	uncomment(t, d, config)
}

// uncomment takes the # away from everything that needs no value, in a configuration and its overlay: both are read.
func uncomment(t *testing.T, d vendorsDocument, config string) {
	t.Helper()
	for _, name := range []string{config, filepath.Join(filepath.Dir(config), overlayName)} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for line := range strings.SplitSeq(string(text), "\n") {
			if !strings.Contains(line, "VALUE") && !strings.Contains(line, "BODY") && !strings.Contains(line, "HOST/") &&
				!strings.Contains(line, "writes:") && !strings.HasPrefix(line, "#  - ") && !strings.Contains(line, "SCOPE]") {
				line = open.ReplaceAllString(line, "$1$2")
			}
			lines = append(lines, line)
		}
		if err := os.WriteFile(name, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a, err := loadAPI(environment{lookup: nobody}, source{config: config, root: d.root})
	if err != nil {
		t.Fatal(err)
	}
	f, err := loadConfig(environment{lookup: nobody}.lenient(), config, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := fit(configName, a.Contract, f); err != nil {
		t.Error(err)
	}
}
